// SPDX-License-Identifier: MIT
// What the V4L2 core and the driver refuse in VP9 controls.
#pragma once

#include <linux/v4l2-controls.h>

#include "machines/personality.h"

namespace vdec::vp9 {

// 0 or -EINVAL. What is not const is normalised, as the core does it.
int check(v4l2_ctrl_vp9_frame& frame, const Personality& device);
int check(const v4l2_ctrl_vp9_compressed_hdr& header);

}  // namespace vdec::vp9
