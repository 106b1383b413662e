// SPDX-License-Identifier: MIT
// The inner loops of pixel/: from cached memory, whole tiles, no bounds.
#pragma once

#include <cstddef>

#include "pixel/tiles.h"

namespace v4l2va {

// Readers of packed bits may read this many bytes behind what they are asked for (and ignore them).
inline constexpr size_t kReadAhead = 16;

// Copies from memory that may be uncached: each byte is loaded once, ascending, in vectors, several
// loads ahead of the stores.
void read_once(std::byte* to, const std::byte* from, size_t bytes);

// Unpacks `count` tiles that follow each other at `tiles`. Tile i goes to `out` + i * `step`, its
// rows `pitch` bytes apart. kReadAhead bytes behind the tiles are readable.
using UnpackTiles = void (*)(const TileShape& tile, const std::byte* tiles, size_t count,
                             std::byte* out, size_t pitch, size_t step);

[[nodiscard]] UnpackTiles find_kernel(Packing packing);

// `pairs` bytes of each source, alternating.
void interleave_bytes(const std::byte* first, const std::byte* second, size_t pairs,
                      std::byte* out);

// The first and the second byte of each of `pairs` pairs.
void deinterleave_bytes(const std::byte* in, size_t pairs, std::byte* first, std::byte* second);

}  // namespace v4l2va
