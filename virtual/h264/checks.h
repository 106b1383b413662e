// SPDX-License-Identifier: MIT
// What the V4L2 core and the driver refuse in H.264 controls.
#pragma once

#include <linux/v4l2-controls.h>

#include "machines/personality.h"

namespace vdec::h264 {

// 0 or -EINVAL. What is not const is normalised, as the core does it.
int check(v4l2_ctrl_h264_sps& sps, const Personality& device);
int check(const v4l2_ctrl_h264_pps& pps);
int check(v4l2_ctrl_h264_slice_params& slice);
int check(v4l2_ctrl_h264_decode_params& params);
int check(const v4l2_ctrl_h264_pred_weights& weights);

}  // namespace vdec::h264
