// SPDX-License-Identifier: MIT
// OutputQueue: the bitstream buffers of a session, mapped once.
#include "decode/output_queue.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/checked.h"

namespace v4l2va {

namespace {

// Growing to at least this much at once keeps a stream of ever larger pictures within the 32
// buffers that a queue can have: 4 places of 256 KiB, then at most 7 steps each up to 64 MiB.
constexpr size_t kFirstGrowth = 1024 * 1024;

Result<OutputBuffer> map_buffer(const Device& device, uint32_t index) {
    auto location = device.query_buffer(QueueSide::kOutput, index);
    if (!location) {
        return fail(location.error());
    }
    auto mapping = device.map(*location);
    if (!mapping) {
        return fail(mapping.error());
    }
    return OutputBuffer{index, std::move(*mapping), false};
}

}  // namespace

Result<OutputQueue> OutputQueue::create(const Device& device, const FrameLayout& layout,
                                        uint32_t count) {
    auto range = device.request_buffers(QueueSide::kOutput, BufferMemory::kMmap, count);
    if (!range) {
        return fail(range.error());
    }
    if (range->count == 0) {
        return fail(ErrorCode::kNoMemory, "VIDIOC_REQBUFS output");
    }
    OutputQueue queue(layout);
    // A driver may round the number up; more than asked is of no use.
    for (uint32_t index = 0; index < std::min(range->count, count); ++index) {
        auto buffer = map_buffer(device, index);
        if (!buffer) {
            return fail(buffer.error());
        }
        queue.buffers_.push_back(std::move(*buffer));
    }
    return queue;
}

OutputBuffer* OutputQueue::find_free() {
    for (OutputBuffer& buffer : buffers_) {
        if (!buffer.busy) {
            return &buffer;
        }
    }
    return nullptr;
}

OutputBuffer* OutputQueue::find(uint32_t index) {
    for (OutputBuffer& buffer : buffers_) {
        if (buffer.index == index) {
            return &buffer;
        }
    }
    return nullptr;
}

void OutputQueue::release_all() {
    for (OutputBuffer& buffer : buffers_) {
        buffer.busy = false;
    }
}

Result<> OutputQueue::ensure_capacity(const Device& device, OutputBuffer& buffer,
                                      size_t bytes) const {
    if (bytes > kMaxCapacity - kPadding) {
        return fail(ErrorCode::kInvalidParameter, "bitstream size");
    }
    const size_t needed = bytes + kPadding;
    if (needed <= buffer.mapping.size()) {
        return {};
    }
    FrameLayout larger = layout_;
    larger.planes[0].sizeimage = narrow<uint32_t>(std::max(std::bit_ceil(needed), kFirstGrowth));
    auto range = device.create_buffers(QueueSide::kOutput, BufferMemory::kMmap, 1, larger);
    if (!range) {
        return fail(range.error());
    }
    if (range->count < 1) {
        return fail(ErrorCode::kNoMemory, "VIDIOC_CREATE_BUFS output");
    }
    auto grown = map_buffer(device, range->index);
    if (!grown) {
        return fail(grown.error());
    }
    if (grown->mapping.size() < needed) {
        return fail(ErrorCode::kNoMemory, "VIDIOC_CREATE_BUFS output");
    }
    grown->busy = buffer.busy;
    buffer = std::move(*grown);
    return {};
}

void write_payload(std::span<std::byte> target, const DecodeUnit& unit) {
    size_t offset = 0;
    for (const std::span<const std::byte> fragment : unit.fragments) {
        if (!fragment.empty()) {
            std::memcpy(target.data() + offset, fragment.data(), fragment.size());
            offset += fragment.size();
        }
    }
    std::memset(target.data() + offset, 0, std::min(OutputQueue::kPadding, target.size() - offset));
}

}  // namespace v4l2va
