// SPDX-License-Identifier: MIT
// Reads colour planes whose samples do not lie in plain rows: tiles, columns and packed bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace v4l2va {

// How the samples of a tile are stored, row by row from the top. Facts: the kernel's
// pixfmt-yuv-planar and pixfmt-reserved pages, and Raspberry Pi's pixfmt-nv12-col128.
enum class Packing : uint8_t {
    kBytes,         // 8 bits a sample
    kWords,         // 16 bits, little-endian, the value in the high bits (P010)
    kTenIn40,       // four 10-bit samples in five bytes, little-endian (NV15)
    kTenIn32,       // three 10-bit samples in a 32-bit word, little-endian, two bits unused (NC30)
    kTenTiledLsb,   // blocks of four rows: 16 bytes with the low bits of the 16 columns (two bits
                    // a row, the first row lowest), then four rows of high bits (MT2110T)
    kTenRasterLsb,  // the same blocks, but four bytes of low bits a row, first column lowest
                    // (MT2110R)
};

// A tile of one colour plane, in samples: a sample is one Y, one Cb or one Cr.
struct TileShape {
    Packing packing = Packing::kBytes;
    uint32_t width = 0;
    uint32_t height = 0;
    uint32_t bytes = 0;  // whole tile, at most kMaxTileBytes
};

inline constexpr uint32_t kMaxTileBytes = 1024;
inline constexpr uint32_t kMaxTileSamples = 1024;

// What unpack_tiles() makes of a sample: 8 bits, or 16 bits with the value in the high ones.
[[nodiscard]] constexpr uint32_t unpacked_bytes(Packing packing) {
    return packing == Packing::kBytes ? 1 : 2;
}

// A colour plane in memory. The memory may be uncached.
struct TiledPlane {
    std::span<const std::byte> memory;
    size_t offset = 0;  // of the first tile
    TileShape tile;
    size_t right = 0;  // bytes from a tile to its right neighbour
    size_t down = 0;   // bytes from a tile to the one below
};

// Samples of a colour plane; chroma counts Cb and Cr.
struct SampleRect {
    uint32_t x = 0;
    uint32_t y = 0;
    uint32_t width = 0;
    uint32_t height = 0;
};

// Writes a rectangle of the plane as plain rows of unpacked_bytes() a sample to `out`, `out_pitch`
// bytes apart; 16-bit samples want an even address and pitch. Each byte of the source is read once,
// in memory order. False, and nothing read, when the rectangle reaches beyond the memory.
[[nodiscard]] bool unpack_tiles(const TiledPlane& plane, const SampleRect& rect, std::byte* out,
                                size_t out_pitch);

// Two planes of one sample a pixel, to rows of pairs (first, second); pitches in bytes.
struct PlanePair {
    const std::byte* first = nullptr;
    size_t first_pitch = 0;
    const std::byte* second = nullptr;
    size_t second_pitch = 0;
};

// Writes `rows` rows of `pairs` pairs of bytes to `out`. Reads each source once, in memory order.
void interleave_rows(const PlanePair& planes, size_t pairs, uint32_t rows, std::byte* out,
                     size_t out_pitch);

// Where such planes are written to.
struct PlanePairTarget {
    std::byte* first = nullptr;
    size_t first_pitch = 0;
    std::byte* second = nullptr;
    size_t second_pitch = 0;
};

// The way back: `rows` rows of `pairs` pairs of bytes at `in`, which is read once, in memory order.
void deinterleave_rows(const std::byte* in, size_t in_pitch, size_t pairs, uint32_t rows,
                       const PlanePairTarget& out);

}  // namespace v4l2va
