// SPDX-License-Identifier: MIT
// HantroVpu2: the decoder of Rockchip's VPU2, as rockchip_vpu2_hw_*_dec.c of
// drivers/media/platform/verisilicon program it.
#pragma once

#include "hantro_decoder.h"

namespace hardware {

class HantroVpu2 : public HantroDecoder {
  public:
    HantroVpu2() : HantroDecoder(0x400) {}

    // Before each frame of VP8 the driver resets the device, and writes those bits only that are
    // not 0.
    [[nodiscard]] bool forgets_registers() const override { return true; }

  private:
    [[nodiscard]] uint32_t mode(const SwRegisters& of) const override;
    [[nodiscard]] HantroH264Registers h264(const SwRegisters& of) const override;
    [[nodiscard]] HantroMpeg2Registers mpeg2(const SwRegisters& of) const override;
    [[nodiscard]] HantroVp8Registers vp8(const SwRegisters& of) const override;
};

}  // namespace hardware
