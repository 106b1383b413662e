// SPDX-License-Identifier: MIT
// Writes VP8 frames field by field (RFC 6386 19.2), for tests only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bitstream/vp8_frame_header.h"
#include "bitstream/vp8_tables.h"
#include "bool_encoder.h"

namespace v4l2va::test {

struct Vp8FrameToWrite {
    Vp8FrameTag tag = {.key_frame = true, .width = 176, .height = 144};
    Vp8FrameHeader header;
    // Coded only if the header's flags say so. An absent delta or probability is not updated.
    Vp8LastingState segments;
    std::array<bool, 3> segment_prob_flags = {true, true, true};
    std::array<std::optional<int8_t>, 8> filter_deltas;  // ref_frame, then mb_mode
    bool refresh_golden_frame = false;
    bool refresh_alternate_frame = false;
    bool update_probs = false;  // every probability that may be
    uint32_t macroblock_data = 0xa55a;
    std::vector<std::vector<std::byte>> dct_partitions = {{std::byte{1}, std::byte{2}}};

    [[nodiscard]] std::vector<std::byte> first_partition() const {
        BoolEncoder out;
        if (tag.key_frame) {
            out.flag(header.color_space);
            out.flag(header.clamping_type);
        }
        write_segmentation(out);
        write_loop_filter(out);
        uint32_t log2_partitions = 0;
        while ((1U << log2_partitions) < header.num_dct_partitions) {
            ++log2_partitions;
        }
        out.literal(2, log2_partitions);
        out.literal(7, header.y_ac_qi);
        for (const int8_t delta : {header.y_dc_delta, header.y2_dc_delta, header.y2_ac_delta,
                                   header.uv_dc_delta, header.uv_ac_delta}) {
            out.optional_signed(4, delta);
        }
        write_references(out);
        for (const auto& row : kVp8CoeffUpdateProbs) {
            write_updates(out, row, 8);
        }
        out.flag(header.mb_no_skip_coeff);
        if (header.mb_no_skip_coeff) {
            out.literal(8, header.prob_skip_false);
        }
        if (!tag.key_frame) {
            write_inter_probs(out);
        }
        out.literal(16, macroblock_data);
        return out.bytes();
    }

    // Tag, first partition, sizes, partitions.
    [[nodiscard]] std::vector<std::byte> frame() const {
        const std::vector<std::byte> first = first_partition();
        Vp8FrameTag whole = tag;
        whole.first_part_size = static_cast<uint32_t>(first.size());
        const auto tag_bytes = write_vp8_frame_tag(whole);
        std::vector<std::byte> out(tag_bytes.begin(), tag_bytes.begin() + tag_size());
        out.insert(out.end(), first.begin(), first.end());
        for (size_t i = 0; i + 1 < dct_partitions.size(); ++i) {
            for (size_t byte = 0; byte < 3; ++byte) {
                out.push_back(static_cast<std::byte>(dct_partitions[i].size() >> (8 * byte)));
            }
        }
        for (const auto& partition : dct_partitions) {
            out.insert(out.end(), partition.begin(), partition.end());
        }
        return out;
    }

    [[nodiscard]] ptrdiff_t tag_size() const { return static_cast<ptrdiff_t>(tag.size()); }

  private:
    void write_segmentation(BoolEncoder& out) const {
        out.flag(header.segmentation_enabled);
        if (!header.segmentation_enabled) {
            return;
        }
        out.flag(header.update_mb_segmentation_map);
        out.flag(header.update_segment_feature_data);
        if (header.update_segment_feature_data) {
            out.flag(segments.segment_feature_absolute);
            for (const int8_t value : segments.quantizer_update) {
                out.optional_signed(7, value);
            }
            for (const int8_t value : segments.loop_filter_update) {
                out.optional_signed(6, value);
            }
        }
        for (size_t i = 0; header.update_mb_segmentation_map && i < 3; ++i) {
            out.flag(segment_prob_flags[i]);
            if (segment_prob_flags[i]) {
                out.literal(8, segments.segment_probs[i]);
            }
        }
    }

