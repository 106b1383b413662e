// SPDX-License-Identifier: MIT
// The VP9 controls of a device: their types, ranges and default values.
#pragma once

#include <vector>

#include "backend/control_info.h"
#include "machines/personality.h"

namespace vdec::vp9 {

void add_controls(std::vector<ControlInfo>& list, const Personality& device);

}  // namespace vdec::vp9
