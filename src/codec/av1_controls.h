// SPDX-License-Identifier: MIT
// The V4L2 controls of AV1, each from VA's parameters.
#pragma once

#include <va/va.h>

#include <array>
#include <cstdint>

#include "base/result.h"
#include "codec/av1_slots.h"
#include "v4l2/types.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {

// Every number of `picture` that is used below, against the range of the standard, profile 0 and
// the device's depth, which the profile does not tell. Errors: kInvalidParameter, kUnsupported.
[[nodiscard]] Result<> check_av1_picture(const VADecPictureParameterBufferAV1& picture,
                                         const CodecTraits& traits);

// FrameIsIntra: key frames and intra-only frames.
[[nodiscard]] bool av1_is_intra(const VADecPictureParameterBufferAV1& picture);

// Of these the header leaves out what 5.9.2 infers: error_resilient_mode 1, all slots refreshed.
[[nodiscard]] bool av1_shown_key_or_switch_frame(const VADecPictureParameterBufferAV1& picture);

// OrderHintBits; 0 if there are no order hints.
[[nodiscard]] uint8_t av1_order_hint_bits(const VADecPictureParameterBufferAV1& picture);

// FrameWidth and FrameHeight: what is coded, before superres widens it (5.9.8).
[[nodiscard]] Size av1_frame_size(const VADecPictureParameterBufferAV1& picture);

// `largest`: the maximum that the sequence has for its pictures, as far as it is known.
[[nodiscard]] v4l2_ctrl_av1_sequence av1_sequence(const VADecPictureParameterBufferAV1& picture,
                                                  Size largest);

// `tile_info`: complete.
[[nodiscard]] v4l2_ctrl_av1_frame av1_frame(const VADecPictureParameterBufferAV1& picture,
                                            const v4l2_av1_tile_info& tile_info,
                                            const Av1SlotMapping& slots, Size largest);

[[nodiscard]] v4l2_ctrl_av1_film_grain av1_film_grain(const VAFilmGrainStructAV1& grain);

// SkipModeFrame[] of skip_mode_params() (5.9.22), by reference name.
struct Av1SkipMode {
    bool allowed = false;
    std::array<uint8_t, 2> frames = {};
};

// `order_hints` by reference name; the frame is no intra frame and may use compound prediction.
[[nodiscard]] Av1SkipMode av1_skip_mode(uint32_t order_hint_bits, uint32_t order_hint,
                                        const std::array<uint32_t, kAv1Slots>& order_hints);

}  // namespace v4l2va
