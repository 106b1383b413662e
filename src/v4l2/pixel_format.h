// SPDX-License-Identifier: MIT
// The one table of pixel formats: V4L2 fourcc, DRM fourcc and modifier, and what a CPU reader gets.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "v4l2/device_info.h"

namespace v4l2va {

// A colour plane within the memory of a frame.
struct ColourPlane {
    uint32_t memory_plane = 0;   // index of the dma-buf
    uint32_t offset = 0;         // bytes from its start
    uint32_t pitch = 0;          // bytes
    uint32_t bytes_per_row = 0;  // of the visible width
    uint32_t rows = 0;           // of the visible height
};

inline constexpr uint32_t kMaxColourPlanes = 3;

struct PixelFormat {
    uint32_t v4l2_fourcc = 0;
    uint32_t drm_fourcc = 0;    // of the whole frame; 0: no DRM name exists, no export
    uint64_t drm_modifier = 0;  // of every plane
    // The DRM formats of the planes on their own (separate layers); 0: not expressible.
    std::array<uint32_t, kMaxColourPlanes> plane_drm_fourccs{};
    uint32_t va_fourcc = 0;  // VA_FOURCC_* of the surface and of the image that readers get
    uint32_t bit_depth = 0;
    uint32_t bytes_per_sample = 0;
    uint32_t num_colour_planes = 0;
    bool linear = false;  // plain rows, 4:2:0 semi-planar: a CPU may read it as it is
};

// Null when the driver does not know the format.
[[nodiscard]] const PixelFormat* find_pixel_format(uint32_t v4l2_fourcc);

// The linear format that surfaces of this VA fourcc use; null when there is none.
[[nodiscard]] const PixelFormat* find_linear_format(uint32_t va_fourcc);

// Where the colour planes of a visible `size` lie within `layout`; only for linear semi-planar
// formats. Rows and bytes of odd sizes are rounded up.
[[nodiscard]] std::array<ColourPlane, kMaxColourPlanes> colour_planes(const PixelFormat& format,
                                                                      const FrameLayout& layout,
                                                                      Size size);

}  // namespace v4l2va
