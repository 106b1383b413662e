// SPDX-License-Identifier: MIT
// VP8 frame header: the uncompressed frame tag and the bool-coded header of the first partition
// (RFC 6386 9 and 19.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"

namespace v4l2va {

inline constexpr size_t kVp8FrameTagSize = 3;      // of an inter frame
inline constexpr size_t kVp8KeyFrameTagSize = 10;  // with start code and dimensions
inline constexpr uint32_t kVp8MaxDimension = (1U << 14) - 1;
inline constexpr uint32_t kVp8MaxFirstPartSize = (1U << 19) - 1;

// The uncompressed data chunk (9.1). width, height and the scales are 0 in an inter frame.
struct Vp8FrameTag {
    bool key_frame = false;  // the coded bit is its inverse
    uint8_t version = 0;     // 0..7
    bool show_frame = true;
    uint32_t first_part_size = 0;  // bytes, 19 bits
    uint16_t width = 0;            // 14 bits
    uint16_t height = 0;
    uint8_t horizontal_scale = 0;  // 0..3
    uint8_t vertical_scale = 0;

    [[nodiscard]] size_t size() const { return key_frame ? kVp8KeyFrameTagSize : kVp8FrameTagSize; }
};

// Nothing if `bytes` are too few, or a key frame without its start code.
[[nodiscard]] std::optional<Vp8FrameTag> parse_vp8_frame_tag(std::span<const std::byte> bytes);

// The counterpart; the first tag.size() bytes of the answer count. The fields must be in range.
[[nodiscard]] std::array<std::byte, kVp8KeyFrameTagSize> write_vp8_frame_tag(
    const Vp8FrameTag& tag);

// What lasts until it is updated or a key frame comes (9.3, 9.6). A plain value.
struct Vp8LastingState {
    bool segment_feature_absolute = false;          // segment_feature_mode
    std::array<int8_t, 4> quantizer_update = {};    // -127..127
    std::array<int8_t, 4> loop_filter_update = {};  // -63..63
    std::array<uint8_t, 3> segment_probs = {255, 255, 255};
    std::array<int8_t, 4> ref_frame_deltas = {};  // -63..63
    std::array<int8_t, 4> mb_mode_deltas = {};
};

// Names as in 19.2. What the frame does not code is 0.
struct Vp8FrameHeader {
    bool color_space = false;
    bool clamping_type = false;
    bool segmentation_enabled = false;
    bool update_mb_segmentation_map = false;
    bool update_segment_feature_data = false;
    bool filter_type = false;       // true: the simple filter
    uint8_t loop_filter_level = 0;  // 0..63
    uint8_t sharpness_level = 0;    // 0..7
    bool loop_filter_adj_enable = false;
    bool mode_ref_lf_delta_update = false;
    uint8_t num_dct_partitions = 1;  // 1, 2, 4 or 8
    uint8_t y_ac_qi = 0;             // 0..127
    int8_t y_dc_delta = 0;           // all deltas: -15..15
    int8_t y2_dc_delta = 0;
    int8_t y2_ac_delta = 0;
    int8_t uv_dc_delta = 0;
    int8_t uv_ac_delta = 0;
    bool sign_bias_golden = false;
    bool sign_bias_alternate = false;
    bool refresh_entropy_probs = false;
    bool mb_no_skip_coeff = false;
    uint8_t prob_skip_false = 0;
    uint8_t prob_intra = 0;
    uint8_t prob_last = 0;
    uint8_t prob_gf = 0;

    // Where the macroblock data begins: bits of the first partition before it, and the bool
    // decoder's state there. bit_count: bits of the state's value that belong to a byte already
    // begun, 0..7.
    uint32_t header_bits = 0;
    uint8_t coder_range = 0;
    uint8_t coder_value = 0;
    uint8_t coder_bit_count = 0;
};

// `first_part`: the first partition. `lasting` is brought up to date, whether or not the header is
// sound. Errors: kInvalidBitstream (the header does not end within the partition).
[[nodiscard]] Result<Vp8FrameHeader> parse_vp8_frame_header(std::span<const std::byte> first_part,
                                                            bool key_frame,
                                                            Vp8LastingState& lasting);

}  // namespace v4l2va
