// SPDX-License-Identifier: MIT
// What drivers do differently: when formats are busy, what follows the picture, what is listed,
// when OUTPUT comes back. Each suite runs on one personality (meson.build).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <cerrno>
#include <vector>

#include "device_file.h"
#include "uapi/av1.h"
#include "uapi/buffers.h"
#include "uapi/pixel_formats.h"

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

// Items of a menu, a bit each; 0 when there is no such control.
uint64_t menu_items(const Video& video, uint32_t id) {
    v4l2_query_ext_ctrl query = {};
    query.id = id;
    if (call(video.fd(), VIDIOC_QUERY_EXT_CTRL, &query) != 0) return 0;
    uint64_t items = 0;
    for (int64_t item = query.minimum; item <= query.maximum; ++item) {
        v4l2_querymenu menu = {};
        menu.id = id;
        menu.index = static_cast<uint32_t>(item);
        if (call(video.fd(), VIDIOC_QUERYMENU, &menu) == 0) items |= 1ULL << item;
    }
    return items;
}

bool has_control(const Video& video, uint32_t id) {
    v4l2_query_ext_ctrl query = {};
    query.id = id;
    return call(video.fd(), VIDIOC_QUERY_EXT_CTRL, &query) == 0;
}

// What CREATE_BUFS tells; 0: nothing.
unsigned max_buffers(const Video& video, uint32_t type) {
    v4l2_create_buffers create = {};
    create.memory = V4L2_MEMORY_MMAP;
    create.format.type = type;
    EXPECT_EQ(call(video.fd(), VIDIOC_CREATE_BUFS, &create), 0);
    return (create.capabilities & vdec::kSupportsMaxNumBuffers) != 0 ? create.reserved[0] : 0;
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

TEST(ChipHantroG1, OnlyCaptureHas64Buffers) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    EXPECT_EQ(max_buffers(video, kOutput), 32U);
    EXPECT_EQ(max_buffers(video, kCapture), 64U);
}

TEST(ChipHantroG1, RemovesBuffersAndFillsTheGap) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 4), 0);
    vdec::RemoveBuffers remove = {};
    remove.type = kCapture;
    remove.index = 1;
    remove.count = 2;
    EXPECT_EQ(call(video.fd(), vdec::kVidiocRemoveBufs, &remove), 0);
    EXPECT_EQ(call(video.fd(), vdec::kVidiocRemoveBufs, &remove), EINVAL);
    v4l2_buffer buffer;
    v4l2_plane plane;
    EXPECT_EQ(video.query(kCapture, 1, buffer, plane), EINVAL);
    EXPECT_EQ(video.query(kCapture, 3, buffer, plane), 0);
    const unsigned size = video.format(kCapture).fmt.pix_mp.plane_fmt[0].sizeimage;
    unsigned index = 0;
    EXPECT_EQ(video.create_bufs(kCapture, 3, size, index), 0);
    EXPECT_EQ(index, 4U);
    EXPECT_EQ(video.create_bufs(kCapture, 2, size, index), 0);
    EXPECT_EQ(index, 1U);
    EXPECT_EQ(video.queue_capture(2), 0);
    remove.index = 2;
    remove.count = 1;
    EXPECT_EQ(call(video.fd(), vdec::kVidiocRemoveBufs, &remove), EBUSY);
}

TEST(ChipHantroG1, BitstreamBuffersOfASmallerFormatAreOfNoUse) {
    Video video;
    const Media media;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(video.reqbufs(kOutput, 1), 0);
    ASSERT_EQ(video.set_format(kOutput, 640, 480), 0);
    const File request(Media().allocate_request());
    EXPECT_EQ(video.queue_output(0, request.fd(), 1), 0);
    EXPECT_EQ(queue_request(request.fd()), EINVAL);
}

