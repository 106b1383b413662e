// SPDX-License-Identifier: MIT
// Submission: one picture for the kernel.
#pragma once

#include <memory>
#include <span>

#include "frame/frame_memory.h"
#include "v4l2/types.h"

namespace v4l2va {

struct Submission {
    std::span<const DecodeUnit> units;  // one, or one per slice; at least one
    PicturePart part = PicturePart::kFrame;
    std::shared_ptr<FrameMemory> target;
    std::span<const std::shared_ptr<FrameMemory>> references;  // stay alive until it is done
    // Of the picture, where the codec lets it change within a stream; {0, 0}: the session's.
    Size coded_size = {};
    bool damaged = false;  // known before: the picture counts as one that came back so
};

}  // namespace v4l2va
