// SPDX-License-Identifier: MIT
// Vdpu383Model: Rockchip's VDPU383, of RK3576 (rkvdec-vdpu383-regs.h).
#pragma once

#include <variant>

#include "chip_model.h"
#include "rkvdec_hevc.h"

namespace hardware {

class Vdpu383Model : public ChipModel {
  public:
    std::variant<PictureJob, NoPicture> read(const JobView& view) override;
    void adapt(vdec::Personality& device) const override;

  private:
    HevcOrders hevc_orders_;
};

}  // namespace hardware
