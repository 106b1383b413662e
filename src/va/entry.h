// SPDX-License-Identifier: MIT
// The door to libva, behind the module's exported symbol.
#pragma once

#include <va/va_backend.h>

#include "va/driver.h"

namespace v4l2va {

// Makes the display's Driver and fills the vtable, as libva expects of __vaDriverInit_1_0.
[[nodiscard]] VAStatus initialize(VADriverContextP context, const DriverOptions& options);

}  // namespace v4l2va
