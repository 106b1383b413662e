// SPDX-License-Identifier: MIT
// Av1Slots: the device's reference slots.
#include "codec/av1_slots.h"

#include <algorithm>
#include <tuple>

namespace v4l2va {
namespace {

using Frames = std::array<Timestamp, kAv1Slots>;

bool contains(const Frames& frames, Timestamp timestamp) {
    return std::find(frames.begin(), frames.end(), timestamp) != frames.end();
}

bool has_slot(uint8_t flags, size_t slot) { return ((flags >> slot) & 1) != 0; }

// `map` after a frame that goes to the slots of `flags`.
Frames refreshed(const Av1FrameReferences& frame, uint8_t flags) {
    Frames frames = frame.map;
    for (size_t i = 0; i < kAv1Slots; ++i) {
        if (has_slot(flags, i)) {
            frames[i] = frame.timestamp;
        }
    }
    return frames;
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
    if (!frame.map_unknown) {
        follow(frame);
    }
    forget_hints();
    Av1SlotMapping mapping;
    for (size_t i = 0; i < kAv1Slots; ++i) {
        mapping.reference_frame_ts[i] = slots_[i].timestamp;
    }
    if (!frame.intra) {
        map_references(frame, mapping);
    }
    mapping.refresh_frame_flags = frame.refresh_all ? kAv1RefreshAll : choose(frame);
    store(frame, mapping.refresh_frame_flags);
    // One is free: there are no more names than slots.
    *std::find_if(hints_.begin(), hints_.end(), [](const Hint& hint) {
        return !hint.timestamp.valid();
    }) = {frame.timestamp, frame.order_hint};
    return mapping;
}

bool Av1Slots::keeps(Timestamp timestamp) const { return contains(device_, timestamp); }

// Forgets the frames that the client no longer holds; names the others.
void Av1Slots::follow(const Av1FrameReferences& frame) { name(frame.map); }

// Each frame of `held` where the client has it, if the device has it there; else where the device
// has it; else in a slot that no other frame needs for its name.
void Av1Slots::name(const Frames& held) {
    slots_ = {};
    for (size_t i = 0; i < kAv1Slots; ++i) {
        if (held[i].valid() && device_[i] == held[i]) {
            slots_[i] = {held[i], true};
        }
    }
    for (size_t i = 0; i < kAv1Slots; ++i) {
        if (device_[i].valid() && contains(held, device_[i]) && find(device_[i]) == kAv1Slots) {
            slots_[i] = {device_[i], true};
        }
    }
    for (const Timestamp timestamp : held) {
        if (timestamp.valid() && find(timestamp) == kAv1Slots) {
            const auto named_twice = [this](const Slot& slot) {
                return static_cast<size_t>(&slot - slots_.data()) != find(slot.timestamp);
            };
            const auto is_free = [](const Slot& slot) { return !slot.timestamp.valid(); };
            auto place = std::find_if(slots_.begin(), slots_.end(), is_free);
            if (place == slots_.end()) {
                place = std::find_if(slots_.begin(), slots_.end(), named_twice);
            }
            *place = {timestamp, false};
        }
    }
}

// Of frames that have no name.
void Av1Slots::forget_hints() {
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
            const uint8_t own = frame.ref_frame_idx[i];
            mapping.ref_frame_idx[i] =
                slots_[own].timestamp == timestamp ? own : static_cast<uint8_t>(find(timestamp));
            mapping.order_hints[i + 1] = order_hint(timestamp);
        } else {
            mapping.reference_frame_ts[0] = frame.timestamp;
            mapping.order_hints[i + 1] = frame.order_hint;
        }
    }
    if (frame.primary_ref_frame < kAv1RefsPerFrame) {
        const size_t primary = frame.primary_ref_frame;
        mapping.lost_primary = !frame.map[frame.ref_frame_idx[primary]].valid() ||
                               !slots_[mapping.ref_frame_idx[primary]].kept;
    }
}

void Av1Slots::store(const Av1FrameReferences& frame, uint8_t flags) {
    for (size_t i = 0; i < kAv1Slots; ++i) {
        if (has_slot(flags, i)) {
            device_[i] = frame.timestamp;
        }
    }
    if (frame.refresh_all || (frame.refresh_frame_flags && !frame.map_unknown)) {
        name(refreshed(frame, frame.refresh_all ? kAv1RefreshAll : *frame.refresh_frame_flags));
        return;
    }
    for (size_t i = 0; i < kAv1Slots; ++i) {
        if (has_slot(flags, i)) {
            slots_[i] = {frame.timestamp, true};
        }
    }
}

// Whether nobody misses what the slot has: its frame is not of `held`, or is in another slot, too:
// in the one that it has its name of, else in an earlier one.
bool Av1Slots::is_spare(size_t slot, const Frames& held) const {
    const Timestamp timestamp = device_[slot];
    if (!timestamp.valid() || !contains(held, timestamp)) {
        return true;
    }
    const size_t named = find(timestamp);
    const bool is_there = named < kAv1Slots && device_[named] == timestamp;
    const auto first = std::find(device_.begin(), device_.end(), timestamp);
    return slot != (is_there ? named : static_cast<size_t>(first - device_.begin()));
}

// The slots for the frame: the client's, where it is known that nothing is lost by it; else one.
uint8_t Av1Slots::choose(const Av1FrameReferences& frame) const {
    Frames held = {};
    if (frame.map_unknown) {
        std::transform(slots_.begin(), slots_.end(), held.begin(),
                       [](const Slot& slot) { return slot.timestamp; });
    } else {
        held = frame.map;
        if (frame.refresh_frame_flags) {
            const uint8_t flags = *frame.refresh_frame_flags;
            held = refreshed(frame, flags);
            Frames left = device_;
            for (size_t i = 0; i < kAv1Slots; ++i) {
                left[i] = has_slot(flags, i) ? Timestamp() : left[i];
            }
            const bool loses = std::any_of(held.begin(), held.end(), [&](Timestamp timestamp) {
                return contains(device_, timestamp) && !contains(left, timestamp);
            });
            if (!loses) {
                return flags;
            }
        }
    }
    return static_cast<uint8_t>(1U << choose_slot(frame, held));
}

// One that is spare, else one whose frame is needed least.
size_t Av1Slots::choose_slot(const Av1FrameReferences& frame, const Frames& held) const {
    const auto need = [&](size_t slot) {
        const Timestamp timestamp = device_[slot];
        const bool spare = is_spare(slot, held);
        const int order = spare ? 0
                                : av1_relative_dist(frame.order_hint_bits, order_hint(timestamp),
                                                    frame.order_hint);
        return std::tuple(!spare, !spare && refers_to(frame, timestamp), order,
                          spare ? 0 : timestamp.microseconds());
    };
    size_t best = 0;
    for (size_t i = 1; i < kAv1Slots; ++i) {
        best = need(i) < need(best) ? i : best;
    }
    return best;
}

}  // namespace v4l2va
