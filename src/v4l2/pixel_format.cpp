// SPDX-License-Identifier: MIT
// The one table of pixel formats: V4L2 fourcc, DRM fourcc and modifier, and what a CPU reader gets.
#include "v4l2/pixel_format.h"

#include <drm_fourcc.h>
#include <linux/videodev2.h>

namespace v4l2va {

namespace {

constexpr uint32_t fourcc(char a, char b, char c, char d) {
    return static_cast<uint32_t>(a) | static_cast<uint32_t>(b) << 8 |
           static_cast<uint32_t>(c) << 16 | static_cast<uint32_t>(d) << 24;
}

constexpr std::array kPixelFormats = {
    PixelFormat{.v4l2_fourcc = V4L2_PIX_FMT_NV12,
                .drm_fourcc = DRM_FORMAT_NV12,
                .drm_modifier = DRM_FORMAT_MOD_LINEAR,
                .plane_drm_fourccs = {DRM_FORMAT_R8, DRM_FORMAT_GR88},
                .va_fourcc = fourcc('N', 'V', '1', '2'),
                .bit_depth = 8,
                .bytes_per_sample = 1,
                .num_colour_planes = 2,
                .linear = true},
    PixelFormat{.v4l2_fourcc = V4L2_PIX_FMT_P010,
                .drm_fourcc = DRM_FORMAT_P010,
                .drm_modifier = DRM_FORMAT_MOD_LINEAR,
                .plane_drm_fourccs = {DRM_FORMAT_R16, DRM_FORMAT_GR1616},
                .va_fourcc = fourcc('P', '0', '1', '0'),
                .bit_depth = 10,
                .bytes_per_sample = 2,
                .num_colour_planes = 2,
                .linear = true},
};

}  // namespace

const PixelFormat* find_pixel_format(uint32_t v4l2_fourcc) {
    for (const PixelFormat& format : kPixelFormats) {
        if (format.v4l2_fourcc == v4l2_fourcc) {
            return &format;
        }
    }
    return nullptr;
}

const PixelFormat* find_linear_format(uint32_t va_fourcc) {
    for (const PixelFormat& format : kPixelFormats) {
        if (format.linear && format.va_fourcc == va_fourcc) {
            return &format;
        }
    }
    return nullptr;
}

std::array<ColourPlane, kMaxColourPlanes> colour_planes(const PixelFormat& format,
                                                        const FrameLayout& layout, Size size) {
    std::array<ColourPlane, kMaxColourPlanes> planes{};
    const uint32_t pitch = layout.planes[0].bytesperline;
    planes[0] = {0, 0, pitch, size.width * format.bytes_per_sample, size.height};
    // Semi-planar 4:2:0: one row of CbCr pairs for two rows of luma.
    planes[1] = {0, pitch * layout.size.height, pitch,
                 (size.width + 1) / 2 * 2 * format.bytes_per_sample, (size.height + 1) / 2};
    if (layout.num_planes > 1) {
        planes[1].memory_plane = 1;
        planes[1].offset = 0;
        planes[1].pitch = layout.planes[1].bytesperline;
    }
    return planes;
}

}  // namespace v4l2va
