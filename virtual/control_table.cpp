// SPDX-License-Identifier: MIT
// Builds the control list of a personality.
#include "control_table.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "av1_uapi.h"
#include "hevc_uapi.h"

namespace vdec {
namespace {

constexpr std::array<const char*, 18> kProfileNames = {
    "Baseline",
    "Constrained Baseline",
    "Main",
    "Extended",
    "High",
    "High 10",
    "High 422",
    "High 444 Predictive",
    "High 10 Intra",
    "High 422 Intra",
    "High 444 Intra",
    "CAVLC 444 Intra",
    "Scalable Baseline",
    "Scalable High",
    "Scalable High Intra",
    "Stereo High",
    "Multiview High",
    "Constrained High",
};

constexpr std::array<const char*, 3> kHevcProfileNames = {"Main", "Main Still Picture", "Main 10"};

constexpr std::array<const char*, 3> kAv1ProfileNames = {"Main", "High", "Professional"};

// Of VP8, too.
constexpr std::array<const char*, 4> kVp9ProfileNames = {"0", "1", "2", "3"};

// The matrix that MPEG-2 begins a sequence with (6.3.11), in zig-zag order.
constexpr std::array<uint8_t, 64> kMpeg2IntraMatrix = {
    8,  16, 16, 19, 16, 19, 22, 22, 22, 22, 22, 22, 26, 24, 26, 27, 27, 27, 26, 26, 26, 26,
    27, 27, 27, 29, 29, 29, 34, 34, 34, 29, 29, 29, 27, 27, 29, 29, 32, 32, 34, 34, 37, 38,
    37, 35, 35, 34, 35, 38, 38, 40, 40, 40, 48, 48, 46, 46, 56, 56, 58, 69, 69, 83,
};

ControlInfo menu(uint32_t id, const char* name, const ModeRange& range) {
    ControlInfo info;
    info.id = id;
    info.name = name;
    info.type = V4L2_CTRL_TYPE_MENU;
    info.minimum = range.minimum;
    info.maximum = range.maximum;
    info.step = 1;
    info.default_value = range.default_value;
    for (int i = range.minimum; i <= range.maximum; ++i) info.menu_mask |= 1ULL << i;
    info.initial.resize(4);
    std::memcpy(info.initial.data(), &range.default_value, 4);
    return info;
}

ControlInfo compound(uint32_t id, const char* name, uint32_t type, size_t size) {
    ControlInfo info;
    info.id = id;
    info.name = name;
    info.type = type;
    info.flags = V4L2_CTRL_FLAG_HAS_PAYLOAD;
    info.elem_size = static_cast<uint32_t>(size);
    info.initial.resize(size);
    return info;
}

// Of the items that `mask` has a bit for.
ControlInfo profile_menu(uint32_t id, const char* name, uint64_t mask, int default_value) {
    const ModeRange range = {std::countr_zero(mask), static_cast<int>(std::bit_width(mask)) - 1,
                             default_value};
    ControlInfo info = menu(id, name, range);
    info.menu_mask = mask;
    return info;
}

void add_h264(std::vector<ControlInfo>& list, const Personality& device) {
    if (device.h264_profile_mask != 0) {
        list.push_back(profile_menu(V4L2_CID_MPEG_VIDEO_H264_PROFILE, "H264 Profile",
                                    device.h264_profile_mask, V4L2_MPEG_VIDEO_H264_PROFILE_MAIN));
    }
    list.push_back(
        menu(V4L2_CID_STATELESS_H264_DECODE_MODE, "H264 Decode Mode", device.h264_decode_mode));
    list.push_back(
        menu(V4L2_CID_STATELESS_H264_START_CODE, "H264 Start Code", device.h264_start_code));
    list.push_back(compound(V4L2_CID_STATELESS_H264_SPS, "H264 Sequence Parameter Set",
                            V4L2_CTRL_TYPE_H264_SPS, sizeof(v4l2_ctrl_h264_sps)));
    list.push_back(compound(V4L2_CID_STATELESS_H264_PPS, "H264 Picture Parameter Set",
                            V4L2_CTRL_TYPE_H264_PPS, sizeof(v4l2_ctrl_h264_pps)));
    if (device.h264_scaling_matrix) {
        list.push_back(compound(V4L2_CID_STATELESS_H264_SCALING_MATRIX, "H264 Scaling Matrix",
                                V4L2_CTRL_TYPE_H264_SCALING_MATRIX,
                                sizeof(v4l2_ctrl_h264_scaling_matrix)));
        // Flat lists, as Flat_4x4_16 and Flat_8x8_16.
        std::ranges::fill(list.back().initial, uint8_t{16});
    }
    list.push_back(compound(V4L2_CID_STATELESS_H264_DECODE_PARAMS, "H264 Decode Parameters",
                            V4L2_CTRL_TYPE_H264_DECODE_PARAMS,
                            sizeof(v4l2_ctrl_h264_decode_params)));
    if (!device.h264_slice_controls) return;
    list.push_back(compound(V4L2_CID_STATELESS_H264_PRED_WEIGHTS, "H264 Prediction Weight Table",
                            V4L2_CTRL_TYPE_H264_PRED_WEIGHTS, sizeof(v4l2_ctrl_h264_pred_weights)));
    list.push_back(compound(V4L2_CID_STATELESS_H264_SLICE_PARAMS, "H264 Slice Parameters",
                            V4L2_CTRL_TYPE_H264_SLICE_PARAMS, sizeof(v4l2_ctrl_h264_slice_params)));
}

// A compound control with the default that the V4L2 core gives to its type.
template <typename T>
ControlInfo compound_value(uint32_t id, const char* name, uint32_t type, const T& initial) {
    ControlInfo info = compound(id, name, type, sizeof initial);
    std::memcpy(info.initial.data(), &initial, sizeof initial);
    return info;
}

void add_mpeg2(std::vector<ControlInfo>& list) {
    v4l2_ctrl_mpeg2_sequence sequence = {};
    sequence.chroma_format = 1;
    v4l2_ctrl_mpeg2_picture picture = {};
    picture.picture_structure = V4L2_MPEG2_PIC_TOP_FIELD;
    picture.picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_I;
    v4l2_ctrl_mpeg2_quantisation quantisation;
    std::memset(&quantisation, 16, sizeof quantisation);
    std::ranges::copy(kMpeg2IntraMatrix, quantisation.intra_quantiser_matrix);
    std::ranges::copy(kMpeg2IntraMatrix, quantisation.chroma_intra_quantiser_matrix);
    list.push_back(compound_value(V4L2_CID_STATELESS_MPEG2_SEQUENCE, "MPEG-2 Sequence Header",
                                  V4L2_CTRL_TYPE_MPEG2_SEQUENCE, sequence));
    list.push_back(compound_value(V4L2_CID_STATELESS_MPEG2_PICTURE, "MPEG-2 Picture Header",
                                  V4L2_CTRL_TYPE_MPEG2_PICTURE, picture));
    list.push_back(compound_value(V4L2_CID_STATELESS_MPEG2_QUANTISATION,
                                  "MPEG-2 Quantisation Matrices", V4L2_CTRL_TYPE_MPEG2_QUANTISATION,
                                  quantisation));
}

void add_vp8(std::vector<ControlInfo>& list, const Personality& device) {
    if (device.vp8_profile_mask != 0) {
        list.push_back(profile_menu(V4L2_CID_MPEG_VIDEO_VP8_PROFILE, "VP8 Profile",
                                    device.vp8_profile_mask, V4L2_MPEG_VIDEO_VP8_PROFILE_0));
    }
    v4l2_ctrl_vp8_frame frame = {};
    frame.num_dct_parts = 1;
    list.push_back(compound_value(V4L2_CID_STATELESS_VP8_FRAME, "VP8 Frame Parameters",
                                  V4L2_CTRL_TYPE_VP8_FRAME, frame));
}

void add_vp9(std::vector<ControlInfo>& list, const Personality& device) {
    if (device.vp9_profile_mask != 0) {
        list.push_back(profile_menu(V4L2_CID_MPEG_VIDEO_VP9_PROFILE, "VP9 Profile",
                                    device.vp9_profile_mask, V4L2_MPEG_VIDEO_VP9_PROFILE_0));
    }
    v4l2_ctrl_vp9_frame frame = {};
    frame.bit_depth = 8;
    frame.flags = V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    list.push_back(compound_value(V4L2_CID_STATELESS_VP9_FRAME, "VP9 Frame Decode Parameters",
                                  V4L2_CTRL_TYPE_VP9_FRAME, frame));
    if (!device.vp9_compressed_header) return;
    list.push_back(compound_value(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR,
                                  "VP9 Probabilities Updates", V4L2_CTRL_TYPE_VP9_COMPRESSED_HDR,
                                  v4l2_ctrl_vp9_compressed_hdr{}));
}

bool offers(const Personality& device, uint32_t fourcc) {
    return std::ranges::any_of(device.coded_formats,
                               [&](const CodedFormat& format) { return format.fourcc == fourcc; });
}

// One element at first, as the V4L2 core begins.
ControlInfo dynamic_array(uint32_t id, const char* name, uint32_t type, size_t size,
                          uint32_t max_elems) {
    ControlInfo info = compound(id, name, type, size);
    info.flags |= V4L2_CTRL_FLAG_DYNAMIC_ARRAY;
    info.max_elems = max_elems;
    return info;
}

void add_hevc(std::vector<ControlInfo>& list, const HevcStyle& style) {
    if (style.profile_mask != 0) {
        list.push_back(profile_menu(V4L2_CID_MPEG_VIDEO_HEVC_PROFILE, "HEVC Profile",
                                    style.profile_mask, V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN));
    }
    list.push_back(
        menu(V4L2_CID_STATELESS_HEVC_DECODE_MODE, "HEVC Decode Mode", style.decode_mode));
    list.push_back(menu(V4L2_CID_STATELESS_HEVC_START_CODE, "HEVC Start Code", style.start_code));
    list.push_back(compound(V4L2_CID_STATELESS_HEVC_SPS, "HEVC Sequence Parameter Set",
                            V4L2_CTRL_TYPE_HEVC_SPS, sizeof(v4l2_ctrl_hevc_sps)));
    list.push_back(compound(V4L2_CID_STATELESS_HEVC_PPS, "HEVC Picture Parameter Set",
                            V4L2_CTRL_TYPE_HEVC_PPS, sizeof(v4l2_ctrl_hevc_pps)));
    list.push_back(compound(V4L2_CID_STATELESS_HEVC_SCALING_MATRIX, "HEVC Scaling Matrix",
                            V4L2_CTRL_TYPE_HEVC_SCALING_MATRIX,
                            sizeof(v4l2_ctrl_hevc_scaling_matrix)));
    list.push_back(compound(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, "HEVC Decode Parameters",
                            V4L2_CTRL_TYPE_HEVC_DECODE_PARAMS,
                            sizeof(v4l2_ctrl_hevc_decode_params)));
    if (style.max_slices > 0) {
        list.push_back(dynamic_array(V4L2_CID_STATELESS_HEVC_SLICE_PARAMS, "HEVC Slice Parameters",
                                     V4L2_CTRL_TYPE_HEVC_SLICE_PARAMS,
                                     sizeof(v4l2_ctrl_hevc_slice_params), style.max_slices));
    }
    if (style.max_entry_points > 0) {
        list.push_back(dynamic_array(V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS,
                                     "HEVC Entry Point Offsets", V4L2_CTRL_TYPE_U32,
                                     sizeof(uint32_t), style.max_entry_points));
        list.back().maximum = UINT32_MAX;
        list.back().step = 1;
    }
    if (!style.ext_sps_rps) return;
    list.push_back(dynamic_array(hevc::kCidExtSpsStRps, "HEVC Short Term Ref Sets",
                                 hevc::kTypeExtSpsStRps, sizeof(hevc::ExtSpsStRps),
                                 hevc::kMaxExtSpsRps));
    list.push_back(dynamic_array(hevc::kCidExtSpsLtRps, "HEVC Long Term Ref Sets",
                                 hevc::kTypeExtSpsLtRps, sizeof(hevc::ExtSpsLtRps),
                                 hevc::kMaxExtSpsRps));
}

void add_av1(std::vector<ControlInfo>& list, const Av1Style& style) {
    if (style.profile_mask != 0) {
        list.push_back(profile_menu(av1::kCidProfile, "AV1 Profile", style.profile_mask, 0));
    }
    av1::Sequence sequence = {};
    sequence.bit_depth = 8;
    list.push_back(
        compound_value(av1::kCidSequence, "AV1 Sequence Parameters", av1::kTypeSequence, sequence));
    list.push_back(dynamic_array(av1::kCidTileGroupEntry, "AV1 Tile Group Entry",
                                 av1::kTypeTileGroupEntry, sizeof(av1::TileGroupEntry),
                                 av1::kMaxTiles));
    list.push_back(
        compound(av1::kCidFrame, "AV1 Frame Parameters", av1::kTypeFrame, sizeof(av1::Frame)));
    if (!style.film_grain) return;
    list.push_back(compound(av1::kCidFilmGrain, "AV1 Film Grain", av1::kTypeFilmGrain,
                            sizeof(av1::FilmGrain)));
}

ControlInfo class_control(uint32_t id, const char* name) {
    ControlInfo info;
    info.id = id;
    info.name = name;
    info.type = V4L2_CTRL_TYPE_CTRL_CLASS;
    info.flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_WRITE_ONLY;
    info.elem_size = 0;
    return info;
}

}  // namespace

std::vector<ControlInfo> controls_of(const Personality& device) {
    std::vector<ControlInfo> list;
    list.push_back(class_control(V4L2_CID_CODEC_CLASS, "Codec Controls"));
    list.push_back(class_control(V4L2_CID_CODEC_STATELESS_CLASS, "Stateless Codec Controls"));
    if (offers(device, V4L2_PIX_FMT_H264_SLICE)) add_h264(list, device);
    if (offers(device, V4L2_PIX_FMT_HEVC_SLICE)) add_hevc(list, device.hevc);
    if (offers(device, V4L2_PIX_FMT_MPEG2_SLICE)) add_mpeg2(list);
    if (offers(device, V4L2_PIX_FMT_VP8_FRAME)) add_vp8(list, device);
    if (offers(device, V4L2_PIX_FMT_VP9_FRAME)) add_vp9(list, device);
    if (offers(device, av1::kPixelFormat)) add_av1(list, device.av1);
    std::ranges::sort(list, {}, &ControlInfo::id);
    return list;
}

const char* menu_text(const ControlInfo& info, uint32_t index) {
    if (index >= 64 || ((info.menu_mask >> index) & 1) == 0) return nullptr;
    switch (info.id) {
        case V4L2_CID_MPEG_VIDEO_H264_PROFILE:
            return index < kProfileNames.size() ? kProfileNames[index] : nullptr;
        case V4L2_CID_MPEG_VIDEO_HEVC_PROFILE:
            return index < kHevcProfileNames.size() ? kHevcProfileNames[index] : nullptr;
        case V4L2_CID_MPEG_VIDEO_VP8_PROFILE:
        case V4L2_CID_MPEG_VIDEO_VP9_PROFILE:
            return index < kVp9ProfileNames.size() ? kVp9ProfileNames[index] : nullptr;
        case av1::kCidProfile:
            return index < kAv1ProfileNames.size() ? kAv1ProfileNames[index] : nullptr;
        case V4L2_CID_STATELESS_H264_DECODE_MODE:
        case V4L2_CID_STATELESS_HEVC_DECODE_MODE:
            return index == 0 ? "Slice-Based" : "Frame-Based";
        case V4L2_CID_STATELESS_H264_START_CODE:
        case V4L2_CID_STATELESS_HEVC_START_CODE:
            return index == 0 ? "No Start Code" : "Annex B Start Code";
        default:
            return nullptr;
    }
}

}  // namespace vdec
