// SPDX-License-Identifier: MIT
// Cedrus: Allwinner's video engine, as drivers/staging/media/sunxi/cedrus programs it.
#pragma once

#include "cedrus_h264.h"
#include "cedrus_hevc.h"
#include "cedrus_vp8.h"
#include "chip_model.h"

namespace hardware {

class Cedrus : public ChipModel {
  public:
    std::variant<PictureJob, NoPicture> read(const JobView& view) override;
    void adapt(vdec::Personality& device) const override;

  private:
    CedrusH264 h264_;
    CedrusHevc hevc_;
    CedrusVp8 vp8_;
};

}  // namespace hardware
