// SPDX-License-Identifier: MIT
// Compares the samples of two decoded frames, whatever their layouts.
#pragma once

#include <cstdint>

struct AVFrame;

namespace v4l2va::info {

struct FrameDifference {
    bool comparable = false;  // same visible size, same depth, at least luma in common
    uint64_t samples = 0;     // that differ
    uint32_t largest = 0;     // difference of a sample, in steps of the frames' depth
};

// Both frames lie in system memory, in planar or semi-planar YUV or grey. The left and top crop of
// libavcodec (crop_left, crop_top) is honoured: it applies the right and bottom one only to frames
// from a device.
[[nodiscard]] FrameDifference compare_frames(const AVFrame& device, const AVFrame& software);

}  // namespace v4l2va::info
