// SPDX-License-Identifier: MIT
// Asks an open decoder node what it decodes: formats, sizes, profiles, controls.
#pragma once

#include <vector>

#include "base/result.h"
#include "v4l2/device.h"

namespace v4l2va {

// Whether a V4L2_PIX_FMT_*_SLICE or *_FRAME format that the driver has a codec for works on the
// node, but its queue takes no requests: a kernel without the Request API. Changes the formats.
[[nodiscard]] bool takes_no_requests(const Device& device);

// Every stateless coded format of the node; empty when it is no stateless decoder. Changes the
// formats and the controls of `device`, which is a scratch node for that reason; allocates no
// buffer. Failing ioctls are normal here: they are how an absent feature answers.
[[nodiscard]] std::vector<CodedFormatInfo> probe_coded_formats(const Device& device);

}  // namespace v4l2va
