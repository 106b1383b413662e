// SPDX-License-Identifier: MIT
// Makes sequence controls.
#include "sequence_control.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <cstring>

#include "uapi/av1.h"

namespace {

template <typename T>
SequenceControl control(uint32_t id, const T& value) {
    SequenceControl made = {id, std::vector<uint8_t>(sizeof value)};
    std::memcpy(made.payload.data(), &value, sizeof value);
    return made;
}

SequenceControl h264(const Sequence& sequence) {
    v4l2_ctrl_h264_sps sps = {};
    sps.profile_idc = 100;
    sps.level_idc = 40;
    sps.chroma_format_idc = static_cast<uint8_t>(sequence.chroma_format_idc);
    sps.bit_depth_luma_minus8 = static_cast<uint8_t>(sequence.luma_bits - 8);
    sps.bit_depth_chroma_minus8 = static_cast<uint8_t>(sequence.chroma_bits - 8);
    sps.pic_width_in_mbs_minus1 = static_cast<uint16_t>(sequence.size.width / 16 - 1);
    sps.pic_height_in_map_units_minus1 = static_cast<uint16_t>(sequence.size.height / 16 - 1);
    sps.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
    return control(V4L2_CID_STATELESS_H264_SPS, sps);
}

SequenceControl hevc(const Sequence& sequence) {
    v4l2_ctrl_hevc_sps sps = {};
    sps.pic_width_in_luma_samples = static_cast<uint16_t>(sequence.size.width);
    sps.pic_height_in_luma_samples = static_cast<uint16_t>(sequence.size.height);
    sps.chroma_format_idc = static_cast<uint8_t>(sequence.chroma_format_idc);
    sps.bit_depth_luma_minus8 = static_cast<uint8_t>(sequence.luma_bits - 8);
    sps.bit_depth_chroma_minus8 = static_cast<uint8_t>(sequence.chroma_bits - 8);
    return control(V4L2_CID_STATELESS_HEVC_SPS, sps);
}

SequenceControl vp9(const Sequence& sequence) {
    v4l2_ctrl_vp9_frame frame = {};
    frame.frame_width_minus_1 = static_cast<uint16_t>(sequence.size.width - 1);
    frame.frame_height_minus_1 = static_cast<uint16_t>(sequence.size.height - 1);
    frame.profile = static_cast<uint8_t>(sequence.profile);
    frame.bit_depth = static_cast<uint8_t>(sequence.luma_bits);
    frame.flags = V4L2_VP9_FRAME_FLAG_KEY_FRAME;
    if (sequence.chroma_format_idc == 1) {
        frame.flags |= V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    }
    return control(V4L2_CID_STATELESS_VP9_FRAME, frame);
}

SequenceControl av1(const Sequence& sequence) {
    vdec::av1::Sequence header = {};
    header.seq_profile = static_cast<uint8_t>(sequence.profile);
    header.bit_depth = static_cast<uint8_t>(sequence.luma_bits);
    header.max_frame_width_minus_1 = static_cast<uint16_t>(sequence.size.width - 1);
    header.max_frame_height_minus_1 = static_cast<uint16_t>(sequence.size.height - 1);
    if (sequence.chroma_format_idc == 1) {
        header.flags = vdec::av1::kSubsamplingX | vdec::av1::kSubsamplingY;
    }
    return control(vdec::av1::kCidSequence, header);
}

SequenceControl mpeg2(const Sequence& sequence) {
    v4l2_ctrl_mpeg2_sequence header = {};
    header.horizontal_size = static_cast<uint16_t>(sequence.size.width);
    header.vertical_size = static_cast<uint16_t>(sequence.size.height);
    header.chroma_format = static_cast<uint8_t>(sequence.chroma_format_idc);
    return control(V4L2_CID_STATELESS_MPEG2_SEQUENCE, header);
}

}  // namespace

SequenceControl sequence_control(uint32_t coded, const Sequence& sequence) {
    switch (coded) {
        case V4L2_PIX_FMT_H264_SLICE:
            return h264(sequence);
        case V4L2_PIX_FMT_HEVC_SLICE:
            return hevc(sequence);
        case V4L2_PIX_FMT_VP9_FRAME:
            return vp9(sequence);
        case vdec::av1::kPixelFormat:
            return av1(sequence);
        case V4L2_PIX_FMT_MPEG2_SLICE:
            return mpeg2(sequence);
        default:
            return {};
    }
}
