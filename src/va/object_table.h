// SPDX-License-Identifier: MIT
// ObjectTable: VA object ids to objects, one table a kind of object.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace v4l2va {

// An id is a slot (low 20 bits) and the slot's generation (high 12 bits, never 0 and never all
// ones, so that neither 0 nor VA_INVALID_ID is an id). Freed slots wait in a queue of at least
// kReuseDistance others: an id is not seen again before some 500,000 objects of its kind came and
// went. (mpv and Chromium cache by id: a soon reused one shows a stale picture.) Thread-safe; a
// lookup hands out shared ownership, so an object outlives its removal while in use.
template <typename T>
class ObjectTable {
  public:
    static constexpr uint32_t kInvalidId = std::numeric_limits<uint32_t>::max();

    // The new object's id, or kInvalidId when 2^20 objects are alive.
    [[nodiscard]] uint32_t add(std::shared_ptr<T> object) {
        const MutexLock lock(mutex_);
        const uint32_t index = take_slot();
        if (index == kNone) {
            return kInvalidId;
        }
        Slot& slot = slots_[index];
        slot.object = std::move(object);
        ++size_;
        return slot.generation << kSlotBits | index;
    }

    // Null when there is no such object.
    [[nodiscard]] std::shared_ptr<T> find(uint32_t id) const {
        const MutexLock lock(mutex_);
        const uint32_t index = id & kSlotMask;
        if (index >= slots_.size() || slots_[index].generation != id >> kSlotBits) {
            return nullptr;
        }
        return slots_[index].object;
    }

    // Takes the object out; null when there is no such object.
    [[nodiscard]] std::shared_ptr<T> remove(uint32_t id) {
        const MutexLock lock(mutex_);
        const uint32_t index = id & kSlotMask;
        if (index >= slots_.size() || slots_[index].generation != id >> kSlotBits ||
            !slots_[index].object) {
            return nullptr;
        }
        Slot& slot = slots_[index];
        std::shared_ptr<T> object = std::move(slot.object);
        slot.object = nullptr;
        slot.generation = slot.generation == kLastGeneration ? 1 : slot.generation + 1;
        free_slot(index);
        --size_;
        return object;
    }

    // Takes everything out.
    [[nodiscard]] std::vector<std::shared_ptr<T>> clear() {
        const MutexLock lock(mutex_);
        std::vector<std::shared_ptr<T>> objects;
        for (Slot& slot : slots_) {
            if (slot.object) {
                objects.push_back(std::move(slot.object));
            }
        }
        slots_.clear();
        oldest_free_ = newest_free_ = kNone;
        free_count_ = 0;
        size_ = 0;
        return objects;
    }

    [[nodiscard]] size_t size() const {
        const MutexLock lock(mutex_);
        return size_;
    }

  private:
    static constexpr uint32_t kSlotBits = 20;
    static constexpr uint32_t kSlotMask = (1U << kSlotBits) - 1;
    static constexpr uint32_t kLastGeneration = (1U << (32 - kSlotBits)) - 2;
    static constexpr size_t kReuseDistance = 128;

    static constexpr uint32_t kNone = kInvalidId;

    struct Slot {
        uint32_t generation = 1;
        uint32_t next_free = kNone;
        std::shared_ptr<T> object;
    };

    // The longest free slot once enough are free, else a new one; kNone when the table is full.
    uint32_t take_slot() V4L2VA_REQUIRES(mutex_) {
        if (free_count_ < kReuseDistance) {
            if (slots_.size() > kSlotMask) {
                return kNone;
            }
            slots_.emplace_back();
            return static_cast<uint32_t>(slots_.size() - 1);
        }
        const uint32_t index = oldest_free_;
        oldest_free_ = slots_[index].next_free;
        newest_free_ = oldest_free_ == kNone ? kNone : newest_free_;
        slots_[index].next_free = kNone;
        --free_count_;
        return index;
    }

    void free_slot(uint32_t index) V4L2VA_REQUIRES(mutex_) {
        if (newest_free_ == kNone) {
            oldest_free_ = index;
        } else {
            slots_[newest_free_].next_free = index;
        }
        newest_free_ = index;
        ++free_count_;
    }

    mutable Mutex mutex_;
    std::vector<Slot> slots_ V4L2VA_GUARDED_BY(mutex_);
    // Freed slots, oldest first, linked through next_free.
    uint32_t oldest_free_ V4L2VA_GUARDED_BY(mutex_) = kNone;
    uint32_t newest_free_ V4L2VA_GUARDED_BY(mutex_) = kNone;
    size_t free_count_ V4L2VA_GUARDED_BY(mutex_) = 0;
    size_t size_ V4L2VA_GUARDED_BY(mutex_) = 0;
};

}  // namespace v4l2va
