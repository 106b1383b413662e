// SPDX-License-Identifier: MIT
// Which check a control has, and what sequence controls say of CAPTURE.
#include "device/control_checks.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "av1/checks.h"
#include "h264/checks.h"
#include "hevc/checks.h"
#include "mpeg2/checks.h"
#include "uapi/av1.h"
#include "uapi/hevc.h"
#include "vp8/checks.h"
#include "vp9/checks.h"

namespace vdec {
namespace {

using av1::check;
using h264::check;
using hevc::check;
using mpeg2::check;
using vp8::check;
using vp9::check;

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

BitDepths sequence_bit_depths(uint32_t fourcc, uint32_t id, std::span<const uint8_t> payload) {
    if (fourcc == V4L2_PIX_FMT_H264_SLICE && id == V4L2_CID_STATELESS_H264_SPS) {
        return {payload[offsetof(v4l2_ctrl_h264_sps, bit_depth_luma_minus8)] + 8U,
                payload[offsetof(v4l2_ctrl_h264_sps, bit_depth_chroma_minus8)] + 8U};
    }
    if (fourcc == V4L2_PIX_FMT_HEVC_SLICE && id == V4L2_CID_STATELESS_HEVC_SPS) {
        return {payload[offsetof(v4l2_ctrl_hevc_sps, bit_depth_luma_minus8)] + 8U,
                payload[offsetof(v4l2_ctrl_hevc_sps, bit_depth_chroma_minus8)] + 8U};
    }
    unsigned both = 0;
    if (fourcc == V4L2_PIX_FMT_VP9_FRAME && id == V4L2_CID_STATELESS_VP9_FRAME) {
        both = payload[offsetof(v4l2_ctrl_vp9_frame, bit_depth)];
    }
    if (fourcc == av1::kPixelFormat && id == av1::kCidSequence) {
        both = payload[offsetof(av1::Sequence, bit_depth)];
    }
    return {both, both};
}

unsigned capture_bit_depth(DepthRule rule, BitDepths depths) {
    switch (rule) {
        case DepthRule::equal:
        case DepthRule::luma:
            break;
        case DepthRule::largest:
            return std::max(depths.luma, depths.chroma);
        case DepthRule::when_set:
            if (depths.luma == 10 && depths.chroma == 10) return 10;
            return depths.luma != 8 && depths.chroma != 8 ? 0 : 8;
    }
    return depths.luma;
}

}  // namespace vdec
