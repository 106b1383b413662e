// SPDX-License-Identifier: MIT
// The one table of pixel formats: V4L2 fourcc, how the samples lie, DRM fourcc and modifier, and
// what a CPU reader gets.
#include "v4l2/pixel_format.h"

#include <drm_fourcc.h>

#include <algorithm>

#include "base/checked.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {

namespace {

constexpr uint32_t fourcc(char a, char b, char c, char d) {
    return static_cast<uint32_t>(a) | static_cast<uint32_t>(b) << 8 |
           static_cast<uint32_t>(c) << 16 | static_cast<uint32_t>(d) << 24;
}

constexpr uint32_t kVaNv12 = fourcc('N', 'V', '1', '2');
constexpr uint32_t kVaP010 = fourcc('P', '0', '1', '0');
constexpr uint32_t kVaI420 = fourcc('I', '4', '2', '0');
constexpr uint32_t kVaYv12 = fourcc('Y', 'V', '1', '2');

// Modifiers that the installed drm_fourcc.h may lack (MediaTek's came with Linux 6.14).
constexpr uint64_t modifier(uint64_t vendor, uint64_t value) { return vendor << 56 | value; }
constexpr uint64_t kAllwinnerTiled = modifier(0x09, 1);
constexpr uint64_t kMtk16L32S = modifier(0x0b, 0x1);
constexpr uint64_t kMtk16L32SLsbTiled = modifier(0x0b, 0x10001);
constexpr uint64_t kMtk16L32SLsbRaster = modifier(0x0b, 0x20001);
constexpr uint64_t kBroadcomSand128 = modifier(0x07, 4);
constexpr uint32_t kSandHeightShift = 8;
static_assert(kAllwinnerTiled == DRM_FORMAT_MOD_ALLWINNER_TILED);
static_assert((kBroadcomSand128 | 720U << kSandHeightShift) ==
              DRM_FORMAT_MOD_BROADCOM_SAND128_COL_HEIGHT(720));

constexpr uint32_t kColumnBytes = 128;

constexpr TileShape kSample8{Packing::kBytes, 1, 1, 1};
constexpr TileShape kSample16{Packing::kWords, 1, 1, 2};

// Where there is no drm_fourcc: nobody has given the layout a modifier.
constexpr std::array kPixelFormats = {
    PixelFormat{.v4l2_fourcc = V4L2_PIX_FMT_NV12,
                .va_fourcc = kVaNv12,
                .bit_depth = 8,
                .tiles = {kSample8, kSample8},
                .drm_fourcc = DRM_FORMAT_NV12,
                .export_fourcc = kVaNv12,
                .drm_modifier = DRM_FORMAT_MOD_LINEAR,
                .plane_drm_fourccs = {DRM_FORMAT_R8, DRM_FORMAT_GR88},
                .num_colour_planes = 2,
                .linear = true,
                .bytes_per_sample = 1},
    PixelFormat{.v4l2_fourcc = V4L2_PIX_FMT_P010,
                .va_fourcc = kVaP010,
                .bit_depth = 10,
                .tiles = {kSample16, kSample16},
                .drm_fourcc = DRM_FORMAT_P010,
                .export_fourcc = kVaP010,
                .drm_modifier = DRM_FORMAT_MOD_LINEAR,
                .plane_drm_fourccs = {DRM_FORMAT_R16, DRM_FORMAT_GR1616},
                .num_colour_planes = 2,
                .linear = true,
                .bytes_per_sample = 2},
    // rkvdec. Four samples in five bytes.
    PixelFormat{
        .v4l2_fourcc = V4L2_PIX_FMT_NV15,
        .va_fourcc = kVaP010,
        .bit_depth = 10,
        .tiles = {TileShape{Packing::kTenIn40, 4, 1, 5}, TileShape{Packing::kTenIn40, 4, 1, 5}},
        .drm_fourcc = DRM_FORMAT_NV15,
        .export_fourcc = fourcc('N', 'V', '1', '5'),
        .drm_modifier = DRM_FORMAT_MOD_LINEAR,
        .num_colour_planes = 2},
    // hantro G2 and VC9000 without their post-processor.
    PixelFormat{
        .v4l2_fourcc = V4L2_PIX_FMT_NV12_4L4,
        .va_fourcc = kVaNv12,
        .bit_depth = 8,
        .tiles = {TileShape{Packing::kBytes, 4, 4, 16}, TileShape{Packing::kBytes, 4, 4, 16}}},
    PixelFormat{
        .v4l2_fourcc = V4L2_PIX_FMT_P010_4L4,
        .va_fourcc = kVaP010,
        .bit_depth = 10,
        .tiles = {TileShape{Packing::kWords, 4, 4, 32}, TileShape{Packing::kWords, 4, 4, 32}}},
    PixelFormat{
        .v4l2_fourcc = V4L2_PIX_FMT_NV15_4L4,
        .va_fourcc = kVaP010,
        .bit_depth = 10,
        .tiles = {TileShape{Packing::kTenIn40, 4, 4, 20}, TileShape{Packing::kTenIn40, 4, 4, 20}}},
    // cedrus.
    PixelFormat{.v4l2_fourcc = V4L2_PIX_FMT_NV12_32L32,
                .va_fourcc = kVaNv12,
                .bit_depth = 8,
                .tiles = {TileShape{Packing::kBytes, 32, 32, 1024},
                          TileShape{Packing::kBytes, 32, 32, 1024}},
                .drm_fourcc = DRM_FORMAT_NV12,
                .export_fourcc = kVaNv12,
                .drm_modifier = kAllwinnerTiled,
                .num_colour_planes = 2},
    // mtk-vcodec: two memory planes.
    PixelFormat{
        .v4l2_fourcc = V4L2_PIX_FMT_MM21,
        .va_fourcc = kVaNv12,
        .bit_depth = 8,
        .tiles = {TileShape{Packing::kBytes, 16, 32, 512}, TileShape{Packing::kBytes, 16, 16, 256}},
        .drm_fourcc = DRM_FORMAT_NV12,
        .export_fourcc = kVaNv12,
        .drm_modifier = kMtk16L32S,
        .num_colour_planes = 2},
    PixelFormat{.v4l2_fourcc = V4L2_PIX_FMT_MT2110T,
                .va_fourcc = kVaP010,
                .bit_depth = 10,
                .tiles = {TileShape{Packing::kTenTiledLsb, 16, 32, 640},
                          TileShape{Packing::kTenTiledLsb, 16, 16, 320}},
                .drm_fourcc = DRM_FORMAT_NV15,
                .export_fourcc = fourcc('N', 'V', '1', '5'),
                .drm_modifier = kMtk16L32SLsbTiled,
                .num_colour_planes = 2},
    PixelFormat{.v4l2_fourcc = V4L2_PIX_FMT_MT2110R,
                .va_fourcc = kVaP010,
                .bit_depth = 10,
                .tiles = {TileShape{Packing::kTenRasterLsb, 16, 32, 640},
                          TileShape{Packing::kTenRasterLsb, 16, 16, 320}},
                .drm_fourcc = DRM_FORMAT_NV15,
                .export_fourcc = fourcc('N', 'V', '1', '5'),
                .drm_modifier = kMtk16L32SLsbRaster,
                .num_colour_planes = 2},
    // Raspberry Pi: `bytesperline` is the lines of a column.
    PixelFormat{.v4l2_fourcc = V4L2_PIX_FMT_NV12_COL128,
                .va_fourcc = kVaNv12,
                .bit_depth = 8,
                .arrangement = Arrangement::kColumns,
                .tiles = {TileShape{Packing::kBytes, 128, 1, kColumnBytes},
                          TileShape{Packing::kBytes, 128, 1, kColumnBytes}},
                .drm_fourcc = DRM_FORMAT_NV12,
                .export_fourcc = kVaNv12,
                .drm_modifier = kBroadcomSand128,
                .num_colour_planes = 2},
    PixelFormat{.v4l2_fourcc = V4L2_PIX_FMT_NV12_10_COL128,
                .va_fourcc = kVaP010,
                .bit_depth = 10,
                .arrangement = Arrangement::kColumns,
                .tiles = {TileShape{Packing::kTenIn32, 96, 1, kColumnBytes},
                          TileShape{Packing::kTenIn32, 96, 1, kColumnBytes}},
                .drm_fourcc = DRM_FORMAT_P030,
                .export_fourcc = fourcc('P', '0', '3', '0'),
                .drm_modifier = kBroadcomSand128,
                .num_colour_planes = 2},
    // tegra-vde; visl has the first one.
    PixelFormat{.v4l2_fourcc = V4L2_PIX_FMT_YUV420,
                .va_fourcc = kVaNv12,
                .bit_depth = 8,
                .arrangement = Arrangement::kPlanarYuv,
                .tiles = {kSample8, kSample8},
                .drm_fourcc = DRM_FORMAT_YUV420,
                .export_fourcc = kVaI420,
                .drm_modifier = DRM_FORMAT_MOD_LINEAR,
                .plane_drm_fourccs = {DRM_FORMAT_R8, DRM_FORMAT_R8, DRM_FORMAT_R8},
                .num_colour_planes = 3},
    PixelFormat{.v4l2_fourcc = V4L2_PIX_FMT_YUV420M,
                .va_fourcc = kVaNv12,
                .bit_depth = 8,
                .arrangement = Arrangement::kPlanarYuv,
                .tiles = {kSample8, kSample8},
                .drm_fourcc = DRM_FORMAT_YUV420,
                .export_fourcc = kVaI420,
                .drm_modifier = DRM_FORMAT_MOD_LINEAR,
                .plane_drm_fourccs = {DRM_FORMAT_R8, DRM_FORMAT_R8, DRM_FORMAT_R8},
                .num_colour_planes = 3},
    PixelFormat{.v4l2_fourcc = V4L2_PIX_FMT_YVU420M,
                .va_fourcc = kVaNv12,
                .bit_depth = 8,
                .arrangement = Arrangement::kPlanarYvu,
                .tiles = {kSample8, kSample8},
                .drm_fourcc = DRM_FORMAT_YVU420,
                .export_fourcc = kVaYv12,
                .drm_modifier = DRM_FORMAT_MOD_LINEAR,
                .plane_drm_fourccs = {DRM_FORMAT_R8, DRM_FORMAT_R8, DRM_FORMAT_R8},
                .num_colour_planes = 3},
};

// Bytes of one row of samples of a memory plane.
uint32_t row_pitch(const PixelFormat& format, const FrameLayout& layout, uint32_t memory_plane) {
    const TileShape& tile = format.tiles[std::min(memory_plane, 1U)];
    if (tile.packing == Packing::kTenTiledLsb || tile.packing == Packing::kTenRasterLsb) {
        // mtk-vcodec's answer depends on the calls before: from S_FMT on it is that of 8 bits.
        return align_up(layout.size.width, tile.width) / tile.width * (tile.bytes / tile.height);
    }
    return layout.planes[memory_plane].bytesperline;
}

ColourPlane planar_chroma(const FrameLayout& layout, Size size, uint32_t plane) {
    ColourPlane chroma{0, 0, 0, (size.width + 1) / 2, (size.height + 1) / 2};
    if (layout.num_planes > plane) {
        chroma.memory_plane = plane;
        chroma.pitch = layout.planes[plane].bytesperline;
        return chroma;
    }
    const uint32_t luma_pitch = layout.planes[0].bytesperline;
    chroma.pitch = luma_pitch / 2;
    chroma.offset = luma_pitch * layout.size.height;
    if (plane == 2) {
        chroma.offset += chroma.pitch * (layout.size.height / 2);
    }
    return chroma;
}

}  // namespace

