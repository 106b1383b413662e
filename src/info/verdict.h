// SPDX-License-Identifier: MIT
// The last line of a report: what can be decoded, or the first reason why nothing can.
#pragma once

#include "info/report.h"

namespace v4l2va::info {

// Decodes: VA-API offers a profile of this driver on a render node, as programs are set up now.
// Else the first thing in the way, from the kernel upwards, and what to do about it.
[[nodiscard]] Verdict judge(const Report& report);

}  // namespace v4l2va::info
