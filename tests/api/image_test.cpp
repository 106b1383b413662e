// SPDX-License-Identifier: MIT
// Images: formats, whole pictures and rectangles, read and written.
#include <gtest/gtest.h>

#include <iterator>
#include <vector>

#include "planes.h"
#include "player.h"

namespace v4l2va::test {
namespace {

const Recording& clip() {
    static const Recording recording = record_clip({});
    return recording;
}

constexpr uint32_t kFourccs[] = {VA_FOURCC_NV12, VA_FOURCC_P010, VA_FOURCC_I420, VA_FOURCC_YV12};

TEST(Images, FormatsAreThoseOfSurfacesAndPlanarOnes) {
    const Display display;
    std::vector<VAImageFormat> formats(static_cast<size_t>(vaMaxNumImageFormats(display.get())));
    int count = 0;
    ASSERT_EQ(vaQueryImageFormats(display.get(), formats.data(), &count), VA_STATUS_SUCCESS);
    formats.resize(static_cast<size_t>(count));
    std::vector<uint32_t> fourccs;
    for (const VAImageFormat& format : formats) {
        fourccs.push_back(format.fourcc);
        EXPECT_EQ(format.byte_order, uint32_t{VA_LSB_FIRST});
        EXPECT_EQ(format.bits_per_pixel, format.fourcc == VA_FOURCC_P010 ? 24U : 12U);
    }
    EXPECT_EQ(fourccs, std::vector<uint32_t>(std::begin(kFourccs), std::end(kFourccs)));
}

TEST(Images, CreatedOnesHoldTheirPlanesApart) {
    const Display display;
    for (const uint32_t fourcc : kFourccs) {
        for (const int width : {1, 15, 64, 1919}) {
            VAImageFormat format = {};
            format.fourcc = fourcc;
            VAImage image = {};
            ASSERT_EQ(vaCreateImage(display.get(), &format, width, 33, &image), VA_STATUS_SUCCESS);
            const bool planar = fourcc == VA_FOURCC_I420 || fourcc == VA_FOURCC_YV12;
            ASSERT_EQ(image.num_planes, planar ? 3U : 2U);
            uint32_t end = 0;
            for (uint32_t plane = 0; plane < image.num_planes; ++plane) {
                EXPECT_GE(image.offsets[plane], end);
                EXPECT_GE(image.pitches[plane] * 2, static_cast<unsigned>(width));
                end = image.offsets[plane] + image.pitches[plane] * (plane == 0 ? 33 : 17);
            }
            EXPECT_GE(image.data_size, end);
            EXPECT_EQ(vaDestroyImage(display.get(), image.image_id), VA_STATUS_SUCCESS);
        }
    }
}

TEST(Images, Errors) {
    const Display display;
    VAImage image = {};
    VAImageFormat format = {};
    format.fourcc = VA_FOURCC_RGBA;
    EXPECT_EQ(vaCreateImage(display.get(), &format, 64, 64, &image),
              VA_STATUS_ERROR_INVALID_IMAGE_FORMAT);
    format.fourcc = VA_FOURCC_P010;
    EXPECT_EQ(vaCreateImage(display.get(), &format, 0, 64, &image),
              VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(vaCreateImage(display.get(), &format, 1 << 16, 64, &image),
              VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(vaCreateImage(display.get(), &format, 65535, 65535, &image),
              VA_STATUS_ERROR_ALLOCATION_FAILED);
    // Ten bits to eight is nobody's to decide, and a surface's own memory is no copy's target.
    VASurfaceID surface = VA_INVALID_ID;
    ASSERT_EQ(
        vaCreateSurfaces(display.get(), VA_RT_FORMAT_YUV420_10, 64, 64, &surface, 1, nullptr, 0),
        VA_STATUS_SUCCESS);
    format.fourcc = VA_FOURCC_I420;
    ASSERT_EQ(vaCreateImage(display.get(), &format, 64, 64, &image), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaGetImage(display.get(), surface, 0, 0, 64, 64, image.image_id),
              VA_STATUS_ERROR_INVALID_IMAGE_FORMAT);
    EXPECT_EQ(vaPutImage(display.get(), surface, image.image_id, 0, 0, 64, 64, 0, 0, 64, 64),
              VA_STATUS_ERROR_INVALID_IMAGE_FORMAT);
    EXPECT_EQ(vaDestroyImage(display.get(), image.image_id), VA_STATUS_SUCCESS);
    ASSERT_EQ(vaDeriveImage(display.get(), surface, &image), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaGetImage(display.get(), surface, 0, 0, 64, 64, image.image_id),
              VA_STATUS_ERROR_OPERATION_FAILED);
    EXPECT_EQ(vaDestroyImage(display.get(), image.image_id), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaGetImage(display.get(), surface, 0, 0, 64, 64, image.image_id),
              VA_STATUS_ERROR_INVALID_IMAGE);
    EXPECT_TRUE(display.messages().empty());
}

TEST(Images, DecodedPicturesAreReadInEveryFormat) {
    const Display display;
    Player player(display, clip());
    for (size_t i = 0; i < 4; ++i) {
        const RecordedPicture& picture = clip().pictures[i];
        ASSERT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
        if (!picture.has_expected) {
            continue;
        }
        const VASurfaceID surface = player.surface(picture.target);
        const Planes expected = planes_of(picture.expected);
        for (const uint32_t fourcc : kFourccs) {
            if (fourcc == VA_FOURCC_P010) {
                continue;
            }
            for (const Rectangle& rectangle :
                 rectangles(clip().visible_width, clip().visible_height)) {
                ASSERT_EQ(get_planes(display.get(), surface, fourcc, rectangle),
                          cut(expected, rectangle));
            }
        }
    }
}

TEST(Images, EveryFormatWritesWhatItCoversAndNothingElse) {
    const Display display;
    const unsigned width = 130;
    const unsigned height = 98;
    VASurfaceID surface = VA_INVALID_ID;
    ASSERT_EQ(vaCreateSurfaces(display.get(), VA_RT_FORMAT_YUV420, width, height, &surface, 1,
                               nullptr, 0),
              VA_STATUS_SUCCESS);
    expect_images(display.get(), surface, width, height, 1);
    ASSERT_EQ(vaCreateSurfaces(display.get(), VA_RT_FORMAT_YUV420_10, width, height, &surface, 1,
                               nullptr, 0),
              VA_STATUS_SUCCESS);
    expect_images(display.get(), surface, width, height, 2);
}

}  // namespace
}  // namespace v4l2va::test
