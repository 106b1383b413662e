// SPDX-License-Identifier: MIT
// The choice among the pixel formats that a device lists.
#include "v4l2/pixel_format.h"

#include <gtest/gtest.h>

#include "v4l2/uapi_compat.h"

namespace v4l2va::test {
namespace {

constexpr uint32_t kNv12 = V4L2_PIX_FMT_NV12;
constexpr uint32_t kP010 = V4L2_PIX_FMT_P010;

TEST(Choice, LinearComesFirst) {
    const uint32_t both[] = {V4L2_PIX_FMT_NV12_4L4, V4L2_PIX_FMT_NV15_4L4, kNv12, kP010};
    EXPECT_EQ(choose_format(both, find_pixel_format(kNv12)->va_fourcc)->v4l2_fourcc, kNv12);
    EXPECT_EQ(choose_format(both, find_pixel_format(kP010)->va_fourcc)->v4l2_fourcc, kP010);
    // hantro lists NV12 of ten bits for AV1, too: it has the high ones.
    const uint32_t deep[] = {V4L2_PIX_FMT_NV15_4L4, kNv12, kP010};
    EXPECT_EQ(choose_format(deep, find_pixel_format(kP010)->va_fourcc)->v4l2_fourcc, kP010);
    const uint32_t tiled[] = {V4L2_PIX_FMT_MT21C, V4L2_PIX_FMT_MM21, V4L2_PIX_FMT_NV12_4L4};
    EXPECT_EQ(choose_format(tiled, find_pixel_format(kNv12)->va_fourcc)->v4l2_fourcc,
              uint32_t{V4L2_PIX_FMT_MM21});
    EXPECT_EQ(choose_format(tiled, find_pixel_format(kP010)->va_fourcc), nullptr);
    DeviceInfo device;
    device.coded_formats.resize(2);
    device.coded_formats[0].capture_fourccs = {V4L2_PIX_FMT_NV12_4L4};
    EXPECT_EQ(choose_format(device, find_pixel_format(kNv12)->va_fourcc)->v4l2_fourcc,
              uint32_t{V4L2_PIX_FMT_NV12_4L4});
    device.coded_formats[1].capture_fourccs = {kNv12};
    EXPECT_EQ(choose_format(device, find_pixel_format(kNv12)->va_fourcc)->v4l2_fourcc, kNv12);
}

}  // namespace
}  // namespace v4l2va::test
