// SPDX-License-Identifier: MIT
// Reading of VP9 uncompressed headers.
#include "vp9/syntax.h"

namespace vdec::vp9 {
namespace {

constexpr uint32_t kSyncCode = 0x498342;
constexpr unsigned kColorSpaceRgb = 7;

// su(n): a magnitude, then its sign.
int signed_bits(BitReader& in, unsigned count) {
    const int magnitude = static_cast<int>(in.bits(count));
    return in.flag() ? -magnitude : magnitude;
}

int optional_delta(BitReader& in) { return in.flag() ? signed_bits(in, 4) : 0; }

uint8_t optional_prob(BitReader& in) { return static_cast<uint8_t>(in.flag() ? in.bits(8) : 255); }

void read_filter_type(BitReader& in, FrameHeader& header) {
    header.switchable_filter = in.flag();
    if (!header.switchable_filter) header.filter_literal = in.bits(2);
}

Quantization read_quantization(BitReader& in) {
    Quantization quantization;
    quantization.base_q_idx = in.bits(8);
    quantization.delta_q_y_dc = optional_delta(in);
    quantization.delta_q_uv_dc = optional_delta(in);
    quantization.delta_q_uv_ac = optional_delta(in);
    return quantization;
}

void read_tiles(BitReader& in, FrameHeader& header) {
    const unsigned columns = (header.size.width + 63) / 64;
    unsigned least = 0;
    while (64U << least < columns) ++least;
    unsigned most = 1;
    while (columns >> most >= 4) ++most;
    --most;
    header.tile_cols_log2 = least;
    while (header.tile_cols_log2 < most && in.flag()) ++header.tile_cols_log2;
    header.tile_rows_log2 = in.bits(1);
    if (header.tile_rows_log2 != 0) header.tile_rows_log2 += in.bits(1);
}

}  // namespace

bool HeaderReader::read_color(BitReader& in, FrameHeader& header) {
    header.carries_color = true;
    bit_depth_ = 8;
    if (header.profile >= 2) bit_depth_ = in.flag() ? 12 : 10;
    const bool odd_profile = header.profile % 2 == 1;
    if (in.bits(3) != kColorSpaceRgb) {
        full_range_ = in.flag();
        subsampling_x_ = odd_profile ? in.flag() : true;
        subsampling_y_ = odd_profile ? in.flag() : true;
    } else {
        if (!odd_profile) return false;
        full_range_ = true;
        subsampling_x_ = subsampling_y_ = false;
    }
    return !odd_profile || !in.flag();
}

void HeaderReader::read_size(BitReader& in, FrameHeader& header) const {
    header.size.width = in.bits(16) + 1;
    header.size.height = in.bits(16) + 1;
}

void HeaderReader::read_render_size(BitReader& in, FrameHeader& header) const {
    header.render_size = header.size;
    if (!in.flag()) return;
    header.render_size.width = in.bits(16) + 1;
    header.render_size.height = in.bits(16) + 1;
}

bool HeaderReader::read_size_with_refs(BitReader& in, FrameHeader& header) const {
    bool found = false;
    for (const uint8_t index : header.ref_frame_idx) {
        found = in.flag();
        if (!found) continue;
        header.size = slots_[index];
        break;
    }
    if (!found) read_size(in, header);
    read_render_size(in, header);
    return header.size.width != 0;
}

bool HeaderReader::read_intra(BitReader& in, FrameHeader& header) {
    if (in.bits(24) != kSyncCode) return false;
    if (header.key || header.profile > 0) {
        if (!read_color(in, header)) return false;
    } else {
        // An intra-only frame of profile 0 is 4:2:0 of eight bits.
        bit_depth_ = 8;
        subsampling_x_ = subsampling_y_ = true;
    }
    header.refresh_frame_flags = header.key ? 0xff : in.bits(8);
    read_size(in, header);
    read_render_size(in, header);
    return true;
}

bool HeaderReader::read_inter(BitReader& in, FrameHeader& header) {
    header.refresh_frame_flags = in.bits(8);
    for (size_t i = 0; i < 3; ++i) {
        header.ref_frame_idx[i] = static_cast<uint8_t>(in.bits(3));
        header.sign_bias[i] = in.flag();
    }
    if (!read_size_with_refs(in, header)) return false;
    header.allow_high_precision_mv = in.flag();
    read_filter_type(in, header);
    return true;
}

bool HeaderReader::read_frame_type(BitReader& in, FrameHeader& header) {
    if (in.bits(2) != 2) return false;
    header.profile = in.bits(1);
    header.profile |= in.bits(1) << 1;
    if (header.profile == 3 && in.flag()) return false;
    header.show_existing = in.flag();
    if (header.show_existing) return !in.failed();
    header.key = !in.flag();
    header.show = in.flag();
    header.error_resilient = in.flag();
    if (!header.key) {
        header.intra_only = !header.show && in.flag();
        if (!header.error_resilient) header.reset_frame_context = in.bits(2);
    }
    return header.intra() ? read_intra(in, header) : read_inter(in, header);
}

// setup_past_independence().
void HeaderReader::reset() {
    loop_filter_ = {};
    loop_filter_.ref_deltas = {1, 0, -1, -1};
    segmentation_ = {};
    known_ = true;
}

void HeaderReader::read_loop_filter(BitReader& in) {
    loop_filter_.level = in.bits(6);
    loop_filter_.sharpness = in.bits(3);
    loop_filter_.delta_update = false;
    loop_filter_.delta_enabled = in.flag();
    if (!loop_filter_.delta_enabled) return;
    loop_filter_.delta_update = in.flag();
    if (!loop_filter_.delta_update) return;
    for (int& delta : loop_filter_.ref_deltas) delta = in.flag() ? signed_bits(in, 6) : delta;
    for (int& delta : loop_filter_.mode_deltas) delta = in.flag() ? signed_bits(in, 6) : delta;
}

void HeaderReader::read_segmentation(BitReader& in) {
    static constexpr unsigned kBits[4] = {8, 6, 2, 0};
    static constexpr bool kSigned[4] = {true, true, false, false};
    Segmentation& seg = segmentation_;
    seg.update_map = seg.temporal_update = seg.update_data = false;
    seg.enabled = in.flag();
    if (!seg.enabled) return;
    seg.update_map = in.flag();
    if (seg.update_map) {
        for (uint8_t& prob : seg.tree_probs) prob = optional_prob(in);
        seg.temporal_update = in.flag();
        for (uint8_t& prob : seg.pred_probs) prob = seg.temporal_update ? optional_prob(in) : 255;
    }
    seg.update_data = in.flag();
    if (!seg.update_data) return;
    seg.absolute = in.flag();
    for (size_t i = 0; i < 8; ++i) {
        seg.feature_enabled[i] = 0;
        for (size_t j = 0; j < 4; ++j) {
            seg.feature_data[i][j] = 0;
            if (!in.flag()) continue;
            seg.feature_enabled[i] = static_cast<uint8_t>(seg.feature_enabled[i] | 1U << j);
            const int value = static_cast<int>(in.bits(kBits[j]));
            seg.feature_data[i][j] = kSigned[j] && in.flag() ? -value : value;
        }
    }
}

bool HeaderReader::read(std::span<const uint8_t> frame, FrameHeader& header) {
    header = {};
    BitReader in(frame);
    if (!read_frame_type(in, header)) return false;
    if (header.show_existing) return true;
    if (!header.error_resilient) {
        header.refresh_frame_context = in.flag();
        header.parallel_decoding = in.flag();
    }
    header.frame_context_idx = in.bits(2);
    if (header.independent()) reset();
    read_loop_filter(in);
    header.quantization = read_quantization(in);
    read_segmentation(in);
    read_tiles(in, header);
    header.compressed_size = in.bits(16);
    header.uncompressed_size = (in.position() + 7) / 8;
    header.bit_depth = bit_depth_;
    header.subsampling_x = subsampling_x_;
    header.subsampling_y = subsampling_y_;
    header.full_range = full_range_;
    header.loop_filter = loop_filter_;
    header.segmentation = segmentation_;
    if (in.failed() || header.compressed_size == 0) return false;
    if (header.uncompressed_size + header.compressed_size > frame.size()) return false;
    for (size_t i = 0; i < 8; ++i) {
        if ((header.refresh_frame_flags >> i & 1) != 0) slots_[i] = header.size;
    }
    return true;
}

}  // namespace vdec::vp9
