// SPDX-License-Identifier: MIT
// Copying decoded pictures to CAPTURE buffers, and overwriting what nobody may read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "image/capture_image.h"

namespace vdec {

// Planes of any decoder: 4:2:0, or luma alone (then the others are null). Samples of more than
// eight bits are two bytes.
struct PicturePlanes {
    std::array<uint8_t*, 3> data = {};
    std::array<ptrdiff_t, 3> stride = {};  // in bytes
    int width = 0;
    int height = 0;
    int bit_depth = 8;
};

// Which rows of a picture: all, or those of one field.
enum class Rows { all, top, bottom };

// Copies to whatever the CAPTURE format is; the chroma of luma alone is grey. False when the depths
// differ, or there is not enough memory.
bool copy_picture(const PicturePlanes& picture, Rows rows, const CaptureImage& target);
// Fills with a pattern that no picture contains.
void poison_picture(const PicturePlanes& picture, Rows rows = Rows::all);
void poison_image(const CaptureImage& target);

}  // namespace vdec
