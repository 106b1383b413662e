// SPDX-License-Identifier: MIT
// Formats, defaults and validation of MPEG-2, VP8, VP9 and AV1, and the switch to ten bits.
#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

#include "device_file.h"
#include "uapi/av1.h"

namespace {

template <typename T>
T current(const Video& video, uint32_t id) {
    T value = {};
    v4l2_ext_control control = {};
    control.id = id;
    control.size = sizeof value;
    control.ptr = &value;
    v4l2_ext_controls controls = {};
    controls.count = 1;
    controls.controls = &control;
    EXPECT_EQ(call(video.fd(), VIDIOC_G_EXT_CTRLS, &controls), 0);
    return value;
}

template <typename T>
int set(Video& video, uint32_t id, T value) {
    return video.set_control(id, &value, sizeof value);
}

v4l2_ctrl_vp9_frame vp9_frame(unsigned bit_depth) {
    v4l2_ctrl_vp9_frame frame = {};
    frame.profile = bit_depth > 8 ? 2 : 0;
    frame.bit_depth = static_cast<__u8>(bit_depth);
    frame.flags = V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    frame.frame_width_minus_1 = 319;
    frame.frame_height_minus_1 = 239;
    return frame;
}

namespace av1 = vdec::av1;

av1::Sequence av1_sequence(unsigned bit_depth) {
    av1::Sequence sequence = {};
    sequence.flags = av1::kSubsamplingX | av1::kSubsamplingY;
    sequence.bit_depth = static_cast<uint8_t>(bit_depth);
    return sequence;
}

uint32_t first_capture_format(const Video& video) {
    v4l2_fmtdesc description = {};
    description.type = kCapture;
    EXPECT_EQ(call(video.fd(), VIDIOC_ENUM_FMT, &description), 0);
    return description.pixelformat;
}

TEST(Codecs, SmallPicturesGetTheSmallestFormat) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 16, 8, V4L2_PIX_FMT_VP9_FRAME), 0);
    const v4l2_format format = video.format(kCapture);
    EXPECT_EQ(format.fmt.pix_mp.width, 48U);
    EXPECT_EQ(format.fmt.pix_mp.height, 48U);
    v4l2_frmsizeenum sizes = {};
    sizes.pixel_format = V4L2_PIX_FMT_VP8_FRAME;
    ASSERT_EQ(call(video.fd(), VIDIOC_ENUM_FRAMESIZES, &sizes), 0);
    EXPECT_EQ(sizes.stepwise.min_width, 48U);
}

TEST(Codecs, DefaultsAreTheCores) {
    const Video video;
    const auto matrices =
        current<v4l2_ctrl_mpeg2_quantisation>(video, V4L2_CID_STATELESS_MPEG2_QUANTISATION);
    EXPECT_EQ(matrices.intra_quantiser_matrix[0], 8);
    EXPECT_EQ(matrices.intra_quantiser_matrix[3], 19);
    EXPECT_EQ(matrices.intra_quantiser_matrix[63], 83);
    EXPECT_EQ(matrices.non_intra_quantiser_matrix[63], 16);
    EXPECT_EQ(
        current<v4l2_ctrl_mpeg2_sequence>(video, V4L2_CID_STATELESS_MPEG2_SEQUENCE).chroma_format,
        1);
    EXPECT_EQ(current<v4l2_ctrl_vp8_frame>(video, V4L2_CID_STATELESS_VP8_FRAME).num_dct_parts, 1);
    EXPECT_EQ(current<v4l2_ctrl_vp9_frame>(video, V4L2_CID_STATELESS_VP9_FRAME).bit_depth, 8);
}

TEST(Codecs, Mpeg2ContentsAreValidated) {
    Video video;
    v4l2_ctrl_mpeg2_sequence sequence = {};
    EXPECT_EQ(set(video, V4L2_CID_STATELESS_MPEG2_SEQUENCE, sequence), EINVAL);
    sequence.chroma_format = 1;
    EXPECT_EQ(set(video, V4L2_CID_STATELESS_MPEG2_SEQUENCE, sequence), 0);
    v4l2_ctrl_mpeg2_picture picture = {};
    picture.picture_structure = V4L2_MPEG2_PIC_FRAME;
    picture.picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_D;
    EXPECT_EQ(set(video, V4L2_CID_STATELESS_MPEG2_PICTURE, picture), EINVAL);
    picture.picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_B;
    EXPECT_EQ(set(video, V4L2_CID_STATELESS_MPEG2_PICTURE, picture), 0);
    picture.intra_dc_precision = 4;
    EXPECT_EQ(set(video, V4L2_CID_STATELESS_MPEG2_PICTURE, picture), EINVAL);
}

TEST(Codecs, Vp8ContentsAreValidated) {
    Video video;
    v4l2_ctrl_vp8_frame frame = {};
    frame.num_dct_parts = 3;
    EXPECT_EQ(set(video, V4L2_CID_STATELESS_VP8_FRAME, frame), EINVAL);
    frame.num_dct_parts = 8;
    EXPECT_EQ(set(video, V4L2_CID_STATELESS_VP8_FRAME, frame), 0);
}

