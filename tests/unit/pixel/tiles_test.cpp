// SPDX-License-Identifier: MIT
// unpack_tiles and pack_tiles: every layout against a sample-by-sample reading of its definition.
#include "pixel/tiles.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "layout_test.h"
#include "pixel/copy.h"
#include "pixel/pack.h"

namespace v4l2va::test {
namespace {

// The sanitizers make all of this some fifty times slower, and look for other faults.
#ifdef __SANITIZE_ADDRESS__
constexpr uint32_t kStep = 13;
#else
constexpr uint32_t kStep = 1;
#endif

class TilesTest : public LayoutTest {
  protected:
    // Unpacks the rectangle into rows that are wider than it, and looks at every byte of them.
    void check(const SampleRect& rect) {
        const size_t bytes = unpacked_bytes(plane_.tile.packing);
        const size_t pitch = rect.width * bytes + 6;
        std::vector<std::byte> out(pitch * rect.height, std::byte{0xa5});
        ASSERT_TRUE(unpack_tiles(plane_, rect, out.data(), pitch));
        std::vector<std::byte> expected(out.size(), std::byte{0xa5});
        for (uint32_t y = 0; y < rect.height; ++y) {
            for (uint32_t x = 0; x < rect.width; ++x) {
                const auto value = static_cast<uint16_t>(sample(rect.x + x, rect.y + y));
                std::memcpy(expected.data() + y * pitch + x * bytes, &value, bytes);
            }
        }
        ASSERT_TRUE(out == expected)
            << rect.x << "," << rect.y << " " << rect.width << "x" << rect.height;
    }

