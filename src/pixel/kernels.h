// SPDX-License-Identifier: MIT
// The inner loops of pixel/: from cached memory, whole tiles, no bounds. Where the compiler's
// baseline has no vectors (armhf, x86-64) they are compiled twice, and the processor decides.
#pragma once

#include <cstddef>

#include "pixel/tiles.h"

namespace v4l2va {

// Readers of packed bits may read this many bytes behind what they are asked for (and ignore them).
inline constexpr size_t kReadAhead = 16;

// Unpacks `count` tiles that follow each other at `tiles`. Tile i goes to `out` + i * `step`, its
// rows `pitch` bytes apart. kReadAhead bytes behind the tiles are readable.
using UnpackTiles = void (*)(const TileShape& tile, const std::byte* tiles, size_t count,
                             std::byte* out, size_t pitch, size_t step);

// What kernels.cpp makes of the instructions that it is compiled for.
struct Kernels {
    void (*read_once)(std::byte* to, const std::byte* from, size_t bytes);
    UnpackTiles (*find)(Packing packing);
    void (*interleave)(const std::byte* first, const std::byte* second, size_t pairs,
                       std::byte* out);
    void (*deinterleave)(const std::byte* in, size_t pairs, std::byte* first, std::byte* second);
    void (*narrow)(const std::byte* words, size_t samples, std::byte* out);
    void (*widen)(const std::byte* bytes, size_t samples, std::byte* out);
};
extern const Kernels kBaselineKernels;
extern const Kernels kVectorKernels;  // only with V4L2VA_VECTOR_KERNELS

// Those for this processor.
[[nodiscard]] const Kernels& kernels();

// Copies from memory that may be uncached: each byte is loaded once, ascending, in vectors, several
// loads ahead of the stores. Without vectors, as memcpy does.
inline void read_once(std::byte* to, const std::byte* from, size_t bytes) {
    kernels().read_once(to, from, bytes);
}

[[nodiscard]] inline UnpackTiles find_kernel(Packing packing) { return kernels().find(packing); }

// `pairs` bytes of each source, alternating.
inline void interleave_bytes(const std::byte* first, const std::byte* second, size_t pairs,
                             std::byte* out) {
    kernels().interleave(first, second, pairs, out);
}

// The first and the second byte of each of `pairs` pairs.
inline void deinterleave_bytes(const std::byte* in, size_t pairs, std::byte* first,
                               std::byte* second) {
    kernels().deinterleave(in, pairs, first, second);
}

// Samples of ten bits, in the high bits of 16, to eight: (v + 2) >> 2, at most 255.
inline void narrow_samples(const std::byte* words, size_t samples, std::byte* out) {
    kernels().narrow(words, samples, out);
}

// Samples of eight bits to ten, in the high bits of 16: v << 2.
inline void widen_samples(const std::byte* bytes, size_t samples, std::byte* out) {
    kernels().widen(bytes, samples, out);
}

}  // namespace v4l2va
