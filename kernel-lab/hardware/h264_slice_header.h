// SPDX-License-Identifier: MIT
// Slice headers of H.264 for a device that has none (h264_reference_marking.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "backend/bits.h"
#include "h264/syntax.h"
#include "h264_reference_marking.h"

namespace hardware {

// The beginning of a NAL unit's RBSP.
struct H264SliceHeader {
    vdec::Bytes bytes;
    size_t bits = 0;
};

// By the controls in SETS. Backends that take a slice at a time read no more of it than the
// picture's numbers and its marking: there are no lists and no weights in it.
H264SliceHeader write_slice_header(const vdec::h264::Sets& sets, bool reference,
                                   const H264ReferenceMarking::Syntax& syntax);
// A NAL unit with its start code: HEADER, and of the NAL unit FROM what follows bit POSITION of its
// RBSP.
vdec::Bytes join_slice(const vdec::h264::Sets& sets, const H264SliceHeader& header,
                       std::span<const uint8_t> from, size_t position);

}  // namespace hardware
