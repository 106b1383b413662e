// SPDX-License-Identifier: MIT
// Synthetic sequence headers: how a decoder is asked for its 10-bit formats without a stream.
#include "v4l2/sequence_probe.h"

#include <algorithm>

#include "v4l2/uapi_compat.h"

namespace v4l2va {

namespace {

template <typename T>
Result<> set_struct(const Device& device, uint32_t id, T& value) {
    v4l2_ext_control control = {};
    control.id = id;
    control.size = sizeof(T);
    control.ptr = &value;
    if (!device.set_controls({&control, 1}, -1)) {
        return fail(ErrorCode::kUnsupported, "VIDIOC_S_EXT_CTRLS 10 bit");
    }
    return {};
}

uint16_t field16(uint32_t value) { return static_cast<uint16_t>(std::min(value, 0xffffU)); }

Result<> set_h264(const Device& device, Size size) {
    v4l2_ctrl_h264_sps sps = {};
    sps.profile_idc = 110;  // High 10
    sps.level_idc = 40;
    sps.chroma_format_idc = 1;
    sps.bit_depth_luma_minus8 = 2;
    sps.bit_depth_chroma_minus8 = 2;
    sps.max_num_ref_frames = 1;
    sps.pic_width_in_mbs_minus1 = field16(std::max(size.width / 16, 1U) - 1);
    sps.pic_height_in_map_units_minus1 = field16(std::max(size.height / 16, 1U) - 1);
    sps.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
    return set_struct(device, V4L2_CID_STATELESS_H264_SPS, sps);
}

Result<> set_hevc(const Device& device, Size size) {
    v4l2_ctrl_hevc_sps sps = {};
    sps.pic_width_in_luma_samples = field16(size.width);
    sps.pic_height_in_luma_samples = field16(size.height);
    sps.bit_depth_luma_minus8 = 2;
    sps.bit_depth_chroma_minus8 = 2;
    sps.log2_max_pic_order_cnt_lsb_minus4 = 4;
    sps.sps_max_dec_pic_buffering_minus1 = 4;
    sps.log2_diff_max_min_luma_coding_block_size = 3;
    sps.log2_diff_max_min_luma_transform_block_size = 3;
    sps.chroma_format_idc = 1;
    return set_struct(device, V4L2_CID_STATELESS_HEVC_SPS, sps);
}

Result<> set_vp9(const Device& device, Size size) {
    v4l2_ctrl_vp9_frame frame = {};
    frame.flags = V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_SHOW_FRAME |
                  V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    frame.profile = 2;
    frame.bit_depth = 10;
    frame.frame_width_minus_1 = field16(size.width - 1);
    frame.frame_height_minus_1 = field16(size.height - 1);
    frame.render_width_minus_1 = frame.frame_width_minus_1;
    frame.render_height_minus_1 = frame.frame_height_minus_1;
    return set_struct(device, V4L2_CID_STATELESS_VP9_FRAME, frame);
}

Result<> set_av1(const Device& device, Size size) {
    v4l2_ctrl_av1_sequence sequence = {};
    sequence.flags = V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X | V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y;
    sequence.bit_depth = 10;
    sequence.max_frame_width_minus_1 = field16(size.width - 1);
    sequence.max_frame_height_minus_1 = field16(size.height - 1);
    return set_struct(device, V4L2_CID_STATELESS_AV1_SEQUENCE, sequence);
}

}  // namespace

Result<> set_ten_bit_sequence(const Device& device, uint32_t coded_fourcc, Size size) {
    switch (coded_fourcc) {
        case V4L2_PIX_FMT_H264_SLICE:
            return set_h264(device, size);
        case V4L2_PIX_FMT_HEVC_SLICE:
            return set_hevc(device, size);
        case V4L2_PIX_FMT_VP9_FRAME:
            return set_vp9(device, size);
        case V4L2_PIX_FMT_AV1_FRAME:
            return set_av1(device, size);
        default:
            return fail(ErrorCode::kUnsupported, "10 bit");
    }
}

}  // namespace v4l2va
