// SPDX-License-Identifier: MIT
// The std_validate rules of the compound control types.
#include "control_checks.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "av1_checks.h"
#include "hevc_controls.h"

namespace vdec {
namespace {

bool outside(int value, int low, int high) { return value < low || value > high; }

void normalise_h264_sps(v4l2_ctrl_h264_sps& sps) {
    if (sps.pic_order_cnt_type != 0) sps.log2_max_pic_order_cnt_lsb_minus4 = 0;
    if (sps.pic_order_cnt_type != 1) {
        sps.num_ref_frames_in_pic_order_cnt_cycle = 0;
        sps.offset_for_non_ref_pic = 0;
        sps.offset_for_top_to_bottom_field = 0;
        std::memset(sps.offset_for_ref_frame, 0, sizeof sps.offset_for_ref_frame);
    }
    if (!V4L2_H264_SPS_HAS_CHROMA_FORMAT(&sps)) {
        sps.chroma_format_idc = 1;
        sps.bit_depth_luma_minus8 = 0;
        sps.bit_depth_chroma_minus8 = 0;
        sps.flags &= ~static_cast<uint32_t>(V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS);
    }
    if (sps.chroma_format_idc < 3) {
        sps.flags &= ~static_cast<uint32_t>(V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE);
    }
    if ((sps.flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY) != 0) {
        sps.flags &= ~static_cast<uint32_t>(V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD);
    }
}

int check(v4l2_ctrl_h264_sps& sps, const Personality& device) {
    normalise_h264_sps(sps);
    if (sps.profile_idc < 122 && sps.chroma_format_idc > 1) return -EINVAL;
    if (sps.profile_idc < 244 && sps.chroma_format_idc > 2) return -EINVAL;
    if (sps.chroma_format_idc > 3) return -EINVAL;
    if (sps.bit_depth_luma_minus8 > 6 || sps.bit_depth_chroma_minus8 > 6) return -EINVAL;
    if (sps.log2_max_frame_num_minus4 > 12) return -EINVAL;
    if (sps.pic_order_cnt_type > 2) return -EINVAL;
    if (sps.log2_max_pic_order_cnt_lsb_minus4 > 12) return -EINVAL;
    if (sps.max_num_ref_frames > V4L2_H264_REF_LIST_LEN) return -EINVAL;
    // From here on the driver's own limits, not the core's.
    if (sps.chroma_format_idc > 1) return -EINVAL;
    if (sps.chroma_format_idc == 0 && !device.h264_monochrome) return -EINVAL;
    if (sps.bit_depth_luma_minus8 != sps.bit_depth_chroma_minus8) return -EINVAL;
    if (sps.bit_depth_luma_minus8 != 0 && sps.bit_depth_luma_minus8 != 2) return -EINVAL;
    return sps.bit_depth_luma_minus8 + 8U <= device.max_bit_depth ? 0 : -EINVAL;
}

int check(const v4l2_ctrl_h264_pps& pps) {
    if (pps.num_slice_groups_minus1 > 7) return -EINVAL;
    if (pps.num_ref_idx_l0_default_active_minus1 > V4L2_H264_REF_LIST_LEN - 1) return -EINVAL;
    if (pps.num_ref_idx_l1_default_active_minus1 > V4L2_H264_REF_LIST_LEN - 1) return -EINVAL;
    if (pps.weighted_bipred_idc > 2) return -EINVAL;
    if (outside(pps.pic_init_qp_minus26, -62, 25)) return -EINVAL;
    if (outside(pps.pic_init_qs_minus26, -26, 25)) return -EINVAL;
    if (outside(pps.chroma_qp_index_offset, -12, 12)) return -EINVAL;
    if (outside(pps.second_chroma_qp_index_offset, -12, 12)) return -EINVAL;
    return 0;
}

int check(v4l2_ctrl_h264_slice_params& slice) {
    if (slice.slice_type != V4L2_H264_SLICE_TYPE_B) {
        slice.flags &= ~static_cast<uint32_t>(V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED);
    }
    if (slice.colour_plane_id > 2 || slice.cabac_init_idc > 2) return -EINVAL;
    if (slice.disable_deblocking_filter_idc > 2) return -EINVAL;
    if (outside(slice.slice_alpha_c0_offset_div2, -6, 6)) return -EINVAL;
    if (outside(slice.slice_beta_offset_div2, -6, 6)) return -EINVAL;
    if (slice.slice_type == V4L2_H264_SLICE_TYPE_I || slice.slice_type == V4L2_H264_SLICE_TYPE_SI) {
        slice.num_ref_idx_l0_active_minus1 = 0;
    }
    if (slice.slice_type != V4L2_H264_SLICE_TYPE_B) slice.num_ref_idx_l1_active_minus1 = 0;
    if (slice.num_ref_idx_l0_active_minus1 > V4L2_H264_REF_LIST_LEN - 1) return -EINVAL;
    if (slice.num_ref_idx_l1_active_minus1 > V4L2_H264_REF_LIST_LEN - 1) return -EINVAL;
    slice.reserved = 0;
    return 0;
}

int check(v4l2_ctrl_h264_decode_params& params) {
    if (params.nal_ref_idc > 3) return -EINVAL;
    params.reserved = 0;
    for (v4l2_h264_dpb_entry& entry : params.dpb) {
        std::memset(entry.reserved, 0, sizeof entry.reserved);
    }
    return 0;
}

int check(const v4l2_ctrl_h264_pred_weights& weights) {
    return weights.luma_log2_weight_denom > 7 || weights.chroma_log2_weight_denom > 7 ? -EINVAL : 0;
}

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
    if (sps.chroma_format_idc != 1) return -EINVAL;
    if (sps.bit_depth_luma_minus8 != sps.bit_depth_chroma_minus8) return -EINVAL;
    if (sps.bit_depth_luma_minus8 != 0 && sps.bit_depth_luma_minus8 != 2) return -EINVAL;
    return sps.bit_depth_luma_minus8 + 8U <= style.max_bit_depth ? 0 : -EINVAL;
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

int check(const hevc::ExtSpsStRps& set) {
    return (set.flags & ~hevc::kInterRefPicSetPred) != 0 ? -EINVAL : 0;
}

template <size_t size>
void zero(__u8 (&reserved)[size]) {
    std::memset(reserved, 0, size);
}

int check(const v4l2_ctrl_mpeg2_sequence& sequence) {
    return outside(sequence.chroma_format, 1, 3) ? -EINVAL : 0;
}

int check(v4l2_ctrl_mpeg2_picture& picture) {
    if (picture.intra_dc_precision > 3) return -EINVAL;
    if (outside(picture.picture_structure, V4L2_MPEG2_PIC_TOP_FIELD, V4L2_MPEG2_PIC_FRAME)) {
        return -EINVAL;
    }
    if (outside(picture.picture_coding_type, V4L2_MPEG2_PIC_CODING_TYPE_I,
                V4L2_MPEG2_PIC_CODING_TYPE_B)) {
        return -EINVAL;
    }
    zero(picture.reserved);
    return 0;
}

int check(v4l2_ctrl_vp8_frame& frame) {
    const unsigned parts = frame.num_dct_parts;
    if (parts != 1 && parts != 2 && parts != 4 && parts != 8) return -EINVAL;
    frame.segment.padding = 0;
    frame.lf.padding = 0;
    frame.quant.padding = 0;
    zero(frame.entropy.padding);
    frame.coder_state.padding = 0;
    return 0;
}

int check(v4l2_vp9_loop_filter& lf) {
    constexpr unsigned kFlags =
        V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED | V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE;
    if ((lf.flags & ~kFlags) != 0 || lf.level > 63 || lf.sharpness > 7) return -EINVAL;
    for (const int delta : lf.ref_deltas) {
        if (outside(delta, -63, 63)) return -EINVAL;
    }
    for (const int delta : lf.mode_deltas) {
        if (outside(delta, -63, 63)) return -EINVAL;
    }
    zero(lf.reserved);
    return 0;
}

int check(v4l2_vp9_quantization& quant) {
    for (const int delta : {quant.delta_q_y_dc, quant.delta_q_uv_dc, quant.delta_q_uv_ac}) {
        if (outside(delta, -15, 15)) return -EINVAL;
    }
    zero(quant.reserved);
    return 0;
}

int check(v4l2_vp9_segmentation& seg) {
    constexpr int kRange[V4L2_VP9_SEG_LVL_MAX] = {255, 63, 3, 0};
    if ((seg.flags & ~0x1fU) != 0) return -EINVAL;
    for (const unsigned enabled : seg.feature_enabled) {
        if ((enabled & ~unsigned{V4L2_VP9_SEGMENT_FEATURE_ENABLED_MASK}) != 0) return -EINVAL;
    }
    for (const auto& features : seg.feature_data) {
        for (size_t i = 0; i < V4L2_VP9_SEG_LVL_MAX; ++i) {
            if (outside(features[i], -kRange[i], kRange[i])) return -EINVAL;
        }
    }
    zero(seg.reserved);
    return 0;
}

int check_vp9_format(const v4l2_ctrl_vp9_frame& frame, const Personality& device) {
    const unsigned depth = frame.bit_depth;
    if (frame.profile > V4L2_VP9_PROFILE_MAX) return -EINVAL;
    if (frame.profile < 2 ? depth != 8 : depth != 10 && depth != 12) return -EINVAL;
    constexpr unsigned kBoth =
        V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    const bool is_420 = (frame.flags & kBoth) == kBoth;
    if (is_420 != (frame.profile % 2 == 0)) return -EINVAL;
    // The driver's own limits, not the core's.
    return is_420 && depth <= device.vp9_max_bit_depth ? 0 : -EINVAL;
}

int check(v4l2_ctrl_vp9_frame& frame, const Personality& device) {
    if ((frame.flags & ~0x3ffU) != 0) return -EINVAL;
    constexpr unsigned kNeverBoth =
        V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT | V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX;
    if ((frame.flags & kNeverBoth) == kNeverBoth) return -EINVAL;
    if (frame.reset_frame_context > V4L2_VP9_RESET_FRAME_CTX_ALL) return -EINVAL;
    if (frame.frame_context_idx >= V4L2_VP9_NUM_FRAME_CTX) return -EINVAL;
    if (const int error = check_vp9_format(frame, device); error != 0) return error;
    if (frame.interpolation_filter > V4L2_VP9_INTERP_FILTER_SWITCHABLE) return -EINVAL;
    if (frame.tile_cols_log2 > 6) return -EINVAL;
    if (frame.reference_mode > V4L2_VP9_REFERENCE_MODE_SELECT) return -EINVAL;
    if (const int error = check(frame.lf); error != 0) return error;
    if (const int error = check(frame.quant); error != 0) return error;
    if (const int error = check(frame.seg); error != 0) return error;
    zero(frame.reserved);
    return 0;
}

int check(const v4l2_ctrl_vp9_compressed_hdr& header) {
    return header.tx_mode > V4L2_VP9_TX_MODE_SELECT ? -EINVAL : 0;
}

// Runs `check` on an aligned copy of the payload and writes the normalised value back.
template <typename T, typename... Limits>
int checked(std::span<uint8_t> payload, const Limits&... limits) {
    T value;
    std::memcpy(&value, payload.data(), sizeof value);
    const int result = check(value, limits...);
    std::memcpy(payload.data(), &value, sizeof value);
    return result;
}

// The same for each element of an array.
template <typename T>
int checked_elements(std::span<uint8_t> payload) {
    for (size_t at = 0; at + sizeof(T) <= payload.size(); at += sizeof(T)) {
        if (const int error = checked<T>(payload.subspan(at)); error != 0) return error;
    }
    return 0;
}

}  // namespace

int check_control(const ControlInfo& info, std::span<uint8_t> payload, const Personality& device) {
    switch (info.type) {
        case V4L2_CTRL_TYPE_MENU: {
            int32_t value;
            std::memcpy(&value, payload.data(), sizeof value);
            if (value < info.minimum || value > info.maximum) return -ERANGE;
            return ((info.menu_mask >> value) & 1) != 0 ? 0 : -EINVAL;
        }
        case V4L2_CTRL_TYPE_H264_SPS:
            return checked<v4l2_ctrl_h264_sps>(payload, device);
        case V4L2_CTRL_TYPE_H264_PPS:
            return checked<v4l2_ctrl_h264_pps>(payload);
        case V4L2_CTRL_TYPE_H264_SLICE_PARAMS:
            return checked<v4l2_ctrl_h264_slice_params>(payload);
        case V4L2_CTRL_TYPE_H264_DECODE_PARAMS:
            return checked<v4l2_ctrl_h264_decode_params>(payload);
        case V4L2_CTRL_TYPE_H264_PRED_WEIGHTS:
            return checked<v4l2_ctrl_h264_pred_weights>(payload);
        case V4L2_CTRL_TYPE_HEVC_SPS:
            return checked<v4l2_ctrl_hevc_sps>(payload, device.hevc);
        case V4L2_CTRL_TYPE_HEVC_PPS:
            return checked<v4l2_ctrl_hevc_pps>(payload);
        case V4L2_CTRL_TYPE_HEVC_DECODE_PARAMS:
            return checked<v4l2_ctrl_hevc_decode_params>(payload);
        case hevc::kTypeExtSpsStRps:
            return checked_elements<hevc::ExtSpsStRps>(payload);
        case V4L2_CTRL_TYPE_MPEG2_SEQUENCE:
            return checked<v4l2_ctrl_mpeg2_sequence>(payload);
        case V4L2_CTRL_TYPE_MPEG2_PICTURE:
            return checked<v4l2_ctrl_mpeg2_picture>(payload);
        case V4L2_CTRL_TYPE_VP8_FRAME:
            return checked<v4l2_ctrl_vp8_frame>(payload);
        case V4L2_CTRL_TYPE_VP9_FRAME:
            return checked<v4l2_ctrl_vp9_frame>(payload, device);
        case V4L2_CTRL_TYPE_VP9_COMPRESSED_HDR:
            return checked<v4l2_ctrl_vp9_compressed_hdr>(payload);
        case av1::kTypeSequence:
            return checked<av1::Sequence>(payload, device.av1);
        case av1::kTypeFrame:
            return checked<av1::Frame>(payload);
        case av1::kTypeFilmGrain:
            return checked<av1::FilmGrain>(payload);
        default:
            return 0;
    }
}

bool sequence_has_film_grain(uint32_t id, std::span<const uint8_t> payload) {
    if (id != av1::kCidSequence) return false;
    av1::Sequence sequence;
    std::memcpy(&sequence, payload.data(), sizeof sequence);
    return (sequence.flags & av1::kFilmGrainParamsPresent) != 0;
}

PictureSize sequence_picture_size(uint32_t fourcc, uint32_t id, std::span<const uint8_t> payload) {
    if (fourcc == V4L2_PIX_FMT_H264_SLICE && id == V4L2_CID_STATELESS_H264_SPS) {
        v4l2_ctrl_h264_sps sps;
        std::memcpy(&sps, payload.data(), sizeof sps);
        const bool fields = (sps.flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY) == 0;
        return {(sps.pic_width_in_mbs_minus1 + 1U) * 16,
                (sps.pic_height_in_map_units_minus1 + 1U) * (fields ? 32 : 16)};
    }
    if (fourcc == V4L2_PIX_FMT_HEVC_SLICE && id == V4L2_CID_STATELESS_HEVC_SPS) {
        v4l2_ctrl_hevc_sps sps;
        std::memcpy(&sps, payload.data(), sizeof sps);
        return {sps.pic_width_in_luma_samples, sps.pic_height_in_luma_samples};
    }
    return {};
}

unsigned sequence_bit_depth(uint32_t fourcc, uint32_t id, std::span<const uint8_t> payload) {
    if (fourcc == V4L2_PIX_FMT_H264_SLICE && id == V4L2_CID_STATELESS_H264_SPS) {
        return payload[offsetof(v4l2_ctrl_h264_sps, bit_depth_luma_minus8)] + 8U;
    }
    if (fourcc == V4L2_PIX_FMT_HEVC_SLICE && id == V4L2_CID_STATELESS_HEVC_SPS) {
        return payload[offsetof(v4l2_ctrl_hevc_sps, bit_depth_luma_minus8)] + 8U;
    }
    if (fourcc == V4L2_PIX_FMT_VP9_FRAME && id == V4L2_CID_STATELESS_VP9_FRAME) {
        return payload[offsetof(v4l2_ctrl_vp9_frame, bit_depth)];
    }
    if (fourcc == av1::kPixelFormat && id == av1::kCidSequence) {
        return payload[offsetof(av1::Sequence, bit_depth)];
    }
    return 0;
}

}  // namespace vdec