// v4l2_ctrl_subscribe_event() and the core's own events.
TEST(ChipHantroG1, TellsOfControlsAndOfNothingElse) {
    Video video(O_NONBLOCK);
    v4l2_event_subscription subscription = {};
    subscription.type = V4L2_EVENT_EOS;
    EXPECT_EQ(call(video.fd(), VIDIOC_SUBSCRIBE_EVENT, &subscription), EINVAL);
    subscription.type = V4L2_EVENT_CTRL;
    subscription.id = V4L2_CID_STATELESS_H264_DECODE_MODE;
    subscription.flags = V4L2_EVENT_SUB_FL_SEND_INITIAL;
    v4l2_event event = {};
    EXPECT_EQ(call(video.fd(), VIDIOC_DQEVENT, &event), ENOENT);
    EXPECT_EQ(poll_file(video.fd(), POLLPRI, 0), 0);
    EXPECT_EQ(call(video.fd(), VIDIOC_SUBSCRIBE_EVENT, &subscription), 0);
    EXPECT_EQ(poll_file(video.fd(), POLLPRI, 0), POLLPRI);
    EXPECT_EQ(call(video.fd(), VIDIOC_DQEVENT, &event), 0);
    EXPECT_EQ(event.id, uint32_t{V4L2_CID_STATELESS_H264_DECODE_MODE});
    EXPECT_EQ(poll_file(video.fd(), POLLPRI, 0), 0);
}

TEST(ChipHantroG2, AlignsTilesAndRowsEachItsWay) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 324, 244, V4L2_PIX_FMT_HEVC_SLICE), 0);
    v4l2_pix_format_mplane pix = video.format(kCapture).fmt.pix_mp;
    EXPECT_EQ(pix.width, 328U);
    EXPECT_EQ(pix.height, 256U);
    EXPECT_EQ(pix.plane_fmt[0].bytesperline, 328U);
    ASSERT_EQ(video.set_format(kCapture, 324, 244, V4L2_PIX_FMT_NV12), 0);
    pix = video.format(kCapture).fmt.pix_mp;
    EXPECT_EQ(pix.width, 336U);
    EXPECT_EQ(pix.height, 256U);
}

TEST(ChipHantroG2, ListsTilesBeforeRowsOfOneDepth) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_HEVC_SLICE), 0);
    EXPECT_EQ(listed(video, kCapture), (Fourccs{V4L2_PIX_FMT_NV12_4L4, V4L2_PIX_FMT_NV12}));
    EXPECT_EQ(video.format(kCapture).fmt.pix_mp.pixelformat, uint32_t{V4L2_PIX_FMT_NV12_4L4});
    ASSERT_EQ(video.reqbufs(kCapture, 1), 0);
    EXPECT_EQ(set_hevc_depth(video, 10), 0);
    EXPECT_EQ(listed(video, kCapture), (Fourccs{V4L2_PIX_FMT_NV15_4L4, V4L2_PIX_FMT_P010}));
    EXPECT_EQ(video.set_format(kCapture, 320, 240, V4L2_PIX_FMT_P010), 0);
}

TEST(ChipHantroAv1, FilmGrainIsInThePostProcessedFormatOnly) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240, vdec::av1::kPixelFormat), 0);
    EXPECT_EQ(listed(video, kCapture), (Fourccs{V4L2_PIX_FMT_NV12_4L4, V4L2_PIX_FMT_NV12}));
    vdec::av1::Sequence sequence = {};
    sequence.bit_depth = 10;
    constexpr uint32_t kFlags = vdec::av1::kSubsamplingX | vdec::av1::kSubsamplingY;
    sequence.flags = kFlags | vdec::av1::kFilmGrainParamsPresent;
    EXPECT_EQ(video.set_control(vdec::av1::kCidSequence, &sequence, sizeof sequence), 0);
    EXPECT_EQ(listed(video, kCapture),
              (Fourccs{V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_NV15, V4L2_PIX_FMT_P010}));
    EXPECT_EQ(video.format(kCapture).fmt.pix_mp.pixelformat, uint32_t{V4L2_PIX_FMT_NV12});
    sequence.flags = kFlags;
    EXPECT_EQ(video.set_control(vdec::av1::kCidSequence, &sequence, sizeof sequence), 0);
    EXPECT_EQ(listed(video, kCapture), (Fourccs{V4L2_PIX_FMT_NV15_4L4, V4L2_PIX_FMT_NV12,
                                                V4L2_PIX_FMT_NV15, V4L2_PIX_FMT_P010}));
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

TEST(ChipVdpu381, ProfilesGoFromConstrainedBaselineToHigh422Intra) {
    const Video video;
    EXPECT_EQ(menu_items(video, V4L2_CID_MPEG_VIDEO_H264_PROFILE),
              1U << V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE |
                  1U << V4L2_MPEG_VIDEO_H264_PROFILE_MAIN |
                  1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH |
                  1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10 |
                  1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_422 |
                  1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10_INTRA |
                  1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_422_INTRA);
    EXPECT_EQ(menu_items(video, V4L2_CID_MPEG_VIDEO_HEVC_PROFILE),
              1U << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN | 1U << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10);
}

