// SPDX-License-Identifier: MIT
// Reads the pixels of a frame, whatever its memory's format, as plain rows.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "frame/frame_memory.h"
#include "pixel/tiles.h"

namespace v4l2va {

// Writes a rectangle of luma (`plane` 0) or interleaved chroma (1) to `out` as rows of the linear
// format of the memory's VA fourcc: 8 bits a sample, or 16 with the value in the high bits. `rect`
// is in samples (chroma counts Cb and Cr, from an even x); `out_pitch` in bytes. The caller
// brackets it with begin_cpu_access() and end_cpu_access(). kUnsupported for a format that is not
// in the table, kKernel when the memory is smaller than its layout says.
[[nodiscard]] Result<> read_plane(FrameMemory& memory, uint32_t plane, const SampleRect& rect,
                                  std::byte* out, size_t out_pitch);

// The same in samples of `bytes_per_sample` (1, or 2 with ten bits in the high ones), whatever the
// frame's: ten bits become eight as narrow_samples() says, eight become ten as widen_samples().
[[nodiscard]] Result<> read_plane_as(FrameMemory& memory, uint32_t plane, const SampleRect& rect,
                                     uint32_t bytes_per_sample, std::byte* out, size_t out_pitch);

// The chroma of a frame in eight bits, whatever the frame's, Cb and Cr apart; `rect` as for
// plane 1.
[[nodiscard]] Result<> read_chroma_planes(FrameMemory& memory, const SampleRect& rect,
                                          const PlanePairTarget& out);

}  // namespace v4l2va
