// SPDX-License-Identifier: MIT
// Frames of every pixel format, in memory that is laid out as kernel drivers do.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <random>
#include <vector>

#include "frame/read.h"
#include "v4l2/pixel_format.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va::test {

// A layout as kernel drivers report it for pictures of `width` x `height`, multiples of 384
// and 192, so that nothing is rounded.
inline FrameLayout layout_of(uint32_t fourcc, uint32_t width, uint32_t height) {
    FrameLayout layout{fourcc, {width, height}, 1, {}};
    const auto planes = [&](std::initializer_list<PlaneLayout> list) {
        layout.num_planes = static_cast<uint32_t>(list.size());
        std::copy(list.begin(), list.end(), layout.planes.begin());
    };
    const uint32_t area = width * height;
    switch (fourcc) {
        case V4L2_PIX_FMT_P010:
        case V4L2_PIX_FMT_P010_4L4:
            planes({{width * 2, area * 3}});
            break;
        case V4L2_PIX_FMT_NV15:
        case V4L2_PIX_FMT_NV15_4L4:
            planes({{width * 5 / 4, area * 15 / 8}});
            break;
        case V4L2_PIX_FMT_MM21:
            planes({{width, area}, {width, area / 2}});
            break;
        case V4L2_PIX_FMT_MT2110T:
        case V4L2_PIX_FMT_MT2110R:
            planes({{width, area * 5 / 4}, {width, area * 5 / 8}});
            break;
        case V4L2_PIX_FMT_NV12_COL128:
            planes({{height * 3 / 2 + 8, (height * 3 / 2 + 8) * width}});
            break;
        case V4L2_PIX_FMT_NV12_10_COL128:
            planes({{height * 3 / 2 + 8, (height * 3 / 2 + 8) * (width / 96 * 128)}});
            break;
        case V4L2_PIX_FMT_YUV420M:
        case V4L2_PIX_FMT_YVU420M:
            planes({{width, area}, {width / 2, area / 4}, {width / 2, area / 4}});
            break;
        default:
            planes({{width, area * 3 / 2}});
            break;
    }
    return layout;
}

inline constexpr uint32_t kFormats[] = {
    V4L2_PIX_FMT_NV12,       V4L2_PIX_FMT_P010,        V4L2_PIX_FMT_NV15,
    V4L2_PIX_FMT_NV12_4L4,   V4L2_PIX_FMT_P010_4L4,    V4L2_PIX_FMT_NV15_4L4,
    V4L2_PIX_FMT_NV12_32L32, V4L2_PIX_FMT_MM21,        V4L2_PIX_FMT_MT2110T,
    V4L2_PIX_FMT_MT2110R,    V4L2_PIX_FMT_NV12_COL128, V4L2_PIX_FMT_NV12_10_COL128,
    V4L2_PIX_FMT_YUV420,     V4L2_PIX_FMT_YUV420M,     V4L2_PIX_FMT_YVU420M,
};

// Rectangles of luma samples; those of chroma are half as high and begin with a pair.
inline constexpr SampleRect kRects[] = {{0, 0, 384, 192}, {0, 0, 2, 2},       {34, 6, 66, 34},
                                        {30, 62, 4, 4},   {126, 2, 258, 130}, {382, 190, 2, 2}};

class Frames : public ::testing::TestWithParam<uint32_t> {
  protected:
    std::shared_ptr<FrameMemory> new_frame(const FrameLayout& layout) {
        std::array<UniqueFd, kMaxPlanes> fds;
        for (uint32_t i = 0; i < layout.num_planes; ++i) {
            fds[i] = UniqueFd(memfd_create("frame", MFD_CLOEXEC));
            EXPECT_EQ(ftruncate(fds[i].get(), layout.planes[i].sizeimage), 0);
        }
        return std::make_shared<FrameMemory>(system_, layout, std::move(fds), false);
    }

    std::shared_ptr<FrameMemory> random_frame(const FrameLayout& layout) {
        auto frame = new_frame(layout);
        for (uint32_t i = 0; i < layout.num_planes; ++i) {
            const auto bytes = frame->map(i);
            for (std::byte& byte : *bytes) {
                byte = static_cast<std::byte>(random_());
            }
        }
        return frame;
    }

    // All samples of both planes.
    static std::vector<std::byte> read(FrameMemory& frame, uint32_t width, uint32_t height) {
        const size_t bytes = find_pixel_format(frame.layout().fourcc)->bit_depth > 8 ? 2 : 1;
        const size_t pitch = width * bytes;
        std::vector<std::byte> out(pitch * height * 3 / 2);
        EXPECT_TRUE(read_plane(frame, 0, {0, 0, width, height}, out.data(), pitch));
        EXPECT_TRUE(
            read_plane(frame, 1, {0, 0, width, height / 2}, out.data() + pitch * height, pitch));
        return out;
    }

    KernelSystem system_;
    std::mt19937 random_{7};
};

}  // namespace v4l2va::test
