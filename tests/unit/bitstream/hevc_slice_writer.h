// SPDX-License-Identifier: MIT
// Writes HEVC slice segment NAL units (7.3.6.1) from field values, for tests only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bit_writer.h"
#include "bitstream/hevc_slice_header.h"

namespace v4l2va::test {

struct HevcSliceToWrite {
    HevcSliceSegmentHeader header;  // sizes, positions and inferred values are not read
    bool weights = false;           // in pred_weight_table(): every weight explicit, else none
    uint32_t delta_idx_minus1 = 0;  // of a predicted short-term set
    // The flags of a predicted set: 1 used, 0 with use_delta_flag 1, 2 with use_delta_flag 0.
    std::vector<int> predicted_flags;
    uint32_t num_long_term_sps = 0;  // the first entries of header.long_term_set
    bool deblocking_filter_override_flag = false;
    std::vector<uint32_t> entry_point_offsets;
    std::vector<std::byte> extension;
    bool alignment_bit = true;
    std::vector<std::byte> payload = std::vector<std::byte>(3, std::byte{0x5a});
};

class HevcSliceWriter {
  public:
    HevcSliceWriter(const HevcSliceHeaderInput& input, const HevcSliceToWrite& slice)
        : input_(input), slice_(slice), header_(slice.header) {}

    // The NAL unit; the payload gets emulation prevention bytes as well.
    std::vector<std::byte> write() {
        write_header();
        header_bytes = writer_.size() / 8;
        for (const std::byte byte : slice_.payload) {
            writer_.u(8, std::to_integer<uint32_t>(byte));
        }
        return writer_.nal_bytes();
    }

    size_t header_bytes = 0;  // no emulation prevention bytes
    size_t short_term_ref_pic_set_size = 0;
    size_t long_term_ref_pic_set_size = 0;

    static uint32_t ceil_log2(uint32_t count) {
        uint32_t bits = 0;
        while ((uint64_t{1} << bits) < count) {
            ++bits;
        }
        return bits;
    }

  private:
    [[nodiscard]] bool is_b() const { return header_.is(HevcSliceType::kB); }
    [[nodiscard]] bool has_chroma() const {
        return input_.chroma_format_idc != 0 && !input_.separate_colour_plane_flag;
    }

    void write_header() {
        writer_.u(1, 0);
        writer_.u(6, header_.nal_unit_type);
        writer_.u(6, header_.nuh_layer_id);
        writer_.u(3, header_.nuh_temporal_id_plus1);
        writer_.flag(header_.first_slice_segment_in_pic_flag);
        if (header_.irap()) {
            writer_.flag(header_.no_output_of_prior_pics_flag);
        }
        writer_.ue(header_.slice_pic_parameter_set_id);
        if (!header_.first_slice_segment_in_pic_flag) {
            if (input_.dependent_slice_segments_enabled_flag) {
                writer_.flag(header_.dependent_slice_segment_flag);
            }
            writer_.u(ceil_log2(input_.pic_size_in_ctbs), header_.slice_segment_address);
        }
        if (!header_.dependent_slice_segment_flag) {
            write_slice_part();
        }
        write_tail();
    }

    void write_slice_part() {
        writer_.u(input_.num_extra_slice_header_bits, 0x55);
        writer_.ue(static_cast<uint32_t>(header_.slice_type));
        if (input_.output_flag_present_flag) {
            writer_.flag(header_.pic_output_flag);
        }
        if (input_.separate_colour_plane_flag) {
            writer_.u(2, header_.colour_plane_id);
        }
        if (!header_.idr()) {
            write_sets();
        }
        if (input_.sample_adaptive_offset_enabled_flag) {
            writer_.flag(header_.slice_sao_luma_flag);
            if (has_chroma()) {
                writer_.flag(header_.slice_sao_chroma_flag);
            }
        }
        if (!header_.is(HevcSliceType::kI)) {
            write_inter();
        }
        write_quantiser_and_filters();
    }

