// SPDX-License-Identifier: MIT
// From the surfaces of a recorded client to those of the one that replays it.
#pragma once

#include <va/va.h>

#include <map>
#include <vector>

#include "recording.h"

namespace v4l2va::test {

using Buffers = std::vector<RecordedBuffer>;
// Recorded surface to own.
using SurfaceNames = std::map<VASurfaceID, VASurfaceID>;

// A picture's buffers with `names`; what it does not hold becomes VA_INVALID_ID.
[[nodiscard]] Buffers renamed_buffers(VAProfile profile, const RecordedPicture& picture,
                                      const SurfaceNames& names);

}  // namespace v4l2va::test