    void write_loop_filter(BoolEncoder& out) const {
        out.flag(header.filter_type);
        out.literal(6, header.loop_filter_level);
        out.literal(3, header.sharpness_level);
        out.flag(header.loop_filter_adj_enable);
        if (!header.loop_filter_adj_enable) {
            return;
        }
        out.flag(header.mode_ref_lf_delta_update);
        if (!header.mode_ref_lf_delta_update) {
            return;
        }
        for (const std::optional<int8_t>& delta : filter_deltas) {
            out.flag(delta.has_value());
            if (delta) {
                out.signed_literal(6, *delta);
            }
        }
    }

    void write_references(BoolEncoder& out) const {
        if (!tag.key_frame) {
            out.flag(refresh_golden_frame);
            out.flag(refresh_alternate_frame);
            if (!refresh_golden_frame) {
                out.literal(2, 1);
            }
            if (!refresh_alternate_frame) {
                out.literal(2, 2);
            }
            out.flag(header.sign_bias_golden);
            out.flag(header.sign_bias_alternate);
        }
        out.flag(header.refresh_entropy_probs);
        if (!tag.key_frame) {
            out.flag(true);  // refresh_last
        }
    }

    void write_inter_probs(BoolEncoder& out) const {
        out.literal(8, header.prob_intra);
        out.literal(8, header.prob_last);
        out.literal(8, header.prob_gf);
        for (const uint32_t count : {4U, 3U}) {
            out.flag(update_probs);
            for (uint32_t i = 0; update_probs && i < count; ++i) {
                out.literal(8, 100 + i);
            }
        }
        for (const auto& row : kVp8MvUpdateProbs) {
            write_updates(out, row, 7);
        }
    }

    template <typename Row>
    void write_updates(BoolEncoder& out, const Row& update_probs_row, uint32_t bits) const {
        for (const uint8_t probability : update_probs_row) {
            out.write(probability, update_probs);
            if (update_probs) {
                out.literal(bits, 77);
            }
        }
    }
};

// Every field that such a frame can code has a value of its own.
inline Vp8FrameToWrite full_vp8_frame(bool key_frame) {
    Vp8FrameToWrite frame;
    frame.tag.key_frame = key_frame;
    frame.tag.version = 2;
    frame.tag.show_frame = true;
    if (key_frame) {
        frame.tag.horizontal_scale = 1;
        frame.tag.vertical_scale = 2;
    } else {
        frame.tag.width = 0;
        frame.tag.height = 0;
    }
    Vp8FrameHeader& header = frame.header;
    header.color_space = key_frame;
    header.clamping_type = key_frame;
    header.segmentation_enabled = true;
    header.update_mb_segmentation_map = true;
    header.update_segment_feature_data = true;
    header.filter_type = true;
    header.loop_filter_level = 37;
    header.sharpness_level = 5;
    header.loop_filter_adj_enable = true;
    header.mode_ref_lf_delta_update = true;
    header.num_dct_partitions = 4;
    header.y_ac_qi = 101;
    header.y_dc_delta = -15;
    header.y2_dc_delta = 14;
    header.y2_ac_delta = -3;
    header.uv_dc_delta = 2;
    header.uv_ac_delta = -1;
    header.sign_bias_golden = !key_frame;
    header.refresh_entropy_probs = true;
    header.mb_no_skip_coeff = true;
    header.prob_skip_false = 210;
    header.prob_intra = key_frame ? 0 : 99;
    header.prob_last = key_frame ? 0 : 98;
    header.prob_gf = key_frame ? 0 : 97;
    frame.segments.segment_feature_absolute = true;
    frame.segments.quantizer_update = {127, -127, 0, 5};
    frame.segments.loop_filter_update = {63, -63, 0, -7};
    frame.segments.segment_probs = {10, 20, 255};
    frame.segment_prob_flags = {true, true, false};
    frame.filter_deltas = {int8_t{2},  int8_t{-63},  std::nullopt, int8_t{63},
                           int8_t{-4}, std::nullopt, int8_t{3},    int8_t{-2}};
    frame.update_probs = true;
    frame.dct_partitions = {std::vector<std::byte>(3), std::vector<std::byte>(0),
                            std::vector<std::byte>(300), std::vector<std::byte>(2)};
    return frame;
}

}  // namespace v4l2va::test