TEST(ChipVdpu381, DepthIsBusyWithCaptureBuffers) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 1), 0);
    EXPECT_EQ(set_h264_depth(video, 10), EBUSY);
    EXPECT_EQ(video.set_format(kCapture, 320, 240, V4L2_PIX_FMT_NV12), EBUSY);
    EXPECT_EQ(video.set_format(kOutput, 320, 240), EBUSY);
}

TEST(ChipVdpu381, ASequenceMustFitTheCodedFormat) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    v4l2_ctrl_h264_sps sps = {};
    sps.profile_idc = 100;
    sps.chroma_format_idc = 1;
    sps.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
    sps.pic_width_in_mbs_minus1 = 19;
    sps.pic_height_in_map_units_minus1 = 14;
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_H264_SPS, &sps, sizeof sps), 0);
    sps.flags = 0;  // fields: twice as high
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_H264_SPS, &sps, sizeof sps), EINVAL);
}

TEST(ChipVdpu383, TheSequenceIsCheckedAgainAtStreamon) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 640, 480, V4L2_PIX_FMT_HEVC_SLICE), 0);
    v4l2_ctrl_hevc_sps sps = {};
    sps.chroma_format_idc = 1;
    sps.pic_width_in_luma_samples = 640;
    sps.pic_height_in_luma_samples = 480;
    EXPECT_EQ(video.set_control(V4L2_CID_STATELESS_HEVC_SPS, &sps, sizeof sps), 0);
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_HEVC_SLICE), 0);
    ASSERT_EQ(video.reqbufs(kOutput, 1), 0);
    EXPECT_EQ(video.stream(kOutput, true), EINVAL);
}

TEST(ChipVdpu383, ColocatedVectorsAreInBlocksOf64) {
    Video video;
    EXPECT_EQ(capture_size(video, V4L2_PIX_FMT_H264_SLICE, V4L2_PIX_FMT_NV12),
              320U * 240 * 3 / 2 + 320 * 240);
}

TEST(ChipCedrusA64, IsSinglePlanarAndListsRowsFirst) {
    Video video;
    EXPECT_EQ(video.set_format(kOutput, 320, 240), EINVAL);
    ASSERT_EQ(video.set_format(kSingleOutput, 320, 240, V4L2_PIX_FMT_HEVC_SLICE), 0);
    EXPECT_EQ(listed(video, kSingleCapture),
              (Fourccs{V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_NV12_32L32, V4L2_PIX_FMT_NV21,
                       V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_YVU420}));
    EXPECT_EQ(set_hevc_depth(video, 10), EINVAL);
}

TEST(ChipCedrusA64, WidthStaysAndRowsAreAligned) {
    Video video;
    ASSERT_EQ(video.set_format(kSingleOutput, 322, 242, V4L2_PIX_FMT_HEVC_SLICE), 0);
    v4l2_pix_format pix = video.format(kSingleCapture).fmt.pix;
    EXPECT_EQ(pix.width, 322U);
    EXPECT_EQ(pix.height, 256U);
    EXPECT_EQ(pix.bytesperline, 336U);
    EXPECT_EQ(pix.sizeimage, 336U * 256 * 3 / 2);
    ASSERT_EQ(video.set_format(kSingleCapture, 322, 242, V4L2_PIX_FMT_NV12_32L32), 0);
    pix = video.format(kSingleCapture).fmt.pix;
    EXPECT_EQ(pix.bytesperline, 352U);
    EXPECT_EQ(pix.sizeimage, 352U * 256 * 3 / 2);
    EXPECT_EQ(video.format(kSingleOutput).fmt.pix.sizeimage, 1024U);
}

