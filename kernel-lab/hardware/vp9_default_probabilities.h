// SPDX-License-Identifier: MIT
// The probabilities that every VP9 stream begins with.
#pragma once

#include <linux/v4l2-controls.h>

namespace hardware {

// All probabilities of a frame context, in the arrays that the uAPI has for their changes. Of
// `coef`, band 0 has three contexts.
using Vp9Probabilities = v4l2_ctrl_vp9_compressed_hdr;

// VP9 10.5
Vp9Probabilities vp9_default_probabilities();

}  // namespace hardware
