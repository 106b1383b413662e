// SPDX-License-Identifier: MIT
// CaptureQueue: which frame memory sits at which index of the CAPTURE queue.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "frame/frame_memory.h"
#include "v4l2/device.h"

namespace v4l2va {

// One index of the CAPTURE queue and the frame that is bound to it.
struct CaptureSlot {
    uint32_t index = 0;
    // What the index was created with: the kernel takes no smaller dma-buf there.
    std::array<uint32_t, kMaxPlanes> min_sizes{};
    uint64_t memory_id = 0;  // FrameMemory::id(); 0: unbound
    std::weak_ptr<FrameMemory> memory;
    // Set when the kernel decodes into memory of our own, which is copied to `memory` afterwards.
    std::shared_ptr<FrameMemory> private_memory;
    Timestamp content;       // of the latest decode into it; invalid: no reference
    uint64_t last_used = 0;  // as target or as reference
    // PREPARE_BUF was done, but not QBUF: only STREAMOFF frees the index for another dma-buf.
    bool prepared = false;
    bool queued = false;  // in the kernel
    bool needed = false;  // see CaptureQueue::mark_needed
};

// Not thread-safe: the session's lock serialises.
class CaptureQueue {
  public:
    // The slot that `memory_id` is bound to; null when there is none.
    [[nodiscard]] CaptureSlot* find(uint64_t memory_id);
    [[nodiscard]] const CaptureSlot* find(uint64_t memory_id) const;
    [[nodiscard]] CaptureSlot& slot(size_t position) { return slots_[position]; }
    [[nodiscard]] size_t position_of(const CaptureSlot& slot) const {
        return static_cast<size_t>(&slot - slots_.data());
    }
    [[nodiscard]] bool empty() const { return slots_.empty(); }

    // A new, unbound slot (CREATE_BUFS of one): some drivers spend memory on every CAPTURE buffer,
    // so they are made as surfaces show up. Null when the queue is full or memory is short and
    // other slots exist: re-bind one of those.
    [[nodiscard]] Result<CaptureSlot*> grow(const Device& device, const FrameLayout& layout);
    // grow() asks the kernel once more, where it was memory that was short.
    void forget_shortage() { full_ = slots_.size() >= limit_; }

    // An unbound slot, or one whose frame is gone; null when there is none. Taken before grow(), so
    // that the kernel does not keep the memory of surfaces that were destroyed.
    // `memory`: what the slot must take.
    [[nodiscard]] CaptureSlot* find_dead(const FrameLayout& memory);
    // Which slots a picture in flight or to come needs: find_victim() leaves them alone.
    void clear_needed();
    void mark_needed(uint64_t memory_id);
    // The slot that was not used for longest; null when every slot is needed.
    [[nodiscard]] CaptureSlot* find_victim(const FrameLayout& memory);

    // True when a frame lives that was decoded into.
    [[nodiscard]] bool has_contents() const;

    void mark_used(uint64_t memory_id);
    // STREAMOFF took every buffer and every reference name away.
    void forget_contents();

  private:
    // More than any kernel allows; bounds what a wrong answer could make us create.
    static constexpr size_t kMaxSlots = 256;

    std::vector<CaptureSlot> slots_;
    size_t limit_ = kMaxSlots;
    bool full_ = false;
    uint64_t use_counter_ = 0;
};

}  // namespace v4l2va
