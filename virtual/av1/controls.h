// SPDX-License-Identifier: MIT
// What one job has of the AV1 controls.
#pragma once

#include <vector>

#include "backend/control_values.h"
#include "uapi/av1.h"

namespace vdec::av1 {

// The controls of one job.
struct Controls {
    Sequence sequence;
    Frame frame;
    FilmGrain grain;  // all zero on a device without film grain
    std::vector<TileGroupEntry> tiles;
};

Controls read_controls(const ControlValues& values);

}  // namespace vdec::av1