    void write_sets() {
        const uint32_t lsb_bits = input_.log2_max_pic_order_cnt_lsb_minus4 + 4U;
        writer_.u(lsb_bits, header_.slice_pic_order_cnt_lsb);
        writer_.flag(header_.short_term_ref_pic_set_sps_flag);
        if (header_.short_term_ref_pic_set_sps_flag) {
            writer_.u(ceil_log2(input_.num_short_term_ref_pic_sets),
                      header_.short_term_ref_pic_set_idx);
        } else {
            const size_t start = writer_.size();
            write_short_term_set();
            short_term_ref_pic_set_size = writer_.size() - start;
        }
        if (input_.long_term_ref_pics_present_flag) {
            const size_t start = writer_.size();
            write_long_term_set(lsb_bits);
            long_term_ref_pic_set_size = writer_.size() - start;
        }
        if (input_.sps_temporal_mvp_enabled_flag) {
            writer_.flag(header_.slice_temporal_mvp_enabled_flag);
        }
    }

    void write_short_term_set() {
        if (input_.num_short_term_ref_pic_sets != 0) {
            writer_.flag(header_.inter_ref_pic_set_prediction_flag);
        }
        if (header_.inter_ref_pic_set_prediction_flag) {
            writer_.ue(slice_.delta_idx_minus1);
            writer_.flag(true);
            writer_.ue(5);
            for (const int flag : slice_.predicted_flags) {
                writer_.flag(flag == 1);
                if (flag != 1) {
                    writer_.flag(flag == 0);
                }
            }
            return;
        }
        const HevcShortTermSet& set = header_.short_term_set;
        writer_.ue(set.num_negative_pics);
        writer_.ue(set.num_positive_pics);
        int32_t before = 0;
        for (size_t i = 0; i < set.num_negative_pics; ++i) {
            writer_.ue(static_cast<uint32_t>(before - set.delta_poc_s0[i] - 1));
            writer_.flag(set.used_by_curr_pic_s0[i]);
            before = set.delta_poc_s0[i];
        }
        before = 0;
        for (size_t i = 0; i < set.num_positive_pics; ++i) {
            writer_.ue(static_cast<uint32_t>(set.delta_poc_s1[i] - before - 1));
            writer_.flag(set.used_by_curr_pic_s1[i]);
            before = set.delta_poc_s1[i];
        }
    }

    void write_long_term_set(uint32_t lsb_bits) {
        const HevcLongTermSet& set = header_.long_term_set;
        if (input_.num_long_term_ref_pics_sps > 0) {
            writer_.ue(slice_.num_long_term_sps);
        }
        writer_.ue(set.count - slice_.num_long_term_sps);
        uint32_t cycle = 0;
        for (size_t i = 0; i < set.count; ++i) {
            const HevcLongTermPic& pic = set.pics[i];
            if (i < slice_.num_long_term_sps) {
                writer_.u(ceil_log2(input_.num_long_term_ref_pics_sps), pic.lt_idx_sps);
            } else {
                writer_.u(lsb_bits, pic.poc_lsb_lt);
                writer_.flag(pic.used_by_curr_pic_lt_flag);
            }
            cycle = i == slice_.num_long_term_sps ? 0 : cycle;
            writer_.flag(pic.delta_poc_msb_present_flag);
            if (pic.delta_poc_msb_present_flag) {
                writer_.ue(pic.delta_poc_msb_cycle_lt - cycle);
                cycle = pic.delta_poc_msb_cycle_lt;
            }
        }
    }

    void write_inter() {
        writer_.flag(header_.num_ref_idx_active_override_flag);
        if (header_.num_ref_idx_active_override_flag) {
            writer_.ue(header_.num_ref_idx_l0_active_minus1);
            if (is_b()) {
                writer_.ue(header_.num_ref_idx_l1_active_minus1);
            }
        }
        if (input_.lists_modification_present_flag && header_.num_pic_total_curr > 1) {
            write_list(0, header_.num_ref_idx_l0_active_minus1);
            if (is_b()) {
                write_list(1, header_.num_ref_idx_l1_active_minus1);
            }
        }
        if (is_b()) {
            writer_.flag(header_.mvd_l1_zero_flag);
        }
        if (input_.cabac_init_present_flag) {
            writer_.flag(header_.cabac_init_flag);
        }
        if (header_.slice_temporal_mvp_enabled_flag) {
            if (is_b()) {
                writer_.flag(header_.collocated_from_l0_flag);
            }
            if ((header_.collocated_from_l0_flag ? header_.num_ref_idx_l0_active_minus1
                                                 : header_.num_ref_idx_l1_active_minus1) > 0) {
                writer_.ue(header_.collocated_ref_idx);
            }
        }
        if (is_b() ? input_.weighted_bipred_flag : input_.weighted_pred_flag) {
            write_weights();
        }
        writer_.ue(header_.five_minus_max_num_merge_cand);
    }

