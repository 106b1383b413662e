// SPDX-License-Identifier: MIT
// The MPEG-2 controls of a device: their types, ranges and default values.
#pragma once

#include <vector>

#include "backend/control_info.h"

namespace vdec::mpeg2 {

void add_controls(std::vector<ControlInfo>& list);

}  // namespace vdec::mpeg2
