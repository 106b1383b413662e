// SPDX-License-Identifier: MIT
// Quirks: what a driver does otherwise than the interface says and cannot be asked for.
#pragma once

#include <string_view>

namespace v4l2va {

// One row per kernel driver in quirks.cpp, each with its reason. Defaults are the safe answers for
// a driver that nobody here knows.
struct Quirks {
    std::string_view driver_name;  // QUERYCAP driver; empty in the default row
    // CPU reads of an exported buffer need DMA_BUF_IOCTL_SYNC around them.
    bool needs_cpu_sync = true;
};

// The row of `driver_name`, else the default row. Never null; static storage.
[[nodiscard]] const Quirks* find_quirks(std::string_view driver_name);

}  // namespace v4l2va
