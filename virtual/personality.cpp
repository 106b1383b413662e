// SPDX-License-Identifier: MIT
// The table of device personalities.
#include "personality.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <cstdio>

#include "av1_controls.h"
#include "personality_layouts.h"
#include "pixel_formats.h"

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

constexpr uint64_t kBaselineToHigh10 = kBaselineToHigh | 1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10;

constexpr uint64_t kMainAndMain10 = 1U << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN |
                                    1U << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_STILL_PICTURE |
                                    1U << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10;

// Of HEVC and H.264 the numbers of modes and start codes are the same.
static_assert(V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED ==
              int{V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED});
static_assert(V4L2_STATELESS_HEVC_START_CODE_ANNEX_B ==
              int{V4L2_STATELESS_H264_START_CODE_ANNEX_B});
constexpr ModeRange kSliceBased = {V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED,
                                   V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED,
                                   V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED};
constexpr ModeRange kNoStartCode = {V4L2_STATELESS_HEVC_START_CODE_NONE,
                                    V4L2_STATELESS_HEVC_START_CODE_NONE,
                                    V4L2_STATELESS_HEVC_START_CODE_NONE};

constexpr ModeRange kAnyMode = {V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED,
                                V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED,
                                V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED};
constexpr ModeRange kAnyStartCode = {V4L2_STATELESS_H264_START_CODE_NONE,
                                     V4L2_STATELESS_H264_START_CODE_ANNEX_B,
                                     V4L2_STATELESS_H264_START_CODE_NONE};

// The device skips the reference picture sets in slice headers by the sizes in DECODE_PARAMS.
constexpr HevcStyle kHantroHevc = {
    .decode_mode = kFrameBased,
    .start_code = kAnnexB,
    .max_slices = 0,
    .max_entry_points = 0,
    .ext_sps_rps = false,
    .headers_from_controls = false,
    .references_by_poc = true,
    .max_bit_depth = 10,
    .profile_mask = kMainAndMain10,
};

// The same with sizes and final reference lists per slice.
constexpr HevcStyle kRkvdecHevc = {
    .decode_mode = kFrameBased,
    .start_code = kAnnexB,
    .max_slices = 600,
    .max_entry_points = 0,
    .ext_sps_rps = false,
    .headers_from_controls = false,
    .references_by_poc = false,
    .max_bit_depth = 10,
    .profile_mask = kMainAndMain10,
};

// The device reads slice headers whole, with the tables of the SPS.
constexpr HevcStyle kRkvdec2Hevc = {
    .decode_mode = kFrameBased,
    .start_code = kAnnexB,
    .max_slices = 0,
    .max_entry_points = 0,
    .ext_sps_rps = true,
    .headers_from_controls = false,
    .references_by_poc = false,
    .max_bit_depth = 10,
    .profile_mask = kMainAndMain10,
};

// One slice per request; everything but the slice data comes from the controls.
constexpr HevcStyle kCedrusHevc = {
    .decode_mode = kSliceBased,
    .start_code = kNoStartCode,
    .max_slices = 1,
    .max_entry_points = 256,
    .ext_sps_rps = false,
    .headers_from_controls = true,
    .references_by_poc = false,
    .max_bit_depth = 10,
    .profile_mask = 0,
};

// The same for all slices of a frame at once.
constexpr HevcStyle kRpiHevc = {
    .decode_mode = kFrameBased,
    .start_code = kNoStartCode,
    .max_slices = 600,
    .max_entry_points = 0,
    .ext_sps_rps = false,
    .headers_from_controls = true,
    .references_by_poc = false,
    .max_bit_depth = 10,
    .profile_mask = kMainAndMain10,
};

// It applies film grain on the way to CAPTURE, and has no profile menu.
constexpr Av1Style kHantroAv1 = {.max_bit_depth = 10, .film_grain = true, .profile_mask = 0};

