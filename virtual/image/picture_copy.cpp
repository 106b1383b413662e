// SPDX-License-Identifier: MIT
// Planar pictures to semi-planar buffers, and the poison.
#include "image/picture_copy.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <cstring>

#include "image/image_layout.h"

namespace vdec {
namespace {

// Alternating extremes: after filtering or averaging it is still far from any content.
void poison(uint8_t* row, size_t size, size_t phase) {
    static constexpr uint8_t kPattern[16] = {0, 0, 0, 0, 255, 255, 255, 255,
                                             0, 0, 0, 0, 255, 255, 255, 255};
    const uint8_t* from = kPattern + phase % 2 * 4;
    for (size_t i = 0; i < size; i += 8) std::memcpy(row + i, from, std::min<size_t>(8, size - i));
}

// The same in samples of ten bits, none of them out of range.
void poison_deep(uint8_t* row, size_t samples, size_t phase) {
    for (size_t x = 0; x < samples; ++x) {
        const uint16_t sample = (x / 4 + phase) % 2 == 0 ? 0 : 1023;
        std::memcpy(row + 2 * x, &sample, 2);
    }
}

// One row of samples to `out`: each sample `scale` times as large, `step` samples apart.
template <typename Sample>
void copy_row(const uint8_t* from, uint8_t* out, size_t samples, size_t step, unsigned scale) {
    if (step == 1 && scale == 1) {
        std::memcpy(out, from, samples * sizeof(Sample));
        return;
    }
    for (size_t x = 0; x < samples; ++x) {
        Sample sample;
        std::memcpy(&sample, from + x * sizeof sample, sizeof sample);
        sample = static_cast<Sample>(sample * scale);
        std::memcpy(out + x * step * sizeof sample, &sample, sizeof sample);
    }
}

template <typename Sample>
void fill_row(uint8_t* out, size_t samples, Sample sample) {
    for (size_t x = 0; x < samples; ++x)
        std::memcpy(out + x * sizeof sample, &sample, sizeof sample);
}

template <typename Sample>
void copy_planes(const PicturePlanes& picture, Rows rows, const CaptureImage& target,
                 unsigned scale) {
    const size_t luma_size = static_cast<size_t>(target.stride) * target.height;
    const size_t width = std::min<size_t>(static_cast<size_t>(picture.width), target.width);
    const int height = std::min(picture.height, static_cast<int>(target.height));
    const int first = rows == Rows::bottom ? 1 : 0;
    const int step = rows == Rows::all ? 1 : 2;
    const auto row = [&](size_t plane, int y) {
        return picture.data[plane] + static_cast<ptrdiff_t>(y) * picture.stride[plane];
    };
    for (int y = first; y < height; y += step) {
        uint8_t* out = target.data + static_cast<size_t>(y) * target.stride;
        copy_row<Sample>(row(0, y), out, width, 1, scale);
    }
    // The chroma of an odd size is rounded up; the CAPTURE format is never odd.
    const size_t pairs = (width + 1) / 2;
    for (int y = first; y < (height + 1) / 2; y += step) {
        uint8_t* out = target.data + luma_size + static_cast<size_t>(y) * target.stride;
        if (picture.data[1] == nullptr) {
            fill_row(out, 2 * pairs, static_cast<Sample>(1U << (8 * sizeof(Sample) - 1)));
            continue;
        }
        copy_row<Sample>(row(1, y), out, pairs, 2, scale);
        copy_row<Sample>(row(2, y), out + sizeof(Sample), pairs, 2, scale);
    }
}

// Any layout, sample by sample; sizes as in copy_planes.
template <typename Sample>
void put_planes(const PicturePlanes& picture, Rows rows, const CaptureImage& target,
                unsigned dropped_bits = 0) {
    const unsigned width = std::min(static_cast<unsigned>(picture.width), target.width);
    const unsigned height = std::min(static_cast<unsigned>(picture.height), target.height);
    const unsigned first = rows == Rows::bottom ? 1 : 0;
    const unsigned step = rows == Rows::all ? 1 : 2;
    const auto sample = [&picture, dropped_bits](size_t plane, unsigned x, unsigned y) {
        auto value = static_cast<Sample>(1U << (picture.bit_depth - 1));
        if (picture.data[plane] == nullptr) return static_cast<Sample>(value >> dropped_bits);
        const ptrdiff_t row = static_cast<ptrdiff_t>(y) * picture.stride[plane];
        std::memcpy(&value, picture.data[plane] + row + x * sizeof value, sizeof value);
        return static_cast<Sample>(value >> dropped_bits);
    };
    for (unsigned y = first; y < height; y += step) {
        for (unsigned x = 0; x < width; ++x) put_sample(target, 0, x, y, sample(0, x, y));
    }
    for (unsigned y = first; y < (height + 1) / 2; y += step) {
        for (unsigned x = 0; x < (width + 1) / 2; ++x) {
            put_sample(target, 1, 2 * x, y, sample(1, x, y));
            put_sample(target, 1, 2 * x + 1, y, sample(2, x, y));
        }
    }
}

}  // namespace

bool copy_picture(const PicturePlanes& picture, Rows rows, const CaptureImage& target) {
    const bool linear = target.fourcc == V4L2_PIX_FMT_NV12 || target.fourcc == V4L2_PIX_FMT_P010;
    const size_t linear_size = static_cast<size_t>(target.stride) * target.height * 3 / 2;
    if (linear && target.size < linear_size) return false;
    if (target.fourcc == V4L2_PIX_FMT_NV12 && picture.bit_depth == 8) {
        copy_planes<uint8_t>(picture, rows, target, 1);
        return true;
    }
    if (target.fourcc == V4L2_PIX_FMT_P010 && picture.bit_depth == 10) {
        // The ten bits are the high ones.
        copy_planes<uint16_t>(picture, rows, target, 64);
        return true;
    }
    if (is_deep(target.fourcc) && picture.bit_depth == 10) {
        put_planes<uint16_t>(picture, rows, target);
        return true;
    }
    if (target.high_bits_only && picture.bit_depth == 10) {
        put_planes<uint16_t>(picture, rows, target, 2);
        return true;
    }
    if (!is_deep(target.fourcc) && picture.bit_depth == 8) {
        put_planes<uint8_t>(picture, rows, target);
        return true;
    }
    return false;
}

void poison_picture(const PicturePlanes& picture, Rows rows) {
    const auto fill = picture.bit_depth == 8 ? poison : poison_deep;
    const int first = rows == Rows::bottom ? 1 : 0;
    const int step = rows == Rows::all ? 1 : 2;
    for (size_t plane = 0; plane < 3 && picture.data[plane] != nullptr; ++plane) {
        const int height = plane == 0 ? picture.height : (picture.height + 1) / 2;
        const int width = plane == 0 ? picture.width : (picture.width + 1) / 2;
        for (int y = first; y < height; y += step) {
            fill(picture.data[plane] + static_cast<ptrdiff_t>(y) * picture.stride[plane],
                 static_cast<size_t>(width), static_cast<size_t>(y / 4));
        }
    }
}

void poison_image(const CaptureImage& target) {
    const auto fill = [&target](uint8_t* data, size_t size) {
        for (size_t y = 0; y * target.stride < size; ++y) {
            const size_t at = y * target.stride;
            poison(data + at, std::min<size_t>(target.stride, size - at), y / 4);
        }
    };
    fill(target.data, target.size);
    fill(target.chroma, target.chroma_size);
    if (target.second_chroma != nullptr) fill(target.second_chroma, target.chroma_size);
}

}  // namespace vdec
