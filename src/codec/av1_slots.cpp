// SPDX-License-Identifier: MIT
// Av1Slots: reference slots of our own.
#include "codec/av1_slots.h"

#include <algorithm>
#include <tuple>

namespace v4l2va {
namespace {

bool holds(const Av1FrameReferences& frame, Timestamp timestamp) {
    return std::find(frame.map.begin(), frame.map.end(), timestamp) != frame.map.end();
}

bool refers_to(const Av1FrameReferences& frame, Timestamp timestamp) {
    return !frame.intra &&
           std::any_of(frame.ref_frame_idx.begin(), frame.ref_frame_idx.end(),
                       [&](uint8_t index) { return frame.map[index] == timestamp; });
}

}  // namespace

int av1_relative_dist(uint32_t bits, uint32_t a, uint32_t b) {
    if (bits == 0) {
        return 0;
    }
    const int difference = static_cast<int>(a) - static_cast<int>(b);
    const int m = 1 << (bits - 1);
    return (difference & (m - 1)) - (difference & m);
}

Av1SlotMapping Av1Slots::decode(const Av1FrameReferences& frame) {
    if (frame.map_unknown) {
        forget_lost_hints();
    } else {
        follow(frame);
    }
    Av1SlotMapping mapping;
    for (size_t i = 0; i < kAv1Slots; ++i) {
        mapping.reference_frame_ts[i] = slots_[i].timestamp;
    }
    if (!frame.intra) {
        map_references(frame, mapping);
    }
    if (frame.refresh_all) {
        mapping.refresh_frame_flags = kAv1RefreshAll;
        slots_ = {};
        slots_[0] = {frame.timestamp, true};
    } else {
        const size_t slot = choose(frame);
        mapping.refresh_frame_flags = static_cast<uint8_t>(1U << slot);
        slots_[slot] = {frame.timestamp, true};
    }
    // Both of the above leave one free.
    *std::find_if(hints_.begin(), hints_.end(), [](const Hint& hint) {
        return !hint.timestamp.valid();
    }) = {frame.timestamp, frame.order_hint};
    return mapping;
}

bool Av1Slots::keeps(Timestamp timestamp) const {
    const size_t slot = find(timestamp);
    return slot < kAv1Slots && slots_[slot].kept;
}

// Forgets the frames that the client no longer holds; names the others in a slot each.
void Av1Slots::follow(const Av1FrameReferences& frame) {
    for (Slot& slot : slots_) {
        if (!holds(frame, slot.timestamp)) {
            slot = {};
        }
    }
    for (Hint& hint : hints_) {
        if (!holds(frame, hint.timestamp)) {
            hint = {};
        }
    }
    for (const Timestamp timestamp : frame.map) {
        if (timestamp.valid() && find(timestamp) == kAv1Slots) {
            *std::find_if(slots_.begin(), slots_.end(), [](const Slot& slot) {
                return !slot.timestamp.valid();
            }) = {timestamp, false};
        }
    }
}

// Of frames that are in no slot.
void Av1Slots::forget_lost_hints() {
    for (Hint& hint : hints_) {
        if (find(hint.timestamp) == kAv1Slots) {
            hint = {};
        }
    }
}

size_t Av1Slots::find(Timestamp timestamp) const {
    const auto found = std::find_if(slots_.begin(), slots_.end(), [timestamp](const Slot& slot) {
        return slot.timestamp == timestamp;
    });
    return static_cast<size_t>(found - slots_.begin());
}

uint32_t Av1Slots::order_hint(Timestamp timestamp) const {
    const auto found = std::find_if(hints_.begin(), hints_.end(), [timestamp](const Hint& hint) {
        return hint.timestamp == timestamp;
    });
    return found == hints_.end() ? 0 : found->order_hint;
}

// Of the frames in the slots the one decoded last.
Timestamp Av1Slots::latest() const {
    return std::max_element(slots_.begin(), slots_.end(),
                            [](const Slot& a, const Slot& b) {
                                return a.timestamp.microseconds() < b.timestamp.microseconds();
                            })
        ->timestamp;
}

// A reference that was lost becomes the frame decoded last, or the frame itself if there is none:
// drivers would fetch from anywhere.
void Av1Slots::map_references(const Av1FrameReferences& frame, Av1SlotMapping& mapping) const {
    const Timestamp substitute = latest();
    for (size_t i = 0; i < kAv1RefsPerFrame; ++i) {
        Timestamp timestamp = frame.map[frame.ref_frame_idx[i]];
        if (!timestamp.valid()) {
            timestamp = substitute;
        }
        if (timestamp.valid()) {
            mapping.ref_frame_idx[i] = static_cast<uint8_t>(find(timestamp));
            mapping.order_hints[i + 1] = order_hint(timestamp);
        } else {
            mapping.reference_frame_ts[0] = frame.timestamp;
            mapping.order_hints[i + 1] = frame.order_hint;
        }
    }
}

// The slot for the frame: a free one, else one that keeps nothing, else the one whose frame is
// needed least.
size_t Av1Slots::choose(const Av1FrameReferences& frame) const {
    const auto need = [&](const Slot& slot) {
        const int order = slot.timestamp.valid()
                              ? av1_relative_dist(frame.order_hint_bits, order_hint(slot.timestamp),
                                                  frame.order_hint)
                              : 0;
        return std::tuple(slot.timestamp.valid(), slot.kept, refers_to(frame, slot.timestamp),
                          order, slot.timestamp.microseconds());
    };
    return static_cast<size_t>(
        std::min_element(slots_.begin(), slots_.end(),
                         [&](const Slot& a, const Slot& b) { return need(a) < need(b); }) -
        slots_.begin());
}

}  // namespace v4l2va
