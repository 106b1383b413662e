// SPDX-License-Identifier: MIT
// Av1Backend: writes an AV1 stream from controls and tiles, decodes and judges it.
#pragma once

#include <array>
#include <cstdint>
#include <set>

#include "av1/frame_store.h"
#include "av1/judge.h"
#include "backend/codec_backend.h"
#include "backend/field_judge.h"
#include "machines/personality.h"

namespace vdec {

// A device reads the tiles' data and the controls, and no header. Pictures are found by timestamp;
// the probabilities that a frame goes on with are kept per slot of the client, and follow
// refresh_frame_flags. A client may have slots of its own, other than the stream's.
class Av1Backend : public CodecBackend {
  public:
    explicit Av1Backend(const Av1Style& style) : style_(style) {}
    DecodeStatus decode(const DecodeJob& job) override;

  private:
    // Names of frames that can still be found.
    [[nodiscard]] std::set<uint64_t> named_frames(const DecodeJob& job,
                                                  const av1::Frame& frame) const;
    void report_lost(const DecodeJob& job, size_t slot, uint64_t timestamp) const;
    // Whether the slot has something else than the frame wants to load.
    bool judge_primary_slot(const FieldJudge& judge, const av1::Frame& frame) const;
    // False when there is nothing to refer to. `lost_primary`: of judge_primary_slot().
    bool resolve(const DecodeJob& job, const FieldJudge& judge, av1::FrameToWrite& input,
                 bool& lost_primary);
    // What the frame leaves in the client's slots.
    void note_result(const DecodeJob& job, const av1::Frame& frame, bool intact);
    DecodeStatus decode_picture(const DecodeJob& job, const av1::FrameToWrite& input,
                                bool lost_primary);

    const Av1Style& style_;
    av1::FrameStore store_;
    std::array<ReferenceSlot, av1::kSlots> slots_ = {};  // of the client: whose probabilities
    std::set<uint64_t> damaged_;
};

}  // namespace vdec
