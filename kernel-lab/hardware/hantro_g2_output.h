// SPDX-License-Identifier: MIT
// Where G2 puts its pictures, hantro_postproc_g2_enable() of
// drivers/media/platform/verisilicon/hantro_postproc.c.
#pragma once

#include <optional>

#include "picture_job.h"
#include "registers.h"

namespace hardware {

// Names G2_OUT_LUMA_ADDR, by which later jobs refer to the picture.
uint64_t g2_output_address(const Registers& registers);
// Rows, where it is told to write them: the tiles of references are nobody's to read then. LEGACY:
// registers as on Allwinner's H6. nullopt: a smaller picture was asked for.
std::optional<PictureOutput> g2_output(const Registers& registers, unsigned width, unsigned height,
                                       unsigned bit_depth, bool legacy);

}  // namespace hardware
