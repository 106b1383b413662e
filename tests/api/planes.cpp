// SPDX-License-Identifier: MIT
// Planes: pictures as three planes, and images that are read and written by rectangles.
#include "planes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace v4l2va::test {

namespace {

struct Shape {
    unsigned width;
    unsigned height;
};

Shape plane_shape(unsigned width, unsigned height, size_t plane) {
    return plane == 0 ? Shape{width, height} : Shape{(width + 1) / 2, (height + 1) / 2};
}

Planes empty_planes(unsigned width, unsigned height, unsigned sample_bytes) {
    Planes planes{width, height, sample_bytes, {}};
    for (size_t i = 0; i < 3; ++i) {
        const Shape shape = plane_shape(width, height, i);
        planes.bytes[i].resize(size_t{shape.width} * shape.height * sample_bytes);
    }
    return planes;
}

// Where an image has each plane's first sample, and how far its samples are apart.
struct Place {
    uint8_t* first;
    size_t pitch;
    size_t step;
};

Place place_of(const VAImage& image, uint8_t* data, size_t plane, size_t sample_bytes) {
    if (plane == 0) {
        return {data + image.offsets[0], image.pitches[0], sample_bytes};
    }
    if (image.num_planes == 2) {
        return {data + image.offsets[1] + (plane - 1) * sample_bytes, image.pitches[1],
                2 * sample_bytes};
    }
    const size_t index = image.format.fourcc == VA_FOURCC_YV12 ? 3 - plane : plane;
    return {data + image.offsets[index], image.pitches[index], sample_bytes};
}

// Copies between an image and planes of its size.
template <typename Copy>
void for_each_sample(const VAImage& image, uint8_t* data, Planes& planes, Copy copy) {
    for (size_t i = 0; i < 3; ++i) {
        const Place place = place_of(image, data, i, planes.sample_bytes);
        const Shape shape = plane_shape(planes.width, planes.height, i);
        for (unsigned y = 0; y < shape.height; ++y) {
            for (unsigned x = 0; x < shape.width; ++x) {
                for (unsigned byte = 0; byte < planes.sample_bytes; ++byte) {
                    copy(place.first[y * place.pitch + x * place.step + byte],
                         planes
                             .bytes[i][(size_t{y} * shape.width + x) * planes.sample_bytes + byte]);
                }
            }
        }
    }
}

VAImage make_image(VADisplay display, uint32_t fourcc, unsigned width, unsigned height) {
    VAImageFormat format = {};
    format.fourcc = fourcc;
    VAImage image = {};
    EXPECT_EQ(
        vaCreateImage(display, &format, static_cast<int>(width), static_cast<int>(height), &image),
        VA_STATUS_SUCCESS);
    return image;
}

uint8_t* map_image(VADisplay display, const VAImage& image) {
    void* data = nullptr;
    EXPECT_EQ(vaMapBuffer(display, image.buf, &data), VA_STATUS_SUCCESS);
    return static_cast<uint8_t*>(data);
}

void paste(Planes& planes, const Planes& part, const Rectangle& at) {
    for (size_t i = 0; i < 3; ++i) {
        const Shape whole = plane_shape(planes.width, planes.height, i);
        const Shape shape = plane_shape(part.width, part.height, i);
        const unsigned x = i == 0 ? at.x : at.x / 2;
        const unsigned y = i == 0 ? at.y : at.y / 2;
        const size_t row = size_t{shape.width} * part.sample_bytes;
        for (unsigned line = 0; line < shape.height; ++line) {
            const size_t to = (size_t{y + line} * whole.width + x) * part.sample_bytes;
            std::copy_n(part.bytes[i].begin() + static_cast<ptrdiff_t>(line * row), row,
                        planes.bytes[i].begin() + static_cast<ptrdiff_t>(to));
        }
    }
}

}  // namespace

Planes planes_of(const Pixels& pixels) {
    Planes planes = empty_planes(pixels.width, pixels.height, 1);
    planes.bytes[0] = pixels.luma;
    for (size_t i = 0; i < planes.bytes[1].size(); ++i) {
        planes.bytes[1][i] = pixels.chroma[2 * i];
        planes.bytes[2][i] = pixels.chroma[2 * i + 1];
    }
    return planes;
}

Planes cut(const Planes& planes, const Rectangle& rectangle) {
    Planes part = empty_planes(rectangle.width, rectangle.height, planes.sample_bytes);
    for (size_t i = 0; i < 3; ++i) {
        const Shape whole = plane_shape(planes.width, planes.height, i);
        const Shape shape = plane_shape(part.width, part.height, i);
        const unsigned x = i == 0 ? rectangle.x : rectangle.x / 2;
        const unsigned y = i == 0 ? rectangle.y : rectangle.y / 2;
        const size_t row = size_t{shape.width} * part.sample_bytes;
        for (unsigned line = 0; line < shape.height; ++line) {
            const size_t from = (size_t{y + line} * whole.width + x) * part.sample_bytes;
            std::copy_n(planes.bytes[i].begin() + static_cast<ptrdiff_t>(from), row,
                        part.bytes[i].begin() + static_cast<ptrdiff_t>(line * row));
        }
    }
    return part;
}

std::vector<Rectangle> rectangles(unsigned width, unsigned height) {
    return {{0, 0, width, height},
            {0, 0, 2, 2},
            {width - 2, height - 2, 2, 2},
            {34, 6, 66, 36},
            {30, 62, 4, 4},
            {2, 30, width - 4, 34},
            {1, 1, width - 1, height - 1},
            {33, 7, 65, 29},
            {31, 31, 1, 1},
            {width - 1, height - 1, 1, 1},
            {0, 3, 1, 8}};
}

