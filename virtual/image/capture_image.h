// SPDX-License-Identifier: MIT
// CaptureImage: the memory of a CAPTURE buffer, and what its format says of it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vdec {

struct CaptureImage {
    uint8_t* data = nullptr;
    size_t size = 0;
    uint32_t fourcc = 0;
    unsigned width = 0;
    unsigned height = 0;
    unsigned stride = 0;
    uint8_t* chroma = nullptr;  // where chroma has a memory plane of its own
    size_t chroma_size = 0;
    uint8_t* second_chroma = nullptr;  // as large, where Cb and Cr have one each
    bool high_bits_only = false;       // of ten bits, a format of eight takes the high ones
};

}  // namespace vdec
