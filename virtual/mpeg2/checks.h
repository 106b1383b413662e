// SPDX-License-Identifier: MIT
// What the V4L2 core and the driver refuse in MPEG-2 controls.
#pragma once

#include <linux/v4l2-controls.h>

namespace vdec::mpeg2 {

// 0 or -EINVAL. What is not const is normalised, as the core does it.
int check(const v4l2_ctrl_mpeg2_sequence& sequence);
int check(v4l2_ctrl_mpeg2_picture& picture);

}  // namespace vdec::mpeg2
