// SPDX-License-Identifier: MIT
// HantroG2: the decoder G2, as hantro_g2*.c of drivers/media/platform/verisilicon program it.
#pragma once

#include "chip_model.h"
#include "hantro_g2_hevc.h"
#include "hantro_g2_vp9.h"

namespace hardware {

class HantroG2 : public ChipModel {
  public:
    // LEGACY: registers as on Allwinner's H6, which has VP9 alone.
    explicit HantroG2(bool legacy) : vp9_(legacy) {}

    std::variant<PictureJob, NoPicture> read(const JobView& view) override;
    void adapt(vdec::Personality& device) const override;

  private:
    HantroG2Hevc hevc_;
    HantroG2Vp9 vp9_;
};

}  // namespace hardware
