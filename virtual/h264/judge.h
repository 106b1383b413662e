// SPDX-License-Identifier: MIT
// Compares H.264 controls with what the slice headers and the DPB model say.
#pragma once

#include "backend/codec_backend.h"
#include "h264/dpb_model.h"
#include "h264/limits.h"
#include "h264/syntax.h"

namespace vdec::h264 {

// What hardware does not report either.
struct Silent {
    bool wrong_header =
        false;  // pps_id, idr_pic_id or a bit size, by which slice headers are skipped
    bool wrong_lists = false;  // what reference lists are made of in frame mode
};

// Reports to judge(). Call after DpbModel::begin and before DpbModel::finish.
Silent judge_picture(const DecodeJob& job, const SliceHeader& header, SliceTypes types,
                     const Sets& sets, const DpbModel& model, const H264Style& style);

}  // namespace vdec::h264
