// SPDX-License-Identifier: MIT
// Compares the VP9 controls with the frame's own headers.
#pragma once

#include <linux/v4l2-controls.h>

#include "backend/field_judge.h"
#include "vp9/compressed.h"
#include "vp9/syntax.h"

namespace vdec::vp9 {

// VP9_FRAME but for the references. `persistent`: what earlier frames left behind is known.
void judge_frame(const FieldJudge& judge, const v4l2_ctrl_vp9_frame& frame,
                 const FrameHeader& header, bool persistent);
// COMPRESSED_HDR, and the reference mode of VP9_FRAME that comes from the same header.
void judge_compressed(const FieldJudge& judge, const v4l2_ctrl_vp9_frame& frame,
                      const v4l2_ctrl_vp9_compressed_hdr& got, const FrameHeader& header,
                      const CompressedHeader& wanted);

}  // namespace vdec::vp9
