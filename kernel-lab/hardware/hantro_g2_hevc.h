// SPDX-License-Identifier: MIT
// HantroG2Hevc: pictures of HEVC as G2 is told them, hantro_g2_hevc_dec.c of
// drivers/media/platform/verisilicon.
#pragma once

#include <cstdint>
#include <map>
#include <variant>

#include "chip_model.h"

namespace hardware {

// The device is told how far references are away, in 8 bits, and no order count: pictures are
// counted here by these distances.
class HantroG2Hevc {
  public:
    std::variant<PictureJob, NoPicture> read(const JobView& view);

  private:
    using Counts = std::map<uint64_t, int>;  // by the address of a picture

    std::map<uint64_t, Counts> counts_;  // by stream
};

}  // namespace hardware
