// SPDX-License-Identifier: MIT
// The AV1 controls of a device: their types, ranges and default values.
#pragma once

#include <vector>

#include "backend/control_info.h"
#include "machines/personality.h"

namespace vdec::av1 {

void add_controls(std::vector<ControlInfo>& list, const Av1Style& style);

}  // namespace vdec::av1
