// SPDX-License-Identifier: MIT
// What the V4L2 core and the driver refuse in AV1 controls.
#pragma once

#include "machines/personality.h"
#include "uapi/av1.h"

namespace vdec::av1 {

// 0 or -EINVAL.
int check(const Sequence& sequence, const Av1Style& style);
int check(const Frame& frame);
int check(const FilmGrain& grain);

}  // namespace vdec::av1
