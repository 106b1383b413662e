// SPDX-License-Identifier: MIT
// Writes VP9 frames field by field (6.2, 6.3), for tests only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <vector>

#include "bit_writer.h"
#include "bitstream/vp9_frame_header.h"
#include "bool_encoder.h"

namespace v4l2va::test {

// The compressed header; `choose` gives the raw value of each update that may be coded, in coding
// order: nothing for none, else 0..254 (a delta) or 0..127 (mv_prob).
class Vp9CompressedHeaderWriter {
  public:
    using Choose = std::function<std::optional<uint32_t>(size_t index)>;

    Vp9TxMode tx_mode = Vp9TxMode::kOnly4x4;
    Vp9ReferenceMode reference_mode = Vp9ReferenceMode::kSingle;
    bool marker = false;
    std::array<bool, 4> update_coef = {true, true, true, true};

    std::vector<std::byte> write(const Vp9FrameHeader& frame, const Choose& choose) {
        choose_ = choose;
        index_ = 0;
        out_ = BoolEncoder();
        out_.flag(marker);
        const auto mode = static_cast<uint32_t>(tx_mode);
        if (!frame.lossless()) {
            out_.literal(2, mode < 3 ? mode : 3);
            if (mode >= 3) {
                out_.flag(mode == 4);
            }
        }
        if (tx_mode == Vp9TxMode::kSelect) {
            diffs(2 * 1 + 2 * 2 + 2 * 3);
        }
        for (uint32_t size = 0; size <= (mode < 3 ? mode : 3); ++size) {
            out_.flag(update_coef[size]);
            if (update_coef[size]) {
                diffs(2 * 2 * (3 + 5 * 6) * 3);
            }
        }
        diffs(3);  // skip
        if (!frame.frame_is_intra()) {
            write_inter(frame);
        }
        return out_.bytes();
    }

    [[nodiscard]] size_t updates() const { return index_; }

  private:
    void write_inter(const Vp9FrameHeader& frame) {
        diffs(7 * 3);
        if (frame.interp_filter == Vp9InterpFilter::kSwitchable) {
            diffs(4 * 2);
        }
        diffs(4);  // is_inter
        const auto& bias = frame.ref_frame_sign_bias;
        if (bias[0] != bias[1] || bias[0] != bias[2]) {
            out_.flag(reference_mode != Vp9ReferenceMode::kSingle);
            if (reference_mode != Vp9ReferenceMode::kSingle) {
                out_.flag(reference_mode == Vp9ReferenceMode::kSelect);
            }
        }
        diffs(reference_mode == Vp9ReferenceMode::kSelect ? 5 : 0);
        diffs(reference_mode != Vp9ReferenceMode::kCompound ? 10 : 0);
        diffs(reference_mode != Vp9ReferenceMode::kSingle ? 5 : 0);
        diffs(4 * 9 + 16 * 3);
        mvs(3 + 2 * (1 + 10 + 1 + 10) + 2 * (2 * 3 + 3));
        mvs(frame.allow_high_precision_mv ? 4 : 0);
    }

    void diffs(size_t count) {
        for (size_t i = 0; i < count; ++i) {
            const std::optional<uint32_t> delta = choose_(index_++);
            out_.write(252, delta.has_value());
            if (delta) {
                subexp(*delta);
            }
        }
    }

    void mvs(size_t count) {
        for (size_t i = 0; i < count; ++i) {
            const std::optional<uint32_t> value = choose_(index_++);
            out_.write(252, value.has_value());
            if (value) {
                out_.literal(7, *value & 127);
            }
        }
    }

    // The inverse of decode_term_subexp() (6.3.4).
    void subexp(uint32_t delta) {
        if (delta < 16) {
            out_.literal(1, 0);
            out_.literal(4, delta);
        } else if (delta < 32) {
            out_.literal(2, 2);
            out_.literal(4, delta - 16);
        } else if (delta < 64) {
            out_.literal(3, 6);
            out_.literal(5, delta - 32);
        } else if (delta < 129) {
            out_.literal(3, 7);
            out_.literal(7, delta - 64);
        } else {
            out_.literal(3, 7);
            out_.literal(7, (delta + 1) / 2);
            out_.literal(1, (delta + 1) % 2);
        }
    }

    Choose choose_;
    size_t index_ = 0;
    BoolEncoder out_;
};

struct Vp9FrameToWrite {
    Vp9FrameHeader header;
    // What of it is coded; found_ref below 3 takes the size from that reference.
    Vp9LastingState lasting;
    uint32_t color_space = 2;
    size_t found_ref = 3;
    bool render_and_frame_size_different = false;
    std::array<std::optional<int8_t>, 6> filter_deltas;  // ref, then mode
    uint32_t sync_code = 0x498342;
    Vp9CompressedHeaderWriter compressed;
    Vp9CompressedHeaderWriter::Choose choose = [](size_t) { return std::nullopt; };
    std::vector<std::byte> tile_data = {std::byte{0x12}, std::byte{0x34}};

