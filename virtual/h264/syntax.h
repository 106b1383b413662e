// SPDX-License-Identifier: MIT
// H.264 slice headers (7.3.3), read with the parameter sets that the controls carry.
#pragma once

#include <linux/v4l2-controls.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backend/bits.h"

namespace vdec::h264 {

struct Sets {
    v4l2_ctrl_h264_sps sps;
    v4l2_ctrl_h264_pps pps;
    v4l2_ctrl_h264_scaling_matrix scaling;
    v4l2_ctrl_h264_decode_params params;
    // The device takes one slice at a time, and its header from the two controls below.
    bool slice_based;
    bool annex_b;
    v4l2_ctrl_h264_slice_params slice;
    v4l2_ctrl_h264_pred_weights weights;

    [[nodiscard]] bool sps_flag(uint32_t flag) const { return (sps.flags & flag) != 0; }
    [[nodiscard]] bool pps_flag(uint32_t flag) const { return (pps.flags & flag) != 0; }
    [[nodiscard]] bool params_flag(uint32_t flag) const { return (params.flags & flag) != 0; }
    [[nodiscard]] unsigned width() const { return (sps.pic_width_in_mbs_minus1 + 1U) * 16; }
    [[nodiscard]] unsigned height() const {
        const unsigned units = sps.pic_height_in_map_units_minus1 + 1U;
        return units * (sps_flag(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY) ? 16 : 32);
    }
    [[nodiscard]] int max_frame_num() const { return 1 << (sps.log2_max_frame_num_minus4 + 4); }
    [[nodiscard]] bool monochrome() const {
        return sps.chroma_format_idc == 0 || sps_flag(V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE);
    }
    // Whether a slice of that type has a pred_weight_table().
    [[nodiscard]] bool has_weights(unsigned slice_type) const;
};

constexpr unsigned kMaxRefIdx = 32;

enum SliceType { kP = 0, kB = 1, kI = 2, kSP = 3, kSI = 4 };

// How many reference picture lists a slice of that type has.
unsigned list_count(unsigned slice_type);

// A step of ref_pic_list_modification().
struct Modification {
    unsigned idc = 0;
    uint32_t value = 0;
};

// Of one reference; what the flags leave out is inferred.
struct Weight {
    int luma_weight = 0;
    int luma_offset = 0;
    int chroma_weight[2] = {};
    int chroma_offset[2] = {};
};

struct WeightTable {
    unsigned luma_log2_denom = 0;
    unsigned chroma_log2_denom = 0;
    Weight entries[2][kMaxRefIdx];
};

struct MarkingCommand {
    unsigned operation = 0;
    uint32_t first = 0;   // difference_of_pic_nums_minus1, long_term_pic_num, ...
    uint32_t second = 0;  // long_term_frame_idx of operation 3
};

struct SliceHeader {
    unsigned nal_ref_idc = 0;
    unsigned nal_unit_type = 0;
    uint32_t first_mb = 0;
    unsigned slice_type = 0;  // mod 5
    uint32_t pps_id = 0;
    uint32_t frame_num = 0;
    bool field_pic = false;
    bool bottom_field = false;
    uint32_t idr_pic_id = 0;
    uint32_t poc_lsb = 0;
    int32_t delta_poc_bottom = 0;
    int32_t delta_poc[2] = {};
    uint32_t redundant_pic_cnt = 0;
    unsigned colour_plane = 0;
    bool direct_spatial = false;
    bool override_num_ref_idx = false;
    unsigned num_ref_idx[2] = {};
    std::vector<Modification> modifications[2];
    WeightTable weights;
    bool long_term_reference = false;  // of an IDR picture
    bool adaptive_marking = false;
    std::vector<MarkingCommand> commands;
    unsigned cabac_init_idc = 0;
    int qp_delta = 0;
    bool sp_for_switch = false;
    int qs_delta = 0;
    unsigned disable_deblocking = 0;
    int alpha_offset_div2 = 0;
    int beta_offset_div2 = 0;
    unsigned poc_bits = 0;
    unsigned marking_bits = 0;
    size_t poc_begin = 0;  // bit positions in the RBSP, from the NAL header byte on
    size_t poc_end = 0;
    size_t marking_begin = 0;  // dec_ref_pic_marking(); no bits when the picture is no reference
    size_t marking_end = 0;
    size_t header_end = 0;

    [[nodiscard]] bool idr() const { return nal_unit_type == 5; }
    [[nodiscard]] bool reference() const { return nal_ref_idc != 0; }
    // Bit 0: the top field is coded, bit 1: the bottom field.
    [[nodiscard]] unsigned fields() const { return !field_pic ? 3U : bottom_field ? 2U : 1U; }
    [[nodiscard]] bool has_command(unsigned operation) const;
};

// False when the header is damaged. `rbsp` begins with the NAL header byte.
bool parse_slice_header(std::span<const uint8_t> rbsp, const Sets& sets, SliceHeader& header);

}  // namespace vdec::h264
