// SPDX-License-Identifier: MIT
// Where the virtual decoder puts samples, byte by byte as the formats' descriptions say.
#include <gtest/gtest.h>

#include <vector>

#include "image/image_layout.h"
#include "image/picture_copy.h"
#include "uapi/pixel_formats.h"

namespace {

struct Byte {
    size_t at;
    unsigned value;
};

// A picture of zeros, but for one sample.
struct Case {
    uint32_t fourcc;
    int plane;
    unsigned x, y, value;
    std::vector<Byte> bytes;  // all that are not zero
};

TEST(Layouts, SamplesGoWhereTheFormatSays) {
    // 128x64: rows of 128 samples, 160 bytes with ten bits; columns of 96 lines.
    const Case cases[] = {
        {V4L2_PIX_FMT_NV12, 0, 5, 2, 0xab, {{2 * 128 + 5, 0xab}}},
        {V4L2_PIX_FMT_NV12, 1, 5, 2, 0xab, {{66 * 128 + 5, 0xab}}},
        {V4L2_PIX_FMT_P010, 0, 1, 1, 0x3ff, {{258, 0xc0}, {259, 0xff}}},
        {V4L2_PIX_FMT_NV15, 0, 1, 0, 0x3ff, {{1, 0xfc}, {2, 0x0f}}},
        {V4L2_PIX_FMT_NV15, 1, 4, 1, 0x3ff, {{65 * 160 + 5, 0xff}, {65 * 160 + 6, 0x03}}},
        {V4L2_PIX_FMT_NV12_4L4, 0, 5, 5, 0xab, {{4 * 128 + 16 + 5, 0xab}}},
        {V4L2_PIX_FMT_NV12_4L4, 1, 5, 5, 0xab, {{68 * 128 + 16 + 5, 0xab}}},
        {V4L2_PIX_FMT_P010_4L4, 0, 5, 1, 0x3ff, {{42, 0xc0}, {43, 0xff}}},
        {V4L2_PIX_FMT_NV15_4L4, 0, 5, 1, 0x3ff, {{26, 0xfc}, {27, 0x0f}}},
        {V4L2_PIX_FMT_NV12_32L32, 0, 33, 33, 0xab, {{5 * 1024 + 33, 0xab}}},
        {V4L2_PIX_FMT_NV12_32L32, 1, 33, 1, 0xab, {{9 * 1024 + 33, 0xab}}},
        {V4L2_PIX_FMT_MM21, 0, 17, 33, 0xab, {{9 * 512 + 17, 0xab}}},
        {V4L2_PIX_FMT_MM21, 1, 17, 17, 0xab, {{9 * 256 + 17, 0xab}}},
        {V4L2_PIX_FMT_MT2110T, 0, 1, 1, 0x3ff, {{1, 0x0c}, {33, 0xff}}},
        {V4L2_PIX_FMT_MT2110T, 0, 16, 4, 0x3ff, {{720, 0x03}, {736, 0xff}}},
        {V4L2_PIX_FMT_MT2110T, 1, 0, 17, 0x3ff, {{2560, 0x0c}, {2592, 0xff}}},
        {V4L2_PIX_FMT_MT2110R, 0, 5, 1, 0x3ff, {{5, 0x0c}, {37, 0xff}}},
        {V4L2_PIX_FMT_NV12_COL128, 0, 127, 2, 0xab, {{2 * 128 + 127, 0xab}}},
        {V4L2_PIX_FMT_NV12_COL128, 1, 3, 2, 0xab, {{66 * 128 + 3, 0xab}}},
        {V4L2_PIX_FMT_NV12_10_COL128,
         0,
         97,
         0,
         0x3ff,
         {{96 * 128 + 1, 0xfc}, {96 * 128 + 2, 0x0f}}},
        {V4L2_PIX_FMT_NV12MT_COL128, 0, 127, 2, 0xab, {{2 * 128 + 127, 0xab}}},
        {V4L2_PIX_FMT_NV12MT_COL128, 1, 3, 2, 0xab, {{2 * 128 + 3, 0xab}}},
        {V4L2_PIX_FMT_NV12MT_10_COL128,
         0,
         97,
         0,
         0x3ff,
         {{64 * 128 + 1, 0xfc}, {64 * 128 + 2, 0x0f}}},
        {V4L2_PIX_FMT_YUV420, 1, 4, 2, 0xab, {{64 * 128 + 2 * 64 + 2, 0xab}}},
        {V4L2_PIX_FMT_YUV420, 1, 5, 2, 0xab, {{80 * 128 + 2 * 64 + 2, 0xab}}},
        {V4L2_PIX_FMT_YUV420M, 1, 4, 2, 0xab, {{2 * 64 + 2, 0xab}}},
        {V4L2_PIX_FMT_YVU420M, 1, 5, 2, 0xab, {{2 * 64 + 2, 0xab}}},
        {V4L2_PIX_FMT_YUYV, 0, 5, 2, 0xab, {{2 * 256 + 10, 0xab}}},
        {V4L2_PIX_FMT_YUYV, 1, 5, 2, 0xab, {{4 * 256 + 11, 0xab}, {5 * 256 + 11, 0xab}}},
        {V4L2_PIX_FMT_NV12_10_COL128, 1, 3, 0, 0x3ff, {{64 * 128 + 4, 0xff}, {64 * 128 + 5, 0x03}}},
    };
    for (const Case& row : cases) {
        SCOPED_TRACE(testing::Message() << std::hex << row.fourcc << " plane " << row.plane);
        vdec::Format format;
        format.fourcc = row.fourcc;
        format.width = 128;
        format.height = 64;
        vdec::lay_out(format, 16);
        std::vector<uint8_t> luma(format.sizeimage);
        std::vector<uint8_t> chroma(format.chroma_sizeimage);
        vdec::CaptureImage image = {.data = luma.data(),
                                    .size = luma.size(),
                                    .fourcc = row.fourcc,
                                    .width = format.width,
                                    .height = format.height,
                                    .stride = format.stride};
        image.chroma = chroma.empty() ? nullptr : chroma.data();
        image.chroma_size = chroma.size();
        vdec::put_sample(image, row.plane, row.x, row.y, row.value);
        std::vector<uint8_t>& used = row.plane == 1 && !chroma.empty() ? chroma : luma;
        for (const Byte& byte : row.bytes) {
            ASSERT_LT(byte.at, used.size());
            EXPECT_EQ(used[byte.at], byte.value) << byte.at;
            used[byte.at] = 0;
        }
        EXPECT_EQ(luma, std::vector<uint8_t>(luma.size()));
        EXPECT_EQ(chroma, std::vector<uint8_t>(chroma.size()));
        // Beyond the picture: nothing happens.
        vdec::put_sample(image, 0, 0, 1U << 20, 1);
    }
}

// Of a device that has no more than eight: cedrus on H6.
TEST(Layouts, TheHighBitsOfTenFillEight) {
    std::vector<uint16_t> samples(16 * 16, 0x2a7);
    vdec::PicturePlanes picture;
    for (size_t plane = 0; plane < 3; ++plane) {
        picture.data[plane] = reinterpret_cast<uint8_t*>(samples.data());
        picture.stride[plane] = plane == 0 ? 32 : 16;
    }
    picture.width = 16;
    picture.height = 16;
    picture.bit_depth = 10;
    std::vector<uint8_t> pixels(16 * 24);
    vdec::CaptureImage image = {.data = pixels.data(),
                                .size = pixels.size(),
                                .fourcc = V4L2_PIX_FMT_NV12,
                                .width = 16,
                                .height = 16,
                                .stride = 16};
    EXPECT_FALSE(vdec::copy_picture(picture, vdec::Rows::all, image));
    image.high_bits_only = true;
    EXPECT_TRUE(vdec::copy_picture(picture, vdec::Rows::all, image));
    EXPECT_EQ(pixels, std::vector<uint8_t>(pixels.size(), 0xa9));
}

}  // namespace