constexpr CodedFormat kHantroFormats[] = {
    {V4L2_PIX_FMT_H264_SLICE, "H.264 Parsed Slice Data", "h264", 48, 4096, 16, 48, 2304, 16, true},
    {V4L2_PIX_FMT_MPEG2_SLICE, "MPEG-2 Parsed Slice Data", "mpeg2", 48, 1920, 16, 48, 1088, 16,
     false},
    {V4L2_PIX_FMT_VP8_FRAME, "VP8 Frame", "vp8", 48, 3840, 16, 48, 2160, 16, false},
    {V4L2_PIX_FMT_VP9_FRAME, "VP9 Frame", "vp9", 48, 4096, 16, 48, 2304, 16, false},
    {V4L2_PIX_FMT_HEVC_SLICE, "HEVC Parsed Slice Data", "hevc", 16, 4096, 16, 16, 2304, 16, false},
    {av1::kPixelFormat, "AV1 Frame", "av1", 64, 3840, 16, 64, 2160, 16, false},
};

constexpr CodedFormat kHantroAv1Formats[] = {
    {av1::kPixelFormat, "AV1 Frame", "av1", 64, 3840, 16, 64, 2160, 16, false},
};

constexpr CodedFormat kRk3399VpuFormats[] = {
    {V4L2_PIX_FMT_MPEG2_SLICE, "MPEG-2 Parsed Slice Data", "mpeg2", 48, 1920, 16, 48, 1088, 16,
     false},
    {V4L2_PIX_FMT_VP8_FRAME, "VP8 Frame", "vp8", 48, 3840, 16, 48, 2160, 16, false},
};

constexpr CodedFormat kRkvdecFormats[] = {
    {V4L2_PIX_FMT_H264_SLICE, "H.264 Parsed Slice Data", "h264", 48, 4096, 16, 48, 2304, 16, true},
    {V4L2_PIX_FMT_VP9_FRAME, "VP9 Frame", "vp9", 64, 4096, 64, 64, 2304, 64, false},
    {V4L2_PIX_FMT_HEVC_SLICE, "HEVC Parsed Slice Data", "hevc", 16, 4096, 16, 16, 2304, 16, false},
};

constexpr CodedFormat kRkvdec2Formats[] = {
    {V4L2_PIX_FMT_H264_SLICE, "H.264 Parsed Slice Data", "h264", 64, 8192, 16, 64, 4320, 16, true},
    {V4L2_PIX_FMT_HEVC_SLICE, "HEVC Parsed Slice Data", "hevc", 16, 8192, 16, 16, 4320, 16, false},
};

constexpr CodedFormat kCedrusFormats[] = {
    {V4L2_PIX_FMT_MPEG2_SLICE, "MPEG-2 Parsed Slice Data", "mpeg2", 16, 4096, 1, 16, 2304, 1,
     false},
    {V4L2_PIX_FMT_H264_SLICE, "H.264 Parsed Slice Data", "h264", 16, 4096, 1, 16, 2304, 1, true},
    {V4L2_PIX_FMT_HEVC_SLICE, "HEVC Parsed Slice Data", "hevc", 16, 4096, 1, 16, 2304, 1, true},
    {V4L2_PIX_FMT_VP8_FRAME, "VP8 Frame", "vp8", 16, 4096, 1, 16, 2304, 1, false},
};

constexpr CodedFormat kOldHantroFormats[] = {
    {V4L2_PIX_FMT_H264_SLICE, "H.264 Parsed Slice Data", "h264", 48, 4096, 16, 48, 2304, 16, false},
    {V4L2_PIX_FMT_MPEG2_SLICE, "MPEG-2 Parsed Slice Data", "mpeg2", 48, 1920, 16, 48, 1088, 16,
     false},
    {V4L2_PIX_FMT_VP8_FRAME, "VP8 Frame", "vp8", 48, 3840, 16, 48, 2160, 16, false},
};

constexpr CodedFormat kSlicesFormats[] = {
    {V4L2_PIX_FMT_H264_SLICE, "H.264 Parsed Slice Data", "h264", 48, 4096, 1, 48, 4096, 1, true},
};

constexpr CodedFormat kVislFormats[] = {
    {V4L2_PIX_FMT_MPEG2_SLICE, "MPEG2 Parsed Slice Data", "mpeg2", 16, 1920, 1, 16, 1152, 1, true},
    {V4L2_PIX_FMT_VP8_FRAME, "VP8 Frame", "vp8", 64, 16383, 1, 64, 16383, 1, true},
    {V4L2_PIX_FMT_VP9_FRAME, "VP9 Frame", "vp9", 64, 8192, 1, 64, 4352, 1, true},
    {V4L2_PIX_FMT_H264_SLICE, "H.264 Parsed Slice Data", "h264", 64, 4096, 1, 64, 2304, 1, true},
};

