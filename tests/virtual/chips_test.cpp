// SPDX-License-Identifier: MIT
// What drivers do differently: when formats are busy, what follows the picture, what is listed,
// when OUTPUT comes back. Each suite runs on one personality (meson.build).
#include <gtest/gtest.h>
#include <poll.h>

#include <cerrno>
#include <vector>

#include "av1_controls.h"
#include "device_file.h"
#include "pixel_formats.h"

namespace {

using Fourccs = std::vector<uint32_t>;

constexpr uint32_t kSingleOutput = V4L2_BUF_TYPE_VIDEO_OUTPUT;
constexpr uint32_t kSingleCapture = V4L2_BUF_TYPE_VIDEO_CAPTURE;

Fourccs listed(const Video& video, uint32_t type) {
    Fourccs result;
    v4l2_fmtdesc desc = {};
    desc.type = type;
    for (; call(video.fd(), VIDIOC_ENUM_FMT, &desc) == 0; ++desc.index) {
        result.push_back(desc.pixelformat);
    }
    return result;
}

int set_h264_depth(Video& video, unsigned depth) {
    v4l2_ctrl_h264_sps sps = {};
    sps.profile_idc = 110;
    sps.chroma_format_idc = 1;
    sps.bit_depth_luma_minus8 = static_cast<__u8>(depth - 8);
    sps.bit_depth_chroma_minus8 = sps.bit_depth_luma_minus8;
    return video.set_control(V4L2_CID_STATELESS_H264_SPS, &sps, sizeof sps);
}

int set_hevc_depth(Video& video, unsigned depth) {
    v4l2_ctrl_hevc_sps sps = {};
    sps.chroma_format_idc = 1;
    sps.bit_depth_luma_minus8 = static_cast<__u8>(depth - 8);
    sps.bit_depth_chroma_minus8 = sps.bit_depth_luma_minus8;
    return video.set_control(V4L2_CID_STATELESS_HEVC_SPS, &sps, sizeof sps);
}

unsigned capture_size(Video& video, uint32_t coded, uint32_t fourcc) {
    EXPECT_EQ(video.set_format(kOutput, 320, 240, coded), 0);
    EXPECT_EQ(video.set_format(kCapture, 320, 240, fourcc), 0);
    const v4l2_pix_format_mplane pix = video.format(kCapture).fmt.pix_mp;
    EXPECT_EQ(pix.pixelformat, fourcc);
    return pix.plane_fmt[0].sizeimage;
}

TEST(ChipHantroG1, MotionVectorsFollowH264InTheNativeFormatOnly) {
    Video video;
    constexpr unsigned kPicture = 320 * 240 * 3 / 2;
    EXPECT_EQ(capture_size(video, V4L2_PIX_FMT_H264_SLICE, V4L2_PIX_FMT_NV12),
              kPicture + 64 * 20 * 15 + 32);
    EXPECT_EQ(capture_size(video, V4L2_PIX_FMT_H264_SLICE, V4L2_PIX_FMT_YUYV), 320U * 240 * 2);
    EXPECT_EQ(capture_size(video, V4L2_PIX_FMT_VP8_FRAME, V4L2_PIX_FMT_NV12), kPicture);
}

TEST(ChipHantroG2, ListsTilesBeforeRowsOfOneDepth) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_HEVC_SLICE), 0);
    EXPECT_EQ(listed(video, kCapture), (Fourccs{V4L2_PIX_FMT_NV12_4L4, V4L2_PIX_FMT_NV12}));
    EXPECT_EQ(video.format(kCapture).fmt.pix_mp.pixelformat, uint32_t{V4L2_PIX_FMT_NV12_4L4});
    ASSERT_EQ(video.reqbufs(kCapture, 1), 0);
    EXPECT_EQ(set_hevc_depth(video, 10), 0);
    EXPECT_EQ(listed(video, kCapture), (Fourccs{V4L2_PIX_FMT_P010_4L4, V4L2_PIX_FMT_P010}));
    EXPECT_EQ(video.set_format(kCapture, 320, 240, V4L2_PIX_FMT_P010), 0);
}

