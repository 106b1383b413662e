// SPDX-License-Identifier: MIT
// Every pixel format: what its row says, reading, writing and copying frames of it, and its export.
#include <drm_fourcc.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "frame/copy.h"
#include "frame/read.h"
#include "frame/write.h"
#include "frames_test.h"
#include "v4l2/pixel_format.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va::test {
namespace {

constexpr uint32_t kNv12 = V4L2_PIX_FMT_NV12;
constexpr uint32_t kP010 = V4L2_PIX_FMT_P010;

TEST_P(Frames, TheTableIsConsistent) {
    const PixelFormat* format = find_pixel_format(GetParam());
    ASSERT_NE(format, nullptr);
    const PixelFormat* linear = find_linear_format(format->va_fourcc);
    ASSERT_NE(linear, nullptr);
    EXPECT_EQ(linear->bit_depth, format->bit_depth);
    for (const TileShape& tile : format->tiles) {
        EXPECT_EQ(unpacked_bytes(tile.packing), linear->bytes_per_sample);
        EXPECT_LE(tile.bytes, kMaxTileBytes);
        EXPECT_LE(tile.width * tile.height, kMaxTileSamples);
    }
    EXPECT_EQ(format->drm_fourcc == 0, format->num_colour_planes == 0);
    EXPECT_EQ(format->drm_fourcc == 0, format->export_fourcc == 0);
}

TEST_P(Frames, LumaAndChromaFillTheMemoryAndDoNotOverlap) {
    const FrameLayout layout = layout_of(GetParam(), 384, 192);
    auto frame = random_frame(layout);
    const auto before = read(*frame, 384, 192);
    // Whatever luma is made of: zero the memory that chroma starts at, and luma stays.
    const PixelFormat& format = *find_pixel_format(GetParam());
    if (!is_planar(format) && format.arrangement != Arrangement::kColumns) {
        const PlaneTiles chroma = plane_tiles(format, layout, 1);
        auto bytes = *frame->map(chroma.memory_plane);
        std::fill(bytes.begin() + static_cast<ptrdiff_t>(chroma.offset), bytes.end(), std::byte{0});
        const auto after = read(*frame, 384, 192);
        const size_t luma = before.size() * 2 / 3;
        EXPECT_TRUE(std::equal(before.begin(), before.begin() + static_cast<ptrdiff_t>(luma),
                               after.begin()));
        EXPECT_TRUE(std::all_of(after.begin() + static_cast<ptrdiff_t>(luma), after.end(),
                                [](std::byte byte) { return byte == std::byte{0}; }));
    }
}

TEST_P(Frames, AreCopiedBetweenStridesAndHeights) {
    auto from = random_frame(layout_of(GetParam(), 384, 384));
    auto to = new_frame(layout_of(GetParam(), 768, 192));
    ASSERT_TRUE(can_copy_frame(from->layout(), to->layout()));
    ASSERT_TRUE(copy_frame(*from, *to));
    EXPECT_TRUE(read(*from, 384, 192) == read(*to, 384, 192));
}

TEST_P(Frames, AreUnpackedIntoLinearOnes) {
    const PixelFormat* format = find_pixel_format(GetParam());
    const PixelFormat* linear = find_linear_format(format->va_fourcc);
    auto from = random_frame(layout_of(GetParam(), 384, 384));
    auto to = new_frame(layout_of(linear->v4l2_fourcc, 768, 192));
    ASSERT_TRUE(copy_frame(*from, *to));
    EXPECT_TRUE(read(*from, 384, 192) == read(*to, 384, 192));
    if (format != linear) {
        EXPECT_FALSE(can_copy_frame(to->layout(), from->layout()));
        const auto refused = copy_frame(*to, *from);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
    }
    const uint32_t other = linear->v4l2_fourcc == kNv12 ? kP010 : kNv12;
    EXPECT_FALSE(can_copy_frame(from->layout(), layout_of(other, 384, 192)));
}

TEST_P(Frames, SmallerMemoryThanTheLayoutIsAnError) {
    FrameLayout layout = layout_of(GetParam(), 384, 192);
    for (PlaneLayout& plane : layout.planes) {
        plane.sizeimage = plane.sizeimage / 2;
    }
    auto frame = new_frame(layout);
    std::vector<std::byte> out(384 * 192 * 2);
    EXPECT_FALSE(read_plane(*frame, 0, {0, 0, 384, 192}, out.data(), 768));
    EXPECT_FALSE(read_plane(*frame, 1, {0, 0, 384, 96}, out.data(), 768));
    EXPECT_TRUE(read_plane(*frame, 0, {0, 0, 16, 1}, out.data(), 768));
    EXPECT_FALSE(write_plane(*frame, 0, {0, 0, 384, 192}, out.data(), 768));
    EXPECT_FALSE(write_plane(*frame, 1, {0, 0, 384, 96}, out.data(), 768));
    EXPECT_TRUE(write_plane(*frame, 0, {0, 0, 16, 1}, out.data(), 768));
    EXPECT_FALSE(read_chroma_planes(*frame, {0, 0, 384, 96}, {out.data(), 384, out.data(), 384}));
    EXPECT_FALSE(write_chroma_planes(*frame, {0, 0, 384, 96}, {out.data(), 384, out.data(), 384}));
}

TEST_P(Frames, AreWrittenInPartsAndNowhereElse) {
    const PixelFormat& format = *find_pixel_format(GetParam());
    const size_t bytes = format.bit_depth > 8 ? 2 : 1;
    // Planes without padding between their last sample and the next plane.
    auto frame = random_frame(layout_of(GetParam(), 384, 192));
    auto source = random_frame(layout_of(GetParam(), 384, 192));
    auto expected = read(*frame, 384, 192);
    const auto other = read(*source, 384, 192);
    const size_t pitch = 384 * bytes;
    for (const SampleRect& rect : kRects) {
        size_t base = 0;
        for (uint32_t plane = 0; plane < 2; ++plane) {
            const SampleRect part = {rect.x, rect.y / (plane + 1), rect.width,
                                     rect.height / (plane + 1)};
            const size_t at = base + part.y * pitch + part.x * bytes;
            ASSERT_TRUE(write_plane(*frame, plane, part, other.data() + at, pitch));
            for (uint32_t y = 0; y < part.height; ++y) {
                std::copy_n(other.data() + at + y * pitch, part.width * bytes,
                            expected.data() + at + y * pitch);
            }
            base += pitch * 192;
        }
        ASSERT_TRUE(read(*frame, 384, 192) == expected);
    }
}

TEST_P(Frames, ChromaIsReadAndWrittenAsTwoPlanes) {
    const PixelFormat& format = *find_pixel_format(GetParam());
    auto frame = random_frame(layout_of(GetParam(), 384, 192));
    const size_t pitch = 200;  // wider than what is asked for
    std::vector<std::byte> cb(pitch * 96);
    std::vector<std::byte> cr(pitch * 96);
    if (format.bit_depth > 8) {
        return;  // frame_depth_test.cpp
    }
    for (const SampleRect& rect : kRects) {
        const SampleRect part = {rect.x, rect.y / 2, rect.width, rect.height / 2};
        const auto before = read(*frame, 384, 192);
        std::fill(cb.begin(), cb.end(), std::byte{0xa5});
        std::fill(cr.begin(), cr.end(), std::byte{0xa5});
        ASSERT_TRUE(read_chroma_planes(*frame, part, {cb.data(), pitch, cr.data(), pitch}));
        for (size_t y = 0; y < 96; ++y) {
            for (size_t x = 0; x < pitch; ++x) {
                const bool inside = y < part.height && x < part.width / 2;
                const size_t from = (192 + part.y + y) * 384 + part.x + 2 * x;
                ASSERT_EQ(cb[y * pitch + x], inside ? before[from] : std::byte{0xa5});
                ASSERT_EQ(cr[y * pitch + x], inside ? before[from + 1] : std::byte{0xa5});
            }
        }
        // Exchanged, they are written: every pair of the rectangle turns around.
        ASSERT_TRUE(write_chroma_planes(*frame, part, {cr.data(), pitch, cb.data(), pitch}));
        auto expected = before;
        for (size_t y = part.y; y < part.y + part.height; ++y) {
            for (size_t x = part.x; x < part.x + part.width; x += 2) {
                const size_t at = (192 + y) * 384 + x;
                std::swap(expected[at], expected[at + 1]);
            }
        }
        ASSERT_TRUE(read(*frame, 384, 192) == expected);
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, Frames, ::testing::ValuesIn(kFormats));

struct Exported {
    uint32_t v4l2_fourcc;
    uint32_t drm_fourcc;
    uint64_t modifier;
    ColourPlane luma;
    ColourPlane chroma;
};

// For 384x192, see layout_of().
TEST(Export, NamesWhatTheMemoryHolds) {
    const Exported rows[] = {
        {kNv12, DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR, {0, 0, 384}, {0, 384 * 192, 384}},
        {kP010, DRM_FORMAT_P010, DRM_FORMAT_MOD_LINEAR, {0, 0, 768}, {0, 768 * 192, 768}},
        {V4L2_PIX_FMT_NV15,
         DRM_FORMAT_NV15,
         DRM_FORMAT_MOD_LINEAR,
         {0, 0, 480},
         {0, 480 * 192, 480}},
        {V4L2_PIX_FMT_NV12_32L32,
         DRM_FORMAT_NV12,
         0x0900000000000001,
         {0, 0, 384},
         {0, 384 * 192, 384}},
        {V4L2_PIX_FMT_MM21, DRM_FORMAT_NV12, 0x0b00000000000001, {0, 0, 384}, {1, 0, 384}},
        {V4L2_PIX_FMT_MT2110T, DRM_FORMAT_NV15, 0x0b00000000010001, {0, 0, 480}, {1, 0, 480}},
        {V4L2_PIX_FMT_MT2110R, DRM_FORMAT_NV15, 0x0b00000000020001, {0, 0, 480}, {1, 0, 480}},
        {V4L2_PIX_FMT_NV12_COL128,
         DRM_FORMAT_NV12,
         0x0700000000000004 | 296 << 8,
         {0, 0, 384},
         {0, 128 * 192, 384}},
        {V4L2_PIX_FMT_NV12_10_COL128,
         DRM_FORMAT_P030,
         0x0700000000000004 | 296 << 8,
         {0, 0, 768},
         {0, 128 * 192, 768}},
        {V4L2_PIX_FMT_YUV420M, DRM_FORMAT_YUV420, DRM_FORMAT_MOD_LINEAR, {0, 0, 384}, {1, 0, 192}},
        {V4L2_PIX_FMT_YUV420,
         DRM_FORMAT_YUV420,
         DRM_FORMAT_MOD_LINEAR,
         {0, 0, 384},
         {0, 384 * 192, 192}},
    };
    for (const Exported& row : rows) {
        SCOPED_TRACE(row.v4l2_fourcc);
        const PixelFormat& format = *find_pixel_format(row.v4l2_fourcc);
        const FrameLayout layout = layout_of(row.v4l2_fourcc, 384, 192);
        const auto planes = colour_planes(format, layout, {380, 190});
        EXPECT_EQ(format.drm_fourcc, row.drm_fourcc);
        EXPECT_EQ(export_modifier(format, layout), row.modifier);
        const ColourPlane* expected[] = {&row.luma, &row.chroma};
        for (size_t i = 0; i < 2; ++i) {
            EXPECT_EQ(planes[i].memory_plane, expected[i]->memory_plane);
            EXPECT_EQ(planes[i].offset, expected[i]->offset);
            EXPECT_EQ(planes[i].pitch, expected[i]->pitch);
        }
    }
    for (const uint32_t fourcc :
         {V4L2_PIX_FMT_NV12_4L4, V4L2_PIX_FMT_P010_4L4, V4L2_PIX_FMT_NV15_4L4}) {
        EXPECT_EQ(find_pixel_format(fourcc)->drm_fourcc, 0U);
    }
    EXPECT_EQ(find_pixel_format(V4L2_PIX_FMT_YUYV), nullptr);
}

}  // namespace
}  // namespace v4l2va::test