constexpr CodedFormat kRpiFormats[] = {
    {V4L2_PIX_FMT_HEVC_SLICE, "HEVC Parsed Slice Data", "hevc", 16, 4096, 16, 16, 4096, 16, false},
};

constexpr uint32_t kNv12Only[] = {V4L2_PIX_FMT_NV12};
constexpr uint32_t kP010Only[] = {V4L2_PIX_FMT_P010};
constexpr uint32_t kNv15Only[] = {V4L2_PIX_FMT_NV15};

constexpr Personality kPersonalities[] = {
    {
        .name = "hantro",
        .driver = "hantro-vpu",
        .card = "rockchip,rk3568-vpu-dec",
        .bus_info = "platform:fdea0400.video-codec",
        .model = "hantro-vpu",
        .stride_alignment = 16,
        .motion_bytes_per_macroblock = 64,
        .motion_bytes_tail = 32,
        .max_buffers = 64,
        .format_busy = FormatBusy::relaxed,
        .h264_decode_mode = kFrameBased,
        .h264_start_code = kAnnexB,
        .h264_profile_mask = kBaselineToHigh,
        .vp9_max_bit_depth = 10,
        .hevc = kHantroHevc,
        .av1 = kHantroAv1,
        .coded_formats = kHantroFormats,
        .capture_formats = kNv12Only,
        .deep_capture_formats = kP010Only,
    },
    {
        .name = "hantro-av1",
        .driver = "hantro-vpu",
        .card = "rockchip,rk3588-av1-vpu-dec",
        .bus_info = "platform:fdc70000.video-codec",
        .model = "hantro-vpu",
        .requires_requests = false,
        .stride_alignment = 16,
        .max_buffers = 64,
        .format_busy = FormatBusy::relaxed,
        .h264_decode_mode = kFrameBased,
        .h264_start_code = kAnnexB,
        .h264_profile_mask = kBaselineToHigh,
        .vp9_max_bit_depth = 10,
        .hevc = kHantroHevc,
        .av1 = kHantroAv1,
        .coded_formats = kHantroAv1Formats,
        .capture_formats = kNv12Only,
        .deep_capture_formats = kP010Only,
    },
    {
        // The VPU of RK3399: H.264 is left to rkvdec.
        .name = "hantro-rk3399",
        .driver = "hantro-vpu",
        .card = "rockchip,rk3399-vpu-dec",
        .bus_info = "platform:ff650000.video-codec",
        .model = "hantro-vpu",
        .stride_alignment = 16,
        .max_buffers = 64,
        .format_busy = FormatBusy::relaxed,
        .h264_decode_mode = kFrameBased,
        .h264_start_code = kAnnexB,
        .h264_profile_mask = kBaselineToHigh,
        .hevc = kHantroHevc,
        .coded_formats = kRk3399VpuFormats,
        .capture_formats = kNv12Only,
        .deep_capture_formats = kP010Only,
    },
    {
        .name = "rkvdec",
        .driver = "rkvdec",
        .card = "rkvdec",
        .bus_info = "platform:rkvdec",
        .model = "rkvdec",
        .stride_alignment = 64,
        .motion_bytes_per_macroblock = 128,
        .h264_decode_mode = kFrameBased,
        .h264_start_code = kAnnexB,
        .h264_profile_mask = kBaselineToHigh,
        .vp9_profile_mask = 1U << V4L2_MPEG_VIDEO_VP9_PROFILE_0,
        .vp9_exact_size = true,
        .hevc = kRkvdecHevc,
        .coded_formats = kRkvdecFormats,
        .capture_formats = kNv12Only,
        .deep_capture_formats = kNv15Only,
    },
    {
        .name = "rkvdec2",
        .driver = "rkvdec",
        .card = "rkvdec",
        .bus_info = "platform:rkvdec",
        .model = "rkvdec",
        .stride_alignment = 64,
        .h264_decode_mode = kFrameBased,
        .h264_start_code = kAnnexB,
        .h264_profile_mask = kBaselineToHigh10,
        .max_bit_depth = 10,
        .hevc = kRkvdec2Hevc,
        .coded_formats = kRkvdec2Formats,
        .capture_formats = kNv12Only,
        .deep_capture_formats = kNv15Only,
    },
    {
        .name = "cedrus",
        .driver = "cedrus",
        .card = "cedrus",
        .bus_info = "platform:cedrus",
        .model = "cedrus",
        .multi_planar = false,
        .stride_alignment = 32,
        .h264_decode_mode = kSliceBased,
        .h264_start_code = kNoStartCode,
        .h264_profile_mask = kBaselineToHigh,
        .h264_slice_controls = true,
        .h264_monochrome = false,
        .hevc = kCedrusHevc,
        .coded_formats = kCedrusFormats,
        .capture_formats = kNv12Only,
        .deep_capture_formats = kP010Only,
    },
    {
        .name = "rpi",
        .driver = "rpi-hevc-dec",
        .card = "rpi-hevc-dec",
        .bus_info = "platform:rpi-hevc-dec",
        .model = "rpi-hevc-dec",
        .stride_alignment = 128,
        .h264_decode_mode = kFrameBased,
        .h264_start_code = kAnnexB,
        .h264_profile_mask = kBaselineToHigh,
        .hevc = kRpiHevc,
        .coded_formats = kRpiFormats,
        .capture_formats = kNv12Only,
        .deep_capture_formats = kP010Only,
    },
    {
        // hantro before Linux 5.6: a frame ends with its first part.
        .name = "hantro-old",
        .driver = "hantro-vpu",
        .card = "rockchip,rk3288-vpu-dec",
        .bus_info = "platform:ff9a0000.video-codec",
        .model = "hantro-vpu",
        .stride_alignment = 16,
        .motion_bytes_per_macroblock = 64,
        .motion_bytes_tail = 32,
        .h264_decode_mode = kFrameBased,
        .h264_start_code = kAnnexB,
        .h264_profile_mask = kBaselineToHigh,
        .hevc = kHantroHevc,
        .coded_formats = kOldHantroFormats,
        .capture_formats = kNv12Only,
        .deep_capture_formats = kP010Only,
    },
    {
        // No known driver, but the interface has it: slices with start codes.
        .name = "slices",
        .driver = "slices",
        .card = "slices",
        .bus_info = "platform:slices",
        .model = "slices",
        .stride_alignment = 256,
        .height_alignment = 32,
        .format_busy = FormatBusy::relaxed,
        .h264_decode_mode = kSliceBased,
        .h264_start_code = kAnnexB,
        .h264_profile_mask = kBaselineToHigh10,
        .h264_slice_controls = true,
        .max_bit_depth = 10,
        .hevc = kHantroHevc,
        .coded_formats = kSlicesFormats,
        .capture_formats = kNv12Only,
        .deep_capture_formats = kP010Only,
    },
    {
        // Both modes, the ones that a client must not keep as the default. HEVC apart.
        .name = "visl",
        .driver = "visl",
        .card = "visl",
        .bus_info = "platform:visl",
        .model = "visl",
        .requires_requests = false,
        .stride_alignment = 1,
        .height_alignment = 1,
        .h264_decode_mode = kAnyMode,
        .h264_start_code = kAnyStartCode,
        .h264_profile_mask = kBaselineToHigh,
        .h264_slice_controls = true,
        .vp9_profile_mask = 1U << V4L2_MPEG_VIDEO_VP9_PROFILE_0,
        .hevc = kHantroHevc,
        .coded_formats = kVislFormats,
        .capture_formats = kNv12Only,
        .deep_capture_formats = kP010Only,
    },
};

}  // namespace

const Personality& find_personality(std::string_view name) {
    for (const Personality& row : kPersonalities) {
        if (row.name == name) return row;
    }
    for (const Personality& row :
         name.empty() ? std::span<const Personality>() : layout_personalities()) {
        if (row.name == name) return row;
    }
    if (!name.empty()) {
        std::fprintf(stderr, "virtual: no device named '%.*s', using '%s'\n",
                     static_cast<int>(name.size()), name.data(), kPersonalities[0].name);
    }
    return kPersonalities[0];
}

}  // namespace vdec
