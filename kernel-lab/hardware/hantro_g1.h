// SPDX-License-Identifier: MIT
// HantroG1: the decoder G1, as hantro_g1_*_dec.c of drivers/media/platform/verisilicon program it.
#pragma once

#include <cstddef>

#include "hantro_decoder.h"

namespace hardware {

class HantroG1 : public HantroDecoder {
  public:
    // BASE: where the decoder's registers begin in the device's, in bytes.
    explicit HantroG1(size_t base) : HantroDecoder(base) {}

  private:
    [[nodiscard]] uint32_t mode(const SwRegisters& of) const override;
    [[nodiscard]] HantroH264Registers h264(const SwRegisters& of) const override;
    [[nodiscard]] HantroMpeg2Registers mpeg2(const SwRegisters& of) const override;
    [[nodiscard]] HantroVp8Registers vp8(const SwRegisters& of) const override;
};

}  // namespace hardware
