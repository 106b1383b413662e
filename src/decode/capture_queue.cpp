// SPDX-License-Identifier: MIT
// CaptureQueue: which frame memory sits at which index of the CAPTURE queue.
#include "decode/capture_queue.h"

#include <algorithm>

namespace v4l2va {

namespace {

// The kernel lets the index take another dma-buf.
bool is_rebindable(const CaptureSlot& slot, const FrameLayout& memory) {
    if (slot.queued || slot.prepared) {
        return false;
    }
    for (uint32_t plane = 0; plane < memory.num_planes; ++plane) {
        if (memory.planes[plane].sizeimage < slot.min_sizes[plane]) {
            return false;
        }
    }
    return true;
}

}  // namespace

CaptureSlot* CaptureQueue::find(uint64_t memory_id) {
    for (CaptureSlot& slot : slots_) {
        if (slot.memory_id == memory_id) {
            return &slot;
        }
    }
    return nullptr;
}

const CaptureSlot* CaptureQueue::find(uint64_t memory_id) const {
    for (const CaptureSlot& slot : slots_) {
        if (slot.memory_id == memory_id) {
            return &slot;
        }
    }
    return nullptr;
}

Result<CaptureSlot*> CaptureQueue::grow(const Device& device, const FrameLayout& layout) {
    if (full_) {
        return nullptr;
    }
    auto range = device.create_buffers(QueueSide::kCapture, BufferMemory::kDmaBuf, 1, layout);
    if (range && range->count == 0) {
        range = fail(ErrorCode::kNoMemory, "VIDIOC_CREATE_BUFS capture");
    }
    if (!range) {
        if (range.error().code != ErrorCode::kNoMemory || slots_.empty()) {
            return fail(range.error());
        }
        full_ = true;
        return nullptr;
    }
    slots_.push_back(CaptureSlot{});
    slots_.back().index = range->index;
    for (uint32_t plane = 0; plane < layout.num_planes; ++plane) {
        slots_.back().min_sizes[plane] = layout.planes[plane].sizeimage;
    }
    limit_ = std::min<size_t>(range->max_buffers, kMaxSlots);
    full_ = slots_.size() >= limit_;
    return &slots_.back();
}

void CaptureQueue::clear_needed() {
    for (CaptureSlot& slot : slots_) {
        slot.needed = false;
    }
}

void CaptureQueue::mark_needed(uint64_t memory_id) {
    if (CaptureSlot* slot = find(memory_id)) {
        slot->needed = true;
    }
}

CaptureSlot* CaptureQueue::find_dead(const FrameLayout& memory) {
    for (CaptureSlot& slot : slots_) {
        if (is_rebindable(slot, memory) && slot.memory.expired()) {
            return &slot;
        }
    }
    return nullptr;
}

CaptureSlot* CaptureQueue::find_victim(const FrameLayout& memory) {
    CaptureSlot* best = nullptr;
    for (CaptureSlot& slot : slots_) {
        if (is_rebindable(slot, memory) && !slot.needed &&
            (best == nullptr || slot.last_used < best->last_used)) {
            best = &slot;
        }
    }
    return best;
}

bool CaptureQueue::has_contents() const {
    return std::any_of(slots_.begin(), slots_.end(), [](const CaptureSlot& slot) {
        return slot.content.valid() && !slot.memory.expired();
    });
}

void CaptureQueue::mark_used(uint64_t memory_id) {
    if (CaptureSlot* slot = find(memory_id)) {
        slot->last_used = ++use_counter_;
    }
}

void CaptureQueue::forget_contents() {
    for (CaptureSlot& slot : slots_) {
        slot.content = Timestamp();
        slot.prepared = false;
        slot.queued = false;
    }
}

}  // namespace v4l2va
