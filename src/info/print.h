// SPDX-License-Identifier: MIT
// The two forms of a report.
#pragma once

#include <string>

#include "info/report.h"
#include "info/try_file.h"

namespace v4l2va::info {

// For people: at most about 40 lines for a machine with one decoder.
[[nodiscard]] std::string as_text(const Report& report);

// The same data, one JSON object; v4l2va-info(1) names its members. `trial` may be null.
[[nodiscard]] std::string as_json(const Report& report, const Trial* trial);

}  // namespace v4l2va::info
