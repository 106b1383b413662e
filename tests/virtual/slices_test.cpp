// SPDX-License-Identifier: MIT
// What a device that takes H.264 slice by slice adds: its modes and its controls.
#include <gtest/gtest.h>

#include <cerrno>

#include "device_file.h"

namespace {

int set_menu(const Video& video, uint32_t id, int value) {
    v4l2_control control = {id, value};
    return call(video.fd(), VIDIOC_S_CTRL, &control);
}

TEST(Slices, ModesAreFixed) {
    const Video video;
    EXPECT_EQ(set_menu(video, V4L2_CID_STATELESS_H264_DECODE_MODE,
                       V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED),
              0);
    EXPECT_EQ(set_menu(video, V4L2_CID_STATELESS_H264_DECODE_MODE,
                       V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED),
              ERANGE);
    EXPECT_EQ(
        set_menu(video, V4L2_CID_STATELESS_H264_START_CODE, V4L2_STATELESS_H264_START_CODE_NONE),
        ERANGE);
}

TEST(Slices, ParametersAreValidated) {
    Video video;
    const auto refused = [&video](void (*change)(v4l2_ctrl_h264_slice_params&)) {
        v4l2_ctrl_h264_slice_params params = {};
        change(params);
        return video.set_control(V4L2_CID_STATELESS_H264_SLICE_PARAMS, &params, sizeof params);
    };
    EXPECT_EQ(refused([](auto&) {}), 0);
    EXPECT_EQ(refused([](auto& params) { params.colour_plane_id = 3; }), EINVAL);
    EXPECT_EQ(refused([](auto& params) { params.cabac_init_idc = 3; }), EINVAL);
    EXPECT_EQ(refused([](auto& params) { params.disable_deblocking_filter_idc = 3; }), EINVAL);
    EXPECT_EQ(refused([](auto& params) { params.slice_alpha_c0_offset_div2 = 7; }), EINVAL);
    EXPECT_EQ(refused([](auto& params) { params.slice_beta_offset_div2 = -7; }), EINVAL);
    EXPECT_EQ(refused([](auto& params) { params.num_ref_idx_l0_active_minus1 = 32; }), EINVAL);
    // P slices have no second list: the number is not looked at.
    EXPECT_EQ(refused([](auto& params) { params.num_ref_idx_l1_active_minus1 = 32; }), 0);
    v4l2_ctrl_h264_pred_weights weights = {};
    weights.chroma_log2_weight_denom = 8;
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_H264_PRED_WEIGHTS, &weights, sizeof weights),
              EINVAL);
}

}  // namespace
