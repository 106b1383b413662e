// SPDX-License-Identifier: MIT
// HantroG2Vp9: frames of VP9 as G2 is told them, hantro_g2_vp9_dec.c of
// drivers/media/platform/verisilicon.
#pragma once

#include <cstdint>
#include <map>
#include <variant>

#include "chip_model.h"
#include "machines/personality.h"
#include "vp9/syntax.h"

namespace hardware {

// The device begins behind the frame's headers. The software decoder reads them: what the registers
// have is held against that, and a difference makes garbage. Not read are the probabilities, which
// the software decoder keeps by itself; no counts of symbols are written.
class HantroG2Vp9 {
  public:
    // LEGACY: registers as on Allwinner's H6.
    explicit HantroG2Vp9(bool legacy) : legacy_(legacy) {}

    std::variant<PictureJob, NoPicture> read(const JobView& view);
    static vdec::FrameFields fields() { return {.read = true}; }

  private:
    bool legacy_;
    std::map<uint64_t, vdec::vp9::HeaderReader> headers_;  // by stream
};

}  // namespace hardware
