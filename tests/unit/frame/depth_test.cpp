// SPDX-License-Identifier: MIT
// Frames of every pixel format are read and written in eight bits and in ten, whatever they have.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "frame/read.h"
#include "frame/write.h"
#include "frames_test.h"

namespace v4l2va::test {
namespace {

constexpr uint32_t kWidth = 384;
constexpr uint32_t kHeight = 192;
constexpr std::byte kUntouched{0xa5};

// Samples as numbers of `depth` bits.
struct Samples {
    unsigned depth = 8;
    std::vector<unsigned> values;
    friend bool operator==(const Samples&, const Samples&) = default;
};

// Down to the nearest, halves upwards; up without loss.
unsigned in_depth(unsigned value, unsigned from, unsigned to) {
    if (from == to) {
        return value;
    }
    return to == 10 ? value * 4 : std::min(value / 4 + (value % 4 >= 2 ? 1U : 0U), 255U);
}

Samples in_depth(const Samples& samples, unsigned depth) {
    Samples result{depth, samples.values};
    for (unsigned& value : result.values) {
        value = in_depth(value, samples.depth, depth);
    }
    return result;
}

unsigned sample_at(const std::byte* from, unsigned depth) {
    const auto low = std::to_integer<unsigned>(from[0]);
    return depth == 8 ? low : (low | std::to_integer<unsigned>(from[1]) << 8) >> 6;
}

void put_sample(std::byte* to, unsigned depth, unsigned value) {
    if (depth == 8) {
        to[0] = static_cast<std::byte>(value);
    } else {
        to[0] = static_cast<std::byte>(value << 6);
        to[1] = static_cast<std::byte>(value >> 2);
    }
}

class FrameDepth : public Frames {
  protected:
    [[nodiscard]] unsigned depth() const { return find_pixel_format(GetParam())->bit_depth; }
    [[nodiscard]] unsigned other() const { return depth() == 8 ? 10 : 8; }

    // A plane of a frame as it is.
    Samples plane_of(FrameMemory& frame, uint32_t plane) const {
        const auto bytes = read(frame, kWidth, kHeight);
        const size_t step = depth() == 8 ? 1 : 2;
        const size_t first = plane == 0 ? 0 : size_t{kWidth} * kHeight;
        const size_t count = size_t{kWidth} * kHeight / (plane + 1);
        Samples samples{depth(), std::vector<unsigned>(count)};
        unsigned* const values = samples.values.data();
        const std::byte* const from = bytes.data() + first * step;
        for (size_t i = 0; i < count; ++i) {
            values[i] = sample_at(from + i * step, depth());
        }
        return samples;
    }

