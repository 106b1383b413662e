// SPDX-License-Identifier: MIT
// What videodev2.h has of controls since Linux 6.14: their limits, also of each element.
#pragma once

#include <cstdint>

namespace vdec {

inline constexpr uint32_t kWhichMinVal = 0x0f020000;  // V4L2_CTRL_WHICH_MIN_VAL
inline constexpr uint32_t kWhichMaxVal = 0x0f030000;  // V4L2_CTRL_WHICH_MAX_VAL
// V4L2_CTRL_FLAG_HAS_WHICH_MIN_MAX.
inline constexpr uint32_t kHasWhichMinMax = 0x1000;

}  // namespace vdec