TEST(ChipCedrusH6, AGreaterDepthIsInvalidWithCaptureBuffers) {
    Video video;
    ASSERT_EQ(video.set_format(kSingleOutput, 320, 240, V4L2_PIX_FMT_HEVC_SLICE), 0);
    ASSERT_EQ(video.reqbufs(kSingleCapture, 1), 0);
    EXPECT_EQ(set_hevc_depth(video, 10), EINVAL);
    ASSERT_EQ(video.reqbufs(kSingleCapture, 0), 0);
    EXPECT_EQ(set_hevc_depth(video, 10), 0);
    // The low bits go behind the frame.
    const unsigned frame = 320 * 240 * 3 / 2;
    EXPECT_EQ(video.format(kSingleCapture).fmt.pix.sizeimage, frame + 96U * 240 * 3 / 2);
    // It never goes down with buffers.
    ASSERT_EQ(video.reqbufs(kSingleCapture, 1), 0);
    EXPECT_EQ(set_hevc_depth(video, 8), 0);
    EXPECT_EQ(video.format(kSingleCapture).fmt.pix.sizeimage, frame + 96U * 240 * 3 / 2);
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
    // VP8 has no format of ten bits.
    EXPECT_EQ(video.set_format(kOutput, 640, 480, V4L2_PIX_FMT_VP8_FRAME), 0);
    EXPECT_EQ(listed(video, kCapture), Fourccs{});
    const Video other;
    EXPECT_EQ(listed(other, kCapture), Fourccs{V4L2_PIX_FMT_MM21});
}

// Of pictures of 320x240 and ten bits.
unsigned mt8195_pitch(Video& video) {
    const v4l2_pix_format_mplane pix = video.format(kCapture).fmt.pix_mp;
    EXPECT_EQ(pix.plane_fmt[0].sizeimage, 320U * 256 * 5 / 4);
    EXPECT_EQ(pix.plane_fmt[1].bytesperline, pix.plane_fmt[0].bytesperline);
    return pix.plane_fmt[0].bytesperline;
}

// The first CAPTURE buffer where buffers have two memory planes.
struct TwoPlanes {
    TwoPlanes() {
        buffer.type = kCapture;
        buffer.memory = V4L2_MEMORY_MMAP;
        buffer.length = 2;
        buffer.m.planes = planes;
    }
    TwoPlanes(const TwoPlanes&) = delete;
    TwoPlanes& operator=(const TwoPlanes&) = delete;

    v4l2_plane planes[2] = {};
    v4l2_buffer buffer = {};
};

// A buffer for each queue of two memory planes, and a slice in a request that is under way.
void queue_first_slice(Video& video, int request) {
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_H264_SLICE, 1 << 16), 0);
    ASSERT_EQ(video.reqbufs(kOutput, 1), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 1), 0);
    ASSERT_EQ(video.stream(kOutput, true), 0);
    ASSERT_EQ(video.stream(kCapture, true), 0);
    video.write_slice(0);
    TwoPlanes capture;
    ASSERT_EQ(call(video.fd(), VIDIOC_QBUF, &capture.buffer), 0);
    ASSERT_EQ(video.queue_output(0, request, 1), 0);
    ASSERT_EQ(queue_request(request), 0);
}

// mtk_vcodec_get_pic_info(), vidioc_vdec_s_fmt() and vidioc_vdec_g_fmt() differ in it.
TEST(ChipMt8195, TellsThePitchOfTenBitsUntilAFormatIsSet) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_HEVC_SLICE, 4096), 0);
    ASSERT_EQ(set_hevc_depth(video, 10), 0);
    EXPECT_EQ(mt8195_pitch(video), 400U);
    ASSERT_EQ(video.set_format(kCapture, 320, 240, V4L2_PIX_FMT_MT2110T), 0);
    EXPECT_EQ(mt8195_pitch(video), 320U);
    // Another sequence of either depth: the device stays at ten bits.
    ASSERT_EQ(set_hevc_depth(video, 8), 0);
    EXPECT_EQ(mt8195_pitch(video), 400U);
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_HEVC_SLICE, 4096), 0);
    EXPECT_EQ(mt8195_pitch(video), 320U);
}

TEST(ChipMt8195, NeverTellsThePitchOfTenBitsOnceItDecodes) {
    Video video;
    Media media;
    const File request(media.allocate_request());
    queue_first_slice(video, request.fd());
    EXPECT_EQ(poll_file(request.fd(), POLLPRI, 10000), POLLPRI);
    ASSERT_EQ(set_h264_depth(video, 10), 0);
    EXPECT_EQ(mt8195_pitch(video), 320U);
}