    [[nodiscard]] std::vector<std::byte> uncompressed_header(size_t compressed_size) const {
        BitWriter out;
        out.u(2, 2);
        out.u(1, header.profile & 1U);
        out.u(1, header.profile >> 1);
        if (header.profile == 3) {
            out.flag(false);
        }
        out.flag(header.show_existing_frame);
        if (header.show_existing_frame) {
            out.u(3, header.frame_to_show_map_idx);
            return out.bytes();
        }
        write_frame_type(out);
        if (!header.error_resilient_mode) {
            out.flag(header.refresh_frame_context);
            out.flag(header.frame_parallel_decoding_mode);
        }
        out.u(2, header.frame_context_idx);
        write_loop_filter(out);
        out.u(8, header.base_q_idx);
        for (const int8_t delta :
             {header.delta_q_y_dc, header.delta_q_uv_dc, header.delta_q_uv_ac}) {
            out.flag(delta != 0);
            if (delta != 0) {
                write_su(out, 4, delta);
            }
        }
        write_segmentation(out);
        write_tile_info(out);
        out.u(16, static_cast<uint32_t>(compressed_size));
        return out.bytes();
    }

    [[nodiscard]] std::vector<std::byte> compressed_header() const {
        Vp9CompressedHeaderWriter writer = compressed;
        return writer.write(header, choose);
    }

    [[nodiscard]] std::vector<std::byte> frame() const {
        const std::vector<std::byte> second = compressed_header();
        std::vector<std::byte> out = uncompressed_header(second.size());
        out.insert(out.end(), second.begin(), second.end());
        out.insert(out.end(), tile_data.begin(), tile_data.end());
        return out;
    }

  private:
    static void write_su(BitWriter& out, uint32_t count, int value) {
        out.u(count, static_cast<uint32_t>(value < 0 ? -value : value));
        out.flag(value < 0);
    }

    void write_color_config(BitWriter& out) const {
        if (header.profile >= 2) {
            out.flag(lasting.bit_depth == 12);
        }
        out.u(3, color_space);
        const bool odd = (header.profile & 1) != 0;
        if (color_space == 7) {
            out.u(odd ? 1 : 0, 0);
            return;
        }
        out.flag(lasting.color_range);
        if (odd) {
            out.flag(lasting.subsampling_x);
            out.flag(lasting.subsampling_y);
            out.flag(false);
        }
    }

    void write_size(BitWriter& out) const {
        out.u(16, header.frame_width - 1);
        out.u(16, header.frame_height - 1);
    }

    void write_render_size(BitWriter& out) const {
        out.flag(render_and_frame_size_different);
        if (render_and_frame_size_different) {
            out.u(16, header.render_width - 1);
            out.u(16, header.render_height - 1);
        }
    }

    void write_frame_type(BitWriter& out) const {
        out.flag(!header.key_frame);
        out.flag(header.show_frame);
        out.flag(header.error_resilient_mode);
        if (header.key_frame) {
            out.u(24, sync_code);
            write_color_config(out);
            write_size(out);
            write_render_size(out);
            return;
        }
        if (!header.show_frame) {
            out.flag(header.intra_only);
        }
        if (!header.error_resilient_mode) {
            out.u(2, header.reset_frame_context);
        }
        if (header.intra_only) {
            out.u(24, sync_code);
            if (header.profile > 0) {
                write_color_config(out);
            }
            out.u(8, header.refresh_frame_flags);
            write_size(out);
            write_render_size(out);
            return;
        }
        write_inter(out);
    }

    void write_inter(BitWriter& out) const {
        out.u(8, header.refresh_frame_flags);
        for (size_t i = 0; i < 3; ++i) {
            out.u(3, header.ref_frame_idx[i]);
            out.flag(header.ref_frame_sign_bias[i]);
        }
        for (size_t i = 0; i < 3 && i <= found_ref; ++i) {
            out.flag(i == found_ref);
        }
        if (found_ref == 3) {
            write_size(out);
        }
        write_render_size(out);
        out.flag(header.allow_high_precision_mv);
        out.flag(header.interp_filter == Vp9InterpFilter::kSwitchable);
        if (header.interp_filter != Vp9InterpFilter::kSwitchable) {
            out.u(2, static_cast<uint32_t>(header.interp_filter));
        }
    }

    void write_loop_filter(BitWriter& out) const {
        out.u(6, header.loop_filter_level);
        out.u(3, header.loop_filter_sharpness);
        out.flag(header.loop_filter_delta_enabled);
        if (!header.loop_filter_delta_enabled) {
            return;
        }
        out.flag(header.loop_filter_delta_update);
        if (!header.loop_filter_delta_update) {
            return;
        }
        for (const std::optional<int8_t>& delta : filter_deltas) {
            out.flag(delta.has_value());
            if (delta) {
                write_su(out, 6, *delta);
            }
        }
    }

