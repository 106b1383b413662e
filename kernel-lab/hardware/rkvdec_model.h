// SPDX-License-Identifier: MIT
// RkvdecModel: Rockchip's first rkvdec, of RK3288 and RK3399 (rkvdec-regs.h).
#pragma once

#include <variant>

#include "chip_model.h"
#include "rkvdec_hevc.h"
#include "rkvdec_vp9.h"

namespace hardware {

class RkvdecModel : public ChipModel {
  public:
    std::variant<PictureJob, NoPicture> read(const JobView& view) override;
    // rkvdec_watchdog_func(), after two seconds: RKVDEC_IRQ_DIS. An interrupt behind it finds no
    // job.
    [[nodiscard]] bool given_up(const Registers& registers) const override;
    void adapt(vdec::Personality& device) const override;

  private:
    HevcOrders hevc_orders_;
    RkvdecVp9 vp9_;
};

}  // namespace hardware
