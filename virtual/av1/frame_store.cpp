// SPDX-License-Identifier: MIT
// Slots of the decoder, assigned by what the client names.
#include "av1/frame_store.h"

#include <algorithm>
#include <utility>

namespace vdec::av1 {

void FrameStore::settle_pending(const std::set<uint64_t>& named) {
    if (!pending_) return;
    Pending pending = std::move(*pending_);
    pending_.reset();
    if (!named.contains(pending.frame.timestamp)) return;
    const auto unnamed = std::ranges::find_if(
        slots_, [&](const auto& slot) { return !slot || !named.contains(slot->timestamp); });
    if (unnamed == slots_.end()) return;
    const auto refresh = static_cast<uint8_t>(1U << (unnamed - slots_.begin()));
    pending.frame.picture = decoder_.decode(write_packet(pending.input, refresh));
    unnamed->reset();
    if (!pending.frame.picture.empty()) *unnamed = std::move(pending.frame);
}

void FrameStore::begin(const std::set<uint64_t>& named, const Sequence& sequence, bool poison) {
    Bytes header = write_sequence_header(sequence);
    const bool restarts = header != sequence_header_;
    sequence_header_ = std::move(header);
    if (restarts) {
        pending_.reset();
        slots_ = {};
        return;
    }
    settle_pending(named);
    for (std::optional<StoredFrame>& slot : slots_) {
        if (!slot || named.contains(slot->timestamp)) continue;
        if (poison) poison_picture(slot->picture.planes());
        slot.reset();
    }
}

const StoredFrame* FrameStore::find(uint64_t timestamp) const {
    for (const std::optional<StoredFrame>& slot : slots_) {
        if (slot && slot->timestamp == timestamp) return &*slot;
    }
    return nullptr;
}

const StoredFrame* FrameStore::any() const {
    for (const std::optional<StoredFrame>& slot : slots_) {
        if (slot) return &*slot;
    }
    return nullptr;
}

unsigned FrameStore::slot_of(const StoredFrame& frame) const {
    unsigned index = 0;
    while (!slots_[index] || &*slots_[index] != &frame) ++index;
    return index;
}

std::array<unsigned, kSlots> FrameStore::order_hints() const {
    std::array<unsigned, kSlots> hints = {};
    std::ranges::transform(slots_, hints.begin(), [](const std::optional<StoredFrame>& slot) {
        return slot ? slot->header.order_hint : 0U;
    });
    return hints;
}

const StoredFrame* FrameStore::decode(const FrameToWrite& input, uint64_t timestamp) {
    const auto free =
        std::ranges::find_if(slots_, [](const auto& slot) { return !slot.has_value(); });
    const bool full = free == slots_.end();
    const auto refresh = static_cast<uint8_t>(full ? 0 : 1U << (free - slots_.begin()));
    StoredFrame frame;
    frame.picture = decoder_.decode(write_packet(input, refresh));
    if (frame.picture.empty()) return nullptr;
    bool representable = true;
    frame.timestamp = timestamp;
    frame.header = input.controls.frame;
    frame.motion = motion_of(frame.header, representable);
    if (full) return &pending_.emplace(Pending{std::move(frame), input}).frame;
    return &free->emplace(std::move(frame));
}

}  // namespace vdec::av1