TEST(ChipMt8195, BitstreamBuffersNeedASize) {
    Video video;
    v4l2_format format = {};
    format.type = kOutput;
    format.fmt.pix_mp.width = 320;
    format.fmt.pix_mp.height = 240;
    format.fmt.pix_mp.pixelformat = V4L2_PIX_FMT_H264_SLICE;
    format.fmt.pix_mp.num_planes = 1;
    EXPECT_EQ(call(video.fd(), VIDIOC_TRY_FMT, &format), EINVAL);
    EXPECT_EQ(call(video.fd(), VIDIOC_S_FMT, &format), 0);
    EXPECT_EQ(video.format(kOutput).fmt.pix_mp.plane_fmt[0].sizeimage, 0U);
    EXPECT_EQ(video.reqbufs(kOutput, 1), EINVAL);
}

TEST(ChipMt8195, HasNothingToPrepare) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 1), 0);
    v4l2_decoder_cmd command = {};
    command.cmd = V4L2_DEC_CMD_FLUSH;
    EXPECT_EQ(call(video.fd(), VIDIOC_DECODER_CMD, &command), 0);
    v4l2_buffer buffer = {};
    buffer.type = kCapture;
    buffer.memory = V4L2_MEMORY_MMAP;
    EXPECT_EQ(call(video.fd(), VIDIOC_PREPARE_BUF, &buffer), ENOTTY);
}

TEST(ChipMt8195, HonoursNonCoherentMemory) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_H264_SLICE, 1 << 16), 0);
    v4l2_requestbuffers request = {};
    request.count = 1;
    request.type = kOutput;
    request.memory = V4L2_MEMORY_MMAP;
    request.flags = V4L2_MEMORY_FLAG_NON_COHERENT;
    ASSERT_EQ(call(video.fd(), VIDIOC_REQBUFS, &request), 0);
    EXPECT_EQ(request.flags, uint32_t{V4L2_MEMORY_FLAG_NON_COHERENT});
    EXPECT_NE(request.capabilities & V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS, 0U);
    EXPECT_EQ(request.capabilities & vdec::kSupportsRemoveBufs, 0U);
    unsigned index = 0;
    const unsigned size = video.format(kOutput).fmt.pix_mp.plane_fmt[0].sizeimage;
    EXPECT_EQ(video.create_bufs(kOutput, 1, size, index), EINVAL);
}

TEST(ChipMt8195, HasNoCompressedHeaderAndNoBaseline) {
    const Video video;
    EXPECT_TRUE(has_control(video, V4L2_CID_STATELESS_VP9_FRAME));
    EXPECT_FALSE(has_control(video, V4L2_CID_STATELESS_VP9_COMPRESSED_HDR));
    EXPECT_EQ(menu_items(video, V4L2_CID_MPEG_VIDEO_H264_PROFILE),
              1U << V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE |
                  1U << V4L2_MPEG_VIDEO_H264_PROFILE_MAIN |
                  1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH |
                  1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10);
    EXPECT_EQ(menu_items(video, V4L2_CID_MPEG_VIDEO_VP8_PROFILE), 0xfU);
    EXPECT_EQ(menu_items(video, V4L2_CID_MPEG_VIDEO_VP9_PROFILE),
              1U << V4L2_MPEG_VIDEO_VP9_PROFILE_0 | 1U << V4L2_MPEG_VIDEO_VP9_PROFILE_2);
}

// Runs with a delay, so that a frame takes its time.
TEST(ChipMt8195, OutputComesBackBeforeTheFrameIsDone) {
    Video video;
    Media media;
    const File request(media.allocate_request());
    const File next(media.allocate_request());
    queue_first_slice(video, request.fd());
    v4l2_buffer buffer;
    ASSERT_EQ(video.dequeue(kOutput, buffer), 0);
    EXPECT_EQ(poll_file(request.fd(), POLLPRI, 0), 0);
    EXPECT_EQ(reinit_request(request.fd()), EBUSY);
    // The buffer is free for the next picture at once.
    EXPECT_EQ(video.queue_output(0, next.fd(), 2), 0);
    EXPECT_EQ(poll_file(request.fd(), POLLPRI, 10000), POLLPRI);
    EXPECT_EQ(reinit_request(request.fd()), 0);
    TwoPlanes capture;
    ASSERT_EQ(call(video.fd(), VIDIOC_DQBUF, &capture.buffer), 0);
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
    EXPECT_FALSE(has_control(video, V4L2_CID_STATELESS_H264_SCALING_MATRIX));
}

