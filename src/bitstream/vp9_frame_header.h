// SPDX-License-Identifier: MIT
// VP9 frame headers: the uncompressed one (6.2) and the bool-coded compressed one (6.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace v4l2va {

inline constexpr size_t kVp9RefsPerFrame = 3;
inline constexpr size_t kVp9MaxSegments = 8;
inline constexpr size_t kVp9SegLvlMax = 4;

enum class Vp9InterpFilter : uint8_t {  // interp_filter (7.2.7)
    kEightTapSmooth = 0,
    kEightTap = 1,
    kEightTapSharp = 2,
    kBilinear = 3,
    kSwitchable = 4,
};

// What lasts from frame to frame, until it is coded again or reset by setup_past_independence()
// (7.2). A plain value: a caller parses into a copy and keeps it when the frame was accepted.
struct Vp9LastingState {
    std::array<int8_t, 4> loop_filter_ref_deltas = {1, 0, -1, -1};  // -63..63
    std::array<int8_t, 2> loop_filter_mode_deltas = {};
    bool segmentation_abs_or_delta_update = false;
    std::array<uint8_t, kVp9MaxSegments> feature_enabled = {};  // bit n: feature n
    std::array<std::array<int16_t, kVp9SegLvlMax>, kVp9MaxSegments> feature_data = {};
    uint8_t bit_depth = 8;     // 8, 10 or 12
    bool color_range = false;  // true: full swing
    bool subsampling_x = true;
    bool subsampling_y = true;
};

// Names as in 6.2. Inferred values are filled in; what a frame neither codes nor infers keeps the
// values given here.
struct Vp9FrameHeader {
    uint8_t profile = 0;               // 0..3
    bool show_existing_frame = false;  // then nothing behind it is valid
    uint8_t frame_to_show_map_idx = 0;
    bool key_frame = false;
    bool show_frame = false;
    bool error_resilient_mode = false;
    bool intra_only = false;
    uint8_t reset_frame_context = 0;  // 0..3, as coded
    uint8_t refresh_frame_flags = 0;
    std::array<uint8_t, kVp9RefsPerFrame> ref_frame_idx = {};  // 0..7
    std::array<bool, kVp9RefsPerFrame> ref_frame_sign_bias = {};
    bool size_from_refs = false;  // found_ref: the size is that of a reference
    uint32_t frame_width = 0;     // 1..65536
    uint32_t frame_height = 0;
    uint32_t render_width = 0;
    uint32_t render_height = 0;
    bool allow_high_precision_mv = false;
    Vp9InterpFilter interp_filter = Vp9InterpFilter::kEightTap;  // of inter frames
    bool refresh_frame_context = false;
    bool frame_parallel_decoding_mode = false;
    uint8_t frame_context_idx = 0;  // 0..3, as coded

    uint8_t loop_filter_level = 0;      // 0..63
    uint8_t loop_filter_sharpness = 0;  // 0..7
    bool loop_filter_delta_enabled = false;
    bool loop_filter_delta_update = false;

    uint8_t base_q_idx = 0;
    int8_t delta_q_y_dc = 0;  // -15..15
    int8_t delta_q_uv_dc = 0;
    int8_t delta_q_uv_ac = 0;

    bool segmentation_enabled = false;
    bool segmentation_update_map = false;
    bool segmentation_temporal_update = false;
    bool segmentation_update_data = false;
    std::array<uint8_t, 7> segmentation_tree_probs = {255, 255, 255, 255, 255, 255, 255};
    std::array<uint8_t, 3> segmentation_pred_probs = {255, 255, 255};

    uint8_t tile_cols_log2 = 0;  // 0..6
    uint8_t tile_rows_log2 = 0;  // 0..2

    size_t uncompressed_header_size = 0;  // bytes, with trailing_bits()
    uint32_t compressed_header_size = 0;  // header_size_in_bytes, 1..65535

    [[nodiscard]] bool frame_is_intra() const { return key_frame || intra_only; }
    [[nodiscard]] bool lossless() const {
        return base_q_idx == 0 && delta_q_y_dc == 0 && delta_q_uv_dc == 0 && delta_q_uv_ac == 0;
    }
};

// Of the picture that the client describes: what a frame whose size is that of a reference has.
struct Vp9FrameSize {
    uint32_t width = 0;  // 1..65536
    uint32_t height = 0;
};

// `frame` begins with the uncompressed header. `lasting` is brought up to date, whether or not the
// header is sound. Errors: kInvalidBitstream (too short, a sync code or a marker missing, a value
// that the standard reserves).
[[nodiscard]] Result<Vp9FrameHeader> parse_vp9_uncompressed_header(
    std::span<const std::byte> frame, const Vp9FrameSize& reference_size, Vp9LastingState& lasting);

enum class Vp9TxMode : uint8_t {  // tx_mode (7.3.1)
    kOnly4x4 = 0,
    kAllow8x8 = 1,
    kAllow16x16 = 2,
    kAllow32x32 = 3,
    kSelect = 4,
};

enum class Vp9ReferenceMode : uint8_t { kSingle = 0, kCompound = 1, kSelect = 2 };  // 7.3.6

// Updates of motion vector probabilities (6.3.16): 0, or the new probability.
struct Vp9MvProbs {
    uint8_t joint[3];
    uint8_t sign[2];
    uint8_t classes[2][10];
    uint8_t class0_bit[2];
    uint8_t bits[2][10];
    uint8_t class0_fr[2][2][3];
    uint8_t fr[2][3];
    uint8_t class0_hp[2];
    uint8_t hp[2];
};

// Updates of the other probabilities, in coding order: 0 for none, else the entry of
// inv_map_table[] that diff_update_prob() (6.3.5) selects.
struct Vp9ProbUpdates {
    uint8_t tx8[2][1];
    uint8_t tx16[2][2];
    uint8_t tx32[2][3];
    uint8_t coef[4][2][2][6][6][3];
    uint8_t skip[3];
    uint8_t inter_mode[7][3];
    uint8_t interp_filter[4][2];
    uint8_t is_inter[4];
    uint8_t comp_mode[5];
    uint8_t single_ref[5][2];
    uint8_t comp_ref[5];
    uint8_t y_mode[4][9];
    uint8_t partition[16][3];
    Vp9MvProbs mv;
};

struct Vp9CompressedHeader {
    Vp9TxMode tx_mode = Vp9TxMode::kOnly4x4;
    Vp9ReferenceMode reference_mode = Vp9ReferenceMode::kSingle;
    Vp9ProbUpdates updates = {};
};

// `bytes`: exactly the compressed header of the frame whose uncompressed header is `frame`. Errors:
// kInvalidBitstream (empty, the marker bit set, no end within the bytes).
[[nodiscard]] Result<Vp9CompressedHeader> parse_vp9_compressed_header(
    std::span<const std::byte> bytes, const Vp9FrameHeader& frame);

}  // namespace v4l2va
