// SPDX-License-Identifier: MIT
// The inner loops of pixel/, as V4L2VA_KERNELS. All of it is local to the file, which may be
// compiled twice: what were shared could be linked into the wrong one.
#include "pixel/kernels.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "pixel/vectors.h"

namespace v4l2va {

namespace {

static_assert(std::endian::native == std::endian::little,
              "samples are stored as they are computed");

template <typename T>
T load(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

template <typename T>
void store(std::byte* to, T value) {
    std::memcpy(to, &value, sizeof value);
}

template <size_t row_bytes>
void copy_tiles_of(const TileShape& tile, const std::byte* tiles, size_t count, std::byte* out,
                   size_t pitch, size_t step) {
    for (size_t i = 0; i < count; ++i) {
        for (size_t row = 0; row < tile.height; ++row) {
            std::memcpy(out + i * step + row * pitch, tiles + row * row_bytes, row_bytes);
        }
        tiles += tile.bytes;
    }
}

void copy_small_tiles(const TileShape& tile, const std::byte* tiles, size_t count, std::byte* out,
                      size_t pitch, size_t step) {
    const bool side_by_side = tile.height == 4 && step == 4;
    const size_t done = side_by_side ? vectors::copy_4x4(tiles, count, out, pitch) : 0;
    copy_tiles_of<4>(tile, tiles + done * tile.bytes, count - done, out + done * step, pitch, step);
}

// Rows of bytes, or of words that are as the reader wants them. One copy of a fixed size for each
// width that exists.
void copy_tiles(const TileShape& tile, const std::byte* tiles, size_t count, std::byte* out,
                size_t pitch, size_t step) {
    const size_t row_bytes = tile.bytes / tile.height;
    switch (row_bytes) {
        case 4:
            return copy_small_tiles(tile, tiles, count, out, pitch, step);
        case 8:
            return copy_tiles_of<8>(tile, tiles, count, out, pitch, step);
        case 16:
            return copy_tiles_of<16>(tile, tiles, count, out, pitch, step);
        case 32:
            return copy_tiles_of<32>(tile, tiles, count, out, pitch, step);
        case 128:
            return copy_tiles_of<128>(tile, tiles, count, out, pitch, step);
        default:
            break;
    }
    for (size_t i = 0; i < count; ++i) {
        for (size_t row = 0; row < tile.height; ++row) {
            std::memcpy(out + i * step + row * pitch, tiles + row * row_bytes, row_bytes);
        }
        tiles += tile.bytes;
    }
}

// Four samples from 40 bits, each in the high bits of 16.
uint64_t unpack_40(uint64_t bits) {
    return ((bits & 0x3ff) | (bits & 0xffc00) << 6 | (bits & 0x3ff00000) << 12 |
            (bits & 0xffc0000000) << 18)
           << 6;
}

void unpack_40_row(const std::byte* in, size_t groups, std::byte* out) {
    for (size_t i = vectors::unpack_40(in, groups, out); i < groups; ++i) {
        store(out + i * 8, unpack_40(load<uint64_t>(in + i * 5)));
    }
}

void unpack_40_tiles(const TileShape& tile, const std::byte* tiles, size_t count, std::byte* out,
                     size_t pitch, size_t step) {
    const size_t groups = tile.width / 4;
    if (tile.height == 1 && step == groups * 8) {
        unpack_40_row(tiles, count * groups, out);
        return;
    }
    const bool side_by_side = tile.width == 4 && tile.height == 4 && step == 8;
    const size_t done = side_by_side ? vectors::unpack_40_4x4(tiles, count, out, pitch) : 0;
    tiles += done * tile.bytes;
    for (size_t i = done; i < count; ++i) {
        for (size_t row = 0; row < tile.height; ++row) {
            for (size_t group = 0; group < groups; ++group) {
                store(out + i * step + row * pitch + group * 8,
                      unpack_40(load<uint64_t>(tiles + (row * groups + group) * 5)));
            }
        }
        tiles += tile.bytes;
    }
}

// Three samples from a word.
void unpack_32_row(const std::byte* in, size_t words, std::byte* out) {
    for (size_t i = vectors::unpack_32(in, words, out); i < words; ++i) {
        const auto bits = load<uint32_t>(in + i * 4);
        store(out + i * 6, (bits & 0x3ff) << 6 | (bits & 0xffc00) << 12);
        store(out + i * 6 + 4, static_cast<uint16_t>(bits >> 20 << 6));
    }
}

void unpack_32_tiles(const TileShape& tile, const std::byte* tiles, size_t count, std::byte* out,
                     size_t pitch, size_t step) {
    const size_t words = tile.width / 3;
    for (size_t i = 0; i < count; ++i) {
        for (size_t row = 0; row < tile.height; ++row) {
            unpack_32_row(tiles + row * words * 4, words, out + i * step + row * pitch);
        }
        tiles += tile.bytes;
    }
}

// A block of four rows of sixteen samples: 16 bytes of low bits, then rows of high bits.
constexpr size_t kBlockColumns = 16;
constexpr size_t kBlockRows = 4;
constexpr size_t kBlockBytes = 80;

template <int shift>
void join_row(const std::byte* low, const std::byte* high_bits, std::byte* out) {
    if (vectors::join_row<shift>(low, high_bits, out)) {
        return;
    }
    for (size_t x = 0; x < kBlockColumns; ++x) {
        const auto lows = std::to_integer<unsigned>(low[x]) >> shift & 3;
        out[2 * x] = static_cast<std::byte>(lows << 6);
        out[2 * x + 1] = high_bits[x];
    }
}

void join_tiled_block(const std::byte* block, std::byte* out, size_t pitch) {
    join_row<0>(block, block + 16, out);
    join_row<2>(block, block + 32, out + pitch);
    join_row<4>(block, block + 48, out + 2 * pitch);
    join_row<6>(block, block + 64, out + 3 * pitch);
}

// Each byte of low bits to four bytes, the first column's bits lowest in the first.
void join_raster_block(const std::byte* block, std::byte* out, size_t pitch) {
    for (size_t row = 0; row < kBlockRows; ++row) {
        const std::byte* const highs = block + 16 + 16 * row;
        if (vectors::join_raster_row(block + 4 * row, highs, out + row * pitch)) {
            continue;
        }
        std::byte lows[kBlockColumns];
        for (size_t i = 0; i < 4; ++i) {
            const auto bits = std::to_integer<uint32_t>(block[4 * row + i]);
            store(lows + 4 * i, (bits | bits << 6 | bits << 12 | bits << 18) & 0x03030303U);
        }
        join_row<0>(lows, highs, out + row * pitch);
    }
}

template <void join_block(const std::byte*, std::byte*, size_t)>
void join_tiles(const TileShape& tile, const std::byte* tiles, size_t count, std::byte* out,
                size_t pitch, size_t step) {
    const size_t blocks = tile.height / kBlockRows;
    for (size_t i = 0; i < count; ++i) {
        for (size_t block = 0; block < blocks; ++block) {
            join_block(tiles + block * kBlockBytes, out + i * step + block * kBlockRows * pitch,
                       pitch);
        }
        tiles += tile.bytes;
    }
}

void copy_once(std::byte* to, const std::byte* from, size_t bytes) {
    size_t done = vectors::copy(to, from, bytes);
    if (done == 0 && bytes >= vectors::kBytes) {  // no vectors
        std::memcpy(to, from, bytes);
        return;
    }
    // Less than a vector is left. memcpy would load some of it twice.
    const auto piece = [&]<typename T>(T /*size*/) {
        if (((bytes - done) & sizeof(T)) != 0) {
            store(to + done, load<T>(from + done));
            done += sizeof(T);
        }
    };
    piece(uint64_t{});
    piece(uint32_t{});
    piece(uint16_t{});
    piece(uint8_t{});
}

UnpackTiles find(Packing packing) {
    switch (packing) {
        case Packing::kBytes:
        case Packing::kWords:
            return copy_tiles;
        case Packing::kTenIn40:
            return unpack_40_tiles;
        case Packing::kTenIn32:
            return unpack_32_tiles;
        case Packing::kTenTiledLsb:
            return join_tiles<join_tiled_block>;
        case Packing::kTenRasterLsb:
            return join_tiles<join_raster_block>;
    }
    return nullptr;
}

void interleave(const std::byte* first, const std::byte* second, size_t pairs, std::byte* out) {
    for (size_t i = vectors::interleave(first, second, pairs, out); i < pairs; ++i) {
        out[2 * i] = first[i];
        out[2 * i + 1] = second[i];
    }
}

void deinterleave(const std::byte* in, size_t pairs, std::byte* first, std::byte* second) {
    for (size_t i = vectors::deinterleave(in, pairs, first, second); i < pairs; ++i) {
        first[i] = in[2 * i];
        second[i] = in[2 * i + 1];
    }
}

// (v + 2) >> 2 of the ten bits at the top, whatever the six below them are.
void narrow(const std::byte* words, size_t samples, std::byte* out) {
    for (size_t i = vectors::narrow(words, samples, out); i < samples; ++i) {
        const unsigned rounded = (load<uint16_t>(words + 2 * i) + 128U) >> 8;
        out[i] = static_cast<std::byte>(std::min(rounded, 255U));
    }
}

void widen(const std::byte* bytes, size_t samples, std::byte* out) {
    for (size_t i = vectors::widen(bytes, samples, out); i < samples; ++i) {
        out[2 * i] = std::byte{0};
        out[2 * i + 1] = bytes[i];
    }
}

}  // namespace

const Kernels V4L2VA_KERNELS = {copy_once, find, interleave, deinterleave, narrow, widen};

}  // namespace v4l2va
