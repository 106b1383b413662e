// SPDX-License-Identifier: MIT
// Pictures of MPEG-2 as Allwinner's decoder is told them, cedrus_mpeg2.c of
// drivers/staging/media/sunxi/cedrus.
#pragma once

#include <variant>

#include "chip_model.h"

namespace hardware {

// Nothing tells two streams apart that are decoded in turns and have one size.
std::variant<PictureJob, NoPicture> read_cedrus_mpeg2(const JobView& view);

}  // namespace hardware