    // Packs random samples and reads all of the plane again.
    void check_pack(const SampleRect& rect) {
        const size_t bytes = unpacked_bytes(plane_.tile.packing);
        const size_t pitch = rect.width * bytes + 6;
        const bool ten_bits = bytes == 2 && plane_.tile.packing != Packing::kWords;
        std::vector<std::byte> in(pitch * rect.height);
        for (std::byte& byte : in) {
            byte = static_cast<std::byte>(random_());
        }
        std::vector<unsigned> expected;
        for (uint32_t y = 0; y < kExtent; ++y) {
            for (uint32_t x = 0; x < kExtent; ++x) {
                uint16_t value = static_cast<uint16_t>(sample(x, y));
                if (x >= rect.x && x - rect.x < rect.width && y >= rect.y &&
                    y - rect.y < rect.height) {
                    value = 0;
                    std::memcpy(&value, in.data() + (y - rect.y) * pitch + (x - rect.x) * bytes,
                                bytes);
                    value = static_cast<uint16_t>(ten_bits ? value & 0xffc0 : value);
                }
                expected.push_back(value);
            }
        }
        const TiledPlaneTarget target{memory_, plane_.offset, plane_.tile, plane_.right,
                                      plane_.down};
        ASSERT_TRUE(pack_tiles(target, rect, in.data(), pitch));
        size_t at = 0;
        for (uint32_t y = 0; y < kExtent; ++y) {
            for (uint32_t x = 0; x < kExtent; ++x) {
                ASSERT_EQ(sample(x, y), expected[at++])
                    << x << "," << y << " of " << rect.x << "," << rect.y << " " << rect.width
                    << "x" << rect.height;
            }
        }
    }
};

TEST_P(TilesTest, EveryWidth) {
    for (uint32_t width = 1; width <= 257; width += kStep) {
        for (const uint32_t height : {1U, 2U, 5U, 33U}) {
            check({0, 0, width, height});
        }
    }
}

TEST_P(TilesTest, EveryHeight) {
    for (uint32_t height = 1; height <= 257; height += kStep) {
        for (const uint32_t width : {1U, 18U, 129U}) {
            check({0, 0, width, height});
        }
    }
}

TEST_P(TilesTest, EveryOriginWithinATile) {
    const TileShape& tile = plane_.tile;
    for (uint32_t x = 0; x <= tile.width; x += kStep) {
        check({x, 3, 130, 5});
    }
    for (uint32_t y = 0; y <= tile.height; y += kStep) {
        check({5, y, 20, 70});
    }
}

TEST_P(TilesTest, AnyRectangle) {
    for (uint32_t i = 0; i < 500; i += kStep) {
        const auto x = static_cast<uint32_t>(random_() % kExtent);
        const auto y = static_cast<uint32_t>(random_() % kExtent);
        const auto width = static_cast<uint32_t>(1 + random_() % (kExtent - x));
        const auto height = static_cast<uint32_t>(1 + random_() % (kExtent - y));
        check({x, y, width, std::min(height, 40U)});
    }
}

TEST_P(TilesTest, NothingIsReadBeyondTheMemory) {
    const TileShape& tile = plane_.tile;
    const uint32_t width = tiles_for(kExtent, tile.width) * tile.width;
    const uint32_t height = tiles_for(kExtent, tile.height) * tile.height;
    check({width - 1, height - 1, 1, 1});
    std::vector<std::byte> out(4096);
    plane_.memory = std::span(memory_).first(memory_.size() - 1);
    EXPECT_FALSE(unpack_tiles(plane_, {width - 1, height - 1, 1, 1}, out.data(), 64));
    EXPECT_TRUE(unpack_tiles(plane_, {0, 0, 1, 1}, out.data(), 64));
    EXPECT_TRUE(unpack_tiles(plane_, {0, 0, 0, 1}, out.data(), 64));
    plane_.memory = {};
    EXPECT_FALSE(unpack_tiles(plane_, {0, 0, 1, 1}, out.data(), 64));
}

TEST_P(TilesTest, WritesWhatItReadsAndNothingElse) {
    check_pack({0, 0, kExtent, kExtent});
    for (uint32_t i = 0; i < 20; i += kStep) {
        const auto x = static_cast<uint32_t>(random_() % kExtent);
        const auto y = static_cast<uint32_t>(random_() % kExtent);
        check_pack({x, y, static_cast<uint32_t>(1 + random_() % (kExtent - x)),
                    static_cast<uint32_t>(1 + random_() % (kExtent - y))});
    }
}

TEST_P(TilesTest, NothingIsWrittenBeyondTheMemory) {
    const TileShape& tile = plane_.tile;
    const uint32_t width = tiles_for(kExtent, tile.width) * tile.width;
    const uint32_t height = tiles_for(kExtent, tile.height) * tile.height;
    const std::vector<std::byte> in(16);
    const std::vector<std::byte> before = memory_;
    TiledPlaneTarget target{std::span(memory_).first(memory_.size() - 1), plane_.offset,
                            plane_.tile, plane_.right, plane_.down};
    EXPECT_FALSE(pack_tiles(target, {width - 1, height - 1, 1, 1}, in.data(), 16));
    EXPECT_TRUE(pack_tiles(target, {0, 0, 0, 1}, in.data(), 16));
    EXPECT_TRUE(memory_ == before);
    target.memory = memory_;
    EXPECT_TRUE(pack_tiles(target, {width - 1, height - 1, 1, 1}, in.data(), 16));
}

INSTANTIATE_TEST_SUITE_P(Layouts, TilesTest, ::testing::ValuesIn(kLayouts), layout_name);

// Rows that are longer than what is read at once.
TEST(TilesTest, LongRows) {
    constexpr uint32_t kWidth = 16400;
    std::vector<std::byte> memory(kWidth / 4 * 5 * 2);
    for (size_t i = 0; i < memory.size(); ++i) {
        memory[i] = static_cast<std::byte>(i * i >> 3);
    }
    TiledPlane plane{memory, 0, {Packing::kTenIn40, 4, 1, 5}, 5, kWidth / 4 * 5};
    std::vector<uint16_t> out(size_t{kWidth} * 2);
    std::vector<uint16_t> pieces(out.size());
    ASSERT_TRUE(unpack_tiles(plane, {0, 0, kWidth, 2},
                             std::as_writable_bytes(std::span(out)).data(), kWidth * 2));
    for (uint32_t x = 0; x < kWidth; x += 100) {
        ASSERT_TRUE(unpack_tiles(plane, {x, 0, 100, 2},
                                 std::as_writable_bytes(std::span(pieces)).data() + x * 2,
                                 kWidth * 2));
    }
    EXPECT_TRUE(out == pieces);
}

TEST(CopyTest, RowsAndPairs) {
    for (uint32_t width = 1; width <= 257; ++width) {
        const size_t pitch = width + 3;
        std::vector<std::byte> first(pitch * 4);
        std::vector<std::byte> second(pitch * 4);
        for (size_t i = 0; i < first.size(); ++i) {
            first[i] = static_cast<std::byte>(i * 7);
            second[i] = static_cast<std::byte>(i * 13 + 1);
        }
        for (const size_t out_pitch : {size_t{width}, pitch}) {
            std::vector<std::byte> out(out_pitch * 4, std::byte{0xa5});
            copy_rows({first.data(), out_pitch, out.data(), out_pitch, width, 4});
            for (size_t i = 0; i < out.size(); ++i) {
                const bool inside = i % out_pitch < width;
                ASSERT_EQ(out[i], inside ? first[i] : std::byte{0xa5});
            }
        }
        const size_t pair_pitch = size_t{width} * 2 + 2;
        std::vector<std::byte> pairs(pair_pitch * 4, std::byte{0xa5});
        interleave_rows({first.data(), pitch, second.data(), pitch}, width, 4, pairs.data(),
                        pair_pitch);
        for (size_t i = 0; i < pairs.size(); ++i) {
            const size_t x = i % pair_pitch;
            const size_t from = i / pair_pitch * pitch + x / 2;
            const std::byte inside = x % 2 == 0 ? first[from] : second[from];
            ASSERT_EQ(pairs[i], x / 2 < width ? inside : std::byte{0xa5});
        }
        std::vector<std::byte> planes[2];
        for (std::vector<std::byte>& plane : planes) {
            plane.assign(pitch * 4, std::byte{0xa5});
        }
        deinterleave_rows(pairs.data(), pair_pitch, width, 4,
                          {planes[0].data(), pitch, planes[1].data(), pitch});
        for (size_t i = 0; i < first.size(); ++i) {
            ASSERT_EQ(planes[0][i], i % pitch < width ? first[i] : std::byte{0xa5});
            ASSERT_EQ(planes[1][i], i % pitch < width ? second[i] : std::byte{0xa5});
        }
    }
}

}  // namespace
}  // namespace v4l2va::test
