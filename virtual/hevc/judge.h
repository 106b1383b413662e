// SPDX-License-Identifier: MIT
// Compares what a client says about an HEVC picture with what its bitstream says.
#pragma once

#include <cstdint>
#include <span>

#include "backend/codec_backend.h"
#include "hevc/dpb_model.h"
#include "hevc/syntax.h"

namespace vdec::hevc {

// DECODE_PARAMS, the PPS's id and the sizes, with the picture's first slice.
// False when the device makes garbage of it: no hardware says so.
bool judge_picture(const DecodeJob& job, const SliceHeader& header, const Sets& sets,
                   DpbModel& model, const HevcStyle& style);

// Where a slice lies in the OUTPUT buffer, in bytes.
struct SlicePlace {
    size_t nal = 0;   // of its NAL unit, or of the start code before it
    size_t data = 0;  // where `data_byte_offset` should point
    size_t end = 0;
};

// One element of SLICE_PARAMS.
void judge_slice(const DecodeJob& job, const SliceHeader& header, const Sets& sets,
                 const v4l2_ctrl_hevc_slice_params& params, const HevcStyle& style,
                 const SlicePlace& place);
// ENTRY_POINT_OFFSETS: `wanted` are those of all slices of the request, one after the other.
void judge_entry_points(const DecodeJob& job, std::span<const uint32_t> wanted,
                        std::span<const uint32_t> offsets);

}  // namespace vdec::hevc
