// SPDX-License-Identifier: MIT
// The one table of pixel formats: V4L2 fourcc, how the samples lie, DRM fourcc and modifier, and
// what a CPU reader gets.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "pixel/tiles.h"
#include "v4l2/device_info.h"

namespace v4l2va {

// A colour plane within the memory of a frame, as DRM and VA name it.
struct ColourPlane {
    uint32_t memory_plane = 0;   // index of the dma-buf
    uint32_t offset = 0;         // bytes from its start
    uint32_t pitch = 0;          // bytes
    uint32_t bytes_per_row = 0;  // of the visible width; linear formats only
    uint32_t rows = 0;           // of the visible height
};

inline constexpr uint32_t kMaxColourPlanes = 3;

// Where tiles follow each other. A linear format is one of tiles of a single sample.
enum class Arrangement : uint8_t {
    kRows,       // left to right, rows of tiles downwards; interleaved chroma behind luma or apart
    kColumns,    // downwards, in columns of 128 bytes; each has its chroma below its luma
    kPlanarYuv,  // plain rows of three planes
    kPlanarYvu,
};

struct PixelFormat {
    uint32_t v4l2_fourcc = 0;
    uint32_t va_fourcc = 0;  // VA_FOURCC_* of the surface and of the image that readers get
    uint32_t bit_depth = 0;
    Arrangement arrangement = Arrangement::kRows;
    std::array<TileShape, 2> tiles{};  // of luma and of interleaved chroma

    // Of an export; 0: no DRM name for it exists, no export. `export_fourcc` is VA's (or, where VA
    // has none, DRM's) name for what the memory holds.
    uint32_t drm_fourcc = 0;
    uint32_t export_fourcc = 0;
    uint64_t drm_modifier = 0;  // of every plane; of columns without their height
    // The DRM formats of the planes on their own (separate layers); 0: not expressible.
    std::array<uint32_t, kMaxColourPlanes> plane_drm_fourccs{};
    uint32_t num_colour_planes = 0;

    bool linear = false;            // semi-planar rows: the memory is what readers of images get
    uint32_t bytes_per_sample = 0;  // of linear formats
};

// Cb and Cr in planes of their own.
[[nodiscard]] bool is_planar(const PixelFormat& format);

// Null when the driver does not know the format. Whatever is known can be read with read_plane().
[[nodiscard]] const PixelFormat* find_pixel_format(uint32_t v4l2_fourcc);

// The linear format that clients see surfaces of this VA fourcc in; null when there is none.
[[nodiscard]] const PixelFormat* find_linear_format(uint32_t va_fourcc);

// The best of the CAPTURE formats that a device lists for surfaces of a VA fourcc: the linear one,
// else the first one that can be read. Null when there is none.
[[nodiscard]] const PixelFormat* choose_format(std::span<const uint32_t> capture_fourccs,
                                               uint32_t va_fourcc);
// The same over everything that the device decodes.
[[nodiscard]] const PixelFormat* choose_format(const DeviceInfo& device, uint32_t va_fourcc);

// Every format that surfaces of a VA fourcc may have on a device, each once.
[[nodiscard]] std::vector<const PixelFormat*> formats_of(const DeviceInfo& device,
                                                         uint32_t va_fourcc);

// Where the colour planes of a visible `size` lie within `layout`, as an export names them. Rows
// and bytes of odd sizes are rounded up. Only for formats with a DRM name.
[[nodiscard]] std::array<ColourPlane, kMaxColourPlanes> colour_planes(const PixelFormat& format,
                                                                      const FrameLayout& layout,
                                                                      Size size);

// The modifier of an export of such a frame.
[[nodiscard]] uint64_t export_modifier(const PixelFormat& format, const FrameLayout& layout);

// Luma (0) or interleaved chroma (1) as tiles in memory. Of planar formats luma only.
struct PlaneTiles {
    uint32_t memory_plane = 0;
    size_t offset = 0;  // bytes from the start of the memory plane
    TileShape tile;
    size_t right = 0;  // bytes from a tile to its right neighbour
    size_t down = 0;   // bytes from a tile to the one below
};
[[nodiscard]] PlaneTiles plane_tiles(const PixelFormat& format, const FrameLayout& layout,
                                     uint32_t plane);

}  // namespace v4l2va
