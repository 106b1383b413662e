// SPDX-License-Identifier: MIT
// HantroG1: the decoder G1, as hantro_g1_*_dec.c of drivers/media/platform/verisilicon program it.
#pragma once

#include <cstddef>

#include "chip_model.h"
#include "hantro_h264.h"
#include "hantro_mpeg2.h"
#include "hantro_vp8.h"

namespace hardware {

class HantroG1 : public ChipModel {
  public:
    // BASE: where the decoder's registers begin in the device's, in bytes.
    explicit HantroG1(size_t base) : base_(base) {}

    std::variant<PictureJob, NoPicture> read(const JobView& view) override;
    void adapt(vdec::Personality& device) const override;

  private:
    size_t base_;
    HantroH264 h264_;
    HantroVp8 vp8_;
};

}  // namespace hardware
