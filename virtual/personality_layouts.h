// SPDX-License-Identifier: MIT
// Devices whose CAPTURE formats are not linear.
#pragma once

#include <span>

#include "personality.h"

namespace vdec {

// Rows beside those of personality.cpp, made from them.
std::span<const Personality> layout_personalities();

}  // namespace vdec
