// SPDX-License-Identifier: MIT
// Compares the samples of two decoded frames, whatever their layouts.
#include "info/frame_compare.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
}

namespace v4l2va::info {

namespace {

// One component (Y, Cb or Cr) of a frame.
struct Component {
    const uint8_t* first = nullptr;
    ptrdiff_t line = 0;  // bytes from a row to the next
    size_t step = 1;     // bytes from a sample to the next
    int shift = 0;
    bool wide = false;  // samples of 16 bits, little-endian as both sides are on every board
};

struct Visible {
    int width = 0;
    int height = 0;
};

Visible visible_size(const AVFrame& frame) {
    return {frame.width - static_cast<int>(frame.crop_left),
            frame.height - static_cast<int>(frame.crop_top)};
}

// Of `extent` samples of luma, those of a chroma component: rounded up.
int subsampled(int extent, int log2) { return -((-extent) >> log2); }

Component component_of(const AVFrame& frame, const AVPixFmtDescriptor& format, int index) {
    const AVComponentDescriptor& own = format.comp[index];
    const bool chroma = index > 0;
    const auto left =
        static_cast<ptrdiff_t>(frame.crop_left >> (chroma ? format.log2_chroma_w : 0));
    const auto top = static_cast<ptrdiff_t>(frame.crop_top >> (chroma ? format.log2_chroma_h : 0));
    Component component;
    component.line = frame.linesize[own.plane];
    component.step = static_cast<size_t>(own.step);
    component.shift = own.shift;
    component.wide = own.depth > 8;
    component.first = frame.data[own.plane] + own.offset + top * component.line + left * own.step;
    return component;
}

uint32_t sample(const Component& component, const uint8_t* at) {
    if (!component.wide) {
        return *at;
    }
    uint16_t value = 0;
    std::memcpy(&value, at, sizeof(value));
    return static_cast<uint32_t>(value) >> component.shift;
}

void compare_component(const Component& a, const Component& b, int width, int height,
                       FrameDifference& difference) {
    for (int y = 0; y < height; ++y) {
        const uint8_t* left = a.first + y * a.line;
        const uint8_t* right = b.first + y * b.line;
        for (int x = 0; x < width; ++x, left += a.step, right += b.step) {
            const uint32_t one = sample(a, left);
            const uint32_t other = sample(b, right);
            if (one != other) {
                ++difference.samples;
                difference.largest =
                    std::max(difference.largest, one > other ? one - other : other - one);
            }
        }
    }
}

}  // namespace

FrameDifference compare_frames(const AVFrame& device, const AVFrame& software) {
    FrameDifference difference;
    const auto* const a = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(device.format));
    const auto* const b = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(software.format));
    const Visible size = visible_size(device);
    const Visible wanted = visible_size(software);
    if (!a || !b || size.width != wanted.width || size.height != wanted.height || size.width <= 0 ||
        size.height <= 0 || a->comp[0].depth != b->comp[0].depth) {
        return difference;
    }
    difference.comparable = true;
    const int components = std::min({int{a->nb_components}, int{b->nb_components}, 3});
    for (int i = 0; i < components; ++i) {
        compare_component(component_of(device, *a, i), component_of(software, *b, i),
                          subsampled(size.width, i > 0 ? a->log2_chroma_w : 0),
                          subsampled(size.height, i > 0 ? a->log2_chroma_h : 0), difference);
    }
    return difference;
}

}  // namespace v4l2va::info