TEST(Codecs, Vp9ContentsAreValidated) {
    Video video;
    const auto refused = [&](void (*change)(v4l2_ctrl_vp9_frame&)) {
        v4l2_ctrl_vp9_frame frame = vp9_frame(8);
        change(frame);
        return set(video, V4L2_CID_STATELESS_VP9_FRAME, frame);
    };
    EXPECT_EQ(refused([](auto&) {}), 0);
    EXPECT_EQ(refused([](auto& frame) { frame.bit_depth = 10; }), EINVAL);
    EXPECT_EQ(refused([](auto& frame) { frame.profile = 1; }), EINVAL);
    EXPECT_EQ(refused([](auto& frame) { frame.flags = 0; }), EINVAL);
    EXPECT_EQ(refused([](auto& frame) { frame.flags |= 0x400; }), EINVAL);
    EXPECT_EQ(refused([](auto& frame) {
                  frame.flags |=
                      V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT | V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX;
              }),
              EINVAL);
    EXPECT_EQ(refused([](auto& frame) { frame.tile_cols_log2 = 7; }), EINVAL);
    EXPECT_EQ(refused([](auto& frame) { frame.lf.ref_deltas[3] = -64; }), EINVAL);
    EXPECT_EQ(refused([](auto& frame) { frame.seg.feature_data[7][2] = 4; }), EINVAL);
    EXPECT_EQ(refused([](auto& frame) { frame.quant.delta_q_uv_ac = 16; }), EINVAL);
    v4l2_ctrl_vp9_compressed_hdr header = {};
    header.tx_mode = V4L2_VP9_TX_MODE_SELECT + 1;
    EXPECT_EQ(set(video, V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, header), EINVAL);
}

TEST(Codecs, Av1ContentsAreValidated) {
    Video video;
    const auto sequence = [&](void (*change)(av1::Sequence&)) {
        av1::Sequence value = av1_sequence(8);
        change(value);
        return set(video, av1::kCidSequence, value);
    };
    EXPECT_EQ(sequence([](auto&) {}), 0);
    EXPECT_EQ(sequence([](auto& value) { value.bit_depth = 12; }), EINVAL);
    EXPECT_EQ(sequence([](auto& value) { value.flags |= 1U << 20; }), EINVAL);
    EXPECT_EQ(sequence([](auto& value) { value.seq_profile = 3; }), EINVAL);
    const auto frame = [&](void (*change)(av1::Frame&)) {
        av1::Frame value = {};
        change(value);
        return set(video, av1::kCidFrame, value);
    };
    EXPECT_EQ(frame([](auto&) {}), 0);
    EXPECT_EQ(frame([](auto& value) { value.flags |= 1U << 20; }), EINVAL);
    EXPECT_EQ(frame([](auto& value) { value.superres_denom = 17; }), EINVAL);
    EXPECT_EQ(frame([](auto& value) { value.quantization.delta_q_u_ac = -65; }), EINVAL);
    EXPECT_EQ(frame([](auto& value) { value.loop_filter.level[3] = 64; }), EINVAL);
    EXPECT_EQ(frame([](auto& value) { value.cdef.uv_sec_strength[7] = 5; }), EINVAL);
    EXPECT_EQ(frame([](auto& value) { value.segmentation.feature_data[7][5] = 8; }), EINVAL);
    EXPECT_EQ(frame([](auto& value) { value.loop_restoration.lr_uv_shift = 2; }), EINVAL);
    av1::FilmGrain grain = {};
    grain.num_y_points = 2;
    EXPECT_EQ(set(video, av1::kCidFilmGrain, grain), EINVAL);
    grain.point_y_value[1] = 1;
    EXPECT_EQ(set(video, av1::kCidFilmGrain, grain), 0);
}

TEST(Codecs, Av1TilesAreAnArrayOfAnyLength) {
    Video video;
    std::vector<av1::TileGroupEntry> tiles(av1::kMaxTiles + 1);
    const auto set_tiles = [&](size_t count) {
        return video.set_control(av1::kCidTileGroupEntry, tiles.data(),
                                 static_cast<unsigned>(count * sizeof tiles[0]));
    };
    EXPECT_EQ(set_tiles(1), 0);
    EXPECT_EQ(set_tiles(av1::kMaxTiles), 0);
    EXPECT_EQ(set_tiles(av1::kMaxTiles + 1), ENOSPC);
    v4l2_query_ext_ctrl query = {};
    query.id = av1::kCidTileGroupEntry;
    ASSERT_EQ(call(video.fd(), VIDIOC_QUERY_EXT_CTRL, &query), 0);
    EXPECT_EQ(query.elem_size, 16U);
    EXPECT_EQ(query.nr_of_dims, 1U);
    EXPECT_EQ(query.dims[0], av1::kMaxTiles);
}

