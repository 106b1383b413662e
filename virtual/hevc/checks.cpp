// SPDX-License-Identifier: MIT
// The std_validate rules of the HEVC control types.
#include "hevc/checks.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vdec::hevc {

int check(v4l2_ctrl_hevc_sps& sps, const HevcStyle& style) {
    if ((sps.flags & V4L2_HEVC_SPS_FLAG_PCM_ENABLED) == 0) {
        sps.pcm_sample_bit_depth_luma_minus1 = 0;
        sps.pcm_sample_bit_depth_chroma_minus1 = 0;
        sps.log2_min_pcm_luma_coding_block_size_minus3 = 0;
        sps.log2_diff_max_min_pcm_luma_coding_block_size = 0;
    }
    if ((sps.flags & V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT) == 0) {
        sps.num_long_term_ref_pics_sps = 0;
    }
    // From here on the driver's own limits, not the core's.
    if (sps.chroma_format_idc > 3 || (style.chroma_formats >> sps.chroma_format_idc & 1) == 0) {
        return -EINVAL;
    }
    const unsigned luma = sps.bit_depth_luma_minus8 + 8U;
    const unsigned chroma = sps.bit_depth_chroma_minus8 + 8U;
    if (style.depths == DepthRule::when_set) return 0;
    if (style.depths == DepthRule::largest) {
        return std::max(luma, chroma) <= style.max_bit_depth ? 0 : -EINVAL;
    }
    if (style.depths == DepthRule::equal && luma != chroma) return -EINVAL;
    if (luma != 8 && luma != 10) return -EINVAL;
    return luma <= style.max_bit_depth ? 0 : -EINVAL;
}

int check(v4l2_ctrl_hevc_pps& pps) {
    if ((pps.flags & V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED) == 0) pps.diff_cu_qp_delta_depth = 0;
    if ((pps.flags & V4L2_HEVC_PPS_FLAG_TILES_ENABLED) == 0) {
        pps.num_tile_columns_minus1 = 0;
        pps.num_tile_rows_minus1 = 0;
        std::memset(pps.column_width_minus1, 0, sizeof pps.column_width_minus1);
        std::memset(pps.row_height_minus1, 0, sizeof pps.row_height_minus1);
        pps.flags &= ~V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED;
    } else if (pps.num_tile_columns_minus1 >= sizeof pps.column_width_minus1 ||
               pps.num_tile_rows_minus1 >= sizeof pps.row_height_minus1) {
        return -EINVAL;
    }
    if ((pps.flags & V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER) != 0) {
        pps.pps_beta_offset_div2 = 0;
        pps.pps_tc_offset_div2 = 0;
    }
    return 0;
}

int check(const v4l2_ctrl_hevc_decode_params& params) {
    return params.num_active_dpb_entries > V4L2_HEVC_DPB_ENTRIES_NUM_MAX ? -EINVAL : 0;
}

int check(const ExtSpsStRps& set) { return (set.flags & ~kInterRefPicSetPred) != 0 ? -EINVAL : 0; }

}  // namespace vdec::hevc
