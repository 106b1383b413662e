// SPDX-License-Identifier: MIT
// Mpeg2Backend: rebuilds an MPEG-2 stream from controls and slices, decodes and judges it.
#pragma once

#include "backend/codec_backend.h"
#include "backend/field_judge.h"
#include "mpeg2/writer.h"
#include "software/av_decoder.h"

namespace vdec {

class Mpeg2Backend : public CodecBackend {
  public:
    explicit Mpeg2Backend(bool reads_field_order);
    DecodeStatus decode(const DecodeJob& job) override;

  private:
    // The picture of the job before this one.
    struct Previous {
        uint64_t timestamp = 0;
        const uint8_t* target = nullptr;
        unsigned structure = 0;
        bool awaits_second_field = false;
    };

    // Finds out whether this is a second field, and makes a new I or P picture the newest anchor.
    void begin_picture(const DecodeJob& job, const mpeg2::Controls& controls);
    void judge_controls(const FieldJudge& judge, const mpeg2::Controls& controls) const;
    void use_references(const DecodeJob& job, const FieldJudge& judge,
                        const mpeg2::Controls& controls);

    const bool reads_field_order_;
    AvDecoder decoder_;
    Previous previous_;
    bool second_field_ = false;
    // The last two I or P pictures; in a B picture the past and the future one, in an I or P
    // picture the newest is itself.
    ReferenceSlot older_;
    ReferenceSlot newest_;
};

}  // namespace vdec
