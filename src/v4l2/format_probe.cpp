// SPDX-License-Identifier: MIT
// Asks an open decoder node what it decodes: formats, sizes, profiles, controls.
#include "v4l2/format_probe.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>

#include "v4l2/pixel_format.h"
#include "v4l2/sequence_probe.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {

namespace {

// A bound on lists that a driver makes us walk.
constexpr uint32_t kMaxFormats = 64;
// Any size that decoders take; small, although probing allocates nothing.
constexpr Size kProbeSize{320, 240};
constexpr Size kHugeSize{32768, 32768};
constexpr uint32_t kProbeSizeimage = 256 * 1024;  // mtk refuses 0

constexpr std::array kH264Controls = {
    V4L2_CID_STATELESS_H264_DECODE_MODE,
    V4L2_CID_STATELESS_H264_START_CODE,
    V4L2_CID_STATELESS_H264_SPS,
    V4L2_CID_STATELESS_H264_PPS,
    V4L2_CID_STATELESS_H264_SCALING_MATRIX,
    V4L2_CID_STATELESS_H264_PRED_WEIGHTS,
    V4L2_CID_STATELESS_H264_SLICE_PARAMS,
    V4L2_CID_STATELESS_H264_DECODE_PARAMS,
};
constexpr std::array kHevcControls = {
    V4L2_CID_STATELESS_HEVC_SPS,
    V4L2_CID_STATELESS_HEVC_PPS,
    V4L2_CID_STATELESS_HEVC_SLICE_PARAMS,
    V4L2_CID_STATELESS_HEVC_SCALING_MATRIX,
    V4L2_CID_STATELESS_HEVC_DECODE_PARAMS,
    V4L2_CID_STATELESS_HEVC_DECODE_MODE,
    V4L2_CID_STATELESS_HEVC_START_CODE,
    V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS,
    V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS,
    V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS,
};
constexpr std::array kVp8Controls = {V4L2_CID_STATELESS_VP8_FRAME};
constexpr std::array kVp9Controls = {
    V4L2_CID_STATELESS_VP9_FRAME,
    V4L2_CID_STATELESS_VP9_COMPRESSED_HDR,
};
constexpr std::array kMpeg2Controls = {
    V4L2_CID_STATELESS_MPEG2_SEQUENCE,
    V4L2_CID_STATELESS_MPEG2_PICTURE,
    V4L2_CID_STATELESS_MPEG2_QUANTISATION,
};
constexpr std::array kAv1Controls = {
    V4L2_CID_STATELESS_AV1_SEQUENCE,
    V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
    V4L2_CID_STATELESS_AV1_FRAME,
    V4L2_CID_STATELESS_AV1_FILM_GRAIN,
};

struct CodedFormatRow {
    uint32_t fourcc;
    uint32_t profile_control;
    std::span<const int> controls;
};

constexpr std::array kCodedFormats = {
    CodedFormatRow{V4L2_PIX_FMT_H264_SLICE, V4L2_CID_MPEG_VIDEO_H264_PROFILE, kH264Controls},
    CodedFormatRow{V4L2_PIX_FMT_HEVC_SLICE, V4L2_CID_MPEG_VIDEO_HEVC_PROFILE, kHevcControls},
    CodedFormatRow{V4L2_PIX_FMT_VP8_FRAME, V4L2_CID_MPEG_VIDEO_VP8_PROFILE, kVp8Controls},
    CodedFormatRow{V4L2_PIX_FMT_VP9_FRAME, V4L2_CID_MPEG_VIDEO_VP9_PROFILE, kVp9Controls},
    CodedFormatRow{V4L2_PIX_FMT_MPEG2_SLICE, V4L2_CID_MPEG_VIDEO_MPEG2_PROFILE, kMpeg2Controls},
    CodedFormatRow{V4L2_PIX_FMT_AV1_FRAME, V4L2_CID_MPEG_VIDEO_AV1_PROFILE, kAv1Controls},
};

const CodedFormatRow* find_row(uint32_t fourcc) {
    for (const CodedFormatRow& row : kCodedFormats) {
        if (row.fourcc == fourcc) {
            return &row;
        }
    }
    return nullptr;
}

Size probe_size(const SizeRange& range) {
    return {
        std::clamp(kProbeSize.width, range.min.width, std::max(range.min.width, range.max.width)),
        std::clamp(kProbeSize.height, range.min.height,
                   std::max(range.min.height, range.max.height))};
}

// Both when the menu allows both: frame-based and Annex B are what every kernel driver but cedrus
// and hevc_d is fixed to, so the codecs are best tested with them.
template <typename Choice>
Choice preferred(const v4l2_query_ext_ctrl& menu) {
    return menu.maximum >= 1 ? static_cast<Choice>(1) : static_cast<Choice>(0);
}

uint32_t array_size(const v4l2_query_ext_ctrl& control) {
    return control.nr_of_dims > 0 ? control.dims[0] : 1;
}

void note_control(const v4l2_query_ext_ctrl& control, CodecTraits& traits) {
    switch (control.id) {
        case V4L2_CID_STATELESS_H264_DECODE_MODE:
        case V4L2_CID_STATELESS_HEVC_DECODE_MODE:
            traits.decode_mode = preferred<DecodeMode>(control);
            break;
        case V4L2_CID_STATELESS_H264_START_CODE:
        case V4L2_CID_STATELESS_HEVC_START_CODE:
            traits.start_code = preferred<StartCode>(control);
            break;
        case V4L2_CID_STATELESS_H264_SCALING_MATRIX:
        case V4L2_CID_STATELESS_HEVC_SCALING_MATRIX:
            traits.has_scaling_matrix = true;
            break;
        case V4L2_CID_STATELESS_H264_PRED_WEIGHTS:
            traits.has_pred_weights = true;
            break;
        case V4L2_CID_STATELESS_H264_SLICE_PARAMS:
        case V4L2_CID_STATELESS_HEVC_SLICE_PARAMS:
            traits.has_slice_params = true;
            traits.max_slice_params = array_size(control);
            break;
        case V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS:
            traits.max_entry_points = array_size(control);
            break;
        case V4L2_CID_STATELESS_VP9_COMPRESSED_HDR:
            traits.has_vp9_compressed_hdr = true;
            break;
        case V4L2_CID_STATELESS_AV1_FILM_GRAIN:
            traits.has_av1_film_grain = true;
            break;
        default:
            break;
    }
}

void probe_controls(const Device& device, const CodedFormatRow& row, CodedFormatInfo& info) {
    v4l2_query_ext_ctrl control = {};
    for (const int id : row.controls) {
        if (device.query_control(static_cast<uint32_t>(id), control)) {
            info.control_ids.push_back(static_cast<uint32_t>(id));
            note_control(control, info.traits);
        }
    }
    info.traits.has_ext_sps_rps = info.has_control(V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS) &&
                                  info.has_control(V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS);
    if (device.query_control(row.profile_control, control)) {
        info.has_profile_menu = true;
        info.profile_mask =
            device.query_menu(row.profile_control, control.minimum, control.maximum);
    }
}

// In the driver's order; what it lists twice, twice. Ends where it answers with an error.
std::vector<uint32_t> listed_formats(const Device& device, QueueSide side) {
    std::vector<uint32_t> fourccs;
    for (uint32_t i = 0; i < kMaxFormats; ++i) {
        const auto fourcc = device.enum_format(side, i);
        if (!fourcc || *fourcc == 0) {
            break;
        }
        fourccs.push_back(*fourcc);
    }
    return fourccs;
}

void append_capture_formats(const Device& device, CodedFormatInfo& info) {
    std::vector<uint32_t>& fourccs = info.capture_fourccs;
    for (const uint32_t fourcc : listed_formats(device, QueueSide::kCapture)) {
        if (std::find(fourccs.begin(), fourccs.end(), fourcc) != fourccs.end()) {
            continue;
        }
        fourccs.push_back(fourcc);
        if (const PixelFormat* format = find_pixel_format(fourcc)) {
            info.traits.max_bit_depth = std::max(info.traits.max_bit_depth, format->bit_depth);
        }
    }
}

// The size that the device makes of `size`; nothing when it does not take the format.
std::optional<Size> set_coded_format(const Device& device, uint32_t fourcc, Size size) {
    FrameLayout wanted;
    wanted.fourcc = fourcc;
    wanted.size = size;
    wanted.num_planes = 1;
    wanted.planes[0].sizeimage = kProbeSizeimage;
    const auto set = device.set_format(QueueSide::kOutput, wanted);
    return set && set->fourcc == fourcc ? std::optional(set->size) : std::nullopt;
}

bool set_coded_format(const Device& device, const CodedFormatInfo& info) {
    return set_coded_format(device, info.fourcc, probe_size(info.sizes)).has_value();
}

// cedrus and hevc_d have no call that lists sizes: S_FMT clamps to them.
std::optional<SizeRange> frame_sizes(const Device& device, uint32_t fourcc) {
    const auto listed = device.frame_sizes(fourcc);
    if (listed || listed.error().sys_errno != ENOTTY) {
        return listed ? std::optional(*listed) : std::nullopt;
    }
    const auto smallest = set_coded_format(device, fourcc, {1, 1});
    const auto largest = set_coded_format(device, fourcc, kHugeSize);
    return smallest && largest ? std::optional(SizeRange{*smallest, *largest, {1, 1}})
                               : std::nullopt;
}

// Rows of the formats that the node lists, each once.
std::vector<const CodedFormatRow*> listed_rows(const Device& device) {
    std::vector<const CodedFormatRow*> rows;
    for (const uint32_t fourcc : listed_formats(device, QueueSide::kOutput)) {
        const CodedFormatRow* row = find_row(fourcc);
        if (row && std::find(rows.begin(), rows.end(), row) == rows.end()) {
            rows.push_back(row);
        }
    }
    return rows;
}

// Sets the format and takes its sizes, and what V4L2_BUF_CAP_* buffers of it have; nothing when the
// device does not take it.
std::optional<uint32_t> probe_queue(const Device& device, CodedFormatInfo& info) {
    const auto sizes = frame_sizes(device, info.fourcc);
    if (!sizes || sizes->max.width == 0 || sizes->max.height == 0) {
        return std::nullopt;
    }
    info.sizes = *sizes;
    if (!set_coded_format(device, info)) {
        return std::nullopt;
    }
    // A count of 0 allocates nothing and answers the capabilities of the format just set.
    auto caps = device.request_buffers(QueueSide::kOutput, BufferMemory::kMmap, 0);
    if (!caps) {
        return std::nullopt;
    }
    return caps->capabilities;
}

// False when the format does not work as a stateless one.
bool probe_format(const Device& device, const CodedFormatRow& row, CodedFormatInfo& info) {
    info.fourcc = row.fourcc;
    const auto capabilities = probe_queue(device, info);
    if (!capabilities || (*capabilities & V4L2_BUF_CAP_SUPPORTS_REQUESTS) == 0) {
        return false;
    }
    info.traits.supports_hold = (*capabilities & V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF) != 0;
    append_capture_formats(device, info);
    probe_controls(device, row, info);
    return !info.capture_fourccs.empty();  // tegra124 has coded formats without one
}

}  // namespace

bool takes_no_requests(const Device& device) {
    const std::vector<const CodedFormatRow*> rows = listed_rows(device);
    return std::any_of(rows.begin(), rows.end(), [&](const CodedFormatRow* row) {
        CodedFormatInfo info;
        info.fourcc = row->fourcc;
        const auto capabilities = probe_queue(device, info);
        return capabilities && (*capabilities & V4L2_BUF_CAP_SUPPORTS_REQUESTS) == 0;
    });
}

std::vector<CodedFormatInfo> probe_coded_formats(const Device& device) {
    std::vector<CodedFormatInfo> formats;
    for (const CodedFormatRow* row : listed_rows(device)) {
        CodedFormatInfo info;
        if (probe_format(device, *row, info)) {
            formats.push_back(std::move(info));
        }
    }
    // After all 8-bit answers: mtk stays at 10 bit until the node is closed.
    for (CodedFormatInfo& info : formats) {
        if (set_coded_format(device, info) &&
            set_ten_bit_sequence(device, info.fourcc, probe_size(info.sizes))) {
            append_capture_formats(device, info);
        }
    }
    return formats;
}

}  // namespace v4l2va
