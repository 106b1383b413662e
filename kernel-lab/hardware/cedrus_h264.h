// SPDX-License-Identifier: MIT
// CedrusH264: slices of H.264 as Allwinner's decoder is told them, cedrus_h264.c of
// drivers/staging/media/sunxi/cedrus.
#pragma once

#include <variant>

#include "chip_model.h"
#include "h264_reference_marking.h"

namespace hardware {

// The device never reads a slice header: one is written from the registers, for the decoder here.
// No register tells of long-term references, whose motion and weights are the same as those of the
// others then.
class CedrusH264 {
  public:
    std::variant<PictureJob, NoPicture> read(const JobView& view);

  private:
    H264ReferenceMarking marking_;
};

}  // namespace hardware
