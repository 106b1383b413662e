// SPDX-License-Identifier: MIT
// Vdpu381Model: Rockchip's VDPU381, of RK3588 (rkvdec-vdpu381-regs.h).
#pragma once

#include <variant>

#include "chip_model.h"
#include "rkvdec_hevc.h"

namespace hardware {

class Vdpu381Model : public ChipModel {
  public:
    std::variant<PictureJob, NoPicture> read(const JobView& view) override;
    void adapt(vdec::Personality& device) const override;

  private:
    HevcOrders hevc_orders_;
};

}  // namespace hardware
