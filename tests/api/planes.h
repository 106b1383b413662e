// SPDX-License-Identifier: MIT
// Planes: pictures as three planes, and images that are read and written by rectangles.
#pragma once

#include <va/va.h>

#include <array>
#include <cstddef>
#include <vector>

#include "recording.h"

namespace v4l2va::test {

// Y, Cb and Cr without padding; odd sizes have a last chroma sample of their own. Samples of one
// byte, or of two with ten bits in the high ones.
struct Planes {
    unsigned width = 0;
    unsigned height = 0;
    unsigned sample_bytes = 1;
    std::array<std::vector<uint8_t>, 3> bytes;
    friend bool operator==(const Planes&, const Planes&) = default;
};

// Of luma.
struct Rectangle {
    unsigned x = 0;
    unsigned y = 0;
    unsigned width = 0;
    unsigned height = 0;
};

[[nodiscard]] Planes planes_of(const Pixels& pixels);
[[nodiscard]] Planes cut(const Planes& planes, const Rectangle& rectangle);
// All of it, and parts that begin and end anywhere within tiles; with odd corners and sizes, too.
[[nodiscard]] std::vector<Rectangle> rectangles(unsigned width, unsigned height);

// What a depth makes of samples of another: ten bits to eight are rounded to the nearest, eight to
// ten multiplied.
[[nodiscard]] Planes with_sample_bytes(const Planes& planes, unsigned sample_bytes);

// vaGetImage of a rectangle into an image of `fourcc` that is no larger, and vaPutImage back.
[[nodiscard]] Planes get_planes(VADisplay display, VASurfaceID surface, uint32_t fourcc,
                                const Rectangle& rectangle);
void put_planes(VADisplay display, VASurfaceID surface, uint32_t fourcc, const Planes& planes,
                unsigned x, unsigned y);

// Through vaDeriveImage.
[[nodiscard]] Planes derived_planes(VADisplay display, VASurfaceID surface, unsigned width,
                                    unsigned height);

// vaQueryImageFormats.
[[nodiscard]] std::vector<uint32_t> image_fourccs(VADisplay display);
[[nodiscard]] unsigned sample_bytes_of(uint32_t fourcc);

// Writes rectangles of a surface in every image format that is listed, and reads all of it after
// each, in its own samples and in another format. `sample_bytes`: of the surface.
void expect_images(VADisplay display, VASurfaceID surface, unsigned width, unsigned height,
                   unsigned sample_bytes);

}  // namespace v4l2va::test
