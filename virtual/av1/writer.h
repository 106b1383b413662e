// SPDX-License-Identifier: MIT
// Writes AV1 streams from the controls alone, for a decoder whose eight slots we assign.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "av1/controls.h"
#include "backend/bits.h"

namespace vdec::av1 {

using WarpParams = std::array<int32_t, 6>;
using MotionParams = std::array<WarpParams, kRefsPerFrame>;  // LAST first

constexpr WarpParams kIdentityWarp = {0, 0, 1 << 16, 0, 0, 1 << 16};
MotionParams identity_motion();
// The parameters that a decoder has after the frame. `representable` becomes false when the
// control's cannot be coded; then these are the nearest.
MotionParams motion_of(const Frame& frame, bool& representable);

// The references as the decoder has them.
struct References {
    std::array<unsigned, kRefsPerFrame> slots = {};  // ref_frame_idx[]
    std::array<unsigned, kRefsPerFrame> hints = {};
    std::array<unsigned, kSlots> slot_hints = {};      // RefOrderHint[]
    MotionParams previous_motion = identity_motion();  // PrevGmParams
};

// Every frame of a client is written as one that is not shown, which goes to the slots of
// `refresh`: so the slots of the client, which may have its own, do not matter. What may persist
// from earlier frames but the motion parameters and the probabilities is written out each time.
struct FrameToWrite {
    Controls controls;
    References references;
    Bytes tiles;              // the tile group's payload
    bool film_grain = false;  // of the controls; else none
};

// Payload of the OBU. The same for all sequences that differ only in sizes, colour range, and tools
// that frame headers switch off: a decoder drops its references when it changes.
Bytes write_sequence_header(const Sequence& sequence);
Bytes write_frame_header(const FrameToWrite& frame, uint8_t refresh);
// False when the data of a tile is outside of `bitstream`.
bool write_tile_group(const Controls& controls, std::span<const uint8_t> bitstream, Bytes& payload);
// All three OBUs.
Bytes write_packet(const FrameToWrite& frame, uint8_t refresh);

}  // namespace vdec::av1
