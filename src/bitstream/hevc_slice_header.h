// SPDX-License-Identifier: MIT
// HEVC slice segment header: what VA-API leaves out of its slice parameters, read from the NAL
// unit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace v4l2va {

// slice_type (HEVC Table 7-7); the values are those of V4L2_HEVC_SLICE_TYPE_*.
enum class HevcSliceType : uint8_t { kB = 0, kP = 1, kI = 2 };

// The values of the active SPS and PPS on which the syntax of 7.3.6.1 depends. All of them are in
// VA's picture parameters. The caller has checked the ranges given here.
struct HevcSliceHeaderInput {
    uint8_t chroma_format_idc = 1;  // 0..3
    bool separate_colour_plane_flag = false;
    uint8_t bit_depth_luma_minus8 = 0;              // 0..8
    uint32_t pic_size_in_ctbs = 1;                  // PicSizeInCtbsY, at least 1
    uint8_t log2_max_pic_order_cnt_lsb_minus4 = 0;  // 0..12
    uint8_t num_short_term_ref_pic_sets = 0;        // 0..64
    bool long_term_ref_pics_present_flag = false;
    uint8_t num_long_term_ref_pics_sps = 0;  // 0..32
    bool sps_temporal_mvp_enabled_flag = false;
    bool sample_adaptive_offset_enabled_flag = false;

    bool dependent_slice_segments_enabled_flag = false;
    bool output_flag_present_flag = false;
    uint8_t num_extra_slice_header_bits = 0;           // 0..7
    uint8_t num_ref_idx_l0_default_active_minus1 = 0;  // 0..14
    uint8_t num_ref_idx_l1_default_active_minus1 = 0;  // 0..14
    int8_t init_qp_minus26 = 0;                        // -74..25
    bool lists_modification_present_flag = false;
    bool cabac_init_present_flag = false;
    bool weighted_pred_flag = false;
    bool weighted_bipred_flag = false;
    bool pps_slice_chroma_qp_offsets_present_flag = false;
    bool deblocking_filter_override_enabled_flag = false;
    bool pps_deblocking_filter_disabled_flag = false;
    int8_t pps_beta_offset_div2 = 0;
    int8_t pps_tc_offset_div2 = 0;
    bool pps_loop_filter_across_slices_enabled_flag = false;
    bool tiles_enabled_flag = false;
    bool entropy_coding_sync_enabled_flag = false;
    bool slice_segment_header_extension_present_flag = false;

    // Of this picture, as the client counted them. They stand in for the SPS's tables of reference
    // picture sets, which VA does not carry, wherever a header refers to these.
    uint32_t st_rps_bits = 0;  // size of st_ref_pic_set() in the slice header
    uint8_t num_st_curr = 0;   // NumPocStCurrBefore + NumPocStCurrAfter, 0..15
    uint8_t num_lt_curr = 0;   // NumPocLtCurr, 0..15
};

// A short-term reference picture set that is written out (7.4.8): nearest picture first.
struct HevcShortTermSet {
    uint8_t num_negative_pics = 0;  // 0..16, both together too
    uint8_t num_positive_pics = 0;
    std::array<int32_t, 16> delta_poc_s0 = {};  // below 0
    std::array<int32_t, 16> delta_poc_s1 = {};  // above 0
    std::array<bool, 16> used_by_curr_pic_s0 = {};
    std::array<bool, 16> used_by_curr_pic_s1 = {};
    friend bool operator==(const HevcShortTermSet&, const HevcShortTermSet&) = default;
};

// One long-term entry of a slice header (7.3.6.1).
struct HevcLongTermPic {
    bool from_sps = false;   // picked from the SPS by lt_idx_sps
    uint8_t lt_idx_sps = 0;  // from_sps only
    uint16_t poc_lsb_lt = 0;
    bool used_by_curr_pic_lt_flag = false;
    bool delta_poc_msb_present_flag = false;
    uint32_t delta_poc_msb_cycle_lt = 0;  // DeltaPocMsbCycleLt (7-52): summed up
    friend bool operator==(const HevcLongTermPic&, const HevcLongTermPic&) = default;
};

struct HevcLongTermSet {
    uint8_t count = 0;
    std::array<HevcLongTermPic, 16> pics = {};
    friend bool operator==(const HevcLongTermSet&, const HevcLongTermSet&) = default;
};

