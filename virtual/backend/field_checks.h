// SPDX-License-Identifier: MIT
// What checks of the fields of a control are made of.
#pragma once

#include <linux/types.h>

#include <cstddef>
#include <cstring>

namespace vdec {

inline bool outside(int value, int low, int high) { return value < low || value > high; }

template <size_t size>
void zero(__u8 (&reserved)[size]) {
    std::memset(reserved, 0, size);
}

}  // namespace vdec
