// SPDX-License-Identifier: MIT
// Writes H.264 slices whose headers say what the controls say.
#pragma once

#include <cstdint>
#include <span>

#include "backend/bits.h"
#include "h264/lists.h"
#include "h264/syntax.h"

namespace vdec::h264 {

// RBSP with the NAL header byte, as `rbsp` has. Only the order count is the controls'.
Bytes rewrite_slice(std::span<const uint8_t> rbsp, const SliceHeader& header, const Sets& sets);

// The header is SLICE_PARAMS', with `lists` as explicit modifications. Of the stream's own header
// is kept what keeps the decoded picture buffer of the decoder behind like the stream's, and no
// slice-based hardware reads: the NAL unit type, frame_num and the marking of references.
Bytes write_slice(std::span<const uint8_t> rbsp, const SliceHeader& header, const Sets& sets,
                  uint32_t pps_id, const ReferenceLists& lists);

// Whether slice_data() of that slice would begin at the same bit of a byte as in `rbsp`. I_PCM
// samples are aligned to bytes: with CAVLC, whose data begins anywhere, they depend on it.
bool keeps_alignment(std::span<const uint8_t> rbsp, const SliceHeader& header, const Sets& sets,
                     uint32_t pps_id, const ReferenceLists& lists);

}  // namespace vdec::h264
