// SPDX-License-Identifier: MIT
// Pixel formats of CAPTURE: how large they are, and where the bits of a sample go.
#pragma once

#include <cstdint>

#include "image/capture_image.h"
#include "image/format.h"

namespace vdec {

// Ten bits a sample.
bool is_deep(uint32_t fourcc);
const char* format_description(uint32_t fourcc);
// Sets stride and sizes, and rounds width and height up, for format.fourcc and a picture of
// format.width x format.height. `stride_alignment`: of rows, in samples.
void lay_out(Format& format, unsigned stride_alignment);

// Stores one sample (8 or 10 bits in the low end). plane 0: luma; plane 1: chroma, where even x is
// Cb and odd x Cr. Outside of the image's memory nothing happens.
void put_sample(const CaptureImage& image, int plane, unsigned x, unsigned y, unsigned value);

}  // namespace vdec