    void write_list(size_t list, size_t num_ref_idx_active_minus1) {
        writer_.flag(header_.ref_pic_list_modification_flag[list]);
        for (size_t i = 0;
             header_.ref_pic_list_modification_flag[list] && i <= num_ref_idx_active_minus1; ++i) {
            writer_.u(ceil_log2(header_.num_pic_total_curr), header_.list_entry[list][i]);
        }
    }

    void write_weights() {
        writer_.ue(7);
        if (has_chroma()) {
            writer_.se(-3);
        }
        for (int list = 0; list < (is_b() ? 2 : 1); ++list) {
            const int count = 1 + (list == 0 ? header_.num_ref_idx_l0_active_minus1
                                             : header_.num_ref_idx_l1_active_minus1);
            for (int i = 0; i < count; ++i) {
                writer_.flag(slice_.weights);
            }
            for (int i = 0; has_chroma() && i < count; ++i) {
                writer_.flag(slice_.weights);
            }
            for (int i = 0; slice_.weights && i < count; ++i) {
                writer_.se(-128);
                writer_.se(127);
                for (int component = 0; has_chroma() && component < 2; ++component) {
                    writer_.se(127);
                    writer_.se(-512);
                }
            }
        }
    }

    void write_quantiser_and_filters() {
        writer_.se(header_.slice_qp_delta);
        if (input_.pps_slice_chroma_qp_offsets_present_flag) {
            writer_.se(header_.slice_cb_qp_offset);
            writer_.se(header_.slice_cr_qp_offset);
        }
        if (input_.deblocking_filter_override_enabled_flag) {
            writer_.flag(slice_.deblocking_filter_override_flag);
            if (slice_.deblocking_filter_override_flag) {
                writer_.flag(header_.slice_deblocking_filter_disabled_flag);
                if (!header_.slice_deblocking_filter_disabled_flag) {
                    writer_.se(header_.slice_beta_offset_div2);
                    writer_.se(header_.slice_tc_offset_div2);
                }
            }
        }
        if (input_.pps_loop_filter_across_slices_enabled_flag &&
            (header_.slice_sao_luma_flag || header_.slice_sao_chroma_flag ||
             !header_.slice_deblocking_filter_disabled_flag)) {
            writer_.flag(header_.slice_loop_filter_across_slices_enabled_flag);
        }
    }

    void write_tail() {
        if (input_.tiles_enabled_flag || input_.entropy_coding_sync_enabled_flag) {
            writer_.ue(static_cast<uint32_t>(slice_.entry_point_offsets.size()));
            if (!slice_.entry_point_offsets.empty()) {
                writer_.ue(header_.offset_len_minus1);
            }
            for (const uint32_t offset : slice_.entry_point_offsets) {
                writer_.u(header_.offset_len_minus1 + 1U, offset - 1);
            }
        }
        if (input_.slice_segment_header_extension_present_flag) {
            writer_.ue(static_cast<uint32_t>(slice_.extension.size()));
            for (const std::byte byte : slice_.extension) {
                writer_.u(8, std::to_integer<uint32_t>(byte));
            }
        }
        writer_.flag(slice_.alignment_bit);
        while (writer_.size() % 8 != 0) {
            writer_.flag(false);
        }
    }

    HevcSliceHeaderInput input_;
    HevcSliceToWrite slice_;
    HevcSliceSegmentHeader header_;
    BitWriter writer_;
};

}  // namespace v4l2va::test
