// SPDX-License-Identifier: MIT
// Writes plain rows into a frame, whatever its memory's format: the way back from frame_read.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "frame/frame_memory.h"
#include "pixel/tiles.h"

namespace v4l2va {

// Writes a rectangle of luma (`plane` 0) or interleaved chroma (1) from rows at `in`. Arguments and
// errors are those of read_plane(); samples around the rectangle stay as they are.
[[nodiscard]] Result<> write_plane(FrameMemory& memory, uint32_t plane, const SampleRect& rect,
                                   const std::byte* in, size_t in_pitch);

// The same from samples of `bytes_per_sample`; as read_plane_as().
[[nodiscard]] Result<> write_plane_as(FrameMemory& memory, uint32_t plane, const SampleRect& rect,
                                      uint32_t bytes_per_sample, const std::byte* in,
                                      size_t in_pitch);

// The chroma of a frame from eight bits, Cb and Cr apart; as read_chroma_planes().
[[nodiscard]] Result<> write_chroma_planes(FrameMemory& memory, const SampleRect& rect,
                                           const PlanePair& in);

}  // namespace v4l2va
