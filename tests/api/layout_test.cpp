// SPDX-License-Identifier: MIT
// Surfaces whose memory is not what the client sees: what is refused, what is named, what is read.
#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "planes.h"
#include "player.h"

namespace v4l2va::test {
namespace {

constexpr uint64_t kMtkTiled = uint64_t{0x0b} << 56 | 1;

class Layout : public ::testing::Test {
  protected:
    static constexpr unsigned kWidth = 350;
    static constexpr unsigned kHeight = 278;

    VASurfaceID make_surface(unsigned rt_format) {
        VASurfaceID surface = VA_INVALID_ID;
        EXPECT_EQ(
            vaCreateSurfaces(display_.get(), rt_format, kWidth, kHeight, &surface, 1, nullptr, 0),
            VA_STATUS_SUCCESS);
        return surface;
    }

    VAStatus export_surface(VASurfaceID surface, uint32_t flags) {
        descriptor_ = {};
        const VAStatus status =
            vaExportSurfaceHandle(display_.get(), surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                  flags | VA_EXPORT_SURFACE_READ_ONLY, &descriptor_);
        for (uint32_t i = 0; status == VA_STATUS_SUCCESS && i < descriptor_.num_objects; ++i) {
            close(descriptor_.objects[i].fd);
        }
        return status;
    }

