// SPDX-License-Identifier: MIT
// PictureJob: what a device was told to decode, in the words of the virtual decoder's backends.
#pragma once

#include <linux/videodev2.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "backend/bits.h"
#include "backend/control_values.h"
#include "image/picture_copy.h"

namespace hardware {

// Where a picture goes, and how it lies there. Sizes in samples, the stride in bytes of a row (of a
// row of tiles: as V4L2 counts it for that format).
struct PictureOutput {
    uint32_t fourcc = 0;  // V4L2_PIX_FMT_*, of CAPTURE
    uint64_t luma = 0;    // physical addresses
    uint64_t chroma = 0;  // 0: none is written
    unsigned stride = 0;
    unsigned width = 0;  // no more of the picture is written
    unsigned height = 0;
};

// NV12 of a picture in one piece: chroma right behind WIDTH x HEIGHT samples of luma.
inline PictureOutput nv12_at(uint64_t luma, unsigned width, unsigned height) {
    return {.fourcc = V4L2_PIX_FMT_NV12,
            .luma = luma,
            .chroma = luma + uint64_t{width} * height,
            .stride = width,
            .width = width,
            .height = height};
}

struct PictureJob {
    uint32_t coded_format = 0;  // V4L2_PIX_FMT_*, of OUTPUT
    // Jobs of two streams in turns have different ones: DeviceMemory::serial() of a table that a
    // driver has for each context.
    uint64_t stream = 0;
    unsigned width = 0;  // samples, of the coded picture
    unsigned height = 0;
    unsigned bit_depth = 8;
    vdec::ControlValues controls;
    vdec::Bytes bitstream;             // what the device would fetch
    vdec::Rows rows = vdec::Rows::all;  // of the frame: top or bottom for a field picture
    uint64_t address = 0;  // by which later jobs name the frame as reference, the same for both fields
    // Of a device that is given one slice at a time: this is the picture's first.
    bool first_slice = true;
    // Such a device is not told whether there will be more.
    bool may_go_on = false;
    std::vector<PictureOutput> outputs;

    // A control as the uAPI has it.
    template <typename T>
    void set(uint32_t id, const T& value) {
        set_array(id, std::span(&value, 1));
    }
    template <typename T>
    void set_array(uint32_t id, std::span<const T> values) {
        vdec::ControlValues::Payload payload(values.size_bytes());
        if (!values.empty()) std::memcpy(payload.data(), values.data(), payload.size());
        controls.set(id, std::move(payload));
    }
};

}  // namespace hardware
