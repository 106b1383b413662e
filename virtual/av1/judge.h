// SPDX-License-Identifier: MIT
// The rules that AV1 controls must follow. No header of the bitstream is read: what is checked is
// what the controls say of each other, of the tiles' data, and of earlier frames.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "av1/controls.h"
#include "av1/frame_store.h"
#include "backend/field_judge.h"

namespace vdec::av1 {

// Of an inter frame: nullptr where the frame is lost.
using FoundReferences = std::array<const StoredFrame*, kRefsPerFrame>;

// False when the numbers are outside of what the syntax can say, so that nothing can be decoded.
bool is_sane(const Controls& controls);

void judge_sequence(const FieldJudge& judge, const Sequence& sequence, const CaptureImage& target);
void judge_tiles(const FieldJudge& judge, const Controls& controls,
                 std::span<const uint8_t> bitstream);
// AV1_FRAME but for tiles and references.
void judge_frame(const FieldJudge& judge, const Controls& controls);
void judge_grain(const FieldJudge& judge, const Controls& controls);
// What an inter frame says of its references' order, and takes over from the primary one.
void judge_references(const FieldJudge& judge, const Controls& controls,
                      const FoundReferences& references);

}  // namespace vdec::av1
