// SPDX-License-Identifier: MIT
// Vp9Backend: decodes whole VP9 frames and judges their controls.
#pragma once

#include <linux/v4l2-controls.h>

#include <array>

#include "backend/codec_backend.h"
#include "backend/field_judge.h"
#include "software/av_decoder.h"
#include "vp9/syntax.h"

namespace vdec {

class Vp9Backend : public CodecBackend {
  public:
    // `exact_size`: a frame must have the size of CAPTURE, aligned to superblocks.
    Vp9Backend(const FrameFields& fields, bool exact_size);
    DecodeStatus decode(const DecodeJob& job) override;

  private:
    bool judge_headers(const DecodeJob& job, const FieldJudge& judge,
                       const v4l2_ctrl_vp9_frame& frame, const vp9::FrameHeader& header) const;
    // Judges the references, and poisons those that the hardware would not find. The client names
    // three of the eight slots: the other five must survive.
    void use_references(const DecodeJob& job, const FieldJudge& judge,
                        const v4l2_ctrl_vp9_frame& frame, const vp9::FrameHeader& header);

    const FrameFields& fields_;
    const bool exact_size_;
    AvDecoder decoder_;
    vp9::HeaderReader reader_;
    bool spoiled_by_last_ = false;
    std::array<ReferenceSlot, 8> slots_ = {};
};

}  // namespace vdec
