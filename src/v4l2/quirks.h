// SPDX-License-Identifier: MIT
// Quirks: what a driver does otherwise than the interface says and cannot be asked for.
#pragma once

#include <cstdint>
#include <string_view>

#include "v4l2/types.h"

namespace v4l2va {

// One row per kernel driver in quirks.cpp, each with its reason. Defaults are the safe answers for
// a driver that nobody here knows.
struct Quirks {
    std::string_view driver_name;  // QUERYCAP driver; empty in the default row
    // CPU reads of an exported buffer need DMA_BUF_IOCTL_SYNC around them.
    bool needs_cpu_sync = true;
    // H.264: field pictures; frames with macroblocks of fields are another matter.
    bool has_h264_fields = true;
    // H.264: CABAC, interlacing, B slices, weighted prediction, 8x8 transforms, and slices of two
    // types in one picture.
    bool has_h264_main_tools = true;
    // What a picture without any reference is told to refer to; of HEVC, where that differs.
    NoReference no_reference = NoReference::kRefuse;
    NoReference hevc_no_reference = NoReference::kRefuse;
    // HEVC: bit_size counts from the start of the OUTPUT buffer, or from data_byte_offset, and what
    // it then says must lie within bytesused. Both hold for the end of the slice, with zeroes
    // behind the last one.
    bool pads_hevc_slices = false;
    // Cores or post-processors are programmed with the size of the formats where a picture may be
    // smaller (VP8, VP9, AV1): the formats must follow each picture.
    bool programs_format_size = false;
    // Items of the H.264 profile menu whose streams mostly need what the device has not.
    uint64_t h264_nominal_profiles = 0;
};

// The row of `driver_name`, else the default row. Never null; static storage.
[[nodiscard]] const Quirks* find_quirks(std::string_view driver_name);

}  // namespace v4l2va
