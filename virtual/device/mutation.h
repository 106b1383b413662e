// SPDX-License-Identifier: MIT
// Mutations: changes one received control field, to prove that the judge notices.
#pragma once

#include <cstdint>

#include "backend/control_values.h"

namespace vdec {

// Applies V4L2VA_VIRTUAL_MUTATE=field:frame when `job` is that frame. `field` is a name of the
// table, or CONTROL+OFFSET, e.g. vp9_frame+7: that byte of the control becomes one more.
void mutate_controls(ControlValues& values, uint64_t job);

}  // namespace vdec
