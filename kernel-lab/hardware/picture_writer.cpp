// SPDX-License-Identifier: MIT
#include "picture_writer.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include "image/image_layout.h"

namespace hardware {
namespace {

// A part of a plane: ROWS x WIDTH bytes; from row FIRST on, every STEP rows.
struct Part {
    const uint8_t* from;
    size_t from_stride;
    size_t width;
    unsigned rows;
    unsigned first;
    unsigned step;
};

bool copy_rows(const Part& part, uint64_t address, size_t stride, DeviceMemory& memory) {
    if (part.rows == 0) return true;
    const std::span to = memory.at(address, (part.rows - 1) * stride + part.width);
    if (to.empty()) return false;
    for (unsigned y = part.first; y < part.rows; y += part.step) {
        std::memcpy(&to[y * stride], part.from + y * part.from_stride, part.width);
    }
    return true;
}

// Of samples that V4L2 keeps in the high bits of two bytes, or in one.
unsigned sample(const uint8_t* at, bool deep) {
    if (!deep) return *at;
    return (at[0] | static_cast<unsigned>(at[1]) << 8) >> 6;
}

// Any other layout, sample by sample.
bool put_rows(const vdec::CaptureImage& picture, const Part& luma, const Part& chroma,
              const PictureOutput& output, DeviceMemory& memory) {
    const std::span to = memory.from(output.luma);
    if (to.empty() || output.stride == 0 || output.chroma < output.luma) return false;
    const bool deep = picture.fourcc == V4L2_PIX_FMT_P010;
    const unsigned bytes = deep ? 2 : 1;
    const vdec::CaptureImage image = {
        .data = to.data(),
        .size = to.size(),
        .fourcc = output.fourcc,
        .width = output.width,
        .height = static_cast<unsigned>((output.chroma - output.luma) / output.stride),
        .stride = output.stride};
    for (int plane = 0; plane < 2; ++plane) {
        const Part& part = plane == 0 ? luma : chroma;
        for (unsigned y = part.first; y < part.rows; y += part.step) {
            const uint8_t* row = part.from + y * part.from_stride;
            for (unsigned x = 0; x < part.width / bytes; ++x) {
                put_sample(image, plane, x, y, sample(row + size_t{x} * bytes, deep));
            }
        }
    }
    return true;
}

}  // namespace

bool write_picture(const vdec::CaptureImage& picture, vdec::Rows rows, const PictureOutput& output,
                   DeviceMemory& memory) {
    const unsigned width = std::min(picture.width, output.width);
    const unsigned height = std::min(picture.height, output.height);
    const size_t bytes = picture.fourcc == V4L2_PIX_FMT_P010 ? 2 : 1;
    const unsigned first = rows == vdec::Rows::bottom ? 1 : 0;
    const unsigned step = rows == vdec::Rows::all ? 1 : 2;
    const Part luma = {picture.data, picture.stride, width * bytes, height, first, step};
    const Part chroma = {picture.data + size_t{picture.stride} * picture.height,
                         picture.stride,
                         (width + 1) / 2 * 2 * bytes,
                         (height + 1) / 2,
                         first,
                         step};
    if (output.fourcc != picture.fourcc) return put_rows(picture, luma, chroma, output, memory);
    return copy_rows(luma, output.luma, output.stride, memory) &&
           (output.chroma == 0 || copy_rows(chroma, output.chroma, output.stride, memory));
}

}  // namespace hardware
