// SPDX-License-Identifier: MIT
// Frame memory is read once and in its own order, also by readers that want other samples. The
// kernels here take the place of dispatch.cpp's and note what is read.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "frame/read.h"
#include "frames_test.h"
#include "pixel/kernels.h"

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

const Kernels& noting_kernels() {
    static const Kernels kernels = [] {
        Kernels noting = kBaselineKernels;
        noting.read_once = note_read;
        return noting;
    }();
    return kernels;
}

class FrameReadOrder : public Frames {
  protected:
    // Of what is read of the frame: each memory plane once, ascending. Planar chroma takes turns.
    void expect_once(FrameMemory& frame, size_t bytes_wanted) {
        size_t bytes = 0;
        const bool planar = is_planar(*find_pixel_format(GetParam()));
        for (uint32_t plane = 0; plane < frame.layout().num_planes; ++plane) {
            const auto memory = *frame.map(plane);
            const std::byte* const end = memory.data() + memory.size();
            const std::byte* last = memory.data();
            for (const Read& read : reads) {
                if (read.begin < memory.data() || read.begin >= end) {
                    continue;
                }
                if (!planar) {
                    ASSERT_GE(read.begin, last);
                }
                last = read.end;
                bytes += static_cast<size_t>(read.end - read.begin);
            }
        }
        EXPECT_EQ(bytes, bytes_wanted);
    }
};

// A whole plane: no byte twice, and none that belongs to the other one or to nobody.
TEST_P(FrameReadOrder, EachByteOnceAscendingInEveryDepth) {
    const PixelFormat& format = *find_pixel_format(GetParam());
    auto frame = random_frame(layout_of(GetParam(), 384, 192));
    std::vector<std::byte> out(size_t{384} * 192 * 2);
    for (uint32_t plane = 0; plane < 2; ++plane) {
        const TileShape& tile = format.tiles[plane];
        const size_t samples = size_t{384} * 192 / (plane + 1);
        const size_t bytes = samples / (tile.width * tile.height) * tile.bytes;
        for (const uint32_t step : {1U, 2U}) {
            reads.clear();
            ASSERT_TRUE(read_plane_as(*frame, plane, {0, 0, 384, 192 / (plane + 1)}, step,
                                      out.data(), 768));
            expect_once(*frame, bytes);
        }
        if (plane == 1) {
            reads.clear();
            ASSERT_TRUE(read_chroma_planes(*frame, {0, 0, 384, 96},
                                           {out.data(), 192, out.data() + 192 * 96, 192}));
            expect_once(*frame, bytes);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, FrameReadOrder, ::testing::ValuesIn(kFormats));

}  // namespace
}  // namespace test

const Kernels& kernels() { return test::noting_kernels(); }

}  // namespace v4l2va
