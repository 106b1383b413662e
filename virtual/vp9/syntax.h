// SPDX-License-Identifier: MIT
// VP9 uncompressed headers (VP9 6.2 and 7.2), read independently of any client.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "backend/bits.h"

namespace vdec::vp9 {

struct FrameSize {
    unsigned width = 0;
    unsigned height = 0;
};

struct LoopFilter {
    unsigned level = 0;
    unsigned sharpness = 0;
    bool delta_enabled = false;
    bool delta_update = false;
    std::array<int, 4> ref_deltas = {};
    std::array<int, 2> mode_deltas = {};
};

struct Quantization {
    unsigned base_q_idx = 0;
    int delta_q_y_dc = 0;
    int delta_q_uv_dc = 0;
    int delta_q_uv_ac = 0;

    [[nodiscard]] bool lossless() const {
        return base_q_idx == 0 && delta_q_y_dc == 0 && delta_q_uv_dc == 0 && delta_q_uv_ac == 0;
    }
};

struct Segmentation {
    bool enabled = false;
    bool update_map = false;
    bool temporal_update = false;
    bool update_data = false;
    bool absolute = false;
    std::array<uint8_t, 7> tree_probs = {};
    std::array<uint8_t, 3> pred_probs = {};
    int feature_data[8][4] = {};
    std::array<uint8_t, 8> feature_enabled = {};  // bit = feature
};

struct FrameHeader {
    unsigned profile = 0;
    bool show_existing = false;
    bool key = false;
    bool show = false;
    bool error_resilient = false;
    bool intra_only = false;
    bool carries_color = false;
    bool full_range = false;
    unsigned bit_depth = 8;
    bool subsampling_x = true;
    bool subsampling_y = true;
    unsigned reset_frame_context = 0;  // as coded
    unsigned refresh_frame_flags = 0;
    std::array<uint8_t, 3> ref_frame_idx = {};
    std::array<bool, 3> sign_bias = {};
    FrameSize size;
    FrameSize render_size;
    bool allow_high_precision_mv = false;
    bool switchable_filter = false;
    unsigned filter_literal = 0;
    bool refresh_frame_context = false;
    bool parallel_decoding = true;
    unsigned frame_context_idx = 0;  // as coded
    LoopFilter loop_filter;
    Quantization quantization;
    Segmentation segmentation;
    unsigned tile_cols_log2 = 0;
    unsigned tile_rows_log2 = 0;
    size_t compressed_size = 0;
    size_t uncompressed_size = 0;

    [[nodiscard]] bool intra() const { return key || intra_only; }
    // Nothing is taken over from earlier frames but pictures.
    [[nodiscard]] bool independent() const { return intra() || error_resilient; }
};

// Reads the frames of a stream in order: loop filter deltas, segmentation, colour format and the
// sizes of the eight reference slots persist.
class HeaderReader {
  public:
    // False when the header is broken, or refers to a slot of unknown size.
    bool read(std::span<const uint8_t> frame, FrameHeader& header);
    // False while what persists is unknown, before the first independent frame.
    [[nodiscard]] bool known() const { return known_; }
    void doubt() { known_ = false; }

  private:
    bool read_frame_type(BitReader& in, FrameHeader& header);
    bool read_intra(BitReader& in, FrameHeader& header);
    bool read_inter(BitReader& in, FrameHeader& header);
    bool read_color(BitReader& in, FrameHeader& header);
    void read_size(BitReader& in, FrameHeader& header) const;
    void read_render_size(BitReader& in, FrameHeader& header) const;
    bool read_size_with_refs(BitReader& in, FrameHeader& header) const;
    void read_loop_filter(BitReader& in);
    void read_segmentation(BitReader& in);
    void reset();

    bool known_ = false;
    unsigned bit_depth_ = 8;
    bool subsampling_x_ = true;
    bool subsampling_y_ = true;
    bool full_range_ = false;
    LoopFilter loop_filter_;
    Segmentation segmentation_;
    std::array<FrameSize, 8> slots_ = {};
};

}  // namespace vdec::vp9
