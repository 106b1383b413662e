// SPDX-License-Identifier: MIT
// The table of codecs: one row each.
#include "codec/registry.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <array>

#include "codec/av1.h"
#include "codec/h264.h"
#include "codec/hevc.h"
#include "codec/mpeg2.h"
#include "codec/va_compat.h"
#include "codec/vp8.h"
#include "codec/vp9.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {
namespace {

constexpr uint64_t menu_item(uint32_t item) { return uint64_t{1} << item; }

constexpr std::array<ProfileInfo, 4> kH264Profiles = {{
    // A device that does Baseline (flexible macroblock order apart) does the constrained one.
    {.profile = VAProfileH264ConstrainedBaseline,
     .menu_items = menu_item(V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE) |
                   menu_item(V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE)},
    {.profile = VAProfileH264Main, .menu_items = menu_item(V4L2_MPEG_VIDEO_H264_PROFILE_MAIN)},
    {.profile = VAProfileH264High, .menu_items = menu_item(V4L2_MPEG_VIDEO_H264_PROFILE_HIGH)},
    // Both depths; each picture says its own.
    {.profile = kVaProfileH264High10,
     .bit_depth = 10,
     .min_bit_depth = 8,
     .menu_items = menu_item(V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10)},
}};

constexpr std::array<uint32_t, 3> kH264Controls = {V4L2_CID_STATELESS_H264_SPS,
                                                   V4L2_CID_STATELESS_H264_PPS,
                                                   V4L2_CID_STATELESS_H264_DECODE_PARAMS};

// Main Still Picture is Main to clients, and every device that does Main does it.
constexpr std::array<ProfileInfo, 2> kHevcProfiles = {{
    {.profile = VAProfileHEVCMain, .menu_items = menu_item(V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN)},
    // A stream may say Main 10 and have 8 bits (H.265 A.3.3).
    {.profile = VAProfileHEVCMain10,
     .bit_depth = 10,
     .min_bit_depth = 8,
     .menu_items = menu_item(V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10)},
}};

constexpr std::array<uint32_t, 3> kHevcControls = {V4L2_CID_STATELESS_HEVC_SPS,
                                                   V4L2_CID_STATELESS_HEVC_PPS,
                                                   V4L2_CID_STATELESS_HEVC_DECODE_PARAMS};

// One VA profile for all four versions: the lowest one stands for them.
constexpr std::array<ProfileInfo, 1> kVp8Profiles = {{
    {.profile = VAProfileVP8Version0_3, .menu_items = menu_item(V4L2_MPEG_VIDEO_VP8_PROFILE_0)},
}};

constexpr std::array<uint32_t, 1> kVp8Controls = {V4L2_CID_STATELESS_VP8_FRAME};

constexpr std::array<ProfileInfo, 2> kVp9Profiles = {{
    {.profile = VAProfileVP9Profile0, .menu_items = menu_item(V4L2_MPEG_VIDEO_VP9_PROFILE_0)},
    {.profile = VAProfileVP9Profile2,
     .bit_depth = 10,
     .min_bit_depth = 10,
     .menu_items = menu_item(V4L2_MPEG_VIDEO_VP9_PROFILE_2)},
}};

constexpr std::array<uint32_t, 1> kVp9Controls = {V4L2_CID_STATELESS_VP9_FRAME};

constexpr std::array<ProfileInfo, 2> kMpeg2Profiles = {{
    // A device that does Main does Simple: it is Main without B pictures.
    {.profile = VAProfileMPEG2Simple,
     .menu_items = menu_item(V4L2_MPEG_VIDEO_MPEG2_PROFILE_SIMPLE) |
                   menu_item(V4L2_MPEG_VIDEO_MPEG2_PROFILE_MAIN)},
    {.profile = VAProfileMPEG2Main, .menu_items = menu_item(V4L2_MPEG_VIDEO_MPEG2_PROFILE_MAIN)},
}};

constexpr std::array<uint32_t, 3> kMpeg2Controls = {V4L2_CID_STATELESS_MPEG2_SEQUENCE,
                                                    V4L2_CID_STATELESS_MPEG2_PICTURE,
                                                    V4L2_CID_STATELESS_MPEG2_QUANTISATION};

constexpr std::array<ProfileInfo, 1> kAv1Profiles = {{
    // One profile for both depths; each picture says its own. VAConfigAttribRTFormat tells clients
    // which of them the device has.
    {.profile = VAProfileAV1Profile0,
     .bit_depth = 10,
     .min_bit_depth = 8,
     .needs_deepest = false,
     .menu_items = menu_item(V4L2_MPEG_VIDEO_AV1_PROFILE_MAIN)},
}};

// Film grain is not needed: mediatek has no such control, and gives pictures without grain.
constexpr std::array<uint32_t, 3> kAv1Controls = {V4L2_CID_STATELESS_AV1_SEQUENCE,
                                                  V4L2_CID_STATELESS_AV1_FRAME,
                                                  V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY};

constexpr std::array<CodecInfo, 6> kCodecs = {{
    {.name = "h264",
     .coded_fourcc = V4L2_PIX_FMT_H264_SLICE,
     .sequence_control = V4L2_CID_STATELESS_H264_SPS,
     .profiles = kH264Profiles,
     .required_controls = kH264Controls,
     .create = create_h264_codec},
    {.name = "hevc",
     .coded_fourcc = V4L2_PIX_FMT_HEVC_SLICE,
     .sequence_control = V4L2_CID_STATELESS_HEVC_SPS,
     .profiles = kHevcProfiles,
     .required_controls = kHevcControls,
     .create = create_hevc_codec},
    {.name = "vp8",
     .coded_fourcc = V4L2_PIX_FMT_VP8_FRAME,
     .sequence_control = V4L2_CID_STATELESS_VP8_FRAME,
     .profiles = kVp8Profiles,
     .outlives_context = true,
     .required_controls = kVp8Controls,
     .create = create_vp8_codec},
    {.name = "vp9",
     .coded_fourcc = V4L2_PIX_FMT_VP9_FRAME,
     .sequence_control = V4L2_CID_STATELESS_VP9_FRAME,
     .profiles = kVp9Profiles,
     .size_in_header = true,
     .outlives_context = true,
     .required_controls = kVp9Controls,
     .create = create_vp9_codec},
    {.name = "av1",
     .coded_fourcc = V4L2_PIX_FMT_AV1_FRAME,
     .sequence_control = V4L2_CID_STATELESS_AV1_SEQUENCE,
     .profiles = kAv1Profiles,
     .size_in_header = true,
     .outlives_context = true,
     .required_controls = kAv1Controls,
     .create = create_av1_codec},
    {.name = "mpeg2",
     .coded_fourcc = V4L2_PIX_FMT_MPEG2_SLICE,
     .sequence_control = V4L2_CID_STATELESS_MPEG2_SEQUENCE,
     .profiles = kMpeg2Profiles,
     .required_controls = kMpeg2Controls,
     .create = create_mpeg2_codec},
}};

}  // namespace

std::span<const CodecInfo> codecs() { return kCodecs; }

const CodecInfo* find_codec(VAProfile profile, const ProfileInfo** profile_info) {
    for (const CodecInfo& codec : kCodecs) {
        for (const ProfileInfo& candidate : codec.profiles) {
            if (candidate.profile != profile) {
                continue;
            }
            if (profile_info != nullptr) {
                *profile_info = &candidate;
            }
            return &codec;
        }
    }
    return nullptr;
}

}  // namespace v4l2va
