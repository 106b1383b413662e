// SPDX-License-Identifier: MIT
// Builds the control list of a personality.
#include "control_table.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace vdec {
namespace {

constexpr std::array<const char*, 18> kProfileNames = {
    "Baseline",
    "Constrained Baseline",
    "Main",
    "Extended",
    "High",
    "High 10",
    "High 422",
    "High 444 Predictive",
    "High 10 Intra",
    "High 422 Intra",
    "High 444 Intra",
    "CAVLC 444 Intra",
    "Scalable Baseline",
    "Scalable High",
    "Scalable High Intra",
    "Stereo High",
    "Multiview High",
    "Constrained High",
};

ControlInfo menu(uint32_t id, const char* name, const ModeRange& range) {
    ControlInfo info;
    info.id = id;
    info.name = name;
    info.type = V4L2_CTRL_TYPE_MENU;
    info.minimum = range.minimum;
    info.maximum = range.maximum;
    info.step = 1;
    info.default_value = range.default_value;
    for (int i = range.minimum; i <= range.maximum; ++i) info.menu_mask |= 1ULL << i;
    info.initial.resize(4);
    std::memcpy(info.initial.data(), &range.default_value, 4);
    return info;
}

ControlInfo compound(uint32_t id, const char* name, uint32_t type, size_t size) {
    ControlInfo info;
    info.id = id;
    info.name = name;
    info.type = type;
    info.flags = V4L2_CTRL_FLAG_HAS_PAYLOAD;
    info.elem_size = static_cast<uint32_t>(size);
    info.initial.resize(size);
    return info;
}

ControlInfo profile_menu(const Personality& device) {
    ModeRange range = {0, 0, V4L2_MPEG_VIDEO_H264_PROFILE_MAIN};
    while ((device.h264_profile_mask >> (range.maximum + 1)) != 0) ++range.maximum;
    ControlInfo info = menu(V4L2_CID_MPEG_VIDEO_H264_PROFILE, "H264 Profile", range);
    info.menu_mask = device.h264_profile_mask;
    return info;
}

void add_h264(std::vector<ControlInfo>& list, const Personality& device) {
    list.push_back(profile_menu(device));
    list.push_back(
        menu(V4L2_CID_STATELESS_H264_DECODE_MODE, "H264 Decode Mode", device.h264_decode_mode));
    list.push_back(
        menu(V4L2_CID_STATELESS_H264_START_CODE, "H264 Start Code", device.h264_start_code));
    list.push_back(compound(V4L2_CID_STATELESS_H264_SPS, "H264 Sequence Parameter Set",
                            V4L2_CTRL_TYPE_H264_SPS, sizeof(v4l2_ctrl_h264_sps)));
    list.push_back(compound(V4L2_CID_STATELESS_H264_PPS, "H264 Picture Parameter Set",
                            V4L2_CTRL_TYPE_H264_PPS, sizeof(v4l2_ctrl_h264_pps)));
    list.push_back(compound(V4L2_CID_STATELESS_H264_SCALING_MATRIX, "H264 Scaling Matrix",
                            V4L2_CTRL_TYPE_H264_SCALING_MATRIX,
                            sizeof(v4l2_ctrl_h264_scaling_matrix)));
    // Flat lists, as Flat_4x4_16 and Flat_8x8_16.
    std::ranges::fill(list.back().initial, uint8_t{16});
    list.push_back(compound(V4L2_CID_STATELESS_H264_DECODE_PARAMS, "H264 Decode Parameters",
                            V4L2_CTRL_TYPE_H264_DECODE_PARAMS,
                            sizeof(v4l2_ctrl_h264_decode_params)));
    if (!device.h264_slice_controls) return;
    list.push_back(compound(V4L2_CID_STATELESS_H264_PRED_WEIGHTS, "H264 Prediction Weight Table",
                            V4L2_CTRL_TYPE_H264_PRED_WEIGHTS, sizeof(v4l2_ctrl_h264_pred_weights)));
    list.push_back(compound(V4L2_CID_STATELESS_H264_SLICE_PARAMS, "H264 Slice Parameters",
                            V4L2_CTRL_TYPE_H264_SLICE_PARAMS, sizeof(v4l2_ctrl_h264_slice_params)));
}

ControlInfo class_control(uint32_t id, const char* name) {
    ControlInfo info;
    info.id = id;
    info.name = name;
    info.type = V4L2_CTRL_TYPE_CTRL_CLASS;
    info.flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_WRITE_ONLY;
    info.elem_size = 0;
    return info;
}

}  // namespace

std::vector<ControlInfo> controls_of(const Personality& device) {
    std::vector<ControlInfo> list;
    list.push_back(class_control(V4L2_CID_CODEC_CLASS, "Codec Controls"));
    list.push_back(class_control(V4L2_CID_CODEC_STATELESS_CLASS, "Stateless Codec Controls"));
    add_h264(list, device);
    std::ranges::sort(list, {}, &ControlInfo::id);
    return list;
}

const char* menu_text(const ControlInfo& info, uint32_t index) {
    if (index >= 64 || ((info.menu_mask >> index) & 1) == 0) return nullptr;
    switch (info.id) {
        case V4L2_CID_MPEG_VIDEO_H264_PROFILE:
            return index < kProfileNames.size() ? kProfileNames[index] : nullptr;
        case V4L2_CID_STATELESS_H264_DECODE_MODE:
            return index == 0 ? "Slice-Based" : "Frame-Based";
        case V4L2_CID_STATELESS_H264_START_CODE:
            return index == 0 ? "No Start Code" : "Annex B Start Code";
        default:
            return nullptr;
    }
}

}  // namespace vdec
