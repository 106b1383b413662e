// SPDX-License-Identifier: MIT
// Format: the pixel format of one side of a context, and the sizes that follow from it.
#pragma once

#include <cstdint>

namespace vdec {

struct Format {
    uint32_t fourcc = 0;
    unsigned width = 0;
    unsigned height = 0;
    unsigned stride = 0;
    unsigned sizeimage = 0;
    // Memory planes behind the first, all alike; none, one (Cb and Cr) or two (Cb, Cr).
    unsigned chroma_planes = 0;
    unsigned chroma_stride = 0;
    unsigned chroma_sizeimage = 0;
    uint32_t colorspace = 0;
    uint32_t ycbcr_encoding = 0;
    uint32_t quantization = 0;
    uint32_t transfer = 0;
};

}  // namespace vdec
