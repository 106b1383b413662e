// SPDX-License-Identifier: MIT
// What the tables of personalities are made of, and where they are.
#pragma once

#include "machines/personality.h"
#include "uapi/av1.h"

namespace vdec {

std::span<const Personality> hantro_personalities();
std::span<const Personality> rkvdec_personalities();
std::span<const Personality> other_personalities();  // one driver, a few rows each

// Both dimensions alike, but for the largest size.
constexpr Sizes sizes(unsigned smallest, unsigned max_width, unsigned max_height, unsigned step) {
    return {smallest, max_width, step, smallest, max_height, step};
}

// V4L2_MPEG_VIDEO_H264_LEVEL_5_2 and ..._6_0, which older headers lack.
constexpr int kH264Level52 = 16;
constexpr int kH264Level60 = 17;

enum class Hold : bool { no, yes };

constexpr CodedFormat h264(const Sizes& sizes, Hold hold, const Tail& tail = {}) {
    return {
        V4L2_PIX_FMT_H264_SLICE, "H.264 Parsed Slice Data", "h264", sizes, hold == Hold::yes, tail};
}

constexpr CodedFormat hevc_slices(const Sizes& sizes, const Tail& tail = {}, Hold hold = Hold::no) {
    return {
        V4L2_PIX_FMT_HEVC_SLICE, "HEVC Parsed Slice Data", "hevc", sizes, hold == Hold::yes, tail};
}

constexpr CodedFormat mpeg2(const Sizes& sizes, Hold hold = Hold::no) {
    return {V4L2_PIX_FMT_MPEG2_SLICE,
            "MPEG-2 Parsed Slice Data",
            "mpeg2",
            sizes,
            hold == Hold::yes,
            {}};
}

constexpr CodedFormat vp8(const Sizes& sizes, Hold hold = Hold::no) {
    return {V4L2_PIX_FMT_VP8_FRAME, "VP8 Frame", "vp8", sizes, hold == Hold::yes, {}};
}

constexpr CodedFormat vp9(const Sizes& sizes, const Tail& tail = {}, Hold hold = Hold::no) {
    return {V4L2_PIX_FMT_VP9_FRAME, "VP9 Frame", "vp9", sizes, hold == Hold::yes, tail};
}

constexpr CodedFormat av1_frame(const Sizes& sizes, const Tail& tail = {}, Hold hold = Hold::no) {
    return {av1::kPixelFormat, "AV1 Frame", "av1", sizes, hold == Hold::yes, tail};
}

}  // namespace vdec
