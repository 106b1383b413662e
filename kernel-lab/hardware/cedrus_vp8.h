// SPDX-License-Identifier: MIT
// CedrusVp8: frames of VP8 as Allwinner's decoder is told them, cedrus_vp8.c of
// drivers/staging/media/sunxi/cedrus.
#pragma once

#include <cstdint>
#include <map>
#include <variant>

#include "chip_model.h"
#include "machines/personality.h"
#include "vp8/syntax.h"

namespace hardware {

// The driver has the device read the frame header, bit by bit, and uses none of what it reads: how
// long the header is and where the partitions are comes from the bitstream here, too.
class CedrusVp8 {
  public:
    std::variant<PictureJob, NoPicture> read(const JobView& view);
    // What decides a picture: the registers where they have it.
    static vdec::FrameFields fields();

  private:
    std::map<uint64_t, vdec::vp8::HeaderReader> headers_;  // by stream
};

}  // namespace hardware
