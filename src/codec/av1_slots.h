// SPDX-License-Identifier: MIT
// Av1Slots: the device's reference slots, although VA-API does not carry refresh_frame_flags.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "v4l2/types.h"

namespace v4l2va {

inline constexpr size_t kAv1Slots = 8;         // NUM_REF_FRAMES
inline constexpr size_t kAv1RefsPerFrame = 7;  // REFS_PER_FRAME
inline constexpr uint8_t kAv1RefreshAll = 0xFF;
inline constexpr uint8_t kAv1PrimaryRefNone = 7;

// get_relative_dist(a, b) of AV1 7.9.3 with OrderHintBits = `bits`, 0 to 8; 0 if there are none.
[[nodiscard]] int av1_relative_dist(uint32_t bits, uint32_t a, uint32_t b);

// What the client says of a frame's references.
struct Av1FrameReferences {
    std::array<Timestamp, kAv1Slots> map;  // of its slots before this frame; invalid: empty
    std::array<uint8_t, kAv1RefsPerFrame> ref_frame_idx = {};  // into `map`, each 0..7
    Timestamp timestamp;                                       // of the frame itself
    uint32_t order_hint = 0;
    uint32_t order_hint_bits = 0;
    uint8_t primary_ref_frame = kAv1PrimaryRefNone;
    bool intra = false;        // FrameIsIntra: ref_frame_idx says nothing
    bool refresh_all = false;  // by the standard: shown key frames, switch frames
    // `map` says nothing either, though the client goes on with its frames: libavcodec names none
    // in a key frame, not even in one that is hidden and leaves other slots alone.
    bool map_unknown = false;
    // Of the frame's own header, where the client sends that.
    std::optional<uint8_t> refresh_frame_flags;
};

// The same for the kernel.
struct Av1SlotMapping {
    std::array<Timestamp, kAv1Slots> reference_frame_ts;
    std::array<uint8_t, kAv1RefsPerFrame> ref_frame_idx = {};
    std::array<uint32_t, kAv1Slots> order_hints = {};  // OrderHints[] by reference name, LAST = 1
    uint8_t refresh_frame_flags = 0;
    bool lost_primary = false;  // what primary_ref_frame would load is gone: the frame is garbage
};

// A decoder keeps per slot what a later frame loads by primary_ref_frame (7.20, 7.21): on rk3588
// the CDFs. It learns from refresh_frame_flags which slots a frame goes to; VA shows that in the
// next frame's ref_frame_map only, too late for clients that want each picture at once.
//
// Where the flags are known (from the frame's header), the slots are the client's own, and nothing
// is ever lost. Where they are not, the frame goes to one slot that is not needed: whose frame the
// client no longer holds, or holds in another slot, too. Where the client put it is of no interest
// then, for everybody names it by its timestamp; a frame is named in the client's slot if the
// device has it there, else where the device has it. So both kinds of frames may follow one
// another.
//
// If the client holds eight different frames, each in its slot, and the flags are unknown, one of
// them loses what is kept for it (its picture stays usable): one that this frame does not refer to,
// the first in output order. That is the frame that encoders drop next, or look at last.
//
// A plain value: work on a copy, keep it when the device took the frame.
class Av1Slots {
  public:
    // The frame's mapping; afterwards the frame is decoded.
    [[nodiscard]] Av1SlotMapping decode(const Av1FrameReferences& frame);

    // Whether a slot of the device has what the decoding of `timestamp` left.
    [[nodiscard]] bool keeps(Timestamp timestamp) const;

  private:
    using Frames = std::array<Timestamp, kAv1Slots>;
    struct Slot {
        Timestamp timestamp;  // invalid: free
        bool kept = false;    // false: named here only so that its picture can be referred to
    };
    struct Hint {
        Timestamp timestamp;
        uint32_t order_hint = 0;
    };

    void follow(const Av1FrameReferences& frame);
    void name(const Frames& held);
    void forget_hints();
    [[nodiscard]] size_t find(Timestamp timestamp) const;  // kAv1Slots: in none
    [[nodiscard]] bool is_spare(size_t slot, const Frames& held) const;
    [[nodiscard]] uint32_t order_hint(Timestamp timestamp) const;
    [[nodiscard]] Timestamp latest() const;
    void map_references(const Av1FrameReferences& frame, Av1SlotMapping& mapping) const;
    void store(const Av1FrameReferences& frame, uint8_t flags);
    [[nodiscard]] uint8_t choose(const Av1FrameReferences& frame) const;
    [[nodiscard]] size_t choose_slot(const Av1FrameReferences& frame, const Frames& held) const;

    Frames device_;                      // whose leavings each slot has; invalid: nobody's
    std::array<Slot, kAv1Slots> slots_;  // what each slot is called for the next frame
    // Of all frames that the client holds, and of the last one decoded.
    std::array<Hint, kAv1Slots + 1> hints_;
};

}  // namespace v4l2va
