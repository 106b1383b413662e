// SPDX-License-Identifier: MIT
// The slice-level V4L2 controls of H.264, for devices in slice-based mode.
#include <algorithm>

#include "codec/h264_controls.h"

namespace v4l2va {
namespace {

constexpr uint8_t kNoReference = 0xff;

// RefPicListX as indices into dpb[]. libavcodec leaves out what is missing, so that a list may end
// before its last active entry; hardware follows each of these.
void fill_list(v4l2_h264_reference (&list)[V4L2_H264_REF_LIST_LEN],
               const VAPictureH264 (&pictures)[32], size_t count, const H264Dpb& dpb) {
    static_assert(V4L2_H264_REF_LIST_LEN == 32);
    for (size_t i = 0; i < V4L2_H264_REF_LIST_LEN; ++i) {
        list[i] = {0, kNoReference};
        if (i >= count) {
            continue;
        }
        const bool named = (pictures[i].flags & VA_PICTURE_H264_INVALID) == 0;
        const VASurfaceID surface = named ? pictures[i].picture_id : VA_INVALID_ID;
        if (const std::optional<uint8_t> index = dpb.find_or_nearest(surface)) {
            list[i] = {named ? h264_reference_fields(pictures[i]) : uint8_t{V4L2_H264_FRAME_REF},
                       *index};
        }
    }
}

// The lists that a slice type uses: none, L0, or both (Table 7-6).
size_t list_count(const H264SliceHeader& header) {
    if (header.is(H264SliceType::kB)) {
        return 2;
    }
    return header.is(H264SliceType::kP) || header.is(H264SliceType::kSP) ? 1 : 0;
}

// One list of pred_weight_table(); what its flags leave out is inferred (7.4.3.2).
struct VaWeights {
    bool luma;
    const int16_t (&luma_weight)[32];
    const int16_t (&luma_offset)[32];
    bool chroma;
    const int16_t (&chroma_weight)[32][2];
    const int16_t (&chroma_offset)[32][2];
};

void fill_weights(v4l2_h264_weight_factors& factors, const VaWeights& va, size_t count,
                  const v4l2_ctrl_h264_pred_weights& denominators) {
    const auto luma_default = static_cast<int16_t>(1 << denominators.luma_log2_weight_denom);
    const auto chroma_default = static_cast<int16_t>(1 << denominators.chroma_log2_weight_denom);
    for (size_t i = 0; i < count; ++i) {
        factors.luma_weight[i] = va.luma ? va.luma_weight[i] : luma_default;
        factors.luma_offset[i] = va.luma ? va.luma_offset[i] : int16_t{0};
        for (size_t j = 0; j < 2; ++j) {
            factors.chroma_weight[i][j] = va.chroma ? va.chroma_weight[i][j] : chroma_default;
            factors.chroma_offset[i][j] = va.chroma ? va.chroma_offset[i][j] : int16_t{0};
        }
    }
}

}  // namespace

v4l2_ctrl_h264_slice_params h264_slice_params(const H264Slice& slice, const H264Dpb& dpb) {
    const H264SliceHeader& header = slice.header;
    const size_t lists = list_count(header);
    v4l2_ctrl_h264_slice_params params = {};
    // Without emulation prevention bytes: the device drops them while it skips the header.
    params.header_bit_size = header.header_bit_size;
    params.first_mb_in_slice = header.first_mb_in_slice;
    params.slice_type = static_cast<uint8_t>(header.slice_type);
    params.colour_plane_id = header.colour_plane_id;
    params.redundant_pic_cnt = header.redundant_pic_cnt;
    params.cabac_init_idc = header.cabac_init_idc;
    params.slice_qp_delta = header.slice_qp_delta;
    params.slice_qs_delta = header.slice_qs_delta;
    params.disable_deblocking_filter_idc = header.disable_deblocking_filter_idc;
    params.slice_alpha_c0_offset_div2 = header.slice_alpha_c0_offset_div2;
    params.slice_beta_offset_div2 = header.slice_beta_offset_div2;
    params.num_ref_idx_l0_active_minus1 = header.num_ref_idx_l0_active_minus1;
    params.num_ref_idx_l1_active_minus1 = header.num_ref_idx_l1_active_minus1;
    fill_list(params.ref_pic_list0, slice.params->RefPicList0,
              lists > 0 ? header.num_ref_idx_l0_active_minus1 + 1U : 0, dpb);
    fill_list(params.ref_pic_list1, slice.params->RefPicList1,
              lists > 1 ? header.num_ref_idx_l1_active_minus1 + 1U : 0, dpb);
    if (header.direct_spatial_mv_pred_flag) {
        params.flags |= V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED;
    }
    if (header.sp_for_switch_flag) {
        params.flags |= V4L2_H264_SLICE_FLAG_SP_FOR_SWITCH;
    }
    return params;
}

v4l2_ctrl_h264_pred_weights h264_pred_weights(const H264Slice& slice) {
    const VASliceParameterBufferH264& va = *slice.params;
    const size_t lists = list_count(slice.header);
    v4l2_ctrl_h264_pred_weights weights = {};
    // 7.4.3.2: at most 7. The parser has refused more in the stream; this is the client's copy.
    weights.luma_log2_weight_denom = std::min<uint8_t>(va.luma_log2_weight_denom, 7);
    weights.chroma_log2_weight_denom = std::min<uint8_t>(va.chroma_log2_weight_denom, 7);
    if (lists > 0) {
        fill_weights(weights.weight_factors[0],
                     {va.luma_weight_l0_flag != 0, va.luma_weight_l0, va.luma_offset_l0,
                      va.chroma_weight_l0_flag != 0, va.chroma_weight_l0, va.chroma_offset_l0},
                     slice.header.num_ref_idx_l0_active_minus1 + 1U, weights);
    }
    if (lists > 1) {
        fill_weights(weights.weight_factors[1],
                     {va.luma_weight_l1_flag != 0, va.luma_weight_l1, va.luma_offset_l1,
                      va.chroma_weight_l1_flag != 0, va.chroma_weight_l1, va.chroma_offset_l1},
                     slice.header.num_ref_idx_l1_active_minus1 + 1U, weights);
    }
    return weights;
}

}  // namespace v4l2va
