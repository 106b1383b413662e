// SPDX-License-Identifier: MIT
// Writes colour planes whose samples do not lie in plain rows: the way back from unpack_tiles().
#include "pixel/pack.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "pixel/kernels.h"

namespace v4l2va {

namespace {

// One tile's samples, its rows one behind the other.
struct TileSamples {
    alignas(16) std::array<std::byte, size_t{2} * kMaxTileSamples> bytes{};

    // The ten bits of a sample of 16.
    [[nodiscard]] uint32_t ten_bits(size_t index) const {
        return (std::to_integer<uint32_t>(bytes[2 * index]) |
                std::to_integer<uint32_t>(bytes[2 * index + 1]) << 8) >>
               6;
    }
};

void pack_40(const TileShape& tile, const TileSamples& samples, std::byte* out) {
    const size_t count = size_t{tile.width} * tile.height;
    for (size_t i = 0; i < count; i += 4) {
        uint64_t bits = 0;
        for (size_t j = 0; j < 4; ++j) {
            bits |= uint64_t{samples.ten_bits(i + j)} << 10 * j;
        }
        for (size_t j = 0; j < 5; ++j) {
            *out++ = static_cast<std::byte>(bits >> 8 * j);
        }
    }
}

void pack_32(const TileShape& tile, const TileSamples& samples, std::byte* out) {
    const size_t count = size_t{tile.width} * tile.height;
    for (size_t i = 0; i < count; i += 3) {
        const uint32_t bits =
            samples.ten_bits(i) | samples.ten_bits(i + 1) << 10 | samples.ten_bits(i + 2) << 20;
        for (size_t j = 0; j < 4; ++j) {
            *out++ = static_cast<std::byte>(bits >> 8 * j);
        }
    }
}

// Blocks of four rows of sixteen samples; see Packing.
void pack_blocks(const TileShape& tile, const TileSamples& samples, std::byte* out) {
    constexpr size_t kColumns = 16;
    constexpr size_t kRows = 4;
    constexpr size_t kBytes = 80;
    const bool raster = tile.packing == Packing::kTenRasterLsb;
    for (size_t block = 0; block < tile.height / kRows; ++block, out += kBytes) {
        std::fill_n(out, kColumns, std::byte{0});
        for (size_t row = 0; row < kRows; ++row) {
            for (size_t x = 0; x < kColumns; ++x) {
                const uint32_t value = samples.ten_bits((block * kRows + row) * kColumns + x);
                const size_t low = raster ? row * 4 + x / 4 : x;
                const size_t shift = raster ? x % 4 * 2 : row * 2;
                out[low] |= static_cast<std::byte>((value & 3) << shift);
                out[kColumns + row * kColumns + x] = static_cast<std::byte>(value >> 2);
            }
        }
    }
}

void pack_tile(const TileShape& tile, const TileSamples& samples, std::byte* out) {
    switch (tile.packing) {
        case Packing::kBytes:
        case Packing::kWords:
            std::memcpy(out, samples.bytes.data(), tile.bytes);
            return;
        case Packing::kTenIn40:
            return pack_40(tile, samples, out);
        case Packing::kTenIn32:
            return pack_32(tile, samples, out);
        case Packing::kTenTiledLsb:
        case Packing::kTenRasterLsb:
            return pack_blocks(tile, samples, out);
    }
}

class Packer {
  public:
    Packer(const TiledPlaneTarget& plane, const SampleRect& rect, const std::byte* in,
           size_t in_pitch)
        : plane_(plane),
          rect_(rect),
          in_(in),
          pitch_(in_pitch),
          sample_(unpacked_bytes(plane.tile.packing)),
          unpack_(find_kernel(plane.tile.packing)) {}

    [[nodiscard]] bool within_memory() const {
        const size_t column = (size_t{rect_.x} + rect_.width - 1) / plane_.tile.width;
        const size_t row = (size_t{rect_.y} + rect_.height - 1) / plane_.tile.height;
        return plane_.offset + column * plane_.right + row * plane_.down + plane_.tile.bytes <=
               plane_.memory.size();
    }

    void run() {
        const TileShape& tile = plane_.tile;
        const uint32_t right = rect_.x + rect_.width;
        const uint32_t bottom = rect_.y + rect_.height;
        for (uint32_t y = rect_.y / tile.height * tile.height; y < bottom; y += tile.height) {
            for (uint32_t x = rect_.x / tile.width * tile.width; x < right; x += tile.width) {
                write_tile(x, y);
            }
        }
    }

  private:
    // The tile whose first sample is (x, y).
    void write_tile(uint32_t x, uint32_t y) {
        const TileShape& tile = plane_.tile;
        std::byte* const at = plane_.memory.data() + plane_.offset + x / tile.width * plane_.right +
                              y / tile.height * plane_.down;
        const uint32_t left = std::max(x, rect_.x);
        const uint32_t right = std::min(x + tile.width, rect_.x + rect_.width);
        const uint32_t top = std::max(y, rect_.y);
        const uint32_t bottom = std::min(y + tile.height, rect_.y + rect_.height);
        const size_t tile_pitch = size_t{tile.width} * sample_;
        if (right - left < tile.width || bottom - top < tile.height) {
            std::memcpy(packed_.data(), at, tile.bytes);
            unpack_(tile, packed_.data(), 1, samples_.bytes.data(), tile_pitch, 0);
        }
        for (uint32_t row = top; row < bottom; ++row) {
            std::memcpy(samples_.bytes.data() + (row - y) * tile_pitch + (left - x) * sample_,
                        in_ + (row - rect_.y) * pitch_ + (left - rect_.x) * sample_,
                        (right - left) * sample_);
        }
        pack_tile(tile, samples_, packed_.data());
        std::memcpy(at, packed_.data(), tile.bytes);
    }

    const TiledPlaneTarget& plane_;
    const SampleRect rect_;
    const std::byte* const in_;
    const size_t pitch_;
    const size_t sample_;
    const UnpackTiles unpack_;
    TileSamples samples_;
    alignas(16) std::array<std::byte, kMaxTileBytes + kReadAhead> packed_{};
};

}  // namespace

bool pack_tiles(const TiledPlaneTarget& plane, const SampleRect& rect, const std::byte* in,
                size_t in_pitch) {
    if (rect.width == 0 || rect.height == 0) {
        return true;
    }
    Packer packer(plane, rect, in, in_pitch);
    if (!packer.within_memory()) {
        return false;
    }
    packer.run();
    return true;
}

}  // namespace v4l2va
