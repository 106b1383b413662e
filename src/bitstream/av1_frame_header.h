// SPDX-License-Identifier: MIT
// refresh_frame_flags out of AV1 frame headers (5.9.2), of which the client tells all else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace v4l2va {

// What a header's syntax depends on and only the sequence header says (5.5.1): a layout. Bit n of a
// set of layouts stands for kAv1HeaderLayouts[n].
struct Av1HeaderLayout {
    bool codes_screen_content = false;  // seq_force_screen_content_tools is SELECT
    bool codes_integer_mv = false;      // seq_force_integer_mv is SELECT
    bool has_decoder_model = false;     // decoder_model_info_present_flag
};
inline constexpr std::array<Av1HeaderLayout, 8> kAv1HeaderLayouts = {{{true, true, false},
                                                                      {true, false, false},
                                                                      {false, true, false},
                                                                      {false, false, false},
                                                                      {true, true, true},
                                                                      {true, false, true},
                                                                      {false, true, true},
                                                                      {false, false, true}}};
inline constexpr uint8_t kAv1AllLayouts = 0xFF;

// What the client tells of a frame. Names as in 5.9.2.
struct Av1ToldFrame {
    uint32_t frame_type = 0;  // 0 key, 1 inter, 2 intra only; no switch frame
    bool show_frame = false;  // not with a key frame
    bool showable_frame = false;
    bool error_resilient_mode = false;
    bool disable_cdf_update = false;
    bool allow_screen_content_tools = false;
    bool force_integer_mv = false;  // of inter frames
    uint32_t order_hint = 0;
    uint32_t order_hint_bits = 0;    // OrderHintBits, 0..8
    uint32_t primary_ref_frame = 7;  // 7: none
    std::array<uint8_t, 7> ref_frame_idx = {};

    [[nodiscard]] bool intra() const { return frame_type != 1; }
};

struct Av1HeaderMatch {
    uint8_t layouts = 0;  // those in which the header says what the client says
    std::optional<uint8_t> refresh_frame_flags;  // if it is the same in all of them
};

// `data`: what a client has in front of a frame's first tile: whole OBUs with sizes, up to the one
// that the tile is in, or the payload of OBU_FRAME alone. `layouts`: those that may be. Not read
// are headers with frame numbers, and those whose decoder model has times: their syntax depends on
// lengths that nobody tells.
[[nodiscard]] Av1HeaderMatch match_av1_frame_header(std::span<const std::byte> data,
                                                    const Av1ToldFrame& told, uint8_t layouts);

}  // namespace v4l2va
