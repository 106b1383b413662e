// SPDX-License-Identifier: MIT
// HantroVpu2: the decoder of Rockchip's VPU2, as rockchip_vpu2_hw_*_dec.c of
// drivers/media/platform/verisilicon program it.
#pragma once

#include "chip_model.h"
#include "hantro_h264.h"
#include "hantro_mpeg2.h"
#include "hantro_vp8.h"

namespace hardware {

class HantroVpu2 : public ChipModel {
  public:
    std::variant<PictureJob, NoPicture> read(const JobView& view) override;
    void adapt(vdec::Personality& device) const override;
    // Before each frame of VP8 the driver resets the device, and writes those bits only that are
    // not 0.
    [[nodiscard]] bool forgets_registers() const override { return true; }

  private:
    HantroH264 h264_;
    HantroVp8 vp8_;
};

}  // namespace hardware
