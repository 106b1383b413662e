// SPDX-License-Identifier: MIT
// Buffers of two memory planes: on a device that has them.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "device_file.h"
#include "uapi/pixel_formats.h"

namespace {

TEST(Planes, TwoMemoryPlanes) {
    const char* personality = getenv("V4L2VA_VIRTUAL_PERSONALITY");
    if (personality == nullptr || std::string(personality) != "mt8195") GTEST_SKIP();
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 100, 70, V4L2_PIX_FMT_VP8_FRAME), 0);
    const v4l2_pix_format_mplane pix = video.format(kCapture).fmt.pix_mp;
    EXPECT_EQ(pix.pixelformat, uint32_t{V4L2_PIX_FMT_MM21});
    ASSERT_EQ(pix.num_planes, 2);
    EXPECT_EQ(pix.plane_fmt[0].bytesperline, 128U);
    EXPECT_EQ(pix.plane_fmt[0].sizeimage, 128U * 128);
    EXPECT_EQ(pix.plane_fmt[1].bytesperline, 128U);
    EXPECT_EQ(pix.plane_fmt[1].sizeimage, 128U * 64);
    ASSERT_EQ(video.reqbufs(kCapture, 2), 0);
    v4l2_buffer buffer = {};
    v4l2_plane planes[2] = {};
    buffer.type = kCapture;
    buffer.index = 1;
    buffer.m.planes = planes;
    buffer.length = 1;
    EXPECT_EQ(call(video.fd(), VIDIOC_QUERYBUF, &buffer), EINVAL);
    buffer.length = 2;
    ASSERT_EQ(call(video.fd(), VIDIOC_QUERYBUF, &buffer), 0);
    EXPECT_EQ(planes[0].length, 128U * 128);
    EXPECT_EQ(planes[1].length, 128U * 64);
    EXPECT_NE(planes[0].m.mem_offset, planes[1].m.mem_offset);
    for (unsigned plane = 0; plane < 3; ++plane) {
        v4l2_exportbuffer exported = {};
        exported.type = kCapture;
        exported.index = 1;
        exported.plane = plane;
        EXPECT_EQ(call(video.fd(), VIDIOC_EXPBUF, &exported), plane < 2 ? 0 : EINVAL);
        if (plane < 2) const File file(exported.fd);
    }
}

}  // namespace