TEST(ChipHantroAv1, FilmGrainIsInThePostProcessedFormatOnly) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240, vdec::av1::kPixelFormat), 0);
    EXPECT_EQ(listed(video, kCapture), (Fourccs{V4L2_PIX_FMT_NV12_4L4, V4L2_PIX_FMT_NV12}));
    vdec::av1::Sequence sequence = {};
    sequence.bit_depth = 10;
    sequence.flags = vdec::av1::kFilmGrainParamsPresent;
    EXPECT_EQ(video.set_control(vdec::av1::kCidSequence, &sequence, sizeof sequence), 0);
    EXPECT_EQ(listed(video, kCapture), Fourccs{V4L2_PIX_FMT_P010});
    EXPECT_EQ(video.format(kCapture).fmt.pix_mp.pixelformat, uint32_t{V4L2_PIX_FMT_P010});
    sequence.flags = 0;
    EXPECT_EQ(video.set_control(vdec::av1::kCidSequence, &sequence, sizeof sequence), 0);
    EXPECT_EQ(listed(video, kCapture), (Fourccs{V4L2_PIX_FMT_NV15_4L4, V4L2_PIX_FMT_P010}));
}

TEST(ChipVdpu381, ListsEverythingUntilTheSequenceIsKnown) {
    Video video;
    EXPECT_EQ(listed(video, kCapture), Fourccs{V4L2_PIX_FMT_NV12});
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    EXPECT_EQ(listed(video, kCapture), (Fourccs{V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_NV15,
                                                V4L2_PIX_FMT_NV16, V4L2_PIX_FMT_NV20}));
    EXPECT_EQ(set_h264_depth(video, 10), 0);
    EXPECT_EQ(listed(video, kCapture), Fourccs{V4L2_PIX_FMT_NV15});
}

TEST(ChipVdpu381, DepthIsBusyWithCaptureBuffers) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 1), 0);
    EXPECT_EQ(set_h264_depth(video, 10), EBUSY);
    EXPECT_EQ(video.set_format(kCapture, 320, 240, V4L2_PIX_FMT_NV12), EBUSY);
    EXPECT_EQ(video.set_format(kOutput, 320, 240), EBUSY);
}

TEST(ChipVdpu383, ColocatedVectorsAreInBlocksOf64) {
    Video video;
    EXPECT_EQ(capture_size(video, V4L2_PIX_FMT_H264_SLICE, V4L2_PIX_FMT_NV12),
              320U * 240 * 3 / 2 + 320 * 240);
}

TEST(ChipCedrusA64, IsSinglePlanarAndListsTilesFirst) {
    Video video;
    EXPECT_EQ(video.set_format(kOutput, 320, 240), EINVAL);
    ASSERT_EQ(video.set_format(kSingleOutput, 320, 240, V4L2_PIX_FMT_HEVC_SLICE), 0);
    EXPECT_EQ(listed(video, kSingleCapture), (Fourccs{V4L2_PIX_FMT_NV12_32L32, V4L2_PIX_FMT_NV12}));
    EXPECT_EQ(set_hevc_depth(video, 10), EINVAL);
}

TEST(ChipCedrusH6, AGreaterDepthIsInvalidWithCaptureBuffers) {
    Video video;
    ASSERT_EQ(video.set_format(kSingleOutput, 320, 240, V4L2_PIX_FMT_HEVC_SLICE), 0);
    ASSERT_EQ(video.reqbufs(kSingleCapture, 1), 0);
    EXPECT_EQ(set_hevc_depth(video, 10), EINVAL);
    ASSERT_EQ(video.reqbufs(kSingleCapture, 0), 0);
    EXPECT_EQ(set_hevc_depth(video, 10), 0);
}

TEST(ChipMt8195, TenBitsStayUntilTheNodeIsClosed) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 1), 0);
    EXPECT_EQ(set_h264_depth(video, 10), 0);
    EXPECT_EQ(listed(video, kCapture), Fourccs{V4L2_PIX_FMT_MT2110R});
    EXPECT_EQ(video.set_format(kOutput, 640, 480, V4L2_PIX_FMT_HEVC_SLICE), 0);
    EXPECT_EQ(listed(video, kCapture), Fourccs{V4L2_PIX_FMT_MT2110T});
    EXPECT_EQ(set_hevc_depth(video, 8), 0);
    EXPECT_EQ(listed(video, kCapture), Fourccs{V4L2_PIX_FMT_MT2110T});
    const Video other;
    EXPECT_EQ(listed(other, kCapture), Fourccs{V4L2_PIX_FMT_MM21});
}