bool is_planar(const PixelFormat& format) {
    return format.arrangement == Arrangement::kPlanarYuv ||
           format.arrangement == Arrangement::kPlanarYvu;
}

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

const PixelFormat* choose_format(std::span<const uint32_t> capture_fourccs, uint32_t va_fourcc) {
    const PixelFormat* first = nullptr;
    for (const uint32_t listed : capture_fourccs) {
        const PixelFormat* format = find_pixel_format(listed);
        if (!format || format->va_fourcc != va_fourcc) {
            continue;
        }
        if (format->linear) {
            return format;
        }
        first = first ? first : format;
    }
    return first;
}

const PixelFormat* choose_format(const DeviceInfo& device, uint32_t va_fourcc) {
    const PixelFormat* first = nullptr;
    for (const CodedFormatInfo& coded : device.coded_formats) {
        const PixelFormat* format = choose_format(coded.capture_fourccs, va_fourcc);
        if (format && format->linear) {
            return format;
        }
        first = first ? first : format;
    }
    return first;
}

std::vector<const PixelFormat*> formats_of(const DeviceInfo& device, uint32_t va_fourcc) {
    std::vector<const PixelFormat*> formats;
    for (const CodedFormatInfo& coded : device.coded_formats) {
        for (const uint32_t fourcc : coded.capture_fourccs) {
            const PixelFormat* format = find_pixel_format(fourcc);
            if (format && format->va_fourcc == va_fourcc &&
                std::find(formats.begin(), formats.end(), format) == formats.end()) {
                formats.push_back(format);
            }
        }
    }
    return formats;
}

