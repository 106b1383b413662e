// SPDX-License-Identifier: MIT
// Validation of compound control payloads, as the V4L2 core and the drivers do it.
#pragma once

#include <cstdint>
#include <span>

#include "control_table.h"

namespace vdec {

// May normalise the payload (the core zeroes fields that do not apply). Returns 0 or -errno.
int check_control(const ControlInfo& info, std::span<uint8_t> payload, unsigned max_bit_depth);

}  // namespace vdec
