// SPDX-License-Identifier: MIT
// unpack_tiles and pack_tiles: every layout, every size from 1x1 to 257x257.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "layout_test.h"
#include "pixel/pack.h"
#include "pixel/tiles.h"

namespace v4l2va::test {
namespace {

constexpr uint32_t kLargest = 257;

// Plain rows of a whole plane.
struct Image {
    std::vector<std::byte> samples;
    size_t sample_bytes;

    [[nodiscard]] const std::byte* at(uint32_t x, uint32_t y) const {
        return samples.data() + (size_t{y} * kExtent + x) * sample_bytes;
    }
    [[nodiscard]] size_t pitch() const { return kExtent * sample_bytes; }
};

class EverySizeTest : public LayoutTest {
  protected:
    [[nodiscard]] Image image() const {
        Image result{{}, unpacked_bytes(plane_.tile.packing)};
        for (uint32_t y = 0; y < kExtent; ++y) {
            for (uint32_t x = 0; x < kExtent; ++x) {
                const auto value = static_cast<uint16_t>(sample(x, y));
                const auto* bytes = reinterpret_cast<const std::byte*>(&value);
                result.samples.insert(result.samples.end(), bytes, bytes + result.sample_bytes);
            }
        }
        return result;
    }

    // At another place for each size.
    static SampleRect rect_of(uint32_t width, uint32_t height) {
        return {(width * 7 + height) % (kExtent - width + 1),
                (height * 5 + width) % (kExtent - height + 1), width, height};
    }

    // The rectangle in memory is the image's, and the bytes behind each row of `out` are untouched.
    void check_unpacked(const SampleRect& rect, const Image& expected) {
        const size_t row = rect.width * expected.sample_bytes;
        const size_t pitch = row + 6;
        constexpr std::byte kUntouched[6] = {};
        out_.assign(pitch * rect.height, std::byte{0});
        ASSERT_TRUE(unpack_tiles(plane_, rect, out_.data(), pitch));
        for (uint32_t y = 0; y < rect.height; ++y) {
            const std::byte* got = out_.data() + y * pitch;
            ASSERT_EQ(std::memcmp(got, expected.at(rect.x, rect.y + y), row), 0)
                << rect.x << "," << rect.y << " " << rect.width << "x" << rect.height;
            ASSERT_EQ(std::memcmp(got + row, kUntouched, sizeof(kUntouched)), 0);
        }
    }

    std::vector<std::byte> out_;
};

TEST_P(EverySizeTest, Unpacked) {
    const Image expected = image();
    for (uint32_t height = 1; height <= kLargest; ++height) {
        for (uint32_t width = 1; width <= kLargest; ++width) {
            ASSERT_NO_FATAL_FAILURE(check_unpacked(rect_of(width, height), expected));
        }
    }
}

// Of a word with three samples two bits are nobody's.
void clear_padding(const TileShape& tile, std::vector<std::byte>& memory) {
    if (tile.packing == Packing::kTenIn32) {
        for (size_t at = 3; at < memory.size(); at += 4) {
            memory[at] &= std::byte{0x3f};
        }
    }
}

// Samples of a second plane are written and read; when the first one's are back, no byte of the
// plane may differ from what it was.
TEST_P(EverySizeTest, Packed) {
    const Image first = image();
    clear_padding(plane_.tile, memory_);
    const std::vector<std::byte> before = memory_;
    for (std::byte& byte : memory_) {
        byte = static_cast<std::byte>(random_());
    }
    const Image second = image();
    memory_ = before;
    plane_.memory = memory_;
    const TiledPlaneTarget target{memory_, plane_.offset, plane_.tile, plane_.right, plane_.down};
    for (uint32_t height = 1; height <= kLargest; ++height) {
        for (uint32_t width = 1; width <= kLargest; ++width) {
            const SampleRect rect = rect_of(width, height);
            ASSERT_TRUE(pack_tiles(target, rect, second.at(rect.x, rect.y), second.pitch()));
            ASSERT_NO_FATAL_FAILURE(check_unpacked(rect, second));
            ASSERT_TRUE(pack_tiles(target, rect, first.at(rect.x, rect.y), first.pitch()));
            ASSERT_TRUE(memory_ == before)
                << rect.x << "," << rect.y << " " << width << "x" << height;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Layouts, EverySizeTest, ::testing::ValuesIn(kLayouts), layout_name);

}  // namespace
}  // namespace v4l2va::test
