// SPDX-License-Identifier: MIT
// Vp8Backend: decodes whole VP8 frames and judges their control.
#pragma once

#include <linux/v4l2-controls.h>

#include "backend/codec_backend.h"
#include "backend/field_judge.h"
#include "software/av_decoder.h"
#include "vp8/syntax.h"

namespace vdec {

class Vp8Backend : public CodecBackend {
  public:
    explicit Vp8Backend(const FrameFields& fields);
    DecodeStatus decode(const DecodeJob& job) override;

  private:
    DecodeStatus damaged(const DecodeJob& job, const char* kind);
    // Judges the references, and poisons those that the hardware would not find.
    void use_references(const DecodeJob& job, const FieldJudge& judge,
                        const v4l2_ctrl_vp8_frame& frame, const vp8::FrameHeader& header);
    void update_references(const vp8::FrameHeader& header, const ReferenceSlot& current);

    const FrameFields& fields_;
    AvDecoder decoder_;
    vp8::HeaderReader reader_;
    ReferenceSlot last_;
    ReferenceSlot golden_;
    ReferenceSlot alternate_;
};

}  // namespace vdec
