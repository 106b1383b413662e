// SPDX-License-Identifier: MIT
// Devices whose CAPTURE formats are not linear: what a VA driver has to unpack.
#include "personality_layouts.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <array>

#include "pixel_formats.h"

namespace vdec {
namespace {

constexpr CodedFormat kMpeg2 = {V4L2_PIX_FMT_MPEG2_SLICE,
                                "MPEG-2 Parsed Slice Data",
                                "mpeg2",
                                48,
                                1920,
                                16,
                                48,
                                1088,
                                16,
                                false};
constexpr CodedFormat kVp8 = {
    V4L2_PIX_FMT_VP8_FRAME, "VP8 Frame", "vp8", 48, 1920, 16, 48, 1088, 16, false};
constexpr CodedFormat kVp9 = {
    V4L2_PIX_FMT_VP9_FRAME, "VP9 Frame", "vp9", 64, 4096, 64, 64, 2304, 64, false};
constexpr CodedFormat kH264 = {
    V4L2_PIX_FMT_H264_SLICE, "H.264 Parsed Slice Data", "h264", 64, 4096, 64, 64, 2304, 64, false};
constexpr CodedFormat kHevc = {
    V4L2_PIX_FMT_HEVC_SLICE, "HEVC Parsed Slice Data", "hevc", 64, 4096, 16, 64, 2304, 16, false};

constexpr CodedFormat kMediatekFormats[] = {kH264, kHevc, kVp8, kVp9};
constexpr uint32_t kMediatekCapture[] = {V4L2_PIX_FMT_MM21};
constexpr uint32_t kMediatekDeep[] = {V4L2_PIX_FMT_MT2110T, V4L2_PIX_FMT_MT2110R};

// Two memory planes; the format with 10 bits is one for H.264 and another for the rest.
Personality mediatek() {
    Personality row = find_personality("hantro");
    row.name = "mt8195";
    row.driver = "mtk-vcodec-dec";
    row.card = "MT8195 video decoder";
    row.bus_info = "platform:18000000.video-codec";
    row.model = "mtk-vcodec-dec";
    row.stride_alignment = 64;
    row.height_alignment = 64;
    row.motion_bytes_per_macroblock = 0;
    row.motion_bytes_tail = 0;
    row.max_buffers = 32;
    row.format_busy = FormatBusy::strict;
    row.h264_profile_mask |= 1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10;
    row.max_bit_depth = 10;
    row.vp9_max_bit_depth = 10;
    row.vp9_profile_mask =
        1U << V4L2_MPEG_VIDEO_VP9_PROFILE_0 | 1U << V4L2_MPEG_VIDEO_VP9_PROFILE_2;
    row.hevc.references_by_poc = false;
    row.coded_formats = kMediatekFormats;
    row.capture_formats = kMediatekCapture;
    row.deep_capture_formats = kMediatekDeep;
    return row;
}

constexpr CodedFormat kG2Formats[] = {kHevc, kVp9};
constexpr uint32_t kG2Capture[] = {V4L2_PIX_FMT_NV12_4L4};
constexpr uint32_t kG2Deep[] = {V4L2_PIX_FMT_NV15_4L4};
constexpr uint32_t kG2WordsDeep[] = {V4L2_PIX_FMT_P010_4L4};

// hantro's G2 without its post-processor. Kernels differ in what its 10-bit format is called.
Personality hantro_tiled(const char* name, std::span<const uint32_t> deep) {
    Personality row = find_personality("hantro");
    row.name = name;
    row.card = "nxp,imx8mq-vpu-g2-dec";
    row.bus_info = "platform:38310000.video-codec";
    row.coded_formats = kG2Formats;
    row.capture_formats = kG2Capture;
    row.deep_capture_formats = deep;
    return row;
}

constexpr CodedFormat kSunxiFormats[] = {kMpeg2, kVp8};
constexpr uint32_t kSunxiCapture[] = {V4L2_PIX_FMT_NV12_32L32};

Personality sunxi() {
    Personality row = find_personality("cedrus");
    row.name = "a20";
    row.coded_formats = kSunxiFormats;
    row.capture_formats = kSunxiCapture;
    row.deep_capture_formats = kSunxiCapture;
    return row;
}

constexpr uint32_t kColumnCapture[] = {V4L2_PIX_FMT_NV12_COL128};
constexpr uint32_t kColumnDeep[] = {V4L2_PIX_FMT_NV12_10_COL128};

Personality raspberry_pi() {
    Personality row = find_personality("rpi");
    row.name = "rpi4";
    row.height_alignment = 8;
    row.capture_formats = kColumnCapture;
    row.deep_capture_formats = kColumnDeep;
    return row;
}

}  // namespace

std::span<const Personality> layout_personalities() {
    static const std::array kRows = {mediatek(), hantro_tiled("imx8mq", kG2WordsDeep),
                                     hantro_tiled("vc9000", kG2Deep), sunxi(), raspberry_pi()};
    return kRows;
}

}  // namespace vdec
