// SPDX-License-Identifier: MIT
// Images: formats, whole pictures and rectangles, read and written.
#include <gtest/gtest.h>

#include <climits>
#include <iterator>
#include <map>
#include <utility>
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
    // Whatever the depth, a rectangle lies within both.
    VASurfaceID surface = VA_INVALID_ID;
    ASSERT_EQ(
        vaCreateSurfaces(display.get(), VA_RT_FORMAT_YUV420_10, 64, 64, &surface, 1, nullptr, 0),
        VA_STATUS_SUCCESS);
    format.fourcc = VA_FOURCC_I420;
    ASSERT_EQ(vaCreateImage(display.get(), &format, 64, 64, &image), VA_STATUS_SUCCESS);
    EXPECT_EQ(vaGetImage(display.get(), surface, 1, 0, 64, 64, image.image_id),
              VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(vaGetImage(display.get(), surface, 0, 0, 0, 64, image.image_id),
              VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(vaGetImage(display.get(), surface, 2, -1, 4, 4, image.image_id),
              VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(vaGetImage(display.get(), surface, 2, 2, UINT_MAX, UINT_MAX, image.image_id),
              VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(vaPutImage(display.get(), surface, image.image_id, 0, 1, 64, 64, 0, 0, 64, 64),
              VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(vaPutImage(display.get(), surface, image.image_id, 0, 0, 64, 64, 0, INT_MAX, 64, 64),
              VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(vaPutImage(display.get(), surface, image.image_id, 0, 0, 32, 32, 0, 0, 64, 64),
              VA_STATUS_ERROR_UNIMPLEMENTED);
    EXPECT_EQ(vaDestroyImage(display.get(), image.image_id), VA_STATUS_SUCCESS);
    // A surface's own memory is no copy's target.
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
        for (const uint32_t fourcc : image_fourccs(display.get())) {
            for (const Rectangle& rectangle :
                 rectangles(clip().visible_width, clip().visible_height)) {
                ASSERT_EQ(get_planes(display.get(), surface, fourcc, rectangle),
                          with_sample_bytes(cut(expected, rectangle), sample_bytes_of(fourcc)));
            }
        }
    }
}

// A surface of each depth that the device decodes to; its samples have that many bytes.
std::map<unsigned, VASurfaceID> make_surfaces(const Display& display, unsigned width,
                                              unsigned height) {
    std::map<unsigned, VASurfaceID> surfaces;
    for (const uint32_t fourcc : image_fourccs(display.get())) {
        const unsigned bytes = sample_bytes_of(fourcc);
        if (surfaces.contains(bytes)) {
            continue;
        }
        surfaces[bytes] = VA_INVALID_ID;
        EXPECT_EQ(vaCreateSurfaces(display.get(),
                                   bytes == 1 ? VA_RT_FORMAT_YUV420 : VA_RT_FORMAT_YUV420_10, width,
                                   height, &surfaces[bytes], 1, nullptr, 0),
                  VA_STATUS_SUCCESS);
    }
    return surfaces;
}

// Every listed format reads and writes every surface, whatever the depths.
TEST(Images, EveryFormatWritesWhatItCoversAndNothingElse) {
    const Display display;
    for (const auto& [width, height] : {std::pair{130U, 98U}, std::pair{129U, 97U}}) {
        for (const auto& [bytes, surface] : make_surfaces(display, width, height)) {
            expect_images(display.get(), surface, width, height, bytes);
        }
    }
}

// No sample like its neighbours.
Planes pattern(unsigned width, unsigned height, unsigned sample_bytes) {
    Planes planes{width, height, sample_bytes, {}};
    const size_t chroma = size_t{(width + 1) / 2} * ((height + 1) / 2);
    planes.bytes[0].resize(size_t{width} * height * sample_bytes);
    planes.bytes[1].resize(chroma * sample_bytes);
    planes.bytes[2].resize(chroma * sample_bytes);
    for (size_t i = 0; i < 3; ++i) {
        for (size_t at = sample_bytes - 1; at < planes.bytes[i].size(); at += sample_bytes) {
            planes.bytes[i][at] = static_cast<uint8_t>(at * 7 + i * 50 + 1);
        }
    }
    return planes;
}

// The last column and the last row of chroma are there, at any size.
TEST(Images, EverySampleOfOddSizesIsThere) {
    const Display display;
    const std::vector<uint32_t> fourccs = image_fourccs(display.get());
    for (const auto& [width, height] : {std::pair{1U, 1U}, std::pair{2U, 1U}, std::pair{1U, 2U},
                                        std::pair{175U, 143U}, std::pair{321U, 241U}}) {
        for (const auto& [bytes, surface] : make_surfaces(display, width, height)) {
            const Planes all = pattern(width, height, bytes);
            put_planes(display.get(), surface, bytes == 1 ? VA_FOURCC_NV12 : VA_FOURCC_P010, all, 0,
                       0);
            const unsigned left = width > 1 ? 1 : 0;
            const unsigned top = height > 1 ? 1 : 0;
            for (const uint32_t fourcc : fourccs) {
                for (const Rectangle& rectangle : {Rectangle{0, 0, width, height},
                                                   Rectangle{left, top, width - left, height - top},
                                                   Rectangle{width - 1, 0, 1, height}}) {
                    EXPECT_EQ(get_planes(display.get(), surface, fourcc, rectangle),
                              with_sample_bytes(cut(all, rectangle), sample_bytes_of(fourcc)))
                        << width << "x" << height;
                }
            }
            EXPECT_EQ(derived_planes(display.get(), surface, width, height), all);
        }
    }
}

}  // namespace
}  // namespace v4l2va::test
