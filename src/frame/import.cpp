// SPDX-License-Identifier: MIT
// Frame memory that a client brings.
#include "frame/import.h"

#include <drm_fourcc.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "frame/allocation.h"

namespace v4l2va {

namespace {

// As an export of memory of our own would describe it.
bool describes(const ClientFrame& frame, const PixelFormat& format, const FrameLayout& layout,
               Size size) {
    const uint64_t modifier = export_modifier(format, layout);
    const bool implied =
        frame.drm_modifier == DRM_FORMAT_MOD_INVALID && modifier == DRM_FORMAT_MOD_LINEAR;
    if ((frame.drm_modifier != modifier && !implied) ||
        frame.num_planes != format.num_colour_planes || frame.num_dma_bufs != layout.num_planes) {
        return false;
    }
    const auto planes = colour_planes(format, layout, size);
    for (uint32_t i = 0; i < frame.num_planes; ++i) {
        if (frame.planes[i].memory_plane != planes[i].memory_plane ||
            frame.planes[i].offset != planes[i].offset ||
            frame.planes[i].pitch != planes[i].pitch) {
            return false;
        }
    }
    return true;
}

Result<std::array<UniqueFd, kMaxPlanes>> duplicate_all(System& system, const ClientFrame& frame,
                                                       const FrameLayout& layout) {
    std::array<UniqueFd, kMaxPlanes> dma_bufs;
    for (uint32_t i = 0; i < layout.num_planes; ++i) {
        auto fd = system.duplicate(frame.dma_bufs[i]);
        if (!fd) {
            return fd.error().sys_errno == EBADF
                       ? fail(ErrorCode::kInvalidParameter, "client's dma-buf", EBADF)
                       : fail(fd.error());
        }
        const auto size = system.size_of(fd->get());
        if (!size || *size < layout.planes[i].sizeimage) {
            return fail(ErrorCode::kUnsupported, "size of the client's dma-buf");
        }
        dma_bufs[i] = std::move(*fd);
    }
    return dma_bufs;
}

// Maps the memory for the device, and lets go of it as the node is closed. What cannot be asked is
// found out by the session, which then decodes beside.
Result<> try_to_map(const FrameNode& opened, const FrameMemory& memory) {
    auto range =
        opened.node.create_buffers(QueueSide::kCapture, BufferMemory::kDmaBuf, 1, opened.layout);
    if (!range) {
        return fail(range.error());
    }
    if (range->count < 1) {
        return fail(ErrorCode::kNoMemory, "VIDIOC_CREATE_BUFS capture");
    }
    const auto prepared =
        opened.node.prepare_capture(capture_buffer(range->index, memory), opened.layout);
    if (prepared || prepared.error().sys_errno == ENOTTY) {
        return {};
    }
    if (prepared.error().code == ErrorCode::kKernel) {
        return fail(ErrorCode::kUnsupported, "VIDIOC_PREPARE_BUF capture",
                    prepared.error().sys_errno);
    }
    return fail(prepared.error());
}

}  // namespace

Result<std::shared_ptr<FrameMemory>> import_frame_memory(System& system, const DeviceInfo& device,
                                                         Size size, uint32_t capture_fourcc,
                                                         const ClientFrame& frame) {
    const PixelFormat* format = find_pixel_format(capture_fourcc);
    if (!format || format->drm_fourcc == 0) {
        return fail(ErrorCode::kUnsupported, "format of the client's frame");
    }
    const auto choose = [&](std::span<const CodecLayout> layouts) -> const CodecLayout* {
        const auto found =
            std::find_if(layouts.begin(), layouts.end(), [&](const CodecLayout& candidate) {
                return describes(frame, *format, candidate.layout, size);
            });
        return found != layouts.end() ? &*found : nullptr;
    };
    const auto opened = open_frame_node(system, device, size, capture_fourcc, choose);
    if (!opened) {
        return fail(opened.error());
    }
    auto dma_bufs = duplicate_all(system, frame, opened->layout);
    if (!dma_bufs) {
        return fail(dma_bufs.error());
    }
    // Whoever made it may well have it in caches.
    constexpr bool kNeedsCpuSync = true;
    auto memory =
        std::make_shared<FrameMemory>(system, opened->layout, std::move(*dma_bufs), kNeedsCpuSync);
    if (auto mapped = try_to_map(*opened, *memory); !mapped) {
        return fail(mapped.error());
    }
    return memory;
}

}  // namespace v4l2va
