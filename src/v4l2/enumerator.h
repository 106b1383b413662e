// SPDX-License-Identifier: MIT
// Finds the stateless decoders of the machine through /dev/media* topologies, without libudev.
#pragma once

#include <vector>

#include "base/log.h"
#include "v4l2/device_info.h"
#include "v4l2/system.h"

namespace v4l2va {

// Every decoder of every media device, in media-node order. Encoders, stateful decoders, cameras
// and converters are not in it and no format of theirs is touched. A node that cannot be opened is
// left out with one warning that says why; an empty list is no error. Leaves no fd open.
[[nodiscard]] std::vector<DeviceInfo> enumerate_decoders(System& system, const Logger& log);

}  // namespace v4l2va
