// SPDX-License-Identifier: MIT
// The one place where an Error becomes a VAStatus.
#pragma once

#include <va/va.h>

#include "base/result.h"

namespace v4l2va {

[[nodiscard]] VAStatus to_va_status(const Error& error);

}  // namespace v4l2va
