// SPDX-License-Identifier: MIT
// The H.264 controls of a device: their types, ranges and default values.
#pragma once

#include <vector>

#include "backend/control_info.h"
#include "machines/personality.h"

namespace vdec::h264 {

void add_controls(std::vector<ControlInfo>& list, const Personality& device);

}  // namespace vdec::h264
