// SPDX-License-Identifier: MIT
// Writes H.264 parameter sets from controls.
#pragma once

#include <cstdint>

#include "backend/bits.h"
#include "h264/syntax.h"

namespace vdec::h264 {

// Order counts of type 0 with this many bits stand for the controls' order counts.
constexpr unsigned kRewrittenLsbBits = 16;

// VA-API has no offset_for_ref_frame: with pic_order_cnt_type 1 the order counts of the controls
// are written into the slices as type 0. A slice-based device takes them from the controls anyway.
bool rewrites_poc(const Sets& sets);

// RBSP with the NAL header byte.
Bytes write_sps(const Sets& sets);
Bytes write_pps(const Sets& sets, uint32_t pps_id);

}  // namespace vdec::h264
