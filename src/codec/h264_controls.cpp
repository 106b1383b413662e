// SPDX-License-Identifier: MIT
// The picture-level V4L2 controls of H.264.
#include "codec/h264_controls.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/checked.h"
#include "codec/va_compat.h"

namespace v4l2va {
namespace {

constexpr uint8_t kFlatScale = 16;

constexpr std::array<H264Profile, 4> kProfiles = {{
    {VAProfileH264ConstrainedBaseline, 66, V4L2_H264_SPS_CONSTRAINT_SET1_FLAG, 8, false},
    {VAProfileH264Main, 77, 0, 8, false},
    {VAProfileH264High, 100, 0, 8, true},
    {kVaProfileH264High10, 110, 0, 10, true},
}};

// The lowest of the levels from 4.1 on whose MaxFS and MaxDpbMbs (Table A-1) hold the stream. VA
// does not say the level, and no decoder needs it exact.
uint8_t level_idc(uint32_t frame_size_in_mbs, uint32_t max_num_ref_frames) {
    struct Level {
        uint8_t level_idc;
        uint32_t max_fs;
        uint32_t max_dpb_mbs;
    };
    constexpr std::array<Level, 4> kLevels = {
        {{41, 8192, 32768}, {42, 8704, 34816}, {50, 22080, 110400}, {52, 36864, 184320}}};
    for (const Level& level : kLevels) {
        if (frame_size_in_mbs <= level.max_fs &&
            frame_size_in_mbs * max_num_ref_frames <= level.max_dpb_mbs) {
            return level.level_idc;
        }
    }
    return 62;
}

uint32_t frame_size_in_mbs(const VAPictureParameterBufferH264& picture) {
    return (picture.picture_width_in_mbs_minus1 + 1U) * (picture.picture_height_in_mbs_minus1 + 1U);
}

// QpBdOffsetY (7-3).
int qp_bd_offset(const VAPictureParameterBufferH264& picture) {
    return 6 * picture.bit_depth_luma_minus8;
}

bool in_range(int value, int minimum, int maximum) { return value >= minimum && value <= maximum; }

Result<> check_sequence(const VAPictureParameterBufferH264& picture, const H264Profile& profile) {
    const auto& seq = picture.seq_fields.bits;
    if (picture.bit_depth_luma_minus8 > 6 || picture.bit_depth_chroma_minus8 > 6 ||
        picture.num_ref_frames > V4L2_H264_NUM_DPB_ENTRIES || seq.log2_max_frame_num_minus4 > 12 ||
        seq.pic_order_cnt_type > 2 || seq.log2_max_pic_order_cnt_lsb_minus4 > 12) {
        return fail(ErrorCode::kInvalidParameter, "H.264 sequence parameters");
    }
    if (picture.bit_depth_luma_minus8 + 8 > profile.max_bit_depth ||
        picture.bit_depth_chroma_minus8 + 8 > profile.max_bit_depth) {
        return fail(ErrorCode::kUnsupported, "H.264 bit depth of another profile");
    }
    // No decoder has one depth for luma and another for chroma, or 9 bits.
    if (picture.bit_depth_luma_minus8 != picture.bit_depth_chroma_minus8 ||
        picture.bit_depth_luma_minus8 % 2 != 0) {
        return fail(ErrorCode::kUnsupported, "H.264 bit depth");
    }
    // Clients that fill Baseline or Main from the SPS's own syntax, where the field is absent
    // (7.3.2.1.1), may leave 0; it is inferred to be 1 (7.4.2.1.1).
    if (seq.chroma_format_idc > 1 || seq.residual_colour_transform_flag != 0) {
        return fail(ErrorCode::kUnsupported, "H.264 chroma format");
    }
    return {};
}

Result<> check_picture_parameters(const VAPictureParameterBufferH264& picture) {
    // H264QpBias: both may have QpBdOffsetY in them.
    const int offset = qp_bd_offset(picture);
    if (!in_range(picture.pic_init_qp_minus26, -26 - offset, 25 + offset) ||
        !in_range(picture.pic_init_qs_minus26, -26, 25 + offset) ||
        !in_range(picture.chroma_qp_index_offset, -12, 12) ||
        !in_range(picture.second_chroma_qp_index_offset, -12, 12) ||
        picture.pic_fields.bits.weighted_bipred_idc > 2) {
        return fail(ErrorCode::kInvalidParameter, "H.264 picture parameters");
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // clients still fill it
    if (picture.num_slice_groups_minus1 != 0) {
        return fail(ErrorCode::kUnsupported, "H.264 slice groups");
    }
#pragma GCC diagnostic pop
    const auto bad_frame_idx = [](const VAPictureH264& reference) {
        return (reference.flags & VA_PICTURE_H264_INVALID) == 0 &&
               reference.picture_id != VA_INVALID_ID && reference.frame_idx > UINT16_MAX;
    };
    if (std::any_of(std::begin(picture.ReferenceFrames), std::end(picture.ReferenceFrames),
                    bad_frame_idx)) {
        return fail(ErrorCode::kInvalidParameter, "H.264 frame_idx");
    }
    return {};
}

Result<> check_size(const VAPictureParameterBufferH264& picture, Size coded_size) {
    const uint32_t width = (picture.picture_width_in_mbs_minus1 + 1U) * 16;
    const uint32_t height = (picture.picture_height_in_mbs_minus1 + 1U) * 16;
    if (width > align_up(coded_size.width, 16U) || height > align_up(coded_size.height, 16U)) {
        return fail(ErrorCode::kInvalidParameter, "picture larger than the context");
    }
    // 7.4.2.1.1: FrameHeightInMbs is even if there are fields.
    if (picture.seq_fields.bits.frame_mbs_only_flag == 0 && height % 32 != 0) {
        return fail(ErrorCode::kInvalidParameter, "H.264 height of an interlaced picture");
    }
    return {};
}

}  // namespace

const H264Profile* find_h264_profile(VAProfile profile) {
    for (const H264Profile& candidate : kProfiles) {
        if (candidate.profile == profile) {
            return &candidate;
        }
    }
    return nullptr;
}

Result<> check_h264_picture(const VAPictureParameterBufferH264& picture, const H264Profile& profile,
                            Size coded_size) {
    if (const Result<> result = check_sequence(picture, profile); !result) {
        return result;
    }
    if (const Result<> result = check_picture_parameters(picture); !result) {
        return result;
    }
    return check_size(picture, coded_size);
}

Result<> check_h264_qp(const VAPictureParameterBufferH264& picture,
                       std::span<const H264Slice> slices) {
    const int offset = qp_bd_offset(picture);
    if (!in_range(picture.pic_init_qp_minus26, -26 - offset, 25) ||
        !in_range(picture.pic_init_qs_minus26, -26, 25)) {
        return fail(ErrorCode::kInvalidParameter, "H.264 picture parameters");
    }
    const int init_qp = 26 + picture.pic_init_qp_minus26;
    for (const H264Slice& slice : slices) {
        if (!in_range(init_qp + slice.header.slice_qp_delta, -offset, 51)) {
            return fail(ErrorCode::kInvalidBitstream, "H.264 slice QP");
        }
    }
    return {};
}

H264SliceHeaderInput h264_slice_header_input(const VAPictureParameterBufferH264& picture,
                                             const VASliceParameterBufferH264& slice) {
    const auto& seq = picture.seq_fields.bits;
    const auto& pic = picture.pic_fields.bits;
    H264SliceHeaderInput input;
    input.chroma_format_idc = seq.chroma_format_idc;
    input.bit_depth_luma_minus8 = picture.bit_depth_luma_minus8;
    input.log2_max_frame_num_minus4 = seq.log2_max_frame_num_minus4;
    input.frame_mbs_only_flag = seq.frame_mbs_only_flag != 0;
    input.mb_adaptive_frame_field_flag = seq.mb_adaptive_frame_field_flag != 0;
    input.pic_order_cnt_type = seq.pic_order_cnt_type;
    input.log2_max_pic_order_cnt_lsb_minus4 = seq.log2_max_pic_order_cnt_lsb_minus4;
    input.delta_pic_order_always_zero_flag = seq.delta_pic_order_always_zero_flag != 0;
    input.entropy_coding_mode_flag = pic.entropy_coding_mode_flag != 0;
    input.bottom_field_pic_order_in_frame_present_flag = pic.pic_order_present_flag != 0;
    input.weighted_pred_flag = pic.weighted_pred_flag != 0;
    input.weighted_bipred_idc = pic.weighted_bipred_idc;
    input.deblocking_filter_control_present_flag = pic.deblocking_filter_control_present_flag != 0;
    input.redundant_pic_cnt_present_flag = pic.redundant_pic_cnt_present_flag != 0;
    input.pic_init_qp_minus26 = picture.pic_init_qp_minus26;
    input.pic_init_qs_minus26 = picture.pic_init_qs_minus26;
    input.init_qp_slack = static_cast<uint8_t>(qp_bd_offset(picture));
    input.frame_size_in_mbs = frame_size_in_mbs(picture);
    input.num_ref_idx_l0_active_minus1 = slice.num_ref_idx_l0_active_minus1;
    input.num_ref_idx_l1_active_minus1 = slice.num_ref_idx_l1_active_minus1;
    return input;
}

v4l2_ctrl_h264_sps h264_sps(const VAPictureParameterBufferH264& picture,
                            const H264Profile& profile) {
    const auto& seq = picture.seq_fields.bits;
    v4l2_ctrl_h264_sps sps = {};
    sps.profile_idc = profile.profile_idc;
    sps.constraint_set_flags = profile.constraint_set_flags;
    sps.level_idc = level_idc(frame_size_in_mbs(picture), picture.num_ref_frames);
    sps.chroma_format_idc = seq.chroma_format_idc;
    sps.bit_depth_luma_minus8 = picture.bit_depth_luma_minus8;
    sps.bit_depth_chroma_minus8 = picture.bit_depth_chroma_minus8;
    sps.log2_max_frame_num_minus4 = seq.log2_max_frame_num_minus4;
    sps.pic_order_cnt_type = seq.pic_order_cnt_type;
    // libavcodec fills it where the SPS has none.
    if (seq.pic_order_cnt_type == 0) {
        sps.log2_max_pic_order_cnt_lsb_minus4 = seq.log2_max_pic_order_cnt_lsb_minus4;
    }
    sps.max_num_ref_frames = picture.num_ref_frames;
    sps.pic_width_in_mbs_minus1 = picture.picture_width_in_mbs_minus1;
    // FrameHeightInMbs = (2 - frame_mbs_only_flag) * PicHeightInMapUnits (7.4.2.1.1).
    sps.pic_height_in_map_units_minus1 = static_cast<uint16_t>(
        (picture.picture_height_in_mbs_minus1 + 1) / (seq.frame_mbs_only_flag != 0 ? 1 : 2) - 1);
    if (seq.delta_pic_order_always_zero_flag != 0) {
        sps.flags |= V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO;
    }
    if (seq.gaps_in_frame_num_value_allowed_flag != 0) {
        sps.flags |= V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED;
    }
    if (seq.frame_mbs_only_flag != 0) {
        sps.flags |= V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
    }
    if (seq.mb_adaptive_frame_field_flag != 0) {
        sps.flags |= V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD;
    }
    if (seq.direct_8x8_inference_flag != 0) {
        sps.flags |= V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE;
    }
    return sps;
}

v4l2_ctrl_h264_pps h264_pps(const VAPictureParameterBufferH264& picture,
                            uint8_t pic_parameter_set_id,
                            const H264State::NumRefIdxDefault& num_ref_idx_default,
                            H264Scaling scaling) {
    const auto& pic = picture.pic_fields.bits;
    v4l2_ctrl_h264_pps pps = {};
    // Decoders that parse the slices compare it: the slice header's own value.
    pps.pic_parameter_set_id = pic_parameter_set_id;
    pps.num_ref_idx_l0_default_active_minus1 = num_ref_idx_default.l0;
    pps.num_ref_idx_l1_default_active_minus1 = num_ref_idx_default.l1;
    pps.weighted_bipred_idc = pic.weighted_bipred_idc;
    pps.pic_init_qp_minus26 = picture.pic_init_qp_minus26;
    pps.pic_init_qs_minus26 = picture.pic_init_qs_minus26;
    pps.chroma_qp_index_offset = picture.chroma_qp_index_offset;
    pps.second_chroma_qp_index_offset = picture.second_chroma_qp_index_offset;
    const auto set = [&pps](uint32_t condition, uint16_t flag) {
        if (condition != 0) {
            pps.flags = static_cast<uint16_t>(pps.flags | flag);
        }
    };
    set(pic.entropy_coding_mode_flag, V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE);
    set(pic.pic_order_present_flag, V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT);
    set(pic.weighted_pred_flag, V4L2_H264_PPS_FLAG_WEIGHTED_PRED);
    set(pic.deblocking_filter_control_present_flag,
        V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT);
    set(pic.constrained_intra_pred_flag, V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED);
    set(pic.redundant_pic_cnt_present_flag, V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT);
    set(pic.transform_8x8_mode_flag, V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE);
    // ext-ctrls-codec-stateless: "set if a non-flat scaling matrix applies to the picture".
    set(scaling == H264Scaling::kMatrix ? 1 : 0, V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT);
    return pps;
}

v4l2_ctrl_h264_scaling_matrix h264_scaling_matrix(const VAIQMatrixBufferH264* iq_matrix) {
    v4l2_ctrl_h264_scaling_matrix matrix;
    static_assert(sizeof(matrix.scaling_list_4x4) == sizeof(iq_matrix->ScalingList4x4));
    static_assert(sizeof(matrix.scaling_list_8x8[0]) == sizeof(iq_matrix->ScalingList8x8[0]));
    if (iq_matrix == nullptr) {
        std::memset(&matrix, kFlatScale, sizeof(matrix));
        return matrix;
    }
    // Both APIs want raster order, after the fall-back rules.
    std::memcpy(matrix.scaling_list_4x4, iq_matrix->ScalingList4x4,
                sizeof(matrix.scaling_list_4x4));
    // V4L2: Intra Y, Inter Y, Intra Cb, Inter Cb, Intra Cr, Inter Cr; VA has Intra Y and Inter Y.
    // The chroma lists belong to 4:4:4 and follow luma by fall-back (Table 7-2).
    for (size_t list = 0; list < 6; ++list) {
        std::memcpy(matrix.scaling_list_8x8[list], iq_matrix->ScalingList8x8[list % 2],
                    sizeof(matrix.scaling_list_8x8[list]));
    }
    return matrix;
}

H264Scaling h264_scaling(const v4l2_ctrl_h264_scaling_matrix& matrix) {
    const v4l2_ctrl_h264_scaling_matrix flat = h264_scaling_matrix(nullptr);
    return std::memcmp(&matrix, &flat, sizeof(flat)) == 0 ? H264Scaling::kFlat
                                                          : H264Scaling::kMatrix;
}

v4l2_ctrl_h264_decode_params h264_decode_params(const VAPictureParameterBufferH264& picture,
                                                std::span<const H264Slice> slices,
                                                const H264FieldOrderCnt& poc, const H264Dpb& dpb) {
    const H264SliceHeader& first = slices.front().header;
    const auto any = [slices](H264SliceType type) {
        return std::any_of(slices.begin(), slices.end(),
                           [type](const H264Slice& slice) { return slice.header.is(type); });
    };
    v4l2_ctrl_h264_decode_params params = {};
    std::copy(dpb.entries().begin(), dpb.entries().end(), params.dpb);
    params.nal_ref_idc = first.nal_ref_idc;
    params.frame_num = picture.frame_num;
    const H264Structure structure = h264_structure(picture.CurrPic);
    params.top_field_order_cnt = poc.told_top(structure);
    params.bottom_field_order_cnt = poc.told_bottom(structure);
    // From here on the slice header: VA does not carry these.
    params.idr_pic_id = first.idr_pic_id;
    params.pic_order_cnt_lsb = first.pic_order_cnt_lsb;
    params.delta_pic_order_cnt_bottom = first.delta_pic_order_cnt_bottom;
    params.delta_pic_order_cnt0 = first.delta_pic_order_cnt[0];
    params.delta_pic_order_cnt1 = first.delta_pic_order_cnt[1];
    params.dec_ref_pic_marking_bit_size = first.dec_ref_pic_marking_bit_size;
    params.pic_order_cnt_bit_size = first.pic_order_cnt_bit_size;
    if (first.idr()) {
        params.flags |= V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC;
    }
    if (first.field_pic_flag) {
        params.flags |= V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC;
    }
    if (first.bottom_field_flag) {
        params.flags |= V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD;
    }
    if (any(H264SliceType::kB)) {
        params.flags |= V4L2_H264_DECODE_PARAM_FLAG_BFRAME;
    } else if (any(H264SliceType::kP)) {
        params.flags |= V4L2_H264_DECODE_PARAM_FLAG_PFRAME;
    }
    return params;
}

}  // namespace v4l2va
