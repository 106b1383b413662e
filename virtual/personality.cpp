// SPDX-License-Identifier: MIT
// The table of device personalities.
#include "personality.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <cstdio>

namespace vdec {
namespace {

constexpr ModeRange kFrameBased = {V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED,
                                   V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED,
                                   V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED};
constexpr ModeRange kAnnexB = {V4L2_STATELESS_H264_START_CODE_ANNEX_B,
                               V4L2_STATELESS_H264_START_CODE_ANNEX_B,
                               V4L2_STATELESS_H264_START_CODE_ANNEX_B};

constexpr uint64_t kBaselineToHigh = 1U << V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE |
                                     1U << V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE |
                                     1U << V4L2_MPEG_VIDEO_H264_PROFILE_MAIN |
                                     1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH;

constexpr CodedFormat kHantroFormats[] = {
    {V4L2_PIX_FMT_H264_SLICE, "H.264 Parsed Slice Data", "h264", 48, 4096, 16, 48, 2304, 16, true},
    {V4L2_PIX_FMT_MPEG2_SLICE, "MPEG-2 Parsed Slice Data", "mpeg2", 48, 1920, 16, 48, 1088, 16,
     false},
    {V4L2_PIX_FMT_VP8_FRAME, "VP8 Frame", "vp8", 48, 3840, 16, 48, 2160, 16, false},
    {V4L2_PIX_FMT_VP9_FRAME, "VP9 Frame", "vp9", 48, 4096, 16, 48, 2304, 16, false},
};

constexpr CodedFormat kRkvdecFormats[] = {
    {V4L2_PIX_FMT_H264_SLICE, "H.264 Parsed Slice Data", "h264", 48, 4096, 16, 48, 2304, 16, true},
    {V4L2_PIX_FMT_VP9_FRAME, "VP9 Frame", "vp9", 64, 4096, 64, 64, 2304, 64, false},
};

constexpr uint32_t kNv12Only[] = {V4L2_PIX_FMT_NV12};
constexpr uint32_t kP010Only[] = {V4L2_PIX_FMT_P010};

constexpr Personality kPersonalities[] = {
    {
        .name = "hantro",
        .driver = "hantro-vpu",
        .card = "rockchip,rk3568-vpu-dec",
        .bus_info = "platform:fdea0400.video-codec",
        .model = "hantro-vpu",
        .multi_planar = true,
        .requires_requests = true,
        .stride_alignment = 16,
        .height_alignment = 16,
        .motion_bytes_per_macroblock = 64,
        .motion_bytes_tail = 32,
        .max_buffers = 64,
        .format_busy = FormatBusy::strict,
        .h264_decode_mode = kFrameBased,
        .h264_start_code = kAnnexB,
        .h264_profile_mask = kBaselineToHigh,
        .h264_slice_controls = false,
        .max_bit_depth = 8,
        .vp9_max_bit_depth = 10,
        .vp9_profile_mask = 0,
        .vp9_exact_size = false,
        .coded_formats = kHantroFormats,
        .capture_formats = kNv12Only,
        .deep_capture_formats = kP010Only,
    },
    {
        .name = "rkvdec",
        .driver = "rkvdec",
        .card = "rkvdec",
        .bus_info = "platform:rkvdec",
        .model = "rkvdec",
        .multi_planar = true,
        .requires_requests = true,
        .stride_alignment = 64,
        .height_alignment = 16,
        .motion_bytes_per_macroblock = 128,
        .motion_bytes_tail = 0,
        .max_buffers = 32,
        .format_busy = FormatBusy::strict,
        .h264_decode_mode = kFrameBased,
        .h264_start_code = kAnnexB,
        .h264_profile_mask = kBaselineToHigh,
        .h264_slice_controls = false,
        .max_bit_depth = 8,
        .vp9_max_bit_depth = 8,
        .vp9_profile_mask = 1U << V4L2_MPEG_VIDEO_VP9_PROFILE_0,
        .vp9_exact_size = true,
        .coded_formats = kRkvdecFormats,
        .capture_formats = kNv12Only,
        .deep_capture_formats = kP010Only,
    },
};

}  // namespace

const Personality& find_personality(std::string_view name) {
    for (const Personality& row : kPersonalities) {
        if (row.name == name) return row;
    }
    if (!name.empty()) {
        std::fprintf(stderr, "virtual: no device named '%.*s', using '%s'\n",
                     static_cast<int>(name.size()), name.data(), kPersonalities[0].name);
    }
    return kPersonalities[0];
}

}  // namespace vdec
