// SPDX-License-Identifier: MIT
// What the driver says of the nodes that it leaves out: one line.
#pragma once

#include "base/log.h"
#include "v4l2/enumerator.h"

namespace v4l2va {

// At most one line: each kind of error with its nodes and its remedy. An error when no decoder is
// left, a warning when one is missing, and else for information: a media device that cannot be
// asked is mostly a camera's.
void tell_skipped(const Logger& log, const Enumeration& found, bool nothing_left);

}  // namespace v4l2va
