// SPDX-License-Identifier: MIT
// Vp9Contexts: the four frame contexts of a VP9 stream whose symbols nobody counts.
#pragma once

#include <array>
#include <cstddef>

#include "vp9/compressed.h"
#include "vp9/syntax.h"
#include "vp9_default_probabilities.h"

namespace hardware {

// A decoder that reads probabilities from a table writes back how often each symbol came, and its
// driver adapts the contexts to that (VP9 8.4.2). With counts of 0 it adapts to nothing: contexts
// are then what headers alone make of them, and these are the ones here.
class Vp9Contexts {
  public:
    // The probabilities that the frame of these headers is decoded with; then the context is saved.
    Vp9Probabilities next(const vdec::vp9::FrameHeader& header,
                          const vdec::vp9::CompressedHeader& compressed);

  private:
    // The number of the frame's context, after what its header resets (VP9 7.2,
    // setup_past_independence()).
    size_t reset(const vdec::vp9::FrameHeader& header);

    std::array<Vp9Probabilities, 4> contexts_ = {};
};

}  // namespace hardware
