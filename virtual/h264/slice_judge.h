// SPDX-License-Identifier: MIT
// Compares the slice controls of H.264 with what the slice header and the DPB model say.
#pragma once

#include "backend/codec_backend.h"
#include "h264/dpb_model.h"
#include "h264/syntax.h"

namespace vdec::h264 {

// SLICE_PARAMS, PRED_WEIGHTS and the reference lists of one slice; reports to judge(). Call after
// DpbModel::begin and before DpbModel::finish.
void judge_slice(const DecodeJob& job, const SliceHeader& header, const Sets& sets,
                 const DpbModel& model);

}  // namespace vdec::h264
