// SPDX-License-Identifier: MIT
// What the V4L2 core and the driver refuse in HEVC controls.
#pragma once

#include <linux/v4l2-controls.h>

#include "machines/personality.h"
#include "uapi/hevc.h"

namespace vdec::hevc {

// 0 or -EINVAL. What is not const is normalised, as the core does it.
int check(v4l2_ctrl_hevc_sps& sps, const HevcStyle& style);
int check(v4l2_ctrl_hevc_pps& pps);
int check(const v4l2_ctrl_hevc_decode_params& params);
int check(const ExtSpsStRps& set);

}  // namespace vdec::hevc
