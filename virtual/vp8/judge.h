// SPDX-License-Identifier: MIT
// Compares the VP8_FRAME control with the frame's own header.
#pragma once

#include <linux/v4l2-controls.h>

#include "backend/field_judge.h"
#include "vp8/syntax.h"

namespace vdec::vp8 {

// Everything but the references. Where several field values mean the same to a decoder (segment
// values absolute or as deltas) the meanings are compared.
void judge_fields(const FieldJudge& judge, const v4l2_ctrl_vp8_frame& frame,
                  const FrameHeader& header);

}  // namespace vdec::vp8