    // Of memory in tiles a derived image shows plain rows: what is written there is the surface's
    // at unmap, and what others write is seen at the next map.
    void expect_shadow(VASurfaceID surface, unsigned sample_bytes) {
        expect_images(display_.get(), surface, kWidth, kHeight, sample_bytes);
        const auto sample = [sample_bytes](unsigned i, unsigned seed) {
            // Ten bits of sixteen are the high ones.
            return std::byte{static_cast<uint8_t>(sample_bytes == 2 && i % 2 == 0 ? (i * 64) & 0xc0
                                                                                  : i * 7 + seed)};
        };
        VAImage image = {};
        ASSERT_EQ(vaDeriveImage(display_.get(), surface, &image), VA_STATUS_SUCCESS);
        EXPECT_EQ(image.num_planes, 2U);
        const unsigned rows[2] = {kHeight, kHeight / 2};
        const unsigned row_bytes = kWidth * sample_bytes;
        for (const unsigned seed : {1U, 90U}) {
            void* mapped = nullptr;
            ASSERT_EQ(vaMapBuffer(display_.get(), image.buf, &mapped), VA_STATUS_SUCCESS);
            for (unsigned plane = 0; plane < 2; ++plane) {
                for (unsigned y = 0; y < rows[plane]; ++y) {
                    auto* row = static_cast<std::byte*>(mapped) + image.offsets[plane] +
                                size_t{y} * image.pitches[plane];
                    for (unsigned i = 0; i < row_bytes; ++i) {
                        if (seed != 1) {
                            ASSERT_EQ(row[i], sample(i + y * row_bytes, 1)) << plane << " " << y;
                        }
                        row[i] = sample(i + y * row_bytes, seed);
                    }
                }
            }
            ASSERT_EQ(vaUnmapBuffer(display_.get(), image.buf), VA_STATUS_SUCCESS);
        }
        VABufferInfo info = {};
        EXPECT_EQ(vaAcquireBufferHandle(display_.get(), image.buf, &info),
                  VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
        EXPECT_EQ(vaGetImage(display_.get(), surface, 0, 0, kWidth, kHeight, image.image_id),
                  VA_STATUS_ERROR_OPERATION_FAILED);
        EXPECT_EQ(vaDestroyImage(display_.get(), image.image_id), VA_STATUS_SUCCESS);
        expect_images(display_.get(), surface, kWidth, kHeight, sample_bytes);
    }

    Display display_;
    VADRMPRIMESurfaceDescriptor descriptor_ = {};
};

class Packed : public Layout {};   // on a device with NV15
class Tiled : public Layout {};    // on one with MM21
class Unnamed : public Layout {};  // on one with NV12_4L4

TEST_F(Packed, TenBits) {
    const VASurfaceID surface = make_surface(VA_RT_FORMAT_YUV420_10);
    expect_shadow(surface, 2);
    EXPECT_EQ(export_surface(surface, VA_EXPORT_SURFACE_SEPARATE_LAYERS),
              VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    ASSERT_EQ(export_surface(surface, VA_EXPORT_SURFACE_COMPOSED_LAYERS), VA_STATUS_SUCCESS);
    EXPECT_EQ(descriptor_.fourcc, uint32_t{DRM_FORMAT_NV15});
    EXPECT_EQ(descriptor_.num_objects, 1U);
    EXPECT_EQ(descriptor_.objects[0].drm_format_modifier, DRM_FORMAT_MOD_LINEAR);
    ASSERT_EQ(descriptor_.num_layers, 1U);
    EXPECT_EQ(descriptor_.layers[0].drm_format, uint32_t{DRM_FORMAT_NV15});
    EXPECT_EQ(descriptor_.layers[0].num_planes, 2U);
    EXPECT_EQ(descriptor_.layers[0].pitch[0], 384U * 5 / 4);
    EXPECT_EQ(descriptor_.layers[0].offset[1], 384U * 5 / 4 * 288);
    EXPECT_TRUE(display_.messages().empty());
}

TEST_F(Packed, EightBitsAreLinear) {
    const VASurfaceID surface = make_surface(VA_RT_FORMAT_YUV420);
    VAImage image = {};
    EXPECT_EQ(vaDeriveImage(display_.get(), surface, &image), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroyImage(display_.get(), image.image_id), VA_STATUS_SUCCESS);
    EXPECT_EQ(export_surface(surface, VA_EXPORT_SURFACE_SEPARATE_LAYERS), VA_STATUS_SUCCESS);
}

TEST_F(Tiled, TwoObjectsWithTheirModifier) {
    const VASurfaceID surface = make_surface(VA_RT_FORMAT_YUV420);
    EXPECT_EQ(export_surface(surface, VA_EXPORT_SURFACE_SEPARATE_LAYERS),
              VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    ASSERT_EQ(export_surface(surface, VA_EXPORT_SURFACE_COMPOSED_LAYERS), VA_STATUS_SUCCESS);
    EXPECT_EQ(descriptor_.fourcc, uint32_t{VA_FOURCC_NV12});
    ASSERT_EQ(descriptor_.num_objects, 2U);
    EXPECT_EQ(descriptor_.objects[0].drm_format_modifier, kMtkTiled);
    EXPECT_EQ(descriptor_.objects[1].drm_format_modifier, kMtkTiled);
    EXPECT_EQ(descriptor_.layers[0].object_index[1], 1U);
    EXPECT_EQ(descriptor_.layers[0].offset[1], 0U);
    EXPECT_EQ(descriptor_.layers[0].pitch[1], 384U);
    expect_shadow(surface, 1);
}

// What is written through one of two mapped copies is not undone by the other, nor what vaPutImage
// wrote meanwhile; and a copy that is destroyed while it is mapped is written back.
TEST_F(Tiled, CopiesWriteBackWhatTheyChanged) {
    const VASurfaceID surface = make_surface(VA_RT_FORMAT_YUV420);
    std::array<VAImage, 2> images = {};
    std::array<std::byte*, 2> mapped = {};
    for (size_t i = 0; i < images.size(); ++i) {
        ASSERT_EQ(vaDeriveImage(display_.get(), surface, &images[i]), VA_STATUS_SUCCESS);
        void* bytes = nullptr;
        ASSERT_EQ(vaMapBuffer(display_.get(), images[i].buf, &bytes), VA_STATUS_SUCCESS);
        mapped[i] = static_cast<std::byte*>(bytes);
    }
    Planes put{16, 2, 1, {}};
    put.bytes[0].assign(16 * 2, 33);
    put.bytes[1].assign(8, 44);
    put.bytes[2].assign(8, 55);
    put_planes(display_.get(), surface, VA_FOURCC_NV12, put, 0, 200);
    const unsigned rows[2] = {1, kHeight - 1};
    for (size_t i = 0; i < images.size(); ++i) {
        std::fill_n(mapped[i] + images[i].offsets[0] + rows[i] * images[i].pitches[0], 16,
                    static_cast<std::byte>(i + 1));
    }
    // A chroma row alone, too.
    std::fill_n(mapped[0] + images[0].offsets[1] + 50 * images[0].pitches[1], 16, std::byte{9});
    ASSERT_EQ(vaUnmapBuffer(display_.get(), images[0].buf), VA_STATUS_SUCCESS);
    for (const VAImage& image : images) {
        ASSERT_EQ(vaDestroyImage(display_.get(), image.image_id), VA_STATUS_SUCCESS);
    }
    const auto luma = [&](unsigned row) {
        return get_planes(display_.get(), surface, VA_FOURCC_NV12, {0, row & ~1U, 16, 2})
            .bytes[0][row % 2 * 16];
    };
    EXPECT_EQ(luma(rows[0]), 1);
    EXPECT_EQ(luma(rows[1]), 2);
    EXPECT_EQ(get_planes(display_.get(), surface, VA_FOURCC_NV12, {0, 200, 16, 2}), put);
    EXPECT_EQ(get_planes(display_.get(), surface, VA_FOURCC_NV12, {0, 100, 16, 2}).bytes[1][0], 9);
}

TEST_F(Tiled, CopiesLeaveNoMemoryBehind) {
    const VASurfaceID surface = make_surface(VA_RT_FORMAT_YUV420);
    const auto derive = [&](int times) {
        for (int i = 0; i < times; ++i) {
            VAImage image = {};
            void* mapped = nullptr;
            ASSERT_EQ(vaDeriveImage(display_.get(), surface, &image), VA_STATUS_SUCCESS);
            ASSERT_EQ(vaMapBuffer(display_.get(), image.buf, &mapped), VA_STATUS_SUCCESS);
            ASSERT_EQ(vaUnmapBuffer(display_.get(), image.buf), VA_STATUS_SUCCESS);
            ASSERT_EQ(vaDestroyImage(display_.get(), image.image_id), VA_STATUS_SUCCESS);
        }
    };
    const auto in_use = [] {
        const struct mallinfo2 info = mallinfo2();
        return info.uordblks + info.hblkhd;
    };
    derive(10);
    const size_t before = in_use();
    derive(100);
    EXPECT_LT(in_use(), before + size_t{kWidth} * kHeight);
}

// Two dma-bufs with a vendor's modifier, from one display to another: both see the same pixels.
TEST_F(Tiled, IsImportedAsItIsExported) {
    const VASurfaceID original = make_surface(VA_RT_FORMAT_YUV420);
    VADRMPRIMESurfaceDescriptor descriptor = {};
    ASSERT_EQ(vaExportSurfaceHandle(
                  display_.get(), original, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                  VA_EXPORT_SURFACE_COMPOSED_LAYERS | VA_EXPORT_SURFACE_READ_WRITE, &descriptor),
              VA_STATUS_SUCCESS);
    const Display other;
    VASurfaceAttrib attributes[2] = {};
    attributes[0].type = VASurfaceAttribMemoryType;
    attributes[0].value.value.i = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2;
    attributes[1].type = VASurfaceAttribExternalBufferDescriptor;
    attributes[1].value.value.p = &descriptor;
    VASurfaceID imported = VA_INVALID_ID;
    const auto import = [&] {
        return vaCreateSurfaces(other.get(), VA_RT_FORMAT_YUV420, kWidth, kHeight, &imported, 1,
                                attributes, 2);
    };
    ASSERT_EQ(import(), VA_STATUS_SUCCESS);
    Planes planes{64, 32, 1, {}};
    planes.bytes[0].assign(64 * 32, 20);
    planes.bytes[1].assign(32 * 16, 120);
    planes.bytes[2].assign(32 * 16, 220);
    put_planes(other.get(), imported, VA_FOURCC_YV12, planes, 34, 50);
    EXPECT_EQ(get_planes(display_.get(), original, VA_FOURCC_NV12, {34, 50, 64, 32}), planes);
    // In one plane, or without its modifier, it is something else.
    descriptor.layers[0].object_index[1] = 0;
    EXPECT_EQ(import(), VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    descriptor.layers[0].object_index[1] = 1;
    descriptor.objects[0].drm_format_modifier = DRM_FORMAT_MOD_LINEAR;
    EXPECT_EQ(import(), VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    descriptor.objects[1].drm_format_modifier = DRM_FORMAT_MOD_LINEAR;
    EXPECT_EQ(import(), VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    close(descriptor.objects[0].fd);
    close(descriptor.objects[1].fd);
}

TEST_F(Unnamed, IsNeverExported) {
    const VASurfaceID surface = make_surface(VA_RT_FORMAT_YUV420);
    for (int round = 0; round < 2; ++round) {
        for (const int flags :
             {VA_EXPORT_SURFACE_SEPARATE_LAYERS, VA_EXPORT_SURFACE_COMPOSED_LAYERS}) {
            EXPECT_EQ(export_surface(surface, static_cast<uint32_t>(flags)),
                      VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
        }
        expect_shadow(surface, 1);
    }
}

}  // namespace
}  // namespace v4l2va::test