    void write_segmentation(BitWriter& out) const {
        out.flag(header.segmentation_enabled);
        if (!header.segmentation_enabled) {
            return;
        }
        const auto prob = [&out](uint8_t value) {
            out.flag(value != 255);
            out.u(value != 255 ? 8 : 0, value);
        };
        out.flag(header.segmentation_update_map);
        if (header.segmentation_update_map) {
            for (const uint8_t value : header.segmentation_tree_probs) {
                prob(value);
            }
            out.flag(header.segmentation_temporal_update);
            for (const uint8_t value : header.segmentation_pred_probs) {
                if (header.segmentation_temporal_update) {
                    prob(value);
                }
            }
        }
        out.flag(header.segmentation_update_data);
        if (!header.segmentation_update_data) {
            return;
        }
        out.flag(lasting.segmentation_abs_or_delta_update);
        constexpr std::array<uint32_t, 4> kBits = {8, 6, 2, 0};
        for (size_t segment = 0; segment < 8; ++segment) {
            for (size_t feature = 0; feature < 4; ++feature) {
                const bool enabled = ((lasting.feature_enabled[segment] >> feature) & 1) != 0;
                out.flag(enabled);
                if (enabled && feature < 2) {
                    write_su(out, kBits[feature], lasting.feature_data[segment][feature]);
                } else if (enabled) {
                    out.u(kBits[feature],
                          static_cast<uint32_t>(lasting.feature_data[segment][feature]));
                }
            }
        }
    }

    void write_tile_info(BitWriter& out) const {
        const uint32_t sb64_cols = (header.frame_width + 63) / 64;
        uint8_t min_log2 = 0;
        for (; (64U << min_log2) < sb64_cols; ++min_log2) {
        }
        uint8_t max_log2 = 0;
        for (; (sb64_cols >> (max_log2 + 1)) >= 4; ++max_log2) {
        }
        for (uint8_t i = min_log2; i < max_log2; ++i) {
            out.flag(i < header.tile_cols_log2);
            if (i >= header.tile_cols_log2) {
                break;
            }
        }
        out.flag(header.tile_rows_log2 > 0);
        if (header.tile_rows_log2 > 0) {
            out.flag(header.tile_rows_log2 > 1);
        }
    }
};

inline Vp9FrameToWrite vp9_frame_to_write(uint32_t width = 352, uint32_t height = 288) {
    Vp9FrameToWrite frame;
    frame.header.frame_width = width;
    frame.header.frame_height = height;
    frame.header.render_width = width;
    frame.header.render_height = height;
    frame.header.show_frame = true;
    frame.header.base_q_idx = 60;
    return frame;
}

inline Vp9FrameToWrite vp9_key_frame(uint8_t profile = 0, uint8_t bit_depth = 8) {
    Vp9FrameToWrite frame = vp9_frame_to_write();
    frame.header.key_frame = true;
    frame.header.profile = profile;
    frame.header.refresh_frame_flags = 0xff;
    frame.header.refresh_frame_context = true;
    frame.lasting.bit_depth = bit_depth;
    return frame;
}

// Every field that an inter frame can code has a value of its own.
inline Vp9FrameToWrite full_vp9_inter_frame() {
    Vp9FrameToWrite frame = vp9_frame_to_write(2048, 1090);
    Vp9FrameHeader& header = frame.header;
    header.show_frame = false;
    header.reset_frame_context = 2;
    header.refresh_frame_flags = 0x5a;
    header.ref_frame_idx = {1, 6, 3};
    header.ref_frame_sign_bias = {false, false, true};
    header.render_width = 1920;
    header.render_height = 1080;
    frame.render_and_frame_size_different = true;
    header.allow_high_precision_mv = true;
    header.interp_filter = Vp9InterpFilter::kSwitchable;
    header.refresh_frame_context = true;
    header.frame_parallel_decoding_mode = true;
    header.frame_context_idx = 3;
    header.loop_filter_level = 63;
    header.loop_filter_sharpness = 5;
    header.loop_filter_delta_enabled = true;
    header.loop_filter_delta_update = true;
    frame.filter_deltas = {int8_t{-63},  std::nullopt, int8_t{63},
                           std::nullopt, int8_t{17},   std::nullopt};
    header.base_q_idx = 200;
    header.delta_q_y_dc = -15;
    header.delta_q_uv_dc = 15;
    header.delta_q_uv_ac = -1;
    header.segmentation_enabled = true;
    header.segmentation_update_map = true;
    header.segmentation_temporal_update = true;
    header.segmentation_update_data = true;
    header.segmentation_tree_probs = {1, 2, 255, 4, 5, 6, 254};
    header.segmentation_pred_probs = {11, 255, 13};
    frame.lasting.segmentation_abs_or_delta_update = true;
    frame.lasting.feature_enabled = {0xf, 1, 2, 4, 8, 0, 3, 0xc};
    frame.lasting.feature_data = {{{-255, -63, 3, 0},
                                   {255, 0, 0, 0},
                                   {0, 63, 0, 0},
                                   {0, 0, 2, 0},
                                   {0, 0, 0, 0},
                                   {0, 0, 0, 0},
                                   {1, -1, 0, 0},
                                   {0, 0, 1, 0}}};
    header.tile_cols_log2 = 2;
    header.tile_rows_log2 = 2;
    frame.compressed.tx_mode = Vp9TxMode::kSelect;
    frame.compressed.reference_mode = Vp9ReferenceMode::kSelect;
    return frame;
}

}  // namespace v4l2va::test
