// SPDX-License-Identifier: MIT
// Writes H.264 parameter sets from controls, and slices that do not depend on what V4L2 lacks.
#pragma once

#include <cstdint>
#include <span>

#include "bits.h"
#include "h264_syntax.h"

namespace vdec::h264 {

// VA-API has no offset_for_ref_frame: with pic_order_cnt_type 1 the order counts of the controls
// are written into the slices as type 0.
bool rewrites_poc(const Sets& sets);

// RBSP with the NAL header byte.
Bytes write_sps(const Sets& sets);
Bytes write_pps(const Sets& sets, uint32_t pps_id);
Bytes rewrite_slice(std::span<const uint8_t> rbsp, const SliceHeader& header, const Sets& sets);

}  // namespace vdec::h264
