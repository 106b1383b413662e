// SPDX-License-Identifier: MIT
// Writes colour planes whose samples do not lie in plain rows: the way back from unpack_tiles().
#pragma once

#include <cstddef>
#include <span>

#include "pixel/tiles.h"

namespace v4l2va {

// A colour plane in memory, to be written. As TiledPlane.
struct TiledPlaneTarget {
    std::span<std::byte> memory;
    size_t offset = 0;
    TileShape tile;
    size_t right = 0;
    size_t down = 0;
};

// Writes a rectangle of the plane from plain rows of unpacked_bytes() a sample at `in`, `in_pitch`
// bytes apart. Samples of 16 bits lose what their layout has no room for, below the upper ten.
// Tiles that the rectangle does not fill keep their other samples. Tile by tile and without
// vectors: clients write surfaces to try whether they can. False, and nothing written, when the
// rectangle reaches beyond the memory.
[[nodiscard]] bool pack_tiles(const TiledPlaneTarget& plane, const SampleRect& rect,
                              const std::byte* in, size_t in_pitch);

}  // namespace v4l2va
