// SPDX-License-Identifier: MIT
// Frame memory from a decoder node: what allocate_frame_memory and a session's private frames
// share.
#include "frame/allocation.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <vector>

#include "base/checked.h"
#include "v4l2/quirks.h"
#include "v4l2/sequence_probe.h"

namespace v4l2va {

namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kMinBitstream = 256 * 1024;
constexpr uint64_t kMaxInitialBitstream = 8 * 1024 * 1024;

// Sum over the planes: what "larger" means between two layouts.
uint64_t total_size(const FrameLayout& layout) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < layout.num_planes; ++i) {
        sum += layout.planes[i].sizeimage;
    }
    return sum;
}

bool same_geometry(const FrameLayout& a, const FrameLayout& b) {
    bool same = a.num_planes == b.num_planes && a.size.height == b.size.height;
    for (uint32_t i = 0; same && i < a.num_planes; ++i) {
        same = a.planes[i].bytesperline == b.planes[i].bytesperline;
    }
    return same;
}

// Memory that lies as frames of several codecs do is large enough for each of them.
void share_sizes(std::vector<CodecLayout>& layouts) {
    for (CodecLayout& to : layouts) {
        for (const CodecLayout& from : layouts) {
            if (!same_geometry(to.layout, from.layout)) {
                continue;
            }
            for (uint32_t i = 0; i < to.layout.num_planes; ++i) {
                uint32_t& size = to.layout.planes[i].sizeimage;
                size = std::max(size, from.layout.planes[i].sizeimage);
            }
        }
    }
}

const CodecLayout* largest(std::span<const CodecLayout> layouts) {
    const CodecLayout* best = &layouts.front();
    for (const CodecLayout& candidate : layouts) {
        if (total_size(candidate.layout) > total_size(best->layout)) {
            best = &candidate;
        }
    }
    return best;
}

Result<FrameLayout> set_capture_format(const Device& device, uint32_t capture_fourcc, Size size) {
    FrameLayout wanted;
    wanted.fourcc = capture_fourcc;
    wanted.size = size;
    wanted.num_planes = 1;
    auto layout = device.set_format(QueueSide::kCapture, wanted);
    if (layout && layout->fourcc != capture_fourcc) {
        return fail(ErrorCode::kUnsupported, "VIDIOC_S_FMT capture");
    }
    return layout;
}

// The CAPTURE layout that `coded_fourcc` has at this size.
Result<FrameLayout> layout_for(const Device& device, uint32_t coded_fourcc, Size size,
                               uint32_t capture_fourcc) {
    auto coded = set_coded_format(device, coded_fourcc, size);
    if (!coded) {
        return coded;
    }
    auto layout = set_capture_format(device, capture_fourcc, coded->size);
    if (!layout && layout.error().code == ErrorCode::kUnsupported &&
        set_ten_bit_sequence(device, coded_fourcc, size)) {
        layout = set_capture_format(device, capture_fourcc, coded->size);
    }
    if (layout && (layout->size.width < size.width || layout->size.height < size.height)) {
        return fail(ErrorCode::kResolution, "VIDIOC_S_FMT capture");
    }
    return layout;
}

bool lists_capture(const CodedFormatInfo& format, uint32_t capture_fourcc) {
    return std::find(format.capture_fourccs.begin(), format.capture_fourccs.end(),
                     capture_fourcc) != format.capture_fourccs.end();
}

}  // namespace

FrameLayout coded_layout(uint32_t coded_fourcc, Size size, uint32_t sizeimage) {
    FrameLayout layout;
    layout.fourcc = coded_fourcc;
    layout.size = size;
    layout.num_planes = 1;
    layout.planes[0].sizeimage = sizeimage;
    return layout;
}

uint32_t initial_bitstream_size(Size size) {
    const uint64_t half = align_up(uint64_t{size.width} * size.height / 2, kPage);
    return narrow<uint32_t>(std::clamp(half, kMinBitstream, kMaxInitialBitstream));
}

Result<FrameLayout> set_coded_format(const Device& device, uint32_t coded_fourcc, Size size,
                                     uint32_t sizeimage) {
    // Drivers without an alignment of their own (visl) would give odd sizes rows that are too short
    // for their last pair of chroma samples.
    const Size even = {align_up(size.width, 2U), align_up(size.height, 2U)};
    const uint32_t bytes = sizeimage != 0 ? sizeimage : initial_bitstream_size(size);
    auto layout = device.set_format(QueueSide::kOutput, coded_layout(coded_fourcc, even, bytes));
    if (!layout) {
        return layout;
    }
    if (layout->fourcc != coded_fourcc) {
        return fail(ErrorCode::kUnsupported, "VIDIOC_S_FMT output");
    }
    if (layout->size.width < size.width || layout->size.height < size.height) {
        return fail(ErrorCode::kResolution, "VIDIOC_S_FMT output");
    }
    return layout;
}

