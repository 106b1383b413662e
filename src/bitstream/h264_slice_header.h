// SPDX-License-Identifier: MIT
// H.264 slice header: what VA-API leaves out of its slice parameters, read from the NAL unit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace v4l2va {

// slice_type modulo 5 (H.264 Table 7-6); the values are those of V4L2_H264_SLICE_TYPE_*.
enum class H264SliceType : uint8_t { kP = 0, kB = 1, kI = 2, kSP = 3, kSI = 4 };

inline constexpr uint8_t kH264NalSlice = 1;
inline constexpr uint8_t kH264NalIdrSlice = 5;

// The values of the active SPS and PPS on which the syntax of 7.3.3 depends. All of them are in
// VA's picture and slice parameters. The caller has checked the ranges given here.
struct H264SliceHeaderInput {
    uint8_t chroma_format_idc = 1;  // 0..3
    bool separate_colour_plane_flag = false;
    uint8_t bit_depth_luma_minus8 = 0;      // 0..6
    uint8_t log2_max_frame_num_minus4 = 0;  // 0..12
    bool frame_mbs_only_flag = true;
    bool mb_adaptive_frame_field_flag = false;
    uint8_t pic_order_cnt_type = 0;                 // 0..2
    uint8_t log2_max_pic_order_cnt_lsb_minus4 = 0;  // 0..12
    bool delta_pic_order_always_zero_flag = false;
    bool entropy_coding_mode_flag = false;
    bool bottom_field_pic_order_in_frame_present_flag = false;
    bool weighted_pred_flag = false;
    uint8_t weighted_bipred_idc = 0;  // 0..2
    bool deblocking_filter_control_present_flag = false;
    bool redundant_pic_cnt_present_flag = false;
    int8_t pic_init_qp_minus26 = 0;  // -62..25, and what init_qp_slack allows above
    int8_t pic_init_qs_minus26 = 0;  // -26..25, likewise
    // How much too large both may be: slice_qp_delta and slice_qs_delta are then allowed to be
    // larger by as much, and the caller checks SliceQPY once it knows.
    uint8_t init_qp_slack = 0;  // 0..36
    // Size of the frame, for the range of first_mb_in_slice.
    uint32_t frame_size_in_mbs = 0;
    // Of this slice, as the client counted them: they stand in for the PPS's defaults, which VA
    // does not carry, when num_ref_idx_active_override_flag is 0.
    uint8_t num_ref_idx_l0_active_minus1 = 0;
    uint8_t num_ref_idx_l1_active_minus1 = 0;
};

// Names and meaning as in 7.3.3 and 7.4.3; inferred values are filled in.
struct H264SliceHeader {
    uint8_t nal_ref_idc = 0;
    uint8_t nal_unit_type = 0;  // 1 or 5
    uint32_t first_mb_in_slice = 0;
    H264SliceType slice_type = H264SliceType::kI;
    uint8_t pic_parameter_set_id = 0;
    uint8_t colour_plane_id = 0;
    uint16_t frame_num = 0;
    bool field_pic_flag = false;
    bool bottom_field_flag = false;
    uint16_t idr_pic_id = 0;
    uint16_t pic_order_cnt_lsb = 0;
    int32_t delta_pic_order_cnt_bottom = 0;
    int32_t delta_pic_order_cnt[2] = {};
    uint8_t redundant_pic_cnt = 0;
    bool direct_spatial_mv_pred_flag = false;
    bool num_ref_idx_active_override_flag = false;
    uint8_t num_ref_idx_l0_active_minus1 = 0;  // 0 where the slice has no such list
    uint8_t num_ref_idx_l1_active_minus1 = 0;
    bool ref_pic_list_modification_flag_l0 = false;
    bool has_mmco5 = false;  // memory_management_control_operation 5: all references are dropped
    uint8_t cabac_init_idc = 0;
    int8_t slice_qp_delta = 0;
    bool sp_for_switch_flag = false;
    int8_t slice_qs_delta = 0;
    uint8_t disable_deblocking_filter_idc = 0;
    int8_t slice_alpha_c0_offset_div2 = 0;
    int8_t slice_beta_offset_div2 = 0;

    // Sizes in bits, emulation prevention bytes not counted.
    uint32_t pic_order_cnt_bit_size = 0;        // pic_order_cnt_lsb .. delta_pic_order_cnt[1]
    uint32_t dec_ref_pic_marking_bit_size = 0;  // dec_ref_pic_marking()
    uint32_t header_bit_size = 0;               // from the NAL unit header to slice_data()

    [[nodiscard]] bool idr() const { return nal_unit_type == kH264NalIdrSlice; }
    [[nodiscard]] bool is(H264SliceType type) const { return slice_type == type; }
};

// `nal`: one NAL unit from its header byte on, no start code, emulation prevention bytes in place.
// Errors: kUnsupported (a NAL unit type other than 1 and 5), kInvalidBitstream (cut short, or a
// value out of the range that the standard gives it).
[[nodiscard]] Result<H264SliceHeader> parse_h264_slice_header(std::span<const std::byte> nal,
                                                              const H264SliceHeaderInput& input);

}  // namespace v4l2va