TEST(Codecs, TenBitsOfAv1ChangeTheCaptureFormat) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240, av1::kPixelFormat), 0);
    EXPECT_EQ(first_capture_format(video), V4L2_PIX_FMT_NV12);
    ASSERT_EQ(set(video, av1::kCidSequence, av1_sequence(10)), 0);
    EXPECT_EQ(first_capture_format(video), V4L2_PIX_FMT_P010);
}

TEST(Codecs, TenBitsChangeTheCaptureFormat) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_VP9_FRAME), 0);
    EXPECT_EQ(first_capture_format(video), V4L2_PIX_FMT_NV12);
    ASSERT_EQ(set(video, V4L2_CID_STATELESS_VP9_FRAME, vp9_frame(10)), 0);
    EXPECT_EQ(first_capture_format(video), V4L2_PIX_FMT_P010);
    const v4l2_format format = video.format(kCapture);
    EXPECT_EQ(format.fmt.pix_mp.pixelformat, V4L2_PIX_FMT_P010);
    EXPECT_EQ(format.fmt.pix_mp.plane_fmt[0].bytesperline, 640U);
    EXPECT_EQ(set(video, V4L2_CID_STATELESS_VP9_FRAME, vp9_frame(12)), EINVAL);
    ASSERT_EQ(set(video, V4L2_CID_STATELESS_VP9_FRAME, vp9_frame(8)), 0);
    EXPECT_EQ(first_capture_format(video), V4L2_PIX_FMT_NV12);
}

TEST(Codecs, AnotherCodecsSequenceControlChangesNothing) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_VP8_FRAME), 0);
    ASSERT_EQ(set(video, V4L2_CID_STATELESS_VP9_FRAME, vp9_frame(10)), 0);
    EXPECT_EQ(first_capture_format(video), V4L2_PIX_FMT_NV12);
}

// Drivers act when a control changes, and S_FMT(OUTPUT) does not change it.
TEST(Codecs, TheSameValueAgainIsNoSwitch) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_VP9_FRAME), 0);
    ASSERT_EQ(set(video, V4L2_CID_STATELESS_VP9_FRAME, vp9_frame(10)), 0);
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_VP9_FRAME), 0);
    EXPECT_EQ(first_capture_format(video), V4L2_PIX_FMT_NV12);
    ASSERT_EQ(set(video, V4L2_CID_STATELESS_VP9_FRAME, vp9_frame(10)), 0);
    EXPECT_EQ(first_capture_format(video), V4L2_PIX_FMT_NV12);
}

// In a request the value is only stored; hantro lets the format change under CAPTURE buffers.
TEST(Codecs, CaptureBuffersAllowTheSwitch) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_VP9_FRAME), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 2), 0);
    Media media;
    v4l2_ctrl_vp9_frame frame = vp9_frame(10);
    const File request(media.allocate_request());
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_VP9_FRAME, &frame, sizeof frame, request.fd()),
              0);
    EXPECT_EQ(first_capture_format(video), V4L2_PIX_FMT_NV12);
    EXPECT_EQ(set(video, V4L2_CID_STATELESS_VP9_FRAME, frame), 0);
    EXPECT_EQ(first_capture_format(video), V4L2_PIX_FMT_P010);
}

// On a device of the other kind.
TEST(Strict, CaptureBuffersForbidTheSwitch) {
    v4l2_ctrl_h264_sps sps = {};
    sps.profile_idc = 110;
    sps.level_idc = 40;
    sps.chroma_format_idc = 1;
    sps.bit_depth_luma_minus8 = 2;
    sps.bit_depth_chroma_minus8 = 2;
    sps.pic_width_in_mbs_minus1 = 19;
    sps.pic_height_in_map_units_minus1 = 14;
    sps.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 2), 0);
    EXPECT_EQ(set(video, V4L2_CID_STATELESS_H264_SPS, sps), EBUSY);
    Media media;
    const File request(media.allocate_request());
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_H264_SPS, &sps, sizeof sps, request.fd()), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 0), 0);
    EXPECT_EQ(set(video, V4L2_CID_STATELESS_H264_SPS, sps), 0);
}

TEST(Codecs, OnlyH264HoldsCaptureBuffers) {
    Video video;
    for (const uint32_t fourcc :
         {V4L2_PIX_FMT_MPEG2_SLICE, V4L2_PIX_FMT_VP8_FRAME, V4L2_PIX_FMT_VP9_FRAME}) {
        ASSERT_EQ(video.set_format(kOutput, 320, 240, fourcc), 0);
        v4l2_requestbuffers request = {};
        request.type = kOutput;
        request.memory = V4L2_MEMORY_MMAP;
        ASSERT_EQ(call(video.fd(), VIDIOC_REQBUFS, &request), 0);
        EXPECT_NE(request.capabilities & V4L2_BUF_CAP_SUPPORTS_REQUESTS, 0U);
        EXPECT_EQ(request.capabilities & V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF, 0U);
    }
}

}  // namespace
