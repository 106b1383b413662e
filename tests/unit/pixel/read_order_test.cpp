// SPDX-License-Identifier: MIT
// Frame memory is read once and in its own order. In place of dispatch.cpp, kernels that note
// reads.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "layout_test.h"
#include "pixel/copy.h"
#include "pixel/kernels.h"
#include "pixel/tiles.h"

namespace v4l2va {

namespace test {
namespace {

struct Read {
    const std::byte* begin;
    const std::byte* end;
};
std::vector<Read> reads;

void note_read(std::byte* to, const std::byte* from, size_t bytes) {
    reads.push_back({from, from + bytes});
    std::memcpy(to, from, bytes);
}

const Kernels kNotingKernels = {note_read,
                                kBaselineKernels.find,
                                kBaselineKernels.interleave,
                                kBaselineKernels.deinterleave,
                                kBaselineKernels.narrow,
                                kBaselineKernels.widen};

size_t bytes_read() {
    size_t sum = 0;
    for (const Read& read : reads) {
        sum += static_cast<size_t>(read.end - read.begin);
    }
    return sum;
}

void expect_ascending(const char* what) {
    for (size_t i = 1; i < reads.size(); ++i) {
        ASSERT_GE(reads[i].begin, reads[i - 1].end) << what << ": read " << i;
    }
}

using ReadOrderTest = LayoutTest;

TEST_P(ReadOrderTest, EachTileOnceAscending) {
    const TileShape& tile = plane_.tile;
    constexpr SampleRect kRects[] = {
        {0, 0, kExtent, kExtent}, {0, 0, 1, 1}, {5, 3, 200, 100}, {31, 33, 97, 129}};
    for (const SampleRect& rect : kRects) {
        reads.clear();
        const size_t pitch = rect.width * unpacked_bytes(tile.packing);
        std::vector<std::byte> out(pitch * rect.height);
        ASSERT_TRUE(unpack_tiles(plane_, rect, out.data(), pitch));
        expect_ascending(GetParam().name);
        const size_t across =
            tiles_for(rect.x + rect.width, tile.width) - size_t{rect.x / tile.width};
        const size_t down =
            tiles_for(rect.y + rect.height, tile.height) - size_t{rect.y / tile.height};
        EXPECT_EQ(bytes_read(), across * down * tile.bytes);
    }
}

INSTANTIATE_TEST_SUITE_P(Layouts, ReadOrderTest, ::testing::ValuesIn(kLayouts), layout_name);

TEST(ReadOrder, Rows) {
    const std::vector<std::byte> in(size_t{300} * 20);
    std::vector<std::byte> out(in.size());
    for (const size_t width : {257U, 300U}) {
        reads.clear();
        copy_rows({in.data(), 300, out.data(), 300, width, 20});
        expect_ascending("rows");
        EXPECT_EQ(bytes_read(), width * 20);
    }
}

// Of two planes each in its own order.
TEST(ReadOrder, TwoPlanes) {
    const std::vector<std::byte> in(size_t{9000} * 4);
    std::vector<std::byte> out(size_t{9000} * 4);
    reads.clear();
    interleave_rows({in.data(), 9000, in.data() + size_t{2} * 9000, 9000}, 9000, 2, out.data(),
                    18000);
    EXPECT_EQ(bytes_read(), in.size());
    const std::vector<Read> all = std::move(reads);
    for (const bool second : {false, true}) {
        reads.clear();
        for (const Read& read : all) {
            if ((read.begin >= in.data() + size_t{2} * 9000) == second) {
                reads.push_back(read);
            }
        }
        expect_ascending(second ? "second plane" : "first plane");
    }
}

}  // namespace
}  // namespace test

const Kernels& kernels() { return test::kNotingKernels; }

}  // namespace v4l2va