std::array<ColourPlane, kMaxColourPlanes> colour_planes(const PixelFormat& format,
                                                        const FrameLayout& layout, Size size) {
    std::array<ColourPlane, kMaxColourPlanes> planes{};
    if (is_planar(format)) {
        planes[0] = {0, 0, layout.planes[0].bytesperline, size.width, size.height};
        planes[1] = planar_chroma(layout, size, 1);
        planes[2] = planar_chroma(layout, size, 2);
        return planes;
    }
    // Semi-planar 4:2:0: one row of CbCr pairs for two rows of luma.
    const uint32_t widths[] = {size.width, (size.width + 1) / 2 * 2};
    const uint32_t rows[] = {size.height, (size.height + 1) / 2};
    for (uint32_t i = 0; i < 2; ++i) {
        const PlaneTiles tiles = plane_tiles(format, layout, i);
        planes[i].memory_plane = tiles.memory_plane;
        planes[i].offset = static_cast<uint32_t>(tiles.offset);
        planes[i].bytes_per_row = widths[i] * format.bytes_per_sample;
        planes[i].rows = rows[i];
        if (format.arrangement == Arrangement::kColumns) {
            // The modifier has the height of a column; the pitch is that of a picture in rows, with
            // 16 bits a sample for P030.
            planes[i].pitch = layout.size.width * (format.bit_depth > 8 ? 2 : 1);
        } else {
            planes[i].pitch = row_pitch(format, layout, tiles.memory_plane);
        }
    }
    return planes;
}

uint64_t export_modifier(const PixelFormat& format, const FrameLayout& layout) {
    if (format.arrangement == Arrangement::kColumns) {
        return format.drm_modifier | uint64_t{layout.planes[0].bytesperline} << kSandHeightShift;
    }
    return format.drm_modifier;
}

PlaneTiles plane_tiles(const PixelFormat& format, const FrameLayout& layout, uint32_t plane) {
    PlaneTiles tiles;
    tiles.tile = format.tiles[plane];
    if (format.arrangement == Arrangement::kColumns) {
        tiles.right = size_t{layout.planes[0].bytesperline} * kColumnBytes;
        tiles.down = kColumnBytes;
        tiles.offset = plane == 0 ? 0 : size_t{layout.size.height} * kColumnBytes;
        return tiles;
    }
    if (plane > 0 && layout.num_planes > 1) {
        tiles.memory_plane = 1;
    } else if (plane > 0) {
        tiles.offset = size_t{row_pitch(format, layout, 0)} *
                       align_up(layout.size.height, format.tiles[0].height);
    }
    tiles.right = tiles.tile.bytes;
    tiles.down = size_t{row_pitch(format, layout, tiles.memory_plane)} * tiles.tile.height;
    return tiles;
}

}  // namespace v4l2va
