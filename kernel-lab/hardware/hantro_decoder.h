// SPDX-License-Identifier: MIT
// HantroDecoder: what G1 and VPU2 have in common: the same decoders, told by other registers.
#pragma once

#include <cstddef>

#include "chip_model.h"
#include "hantro_h264.h"
#include "hantro_mpeg2.h"
#include "hantro_vp8.h"
#include "sw_registers.h"

namespace hardware {

class HantroDecoder : public ChipModel {
  public:
    std::variant<PictureJob, NoPicture> read(const JobView& view) override;
    void adapt(vdec::Personality& device) const override;

  protected:
    // BASE: where the decoder's registers begin in the device's, in bytes.
    explicit HantroDecoder(size_t base) : base_(base) {}

  private:
    [[nodiscard]] virtual uint32_t mode(const SwRegisters& of) const = 0;  // DEC_MODE
    [[nodiscard]] virtual HantroH264Registers h264(const SwRegisters& of) const = 0;
    [[nodiscard]] virtual HantroMpeg2Registers mpeg2(const SwRegisters& of) const = 0;
    [[nodiscard]] virtual HantroVp8Registers vp8(const SwRegisters& of) const = 0;

    size_t base_;
    HantroH264 h264_;
    HantroVp8 vp8_;
};

}  // namespace hardware
