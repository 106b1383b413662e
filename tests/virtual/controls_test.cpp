// SPDX-License-Identifier: MIT
// Queries, validation and the request semantics of controls.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "device_file.h"

namespace {

TEST(Controls, TheWalkFindsThemWithTheirSizes) {
    const Video video;
    std::set<uint32_t> ids;
    v4l2_query_ext_ctrl query = {};
    query.id = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
    while (call(video.fd(), VIDIOC_QUERY_EXT_CTRL, &query) == 0) {
        ids.insert(query.id);
        query.id |= V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
    }
    EXPECT_TRUE(ids.contains(V4L2_CID_STATELESS_H264_SPS));
    EXPECT_TRUE(ids.contains(V4L2_CID_STATELESS_H264_DECODE_MODE));
    EXPECT_FALSE(ids.contains(V4L2_CID_STATELESS_H264_SLICE_PARAMS));
    query = {};
    query.id = V4L2_CID_STATELESS_H264_DECODE_PARAMS;
    ASSERT_EQ(call(video.fd(), VIDIOC_QUERY_EXT_CTRL, &query), 0);
    EXPECT_EQ(query.elem_size, 560U);
}

TEST(Controls, ProfileMenuMasksExtended) {
    const Video video;
    v4l2_querymenu menu = {};
    menu.id = V4L2_CID_MPEG_VIDEO_H264_PROFILE;
    menu.index = V4L2_MPEG_VIDEO_H264_PROFILE_HIGH;
    EXPECT_EQ(call(video.fd(), VIDIOC_QUERYMENU, &menu), 0);
    menu.index = V4L2_MPEG_VIDEO_H264_PROFILE_EXTENDED;
    EXPECT_EQ(call(video.fd(), VIDIOC_QUERYMENU, &menu), EINVAL);
}

TEST(Controls, ContentsAreValidated) {
    Video video;
    v4l2_ctrl_h264_sps sps = {};
    sps.profile_idc = 100;
    sps.chroma_format_idc = 1;
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_H264_SPS, &sps, sizeof sps), 0);
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_H264_SPS, &sps, sizeof sps - 1), EFAULT);
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_H264_SPS, nullptr, sizeof sps), EFAULT);
    v4l2_ctrl_hevc_sps deep = {};
    deep.bit_depth_luma_minus8 = 4;
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_HEVC_SPS, &deep, sizeof deep), EINVAL);
    sps.pic_order_cnt_type = 3;
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_H264_SPS, &sps, sizeof sps), EINVAL);
    sps.pic_order_cnt_type = 0;
    sps.chroma_format_idc = 2;
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_H264_SPS, &sps, sizeof sps), EINVAL);
    v4l2_ctrl_h264_pps pps = {};
    pps.weighted_bipred_idc = 3;
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_H264_PPS, &pps, sizeof pps), EINVAL);
}

TEST(Controls, OneBadIdFailsTheWholeArray) {
    const Video video;
    v4l2_ext_control list[2] = {};
    list[0].id = V4L2_CID_STATELESS_H264_DECODE_MODE;
    list[0].value = V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED;
    list[1].id = 0x12345;
    v4l2_ext_controls controls = {};
    controls.count = 2;
    controls.controls = list;
    EXPECT_EQ(call(video.fd(), VIDIOC_S_EXT_CTRLS, &controls), EINVAL);
    EXPECT_EQ(controls.error_idx, 2U);
    EXPECT_EQ(call(video.fd(), VIDIOC_TRY_EXT_CTRLS, &controls), EINVAL);
    EXPECT_EQ(controls.error_idx, 1U);
}

TEST(Controls, RequestValuesAreReadableOnlyWhenComplete) {
    Video video;
    Media media;
    const int request = media.allocate_request();
    v4l2_ctrl_h264_pps pps = {};
    pps.pic_init_qp_minus26 = 7;
    ASSERT_EQ(video.set_control(V4L2_CID_STATELESS_H264_PPS, &pps, sizeof pps, request), 0);
    v4l2_ctrl_h264_pps read = {};
    v4l2_ext_control control = {};
    control.id = V4L2_CID_STATELESS_H264_PPS;
    control.size = sizeof read;
    control.ptr = &read;
    v4l2_ext_controls controls = {};
    controls.count = 1;
    controls.controls = &control;
    controls.which = V4L2_CTRL_WHICH_REQUEST_VAL;
    controls.request_fd = request;
    EXPECT_EQ(call(video.fd(), VIDIOC_G_EXT_CTRLS, &controls), EACCES);
    // The request's value is not the current one before its job starts.
    controls.which = V4L2_CTRL_WHICH_CUR_VAL;
    ASSERT_EQ(call(video.fd(), VIDIOC_G_EXT_CTRLS, &controls), 0);
    EXPECT_EQ(read.pic_init_qp_minus26, 0);
    close(request);
}

}  // namespace