BufferToQueue capture_buffer(uint32_t index, const FrameMemory& memory) {
    BufferToQueue buffer;
    buffer.index = index;
    for (uint32_t plane = 0; plane < kMaxPlanes; ++plane) {
        buffer.dma_bufs[plane] = memory.dma_buf(plane);
    }
    return buffer;
}

Result<std::shared_ptr<FrameMemory>> export_new_frame(System& system, const Device& device,
                                                      const FrameLayout& layout,
                                                      bool needs_cpu_sync) {
    auto range = device.create_buffers(QueueSide::kCapture, BufferMemory::kMmap, 1, layout);
    if (!range) {
        return fail(range.error());
    }
    if (range->count < 1) {
        return fail(ErrorCode::kNoMemory, "VIDIOC_CREATE_BUFS capture");
    }
    std::array<UniqueFd, kMaxPlanes> dma_bufs;
    for (uint32_t plane = 0; plane < layout.num_planes; ++plane) {
        auto fd = device.export_buffer(QueueSide::kCapture, range->index, plane);
        if (!fd) {
            return fail(fd.error());
        }
        dma_bufs[plane] = std::move(*fd);
    }
    return std::make_shared<FrameMemory>(system, layout, std::move(dma_bufs), needs_cpu_sync);
}

Result<FrameNode> open_frame_node(System& system, const DeviceInfo& device, Size size,
                                  uint32_t capture_fourcc, const ChooseLayout& choose) {
    if (size.width == 0 || size.height == 0) {
        return fail(ErrorCode::kResolution, "allocate frame");
    }
    auto node = Device::open(system, device);
    if (!node) {
        return fail(node.error());
    }
    Error last{ErrorCode::kResolution, 0, "allocate frame"};
    std::vector<CodecLayout> layouts;
    uint32_t current_coded = 0;
    for (const CodedFormatInfo& format : device.coded_formats) {
        if (!lists_capture(format, capture_fourcc)) {
            continue;
        }
        auto layout = layout_for(*node, format.fourcc, size, capture_fourcc);
        current_coded = format.fourcc;
        if (layout) {
            layouts.push_back({format.fourcc, *layout});
        } else {
            last = layout.error();
        }
    }
    if (layouts.empty()) {
        return fail(last.code == ErrorCode::kKernel || last.code == ErrorCode::kUnsupported
                        ? Error{ErrorCode::kResolution, last.sys_errno, last.op}
                        : last);
    }
    share_sizes(layouts);
    const CodecLayout* chosen = choose(layouts);
    if (!chosen) {
        return fail(ErrorCode::kUnsupported, "layout of the frame");
    }
    // CREATE_BUFS wants the format with the chosen geometry to be the current one.
    if (chosen->coded_fourcc != current_coded) {
        // A fresh one: a driver does not notice a sequence control that is set to the value that it
        // has, and would stay at 8 bits.
        node = Device::open(system, device);
        if (!node) {
            return fail(node.error());
        }
        auto again = layout_for(*node, chosen->coded_fourcc, size, capture_fourcc);
        if (!again) {
            return fail(again.error());
        }
    }
    return FrameNode{std::move(*node), chosen->layout};
}

Result<std::shared_ptr<FrameMemory>> allocate_frame_memory(System& system, const DeviceInfo& device,
                                                           Size size, uint32_t capture_fourcc,
                                                           uint32_t coded_fourcc) {
    const auto choose = [coded_fourcc](std::span<const CodecLayout> layouts) {
        const auto of_codec =
            std::find_if(layouts.begin(), layouts.end(), [coded_fourcc](const CodecLayout& layout) {
                return layout.coded_fourcc == coded_fourcc;
            });
        return of_codec != layouts.end() ? &*of_codec : largest(layouts);
    };
    const auto opened = open_frame_node(system, device, size, capture_fourcc, choose);
    if (!opened) {
        return fail(opened.error());
    }
    return export_new_frame(system, opened->node, opened->layout, device.quirks->needs_cpu_sync);
}

}  // namespace v4l2va
