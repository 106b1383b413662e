// SPDX-License-Identifier: MIT
// A plane of every layout with random samples, and a reading of each sample by the definition.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "pixel/tiles.h"

namespace v4l2va::test {

// How a test lays out a plane of at least 272x272 samples.
enum class Order { kRows, kColumns };

struct Layout {
    const char* name;
    TileShape tile;
    Order order;
};

inline constexpr Layout kLayouts[] = {
    {"linear8", {Packing::kBytes, 1, 1, 1}, Order::kRows},
    {"linear16", {Packing::kWords, 1, 1, 2}, Order::kRows},
    {"NV15", {Packing::kTenIn40, 4, 1, 5}, Order::kRows},
    {"NV12_4L4", {Packing::kBytes, 4, 4, 16}, Order::kRows},
    {"P010_4L4", {Packing::kWords, 4, 4, 32}, Order::kRows},
    {"NV15_4L4", {Packing::kTenIn40, 4, 4, 20}, Order::kRows},
    {"NV12_32L32", {Packing::kBytes, 32, 32, 1024}, Order::kRows},
    {"MM21 luma", {Packing::kBytes, 16, 32, 512}, Order::kRows},
    {"MM21 chroma", {Packing::kBytes, 16, 16, 256}, Order::kRows},
    {"MT2110T luma", {Packing::kTenTiledLsb, 16, 32, 640}, Order::kRows},
    {"MT2110T chroma", {Packing::kTenTiledLsb, 16, 16, 320}, Order::kRows},
    {"MT2110R luma", {Packing::kTenRasterLsb, 16, 32, 640}, Order::kRows},
    {"MT2110R chroma", {Packing::kTenRasterLsb, 16, 16, 320}, Order::kRows},
    {"NC12", {Packing::kBytes, 128, 1, 128}, Order::kColumns},
    {"NC30", {Packing::kTenIn32, 96, 1, 128}, Order::kColumns},
};

inline constexpr size_t kLinearLayouts = 2;  // the first ones

inline constexpr uint32_t kExtent = 272;
inline constexpr size_t kOffset = 48;

inline uint32_t tiles_for(uint32_t samples, uint32_t tile) { return (samples + tile - 1) / tile; }

// For INSTANTIATE_TEST_SUITE_P.
inline std::string layout_name(const ::testing::TestParamInfo<Layout>& info) {
    std::string name = info.param.name;
    std::erase(name, ' ');
    return name;
}

class LayoutTest : public ::testing::TestWithParam<Layout> {
  protected:
    LayoutTest() {
        const TileShape& tile = GetParam().tile;
        const uint32_t columns = tiles_for(kExtent, tile.width);
        const uint32_t rows = tiles_for(kExtent, tile.height);
        if (GetParam().order == Order::kRows) {
            plane_.right = tile.bytes;
            plane_.down = size_t{columns} * tile.bytes + 24;  // rows of tiles may be padded
        } else {
            plane_.down = tile.bytes;
            plane_.right = (size_t{rows} + 9) * tile.bytes;
        }
        memory_.resize(kOffset + (columns - 1) * plane_.right + (rows - 1) * plane_.down +
                       tile.bytes);
        for (std::byte& byte : memory_) {
            byte = static_cast<std::byte>(random_());
        }
        plane_.memory = memory_;
        plane_.offset = kOffset;
        plane_.tile = tile;
    }

    [[nodiscard]] unsigned at(size_t index) const {
        return std::to_integer<unsigned>(memory_[index]);
    }

    // One sample as the definition of its layout says.
    [[nodiscard]] unsigned sample(uint32_t x, uint32_t y) const {
        const TileShape& tile = plane_.tile;
        const size_t base = kOffset + x / tile.width * plane_.right + y / tile.height * plane_.down;
        const uint32_t column = x % tile.width;
        const uint32_t row = y % tile.height;
        const size_t index = size_t{row} * tile.width + column;
        switch (tile.packing) {
            case Packing::kBytes:
                return at(base + index);
            case Packing::kWords:
                return at(base + 2 * index) | at(base + 2 * index + 1) << 8;
            case Packing::kTenIn40: {
                unsigned value = 0;
                for (size_t bit = 0; bit < 10; ++bit) {
                    const size_t from = index * 10 + bit;
                    value |= (at(base + from / 8) >> from % 8 & 1) << bit;
                }
                return value << 6;
            }
            case Packing::kTenIn32: {
                const size_t word = base + index / 3 * 4;
                const unsigned bits =
                    at(word) | at(word + 1) << 8 | at(word + 2) << 16 | at(word + 3) << 24;
                return (bits >> index % 3 * 10 & 0x3ff) << 6;
            }
            case Packing::kTenTiledLsb: {
                const size_t block = base + size_t{row} / 4 * 80;
                const unsigned low = at(block + column) >> row % 4 * 2 & 3;
                return (at(block + 16 + size_t{row} % 4 * 16 + column) << 2 | low) << 6;
            }
            case Packing::kTenRasterLsb: {
                const size_t block = base + size_t{row} / 4 * 80;
                const unsigned low =
                    at(block + size_t{row} % 4 * 4 + column / 4) >> column % 4 * 2 & 3;
                return (at(block + 16 + size_t{row} % 4 * 16 + column) << 2 | low) << 6;
            }
        }
        return 0;
    }

    std::mt19937 random_{1};
    std::vector<std::byte> memory_;
    TiledPlane plane_;
};

}  // namespace v4l2va::test
