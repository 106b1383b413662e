// SPDX-License-Identifier: MIT
// Frames of every layout that the driver converts, as kernel drivers lay them out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "frame/frame_memory.h"

namespace v4l2va::bench {

struct Layout {
    const char* name = nullptr;  // the kernel's, without V4L2_PIX_FMT_
    uint32_t fourcc = 0;         // V4L2_PIX_FMT_*
    // Bytes of memory that `samples` samples of luma, or of both chromas, take.
    uint32_t bytes = 0;
    uint32_t samples = 0;
};

// One row for each layout, the linear ones first.
[[nodiscard]] std::span<const Layout> layouts();

// Bytes that the samples of a picture of `size` (even) take in memory, without any padding.
[[nodiscard]] size_t picture_bytes(const Layout& layout, Size size);

// A frame in shared memory whose samples are random, its rows aligned as hardware does. Null when
// there is no memory.
[[nodiscard]] std::shared_ptr<FrameMemory> new_frame(System& system, const Layout& layout,
                                                     Size size);

}  // namespace v4l2va::bench
