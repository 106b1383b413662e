// SPDX-License-Identifier: MIT
// Writes H.264 slice NAL units (7.3.3) from field values, for tests only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bit_writer.h"
#include "bitstream/h264_slice_header.h"

namespace v4l2va::test {

// An operation of ref_pic_list_modification() or of dec_ref_pic_marking(): its number and operands.
struct H264Operation {
    uint32_t operation = 0;
    std::vector<uint32_t> operands;
};

struct H264SliceToWrite {
    H264SliceHeader header;  // the *_bit_size fields are not read
    bool slice_type_plus_5 = false;
    std::vector<H264Operation> list_modification[2];
    bool weights = false;  // in pred_weight_table(): every weight explicit, else none
    bool long_term_reference_flag = false;
    std::vector<H264Operation> marking;  // adaptive if not empty
    std::vector<std::byte> payload = std::vector<std::byte>(2, std::byte{0x5a});
};

class H264SliceWriter {
  public:
    H264SliceWriter(const H264SliceHeaderInput& input, const H264SliceToWrite& slice)
        : input_(input), slice_(slice), header_(slice.header) {}

    // The NAL unit, and the sizes that the parser must find.
    std::vector<std::byte> write() {
        write_header();
        header_bit_size = writer_.size();
        for (const std::byte byte : slice_.payload) {
            writer_.u(8, std::to_integer<uint32_t>(byte));
        }
        return writer_.nal_bytes();
    }

    size_t header_bit_size = 0;
    size_t pic_order_cnt_bit_size = 0;
    size_t dec_ref_pic_marking_bit_size = 0;

  private:
    [[nodiscard]] bool is_b() const { return header_.is(H264SliceType::kB); }
    [[nodiscard]] bool is_intra() const {
        return header_.is(H264SliceType::kI) || header_.is(H264SliceType::kSI);
    }

    void write_header() {
        writer_.u(1, 0);
        writer_.u(2, header_.nal_ref_idc);
        writer_.u(5, header_.nal_unit_type);
        writer_.ue(header_.first_mb_in_slice);
        writer_.ue(static_cast<uint32_t>(header_.slice_type) + (slice_.slice_type_plus_5 ? 5 : 0));
        writer_.ue(header_.pic_parameter_set_id);
        if (input_.separate_colour_plane_flag) {
            writer_.u(2, header_.colour_plane_id);
        }
        writer_.u(input_.log2_max_frame_num_minus4 + 4U, header_.frame_num);
        if (!input_.frame_mbs_only_flag) {
            writer_.flag(header_.field_pic_flag);
            if (header_.field_pic_flag) {
                writer_.flag(header_.bottom_field_flag);
            }
        }
        if (header_.idr()) {
            writer_.ue(header_.idr_pic_id);
        }
        write_pic_order_cnt();
        if (input_.redundant_pic_cnt_present_flag) {
            writer_.ue(header_.redundant_pic_cnt);
        }
        write_references();
        if (header_.nal_ref_idc != 0) {
            write_marking();
        }
        write_tail();
    }

    void write_pic_order_cnt() {
        const size_t start = writer_.size();
        const bool bottom =
            input_.bottom_field_pic_order_in_frame_present_flag && !header_.field_pic_flag;
        if (input_.pic_order_cnt_type == 0) {
            writer_.u(input_.log2_max_pic_order_cnt_lsb_minus4 + 4U, header_.pic_order_cnt_lsb);
            if (bottom) {
                writer_.se(header_.delta_pic_order_cnt_bottom);
            }
        }
        if (input_.pic_order_cnt_type == 1 && !input_.delta_pic_order_always_zero_flag) {
            writer_.se(header_.delta_pic_order_cnt[0]);
            if (bottom) {
                writer_.se(header_.delta_pic_order_cnt[1]);
            }
        }
        pic_order_cnt_bit_size = writer_.size() - start;
    }

    void write_references() {
        if (is_b()) {
            writer_.flag(header_.direct_spatial_mv_pred_flag);
        }
        if (!is_intra()) {
            writer_.flag(header_.num_ref_idx_active_override_flag);
            if (header_.num_ref_idx_active_override_flag) {
                writer_.ue(header_.num_ref_idx_l0_active_minus1);
                if (is_b()) {
                    writer_.ue(header_.num_ref_idx_l1_active_minus1);
                }
            }
            write_modification(slice_.list_modification[0]);
        }
        if (is_b()) {
            write_modification(slice_.list_modification[1]);
        }
        const bool weighted =
            is_b() ? input_.weighted_bipred_idc == 1 : !is_intra() && input_.weighted_pred_flag;
        if (weighted) {
            write_weights();
        }
    }

    void write_modification(const std::vector<H264Operation>& operations) {
        writer_.flag(!operations.empty());
        if (!operations.empty()) {
            write_operations(operations, 3);
        }
    }

    void write_operations(const std::vector<H264Operation>& operations, uint32_t end) {
        for (const H264Operation& operation : operations) {
            writer_.ue(operation.operation);
            for (const uint32_t operand : operation.operands) {
                writer_.ue(operand);
            }
        }
        writer_.ue(end);
    }

    void write_weights() {
        const bool chroma = input_.chroma_format_idc != 0 && !input_.separate_colour_plane_flag;
        writer_.ue(5);
        if (chroma) {
            writer_.ue(7);
        }
        for (int list = 0; list < (is_b() ? 2 : 1); ++list) {
            const int count = list == 0 ? header_.num_ref_idx_l0_active_minus1
                                        : header_.num_ref_idx_l1_active_minus1;
            for (int i = 0; i <= count; ++i) {
                write_weight(1);
                if (chroma) {
                    write_weight(2);
                }
            }
        }
    }

    void write_weight(int components) {
        writer_.flag(slice_.weights);
        for (int i = 0; slice_.weights && i < components; ++i) {
            writer_.se(-128);
            writer_.se(127);
        }
    }

    void write_marking() {
        const size_t start = writer_.size();
        if (header_.idr()) {
            writer_.flag(false);
            writer_.flag(slice_.long_term_reference_flag);
        } else {
            writer_.flag(!slice_.marking.empty());
            if (!slice_.marking.empty()) {
                write_operations(slice_.marking, 0);
            }
        }
        dec_ref_pic_marking_bit_size = writer_.size() - start;
    }

    void write_tail() {
        if (input_.entropy_coding_mode_flag && !is_intra()) {
            writer_.ue(header_.cabac_init_idc);
        }
        writer_.se(header_.slice_qp_delta);
        if (header_.is(H264SliceType::kSP)) {
            writer_.flag(header_.sp_for_switch_flag);
        }
        if (header_.is(H264SliceType::kSP) || header_.is(H264SliceType::kSI)) {
            writer_.se(header_.slice_qs_delta);
        }
        if (input_.deblocking_filter_control_present_flag) {
            writer_.ue(header_.disable_deblocking_filter_idc);
            if (header_.disable_deblocking_filter_idc != 1) {
                writer_.se(header_.slice_alpha_c0_offset_div2);
                writer_.se(header_.slice_beta_offset_div2);
            }
        }
    }

    H264SliceHeaderInput input_;
    H264SliceToWrite slice_;
    H264SliceHeader header_;
    BitWriter writer_;
};

}  // namespace v4l2va::test
