// SPDX-License-Identifier: MIT
// Personality: what kind of decoder the virtual device claims to be; one table row each.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vdec {

// A menu control of which the device supports a range.
struct ModeRange {
    int minimum;
    int maximum;
    int default_value;
};

struct CodedFormat {
    uint32_t fourcc;
    const char* description;
    const char* codec;  // name in the report
    unsigned min_width, max_width, step_width;
    unsigned min_height, max_height, step_height;
    bool hold;  // V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF
};

// When S_FMT(OUTPUT) is refused with EBUSY.
enum class FormatBusy {
    strict,   // OUTPUT streaming, OUTPUT buffers and another fourcc, or CAPTURE buffers
    relaxed,  // OUTPUT streaming and another fourcc
};

// How a device wants HEVC, and what it reads of it.
struct HevcStyle {
    ModeRange decode_mode;
    ModeRange start_code;
    unsigned max_slices;         // elements of SLICE_PARAMS; 0: no such control
    unsigned max_entry_points;   // elements of ENTRY_POINT_OFFSETS; 0: no such control
    bool ext_sps_rps;            // EXT_SPS_ST_RPS and EXT_SPS_LT_RPS exist and are required
    bool headers_from_controls;  // slice headers in the bitstream are never read
    bool references_by_poc;      // timestamps are not: an unknown order count fails the frame
    unsigned max_bit_depth;
    uint64_t profile_mask;  // bit = V4L2_MPEG_VIDEO_HEVC_PROFILE_*; 0: no such control
};

// How a device does AV1.
struct Av1Style {
    unsigned max_bit_depth;
    bool film_grain;        // FILM_GRAIN exists, and CAPTURE has the grain that it asks for
    uint64_t profile_mask;  // bit = V4L2_MPEG_VIDEO_AV1_PROFILE_*; 0: no such control
};

// A row says what differs from these values.
struct Personality {
    const char* name;
    const char* driver;
    const char* card;
    const char* bus_info;
    const char* model;
    bool multi_planar = true;
    bool requires_requests = true;
    unsigned stride_alignment;
    unsigned height_alignment = 16;
    unsigned motion_bytes_per_macroblock = 0;  // behind the picture, in the same plane
    unsigned motion_bytes_tail = 0;
    unsigned max_buffers = 32;
    FormatBusy format_busy = FormatBusy::strict;
    ModeRange h264_decode_mode;
    ModeRange h264_start_code;
    uint64_t h264_profile_mask;        // bit = V4L2_MPEG_VIDEO_H264_PROFILE_*
    bool h264_slice_controls = false;  // SLICE_PARAMS and PRED_WEIGHTS exist
    bool h264_monochrome = true;  // chroma_format_idc 0: CAPTURE is still 4:2:0, chroma is grey
    unsigned max_bit_depth = 8;   // of H.264
    unsigned vp9_max_bit_depth = 8;
    uint64_t vp9_profile_mask = 0;  // bit = V4L2_MPEG_VIDEO_VP9_PROFILE_*; 0: no such control
    bool vp9_exact_size = false;    // the frame must have the CAPTURE format's size, aligned
    HevcStyle hevc;
    Av1Style av1 = {};
    std::span<const CodedFormat> coded_formats;
    std::span<const uint32_t> capture_formats;
    std::span<const uint32_t> deep_capture_formats;  // while a sequence control says 10 bits
};

// The row of that name; the first row for an empty or unknown name.
const Personality& find_personality(std::string_view name);

}  // namespace vdec
