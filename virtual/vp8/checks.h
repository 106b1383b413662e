// SPDX-License-Identifier: MIT
// What the V4L2 core and the driver refuse in VP8 controls.
#pragma once

#include <linux/v4l2-controls.h>

namespace vdec::vp8 {

// 0 or -EINVAL. What is not const is normalised, as the core does it.
int check(v4l2_ctrl_vp8_frame& frame);

}  // namespace vdec::vp8
