// SPDX-License-Identifier: MIT
// The HEVC controls of a device: their types, ranges and default values.
#pragma once

#include <vector>

#include "backend/control_info.h"
#include "machines/personality.h"

namespace vdec::hevc {

void add_controls(std::vector<ControlInfo>& list, const HevcStyle& style);

}  // namespace vdec::hevc