TEST(ChipTegra, ThePayloadIsPaddedAndHasNoCommands) {
    Video video;
    const Media media;
    ASSERT_EQ(video.set_format(kOutput, 96, 64), 0);
    ASSERT_EQ(video.reqbufs(kOutput, 1), 0);
    const File request(Media().allocate_request());
    constexpr unsigned kSize = 2 << 20;
    EXPECT_EQ(video.queue_output(0, request.fd(), 1, 0, kSize - 15), 0);
    EXPECT_EQ(queue_request(request.fd()), EINVAL);
    ASSERT_EQ(reinit_request(request.fd()), 0);
    EXPECT_EQ(video.queue_output(0, request.fd(), 1, 0, kSize - 16), 0);
    EXPECT_EQ(queue_request(request.fd()), 0);
    v4l2_decoder_cmd command = {};
    command.cmd = V4L2_DEC_CMD_FLUSH;
    EXPECT_EQ(call(video.fd(), VIDIOC_DECODER_CMD, &command), ENOTTY);
}

TEST(ChipTegra124, HasNoCaptureFormat) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    EXPECT_EQ(listed(video, kCapture), Fourccs{});
    EXPECT_EQ(video.set_format(kCapture, 320, 240), EINVAL);
}

TEST(ChipRpi, ListsBothDepthsBeforeTheSequence) {
    Video video;
    const Fourccs both = {V4L2_PIX_FMT_NV12MT_COL128, V4L2_PIX_FMT_NV12_COL128,
                          V4L2_PIX_FMT_NV12MT_10_COL128, V4L2_PIX_FMT_NV12_10_COL128};
    EXPECT_EQ(listed(video, kCapture), both);
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_HEVC_SLICE), 0);
    EXPECT_EQ(listed(video, kCapture), both);
    EXPECT_EQ(set_hevc_depth(video, 10), 0);
    EXPECT_EQ(listed(video, kCapture),
              (Fourccs{V4L2_PIX_FMT_NV12MT_10_COL128, V4L2_PIX_FMT_NV12_10_COL128}));
}

TEST(ChipRpi, TakesLongerColumnsThanItNeeds) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240, V4L2_PIX_FMT_HEVC_SLICE), 0);
    v4l2_format format = {};
    format.type = kCapture;
    format.fmt.pix_mp.width = 320;
    format.fmt.pix_mp.height = 240;
    format.fmt.pix_mp.pixelformat = V4L2_PIX_FMT_NV12_COL128;
    format.fmt.pix_mp.plane_fmt[0].bytesperline = 400;
    ASSERT_EQ(call(video.fd(), VIDIOC_S_FMT, &format), 0);
    EXPECT_EQ(format.fmt.pix_mp.plane_fmt[0].bytesperline, 400U);
    EXPECT_EQ(format.fmt.pix_mp.plane_fmt[0].sizeimage, 400U * 384);
    format.fmt.pix_mp.plane_fmt[0].bytesperline = 721;
    ASSERT_EQ(call(video.fd(), VIDIOC_S_FMT, &format), 0);
    EXPECT_EQ(format.fmt.pix_mp.plane_fmt[0].bytesperline, 360U);
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

TEST(ChipRpi, HasNoProfileMenu) {
    const Video video;
    EXPECT_TRUE(has_control(video, V4L2_CID_STATELESS_HEVC_SPS));
    EXPECT_FALSE(has_control(video, V4L2_CID_MPEG_VIDEO_HEVC_PROFILE));
}

TEST(ChipVisl, SizesStayAsTheyAre) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 322, 242), 0);
    const v4l2_pix_format_mplane pix = video.format(kCapture).fmt.pix_mp;
    EXPECT_EQ(pix.width, 322U);
    EXPECT_EQ(pix.height, 242U);
    EXPECT_EQ(pix.plane_fmt[0].bytesperline, 322U);
    EXPECT_EQ(video.format(kOutput).fmt.pix_mp.plane_fmt[0].sizeimage, 256U << 10);
    ASSERT_EQ(video.set_format(kOutput, 640, 480), 0);
    EXPECT_EQ(video.format(kOutput).fmt.pix_mp.plane_fmt[0].sizeimage, 640U * 480 * 3);
}

TEST(ChipVisl, TheCaptureFormatIsNeverBusy) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 1), 0);
    EXPECT_EQ(video.set_format(kCapture, 320, 240, V4L2_PIX_FMT_NV12), 0);
    EXPECT_EQ(video.set_format(kOutput, 640, 480), EBUSY);
}

}  // namespace
