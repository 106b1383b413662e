// SPDX-License-Identifier: MIT
// The controls of a personality.
#pragma once

#include <cstdint>
#include <vector>

#include "backend/control_info.h"
#include "machines/personality.h"

namespace vdec {

// Sorted by id.
std::vector<ControlInfo> controls_of(const Personality& device);

// Text of a menu item; nullptr when the control has no such item.
const char* menu_text(const ControlInfo& info, uint32_t index);

}  // namespace vdec