// Runs with a delay, so that a frame takes its time.
TEST(ChipMt8195, OutputComesBackBeforeTheFrameIsDone) {
    Video video;
    Media media;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(video.reqbufs(kOutput, 1), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 1), 0);
    ASSERT_EQ(video.stream(kOutput, true), 0);
    ASSERT_EQ(video.stream(kCapture, true), 0);
    video.write_slice(0);
    v4l2_plane planes[2] = {};
    v4l2_buffer capture = {};
    capture.type = kCapture;
    capture.memory = V4L2_MEMORY_MMAP;
    capture.length = 2;
    capture.m.planes = planes;
    ASSERT_EQ(call(video.fd(), VIDIOC_QBUF, &capture), 0);
    const File request(media.allocate_request());
    const File next(media.allocate_request());
    ASSERT_EQ(video.queue_output(0, request.fd(), 1), 0);
    ASSERT_EQ(queue_request(request.fd()), 0);
    v4l2_buffer buffer;
    ASSERT_EQ(video.dequeue(kOutput, buffer), 0);
    EXPECT_EQ(poll_file(request.fd(), POLLPRI, 0), 0);
    EXPECT_EQ(reinit_request(request.fd()), EBUSY);
    // The buffer is free for the next picture at once.
    EXPECT_EQ(video.queue_output(0, next.fd(), 2), 0);
    EXPECT_EQ(poll_file(request.fd(), POLLPRI, 10000), POLLPRI);
    EXPECT_EQ(reinit_request(request.fd()), 0);
    ASSERT_EQ(call(video.fd(), VIDIOC_DQBUF, &capture), 0);
}

TEST(ChipTegra, HasThreeMemoryPlanesAndNoScalingMatrix) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 100, 64), 0);
    EXPECT_EQ(video.format(kOutput).fmt.pix_mp.plane_fmt[0].sizeimage, 2U << 20);
    const v4l2_pix_format_mplane pix = video.format(kCapture).fmt.pix_mp;
    EXPECT_EQ(pix.pixelformat, uint32_t{V4L2_PIX_FMT_YUV420M});
    ASSERT_EQ(pix.num_planes, 3);
    EXPECT_EQ(pix.plane_fmt[0].bytesperline, 128U);
    EXPECT_EQ(pix.plane_fmt[2].bytesperline, 64U);
    EXPECT_EQ(pix.plane_fmt[2].sizeimage, 64U * 32);
    v4l2_query_ext_ctrl query = {};
    query.id = V4L2_CID_STATELESS_H264_SCALING_MATRIX;
    EXPECT_EQ(call(video.fd(), VIDIOC_QUERY_EXT_CTRL, &query), EINVAL);
}

TEST(ChipRpi, ColumnsAreInOneMemoryPlaneOrTwo) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_HEVC_SLICE), 0);
    v4l2_pix_format_mplane pix = video.format(kCapture).fmt.pix_mp;
    EXPECT_EQ(pix.pixelformat, uint32_t{V4L2_PIX_FMT_NV12MT_COL128});
    ASSERT_EQ(pix.num_planes, 2);
    EXPECT_EQ(pix.plane_fmt[0].sizeimage, 384U * 240);
    EXPECT_EQ(pix.plane_fmt[1].sizeimage, 384U * 120);
    ASSERT_EQ(video.set_format(kCapture, 320, 240, V4L2_PIX_FMT_NV12_COL128), 0);
    pix = video.format(kCapture).fmt.pix_mp;
    ASSERT_EQ(pix.num_planes, 1);
    EXPECT_EQ(pix.plane_fmt[0].bytesperline, 360U);
    ASSERT_EQ(video.reqbufs(kOutput, 1), 0);
    EXPECT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_HEVC_SLICE), EBUSY);
}

TEST(ChipVisl, TheCaptureFormatIsNeverBusy) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 1), 0);
    EXPECT_EQ(video.set_format(kCapture, 320, 240, V4L2_PIX_FMT_NV12), 0);
    EXPECT_EQ(video.set_format(kOutput, 640, 480), EBUSY);
}

}  // namespace