// What dependent slice segments take over from the slice they belong to. Names and meaning as in
// 7.3.6.1 and 7.4.7.1; inferred values are filled in.
struct HevcSliceHeader {
    HevcSliceType slice_type = HevcSliceType::kI;
    bool pic_output_flag = true;
    uint8_t colour_plane_id = 0;
    uint16_t slice_pic_order_cnt_lsb = 0;
    bool short_term_ref_pic_set_sps_flag = false;
    uint8_t short_term_ref_pic_set_idx = 0;
    bool inter_ref_pic_set_prediction_flag = false;
    uint8_t num_delta_pocs_of_ref_rps_idx = 0;  // NumDeltaPocs[RefRpsIdx], if predicted
    HevcShortTermSet short_term_set;            // if has_short_term_set()
    HevcLongTermSet long_term_set;
    bool slice_temporal_mvp_enabled_flag = false;
    bool slice_sao_luma_flag = false;
    bool slice_sao_chroma_flag = false;
    bool num_ref_idx_active_override_flag = false;
    uint8_t num_ref_idx_l0_active_minus1 = 0;  // 0 where the slice has no such list
    uint8_t num_ref_idx_l1_active_minus1 = 0;
    uint8_t num_pic_total_curr = 0;                           // NumPicTotalCurr (7-55)
    std::array<bool, 2> ref_pic_list_modification_flag = {};  // of L0, L1
    std::array<std::array<uint8_t, 15>, 2> list_entry = {};
    bool mvd_l1_zero_flag = false;
    bool cabac_init_flag = false;
    bool collocated_from_l0_flag = true;
    uint8_t collocated_ref_idx = 0;
    uint8_t five_minus_max_num_merge_cand = 0;
    int8_t slice_qp_delta = 0;
    int8_t slice_cb_qp_offset = 0;
    int8_t slice_cr_qp_offset = 0;
    bool slice_deblocking_filter_disabled_flag = false;
    int8_t slice_beta_offset_div2 = 0;
    int8_t slice_tc_offset_div2 = 0;
    bool slice_loop_filter_across_slices_enabled_flag = false;

    // Sizes in bits, emulation prevention bytes not counted.
    uint32_t short_term_ref_pic_set_size = 0;  // st_ref_pic_set(), 0 if the SPS has the set
    uint32_t long_term_ref_pic_set_size = 0;   // num_long_term_sps .. the last entry

    [[nodiscard]] bool is(HevcSliceType type) const { return slice_type == type; }
    // The set stands in the header itself, not predicted from one of the SPS.
    [[nodiscard]] bool has_short_term_set() const {
        return !short_term_ref_pic_set_sps_flag && !inter_ref_pic_set_prediction_flag;
    }
};

struct HevcSliceSegmentHeader : HevcSliceHeader {
    uint8_t nal_unit_type = 0;  // 0..9 or 16..21
    uint8_t nuh_layer_id = 0;
    uint8_t nuh_temporal_id_plus1 = 1;
    bool first_slice_segment_in_pic_flag = false;
    bool no_output_of_prior_pics_flag = false;
    uint8_t slice_pic_parameter_set_id = 0;
    bool dependent_slice_segment_flag = false;
    uint32_t slice_segment_address = 0;
    uint32_t num_entry_point_offsets = 0;
    uint8_t offset_len_minus1 = 0;

    // Positions from the NAL unit header's first bit on, emulation prevention bytes not counted.
    uint32_t ref_pic_sets_begin = 0;          // of short_term_ref_pic_set_sps_flag; 0: has no sets
    uint32_t ref_pic_sets_end = 0;            // behind the long-term entries
    uint32_t entry_points_begin = 0;          // of entry_point_offset_minus1[0]
    uint32_t alignment_begin = 0;             // of byte_alignment()
    uint32_t slice_data_byte_offset = 0;      // of slice_segment_data(), in bytes
    uint32_t emulation_prevention_bytes = 0;  // before slice_segment_data()

    [[nodiscard]] bool idr() const { return nal_unit_type == 19 || nal_unit_type == 20; }
    [[nodiscard]] bool irap() const { return nal_unit_type >= 16 && nal_unit_type <= 23; }
    [[nodiscard]] bool has_ref_pic_sets() const { return ref_pic_sets_begin != 0; }
    // Bytes of the NAL unit before slice_segment_data().
    [[nodiscard]] size_t bytes_in_nal() const {
        return size_t{slice_data_byte_offset} + emulation_prevention_bytes;
    }
};

// `nal`: one NAL unit from its header on, no start code, emulation prevention bytes in place.
// `previous`: the slice header that a dependent slice segment continues; null if there is none yet.
// Errors: kUnsupported (a NAL unit type that is no slice), kInvalidBitstream (cut short, no slice
// data, a dependent segment without a slice, or a value out of the range that the standard gives).
[[nodiscard]] Result<HevcSliceSegmentHeader> parse_hevc_slice_segment_header(
    std::span<const std::byte> nal, const HevcSliceHeaderInput& input,
    const HevcSliceHeader* previous);

// entry_point_offset_minus1[i] + 1 of the same `nal`, in bytes; `out` has
// header.num_entry_point_offsets elements. Errors: kInvalidBitstream.
[[nodiscard]] Result<> read_hevc_entry_points(std::span<const std::byte> nal,
                                              const HevcSliceSegmentHeader& header,
                                              std::span<uint32_t> out);

}  // namespace v4l2va
