// SPDX-License-Identifier: MIT
// Compares H.264 controls with what the slice headers and the DPB model say.
#pragma once

#include "codec_backend.h"
#include "h264_dpb.h"
#include "h264_syntax.h"

namespace vdec::h264 {

// Reports to judge(). Call after DpbModel::begin and before DpbModel::finish. False when pps_id,
// idr_pic_id or a bit size is wrong, by which hardware skips the slice header.
bool judge_picture(const DecodeJob& job, const SliceHeader& header, const Sets& sets,
                   const DpbModel& model);

}  // namespace vdec::h264
