// SPDX-License-Identifier: MIT
// The slice-level V4L2 controls of HEVC.
#include <algorithm>
#include <cstring>

#include "codec/hevc_controls.h"

namespace v4l2va {
namespace {

bool is_weighted(const VAPictureParameterBufferHEVC& picture, HevcSliceType type) {
    const auto& pic = picture.pic_fields.bits;
    return (type == HevcSliceType::kP && pic.weighted_pred_flag != 0) ||
           (type == HevcSliceType::kB && pic.weighted_bipred_flag != 0);
}

HevcSliceType type_of(const VASliceParameterBufferHEVC& slice) {
    return static_cast<HevcSliceType>(slice.LongSliceFlags.fields.slice_type);
}

// RefPicListX as indices into dpb[].
void fill_list(const uint8_t (&from)[15], uint8_t num_ref_idx_active_minus1, bool used,
               const HevcDpb& dpb, uint8_t (&to)[V4L2_HEVC_DPB_ENTRIES_NUM_MAX]) {
    const size_t count = used ? num_ref_idx_active_minus1 + size_t{1} : 0;
    for (size_t i = 0; i < std::size(to); ++i) {
        to[i] = i < count ? dpb.index_or_nearest(from[i]) : HevcDpb::kNoReference;
    }
}

// The first elements of `to`, which has room for one more picture than VA.
template <typename To, typename From>
void fill_weights(To& to, const From& from) {
    static_assert(sizeof(from) == 15 * sizeof(from[0]) && sizeof(to[0]) == sizeof(from[0]));
    std::memcpy(&to, &from, sizeof(from));
}

v4l2_hevc_pred_weight_table pred_weight_table(const VASliceParameterBufferHEVC& slice) {
    v4l2_hevc_pred_weight_table table = {};
    fill_weights(table.delta_luma_weight_l0, slice.delta_luma_weight_l0);
    fill_weights(table.luma_offset_l0, slice.luma_offset_l0);
    fill_weights(table.delta_chroma_weight_l0, slice.delta_chroma_weight_l0);
    // The derived value of (7-56) in both.
    fill_weights(table.chroma_offset_l0, slice.ChromaOffsetL0);
    if (type_of(slice) == HevcSliceType::kB) {
        fill_weights(table.delta_luma_weight_l1, slice.delta_luma_weight_l1);
        fill_weights(table.luma_offset_l1, slice.luma_offset_l1);
        fill_weights(table.delta_chroma_weight_l1, slice.delta_chroma_weight_l1);
        fill_weights(table.chroma_offset_l1, slice.ChromaOffsetL1);
    }
    table.luma_log2_weight_denom = slice.luma_log2_weight_denom;
    table.delta_chroma_log2_weight_denom = slice.delta_chroma_log2_weight_denom;
    return table;
}

// Drivers use it as an index. VA says 0xff where no picture is collocated; one that the list has
// not becomes its first entry, which fill_list() makes an existing picture.
uint8_t collocated_ref_idx(const VASliceParameterBufferHEVC& slice,
                           const HevcSliceSegmentHeader& header) {
    const HevcSliceType type = type_of(slice);
    const bool used = type != HevcSliceType::kI && header.slice_temporal_mvp_enabled_flag;
    const bool in_l0 = type != HevcSliceType::kB || header.collocated_from_l0_flag;
    const uint8_t last =
        in_l0 ? slice.num_ref_idx_l0_active_minus1 : slice.num_ref_idx_l1_active_minus1;
    return used && slice.collocated_ref_idx <= last ? slice.collocated_ref_idx : uint8_t{0};
}

uint64_t flag_if(bool set, uint64_t flag) { return set ? flag : 0; }

// Two flags from the header: libavcodec leaves those of an earlier slice where a slice has none,
// which 7.4.7.1 infers. For the same reason two only in slices of a type that has them.
uint64_t slice_flags(const VASliceParameterBufferHEVC& slice,
                     const HevcSliceSegmentHeader& header) {
    const auto& bits = slice.LongSliceFlags.fields;
    const HevcSliceType type = type_of(slice);
    return flag_if(bits.slice_sao_luma_flag != 0, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA) |
           flag_if(bits.slice_sao_chroma_flag != 0, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA) |
           flag_if(header.slice_temporal_mvp_enabled_flag,
                   V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED) |
           flag_if(bits.mvd_l1_zero_flag != 0 && type == HevcSliceType::kB,
                   V4L2_HEVC_SLICE_PARAMS_FLAG_MVD_L1_ZERO) |
           flag_if(bits.cabac_init_flag != 0 && type != HevcSliceType::kI,
                   V4L2_HEVC_SLICE_PARAMS_FLAG_CABAC_INIT) |
           flag_if(header.collocated_from_l0_flag, V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0) |
           flag_if(bits.slice_deblocking_filter_disabled_flag != 0,
                   V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_DEBLOCKING_FILTER_DISABLED) |
           flag_if(bits.slice_loop_filter_across_slices_enabled_flag != 0,
                   V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED) |
           flag_if(header.dependent_slice_segment_flag,
                   V4L2_HEVC_SLICE_PARAMS_FLAG_DEPENDENT_SLICE_SEGMENT);
}

}  // namespace

Result<> check_hevc_slice(const VAPictureParameterBufferHEVC& picture,
                          const VASliceParameterBufferHEVC& slice) {
    if (slice.LongSliceFlags.fields.slice_type > 2 || slice.num_ref_idx_l0_active_minus1 > 14 ||
        slice.num_ref_idx_l1_active_minus1 > 14 || slice.five_minus_max_num_merge_cand > 4 ||
        (slice.collocated_ref_idx > 14 && slice.collocated_ref_idx != 0xff)) {
        return fail(ErrorCode::kInvalidParameter, "HEVC slice parameters");
    }
    if (is_weighted(picture, type_of(slice))) {
        const int chroma_denom =
            slice.luma_log2_weight_denom + slice.delta_chroma_log2_weight_denom;
        if (slice.luma_log2_weight_denom > 7 || chroma_denom < 0 || chroma_denom > 7) {
            return fail(ErrorCode::kInvalidParameter, "HEVC weight denominators");
        }
    }
    return {};
}

v4l2_ctrl_hevc_slice_params hevc_slice_params(const VAPictureParameterBufferHEVC& picture,
                                              const HevcSlice& slice, const HevcSlicePlace& place,
                                              const HevcDpb& dpb) {
    const VASliceParameterBufferHEVC& va = *slice.slice_params;
    const HevcSliceType type = type_of(va);
    const bool inter = type != HevcSliceType::kI;
    const bool bi = type == HevcSliceType::kB;
    v4l2_ctrl_hevc_slice_params params = {};
    params.bit_size = place.bit_size;
    params.data_byte_offset = place.data_byte_offset;
    // From the header: libavcodec gives 0 for it, GStreamer 1 where there is none.
    params.num_entry_point_offsets = slice.header.num_entry_point_offsets;
    params.nal_unit_type = slice.header.nal_unit_type;
    params.nuh_temporal_id_plus1 = slice.header.nuh_temporal_id_plus1;
    params.slice_type = va.LongSliceFlags.fields.slice_type;
    params.colour_plane_id = va.LongSliceFlags.fields.color_plane_id;
    params.slice_pic_order_cnt = picture.CurrPic.pic_order_cnt;
    // 0 where the slice's type has none: clients may leave those of an earlier slice.
    params.num_ref_idx_l0_active_minus1 = inter ? va.num_ref_idx_l0_active_minus1 : uint8_t{0};
    params.num_ref_idx_l1_active_minus1 = bi ? va.num_ref_idx_l1_active_minus1 : uint8_t{0};
    params.collocated_ref_idx = collocated_ref_idx(va, slice.header);
    params.five_minus_max_num_merge_cand = inter ? va.five_minus_max_num_merge_cand : uint8_t{0};
    params.slice_qp_delta = va.slice_qp_delta;
    params.slice_cb_qp_offset = va.slice_cb_qp_offset;
    params.slice_cr_qp_offset = va.slice_cr_qp_offset;
    params.slice_beta_offset_div2 = va.slice_beta_offset_div2;
    params.slice_tc_offset_div2 = va.slice_tc_offset_div2;
    // pic_struct: of an SEI message, which VA does not carry; no driver reads it.
    params.slice_segment_addr = slice.params->slice_segment_address;
    fill_list(va.RefPicList[0], va.num_ref_idx_l0_active_minus1, inter, dpb, params.ref_idx_l0);
    fill_list(va.RefPicList[1], va.num_ref_idx_l1_active_minus1, bi, dpb, params.ref_idx_l1);
    params.short_term_ref_pic_set_size =
        static_cast<uint16_t>(slice.header.short_term_ref_pic_set_size);
    params.long_term_ref_pic_set_size =
        static_cast<uint16_t>(slice.header.long_term_ref_pic_set_size);
    if (is_weighted(picture, type)) {
        params.pred_weight_table = pred_weight_table(va);
    }
    params.flags = slice_flags(va, slice.header);
    if (dpb.refers_to_itself()) {
        // The motion that this picture writes is not to be read, nor does another's exist.
        params.flags &= ~uint64_t{V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED};
    }
    return params;
}

}  // namespace v4l2va