Planes with_sample_bytes(const Planes& planes, unsigned sample_bytes) {
    if (planes.sample_bytes == sample_bytes) {
        return planes;
    }
    Planes result = empty_planes(planes.width, planes.height, sample_bytes);
    for (size_t i = 0; i < 3; ++i) {
        const std::vector<uint8_t>& from = planes.bytes[i];
        std::vector<uint8_t>& to = result.bytes[i];
        for (size_t at = 0; at < std::min(from.size(), to.size()); ++at) {
            if (sample_bytes == 2) {
                to[2 * at + 1] = from[at];
            } else {
                const unsigned ten_bits = from[2 * at] / 64U + from[2 * at + 1] * 4U;
                to[at] = static_cast<uint8_t>(std::min((ten_bits + 2) / 4, 255U));
            }
        }
    }
    return result;
}

std::vector<uint32_t> image_fourccs(VADisplay display) {
    std::vector<VAImageFormat> formats(static_cast<size_t>(vaMaxNumImageFormats(display)));
    int count = 0;
    EXPECT_EQ(vaQueryImageFormats(display, formats.data(), &count), VA_STATUS_SUCCESS);
    std::vector<uint32_t> fourccs;
    for (int i = 0; i < count; ++i) {
        fourccs.push_back(formats[static_cast<size_t>(i)].fourcc);
    }
    return fourccs;
}

unsigned sample_bytes_of(uint32_t fourcc) { return fourcc == VA_FOURCC_P010 ? 2 : 1; }

Planes get_planes(VADisplay display, VASurfaceID surface, uint32_t fourcc,
                  const Rectangle& rectangle) {
    const VAImage image = make_image(display, fourcc, rectangle.width, rectangle.height);
    EXPECT_EQ(
        vaGetImage(display, surface, static_cast<int>(rectangle.x), static_cast<int>(rectangle.y),
                   rectangle.width, rectangle.height, image.image_id),
        VA_STATUS_SUCCESS);
    Planes planes = empty_planes(rectangle.width, rectangle.height, sample_bytes_of(fourcc));
    for_each_sample(image, map_image(display, image), planes,
                    [](const uint8_t& in_image, uint8_t& in_planes) { in_planes = in_image; });
    vaUnmapBuffer(display, image.buf);
    EXPECT_EQ(vaDestroyImage(display, image.image_id), VA_STATUS_SUCCESS);
    return planes;
}

Planes derived_planes(VADisplay display, VASurfaceID surface, unsigned width, unsigned height) {
    VAImage image = {};
    EXPECT_EQ(vaDeriveImage(display, surface, &image), VA_STATUS_SUCCESS);
    EXPECT_EQ(image.width, width);
    EXPECT_EQ(image.height, height);
    Planes planes = empty_planes(width, height, sample_bytes_of(image.format.fourcc));
    for_each_sample(image, map_image(display, image), planes,
                    [](const uint8_t& in_image, uint8_t& in_planes) { in_planes = in_image; });
    vaUnmapBuffer(display, image.buf);
    EXPECT_EQ(vaDestroyImage(display, image.image_id), VA_STATUS_SUCCESS);
    return planes;
}

void put_planes(VADisplay display, VASurfaceID surface, uint32_t fourcc, const Planes& planes,
                unsigned x, unsigned y) {
    const VAImage image = make_image(display, fourcc, planes.width, planes.height);
    Planes copy = planes;
    for_each_sample(image, map_image(display, image), copy,
                    [](uint8_t& in_image, const uint8_t& in_planes) { in_image = in_planes; });
    vaUnmapBuffer(display, image.buf);
    EXPECT_EQ(vaPutImage(display, surface, image.image_id, 0, 0, planes.width, planes.height,
                         static_cast<int>(x), static_cast<int>(y), planes.width, planes.height),
              VA_STATUS_SUCCESS);
    EXPECT_EQ(vaDestroyImage(display, image.image_id), VA_STATUS_SUCCESS);
}

void expect_images(VADisplay display, VASurfaceID surface, unsigned width, unsigned height,
                   unsigned sample_bytes) {
    std::mt19937 random{5};
    const std::vector<uint32_t> fourccs = image_fourccs(display);
    const uint32_t own = sample_bytes == 2 ? VA_FOURCC_P010 : VA_FOURCC_NV12;
    const Rectangle all{0, 0, width, height};
    size_t round = 0;
    Planes expected;
    for (const uint32_t fourcc : fourccs) {
        const unsigned written = sample_bytes_of(fourcc);
        for (const Rectangle& rectangle : rectangles(width, height)) {
            Planes part = empty_planes(rectangle.width, rectangle.height, written);
            for (std::vector<uint8_t>& plane : part.bytes) {
                for (size_t i = 0; i < plane.size(); ++i) {
                    // Ten bits: the lower six of each 16 are no part of the sample.
                    const bool low = written == 2 && i % 2 == 0;
                    plane[i] = static_cast<uint8_t>(random() & (low ? 0xc0U : 0xffU));
                }
            }
            put_planes(display, surface, fourcc, part, rectangle.x, rectangle.y);
            part = with_sample_bytes(part, sample_bytes);
            if (rectangle.width == width && rectangle.height == height) {
                expected = part;
            }
            paste(expected, part, rectangle);
            for (const uint32_t reader : {own, fourccs[round++ % fourccs.size()]}) {
                ASSERT_TRUE(get_planes(display, surface, reader, all) ==
                            with_sample_bytes(expected, sample_bytes_of(reader)))
                    << fourcc << " to " << reader << ": " << rectangle.x << "," << rectangle.y
                    << " " << rectangle.width << "x" << rectangle.height;
            }
        }
    }
}

}  // namespace v4l2va::test
