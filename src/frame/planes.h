// SPDX-License-Identifier: MIT
// Rows of a frame's planes in its mapped memory: what its readers and writers share.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "frame/frame_memory.h"
#include "pixel/tiles.h"
#include "v4l2/pixel_format.h"

namespace v4l2va {

// Plain rows within a mapping that holds all of them.
struct MappedRows {
    std::byte* first = nullptr;
    size_t pitch = 0;
};

// A rectangle of a plane of single samples. kKernel when the memory is smaller than its layout.
[[nodiscard]] Result<MappedRows> map_rows(FrameMemory& memory, const PlaneTiles& plane,
                                          const SampleRect& rect);

// Cb and Cr of a planar frame; `rect` counts both of them, from an even x, as read_plane() does.
struct MappedChroma {
    MappedRows cb;
    MappedRows cr;
};
[[nodiscard]] Result<MappedChroma> map_chroma(FrameMemory& memory, const PixelFormat& format,
                                              const SampleRect& rect);

// kKernel: the memory is smaller than its layout.
[[nodiscard]] tl::unexpected<Error> frame_too_small();

// Walks over a rectangle of luma (`plane` 0) or of chroma in pairs (1) in parts of at most
// kPartSamples that begin and end with whole tiles, but at its edges: in the order of the memory.
class Parts {
  public:
    static constexpr uint32_t kPartSamples = 8192;

    Parts(const PixelFormat& format, uint32_t plane, const SampleRect& rect);
    // The next part; false at the end.
    [[nodiscard]] bool next(SampleRect& part);

  private:
    const SampleRect rect_;
    const bool columns_;
    uint32_t width_ = 0;  // of a part
    uint32_t height_ = 0;
    uint32_t x_ = 0;
    uint32_t y_ = 0;
};

}  // namespace v4l2va
