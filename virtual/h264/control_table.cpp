// SPDX-License-Identifier: MIT
// The list of H.264 controls.
#include "h264/control_table.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <cstdint>

namespace vdec::h264 {
namespace {

constexpr const char* kLevels[] = {"1",   "1b",  "1.1", "1.2", "1.3", "2",   "2.1",
                                   "2.2", "3",   "3.1", "3.2", "4",   "4.1", "4.2",
                                   "5",   "5.1", "5.2", "6.0", "6.1", "6.2"};
constexpr const char* kProfiles[] = {
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

}  // namespace

void add_controls(std::vector<ControlInfo>& list, const Personality& device) {
    if (device.h264_profile_mask != 0) {
        list.push_back(profile_menu(V4L2_CID_MPEG_VIDEO_H264_PROFILE, "H264 Profile", kProfiles,
                                    device.h264_profile_mask, V4L2_MPEG_VIDEO_H264_PROFILE_MAIN));
        if (device.h264_profile_minimum >= 0) list.back().minimum = device.h264_profile_minimum;
    }
    if (device.h264_levels.maximum >= 0) {
        list.push_back(
            level_menu(V4L2_CID_MPEG_VIDEO_H264_LEVEL, "H264 Level", kLevels, device.h264_levels));
    }
    list.push_back(menu(V4L2_CID_STATELESS_H264_DECODE_MODE, "H264 Decode Mode", kDecodeModes,
                        device.h264_decode_mode));
    list.push_back(menu(V4L2_CID_STATELESS_H264_START_CODE, "H264 Start Code", kStartCodes,
                        device.h264_start_code));
    list.push_back(compound(V4L2_CID_STATELESS_H264_SPS, "H264 Sequence Parameter Set",
                            V4L2_CTRL_TYPE_H264_SPS, sizeof(v4l2_ctrl_h264_sps)));
    list.push_back(compound(V4L2_CID_STATELESS_H264_PPS, "H264 Picture Parameter Set",
                            V4L2_CTRL_TYPE_H264_PPS, sizeof(v4l2_ctrl_h264_pps)));
    if (device.h264_scaling_matrix) {
        list.push_back(compound(V4L2_CID_STATELESS_H264_SCALING_MATRIX, "H264 Scaling Matrix",
                                V4L2_CTRL_TYPE_H264_SCALING_MATRIX,
                                sizeof(v4l2_ctrl_h264_scaling_matrix)));
        // Flat lists, as Flat_4x4_16 and Flat_8x8_16.
        std::ranges::fill(list.back().initial, uint8_t{16});
    }
    list.push_back(compound(V4L2_CID_STATELESS_H264_DECODE_PARAMS, "H264 Decode Parameters",
                            V4L2_CTRL_TYPE_H264_DECODE_PARAMS,
                            sizeof(v4l2_ctrl_h264_decode_params)));
    if (!device.h264_slice_controls) return;
    list.push_back(compound(V4L2_CID_STATELESS_H264_PRED_WEIGHTS, "H264 Prediction Weight Table",
                            V4L2_CTRL_TYPE_H264_PRED_WEIGHTS, sizeof(v4l2_ctrl_h264_pred_weights)));
    list.push_back(compound(V4L2_CID_STATELESS_H264_SLICE_PARAMS, "H264 Slice Parameters",
                            V4L2_CTRL_TYPE_H264_SLICE_PARAMS, sizeof(v4l2_ctrl_h264_slice_params)));
}

}  // namespace vdec::h264
