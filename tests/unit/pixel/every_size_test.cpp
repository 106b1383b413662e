// SPDX-License-Identifier: MIT
// Every layout in every size from 1x1 to 257x257: tiles are unpacked and packed, rows copied, and
// chroma joined from two planes and parted again.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <random>
#include <vector>

#include "layout_test.h"
#include "pixel/copy.h"
#include "pixel/pack.h"
#include "pixel/tiles.h"

namespace v4l2va::test {
namespace {

constexpr uint32_t kLargest = 257;

#ifdef V4L2VA_SHORTER_SIDE
constexpr uint32_t kShorterSide = V4L2VA_SHORTER_SIDE;
#else
constexpr uint32_t kShorterSide = kLargest;
#endif

template <typename Check>
void for_every_size(Check check) {
    for (uint32_t height = 1; height <= kLargest; ++height) {
        const uint32_t widest = height <= kShorterSide ? kLargest : kShorterSide;
        for (uint32_t width = 1; width <= widest; ++width) {
            ASSERT_NO_FATAL_FAILURE(check(width, height));
        }
    }
}

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
    for_every_size(
        [&](uint32_t width, uint32_t height) { check_unpacked(rect_of(width, height), expected); });
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
    for_every_size([&](uint32_t width, uint32_t height) {
        const SampleRect rect = rect_of(width, height);
        ASSERT_TRUE(pack_tiles(target, rect, second.at(rect.x, rect.y), second.pitch()));
        ASSERT_NO_FATAL_FAILURE(check_unpacked(rect, second));
        ASSERT_TRUE(pack_tiles(target, rect, first.at(rect.x, rect.y), first.pitch()));
        ASSERT_EQ(std::memcmp(memory_.data(), before.data(), before.size()), 0)
            << rect.x << "," << rect.y << " " << width << "x" << height;
    });
}

INSTANTIATE_TEST_SUITE_P(Layouts, EverySizeTest,
                         ::testing::ValuesIn(std::begin(kLayouts) + kLinearLayouts,
                                             std::end(kLayouts)),
                         layout_name);

// Linear memory has no tiles. Sizes are those of bytes: words are two.
class EveryRowTest : public ::testing::Test {
  protected:
    static constexpr size_t kPitch = 2 * kLargest + 13;
    static constexpr size_t kGuard = 6;

    EveryRowTest() : source_(kPitch * kLargest), out_(source_.size()) {
        std::mt19937 random(7);
        for (std::byte& byte : source_) {
            byte = static_cast<std::byte>(random());
        }
    }

    // Behind each row of `bytes`.
    void expect_untouched(const std::byte* out, size_t bytes, uint32_t height) const {
        constexpr std::byte kUntouched[kGuard] = {};
        for (uint32_t y = 0; y < height; ++y) {
            ASSERT_EQ(std::memcmp(out + y * kPitch + bytes, kUntouched, kGuard), 0)
                << bytes << "x" << height << " row " << y;
        }
    }

    std::vector<std::byte> source_;
    std::vector<std::byte> out_;
};

TEST_F(EveryRowTest, Copied) {
    for_every_size([&](uint32_t width, uint32_t height) {
        std::fill(out_.begin(), out_.end(), std::byte{0});
        const std::byte* const from = source_.data() + width % 5;
        copy_rows({from, kPitch, out_.data(), kPitch, width, height});
        for (uint32_t y = 0; y < height; ++y) {
            ASSERT_EQ(std::memcmp(out_.data() + y * kPitch, from + y * kPitch, width), 0)
                << width << "x" << height << " row " << y;
        }
        expect_untouched(out_.data(), width, height);
    });
}

TEST_F(EveryRowTest, JoinedAndParted) {
    std::vector<std::byte> parted(2 * out_.size());
    std::byte* const first = parted.data();
    std::byte* const second = first + out_.size();
    const std::byte* const u = source_.data();
    const std::byte* const v = u + kLargest;
    std::vector<std::byte> joined(out_.size());
    for (size_t y = 0; y < kLargest; ++y) {
        for (size_t i = 0; i < kLargest; ++i) {
            joined[y * kPitch + 2 * i] = u[y * kPitch + i];
            joined[y * kPitch + 2 * i + 1] = v[y * kPitch + i];
        }
    }
    for_every_size([&](uint32_t pairs, uint32_t height) {
        std::fill(out_.begin(), out_.end(), std::byte{0});
        std::fill(parted.begin(), parted.end(), std::byte{0});
        interleave_rows({u, kPitch, v, kPitch}, pairs, height, out_.data(), kPitch);
        deinterleave_rows(out_.data(), kPitch, pairs, height, {first, kPitch, second, kPitch});
        for (uint32_t y = 0; y < height; ++y) {
            const size_t row = y * kPitch;
            ASSERT_EQ(std::memcmp(out_.data() + row, joined.data() + row, size_t{2} * pairs), 0);
            ASSERT_EQ(std::memcmp(first + row, u + row, pairs), 0);
            ASSERT_EQ(std::memcmp(second + row, v + row, pairs), 0);
        }
        expect_untouched(out_.data(), size_t{2} * pairs, height);
        expect_untouched(first, pairs, height);
        expect_untouched(second, pairs, height);
    });
}

}  // namespace
}  // namespace v4l2va::test