    static Samples cut(const Samples& samples, const SampleRect& rect) {
        Samples part{samples.depth, {}};
        for (uint32_t y = rect.y; y < rect.y + rect.height; ++y) {
            for (uint32_t x = rect.x; x < rect.x + rect.width; ++x) {
                part.values.push_back(samples.values[size_t{y} * kWidth + x]);
            }
        }
        return part;
    }
};

// Odd ones, too: of luma only.
std::vector<SampleRect> rects_of(uint32_t plane) {
    std::vector<SampleRect> rects;
    for (const SampleRect& rect : kRects) {
        rects.push_back({rect.x, rect.y / (plane + 1), rect.width, rect.height / (plane + 1)});
    }
    if (plane == 0) {
        rects.insert(rects.end(), {{1, 1, 1, 1}, {31, 3, 99, 67}, {1, 1, 383, 191}});
    }
    return rects;
}

TEST_P(FrameDepth, IsReadInTheOther) {
    auto frame = random_frame(layout_of(GetParam(), kWidth, kHeight));
    const size_t step = other() == 8 ? 1 : 2;
    for (uint32_t plane = 0; plane < 2; ++plane) {
        const Samples expected = in_depth(plane_of(*frame, plane), other());
        for (const SampleRect& rect : rects_of(plane)) {
            const size_t pitch = rect.width * step + 6;
            std::vector<std::byte> out(pitch * rect.height, kUntouched);
            ASSERT_TRUE(
                read_plane_as(*frame, plane, rect, static_cast<uint32_t>(step), out.data(), pitch));
            Samples got{other(), {}};
            for (uint32_t y = 0; y < rect.height; ++y) {
                for (uint32_t x = 0; x < rect.width; ++x) {
                    got.values.push_back(sample_at(out.data() + y * pitch + x * step, other()));
                }
                for (size_t i = rect.width * step; i < pitch; ++i) {
                    ASSERT_EQ(out[y * pitch + i], kUntouched);
                }
            }
            ASSERT_TRUE(got == cut(expected, rect)) << plane << ": " << rect.x << "," << rect.y
                                                    << " " << rect.width << "x" << rect.height;
        }
    }
}

TEST_P(FrameDepth, IsWrittenFromTheOther) {
    const size_t step = other() == 8 ? 1 : 2;
    auto frame = random_frame(layout_of(GetParam(), kWidth, kHeight));
    unsigned value = 0;
    for (uint32_t plane = 0; plane < 2; ++plane) {
        Samples expected = plane_of(*frame, plane);
        const Samples untouched = plane_of(*frame, 1 - plane);
        for (const SampleRect& rect : rects_of(plane)) {
            const size_t pitch = rect.width * step + 6;
            std::vector<std::byte> in(pitch * rect.height);
            for (uint32_t y = 0; y < rect.height; ++y) {
                for (uint32_t x = 0; x < rect.width; ++x) {
                    value = (value + 37) % (1U << other());
                    put_sample(in.data() + y * pitch + x * step, other(), value);
                    expected.values[size_t{rect.y + y} * kWidth + rect.x + x] =
                        in_depth(value, other(), depth());
                }
            }
            ASSERT_TRUE(
                write_plane_as(*frame, plane, rect, static_cast<uint32_t>(step), in.data(), pitch));
            ASSERT_TRUE(plane_of(*frame, plane) == expected)
                << plane << ": " << rect.x << "," << rect.y << " " << rect.width << "x"
                << rect.height;
        }
        ASSERT_TRUE(plane_of(*frame, 1 - plane) == untouched);
    }
}

// Of eight bits, whatever the frame has.
TEST_P(FrameDepth, ChromaIsReadAndWrittenAsTwoPlanesOfBytes) {
    auto frame = random_frame(layout_of(GetParam(), kWidth, kHeight));
    const size_t pitch = 200;  // wider than what is asked for
    std::vector<std::byte> cb(pitch * kHeight / 2);
    std::vector<std::byte> cr(cb.size());
    for (const SampleRect& rect : rects_of(1)) {
        const Samples before = plane_of(*frame, 1);
        const Samples bytes = cut(in_depth(before, 8), rect);
        ASSERT_TRUE(read_chroma_planes(*frame, rect, {cb.data(), pitch, cr.data(), pitch}));
        for (uint32_t y = 0; y < rect.height; ++y) {
            for (uint32_t x = 0; x < rect.width; ++x) {
                const std::byte got = (x % 2 == 0 ? cb : cr)[y * pitch + x / 2];
                ASSERT_EQ(std::to_integer<unsigned>(got), bytes.values[size_t{y} * rect.width + x]);
            }
        }
        // Exchanged, they are written: every pair of the rectangle turns around.
        ASSERT_TRUE(write_chroma_planes(*frame, rect, {cr.data(), pitch, cb.data(), pitch}));
        Samples expected = before;
        for (uint32_t y = 0; y < rect.height; ++y) {
            for (uint32_t x = 0; x < rect.width; ++x) {
                const unsigned byte = bytes.values[size_t{y} * rect.width + (x ^ 1)];
                expected.values[size_t{rect.y + y} * kWidth + rect.x + x] =
                    in_depth(byte, 8, depth());
            }
        }
        ASSERT_TRUE(plane_of(*frame, 1) == expected);
    }
}

TEST_P(FrameDepth, SmallerMemoryThanTheLayoutIsAnError) {
    FrameLayout layout = layout_of(GetParam(), kWidth, kHeight);
    for (PlaneLayout& plane : layout.planes) {
        plane.sizeimage = plane.sizeimage / 2;
    }
    auto frame = new_frame(layout);
    std::vector<std::byte> bytes(size_t{kWidth} * kHeight * 2);
    const uint32_t step = other() == 8 ? 1 : 2;
    for (uint32_t plane = 0; plane < 2; ++plane) {
        const SampleRect rect{0, 0, kWidth, kHeight / (plane + 1)};
        EXPECT_FALSE(read_plane_as(*frame, plane, rect, step, bytes.data(), kWidth * 2));
        EXPECT_FALSE(write_plane_as(*frame, plane, rect, step, bytes.data(), kWidth * 2));
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, FrameDepth, ::testing::ValuesIn(kFormats));

}  // namespace
}  // namespace v4l2va::test
