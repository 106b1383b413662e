// SPDX-License-Identifier: MIT
// Pictures as composition sees them: planes in memory, and what their samples mean.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "pixel/colour.h"
#include "pixel/pack.h"
#include "pixel/tiles.h"

namespace v4l2va {

enum class PlaneArrangement : uint8_t {
    kSemiPlanar,  // 4:2:0: Y; Cb and Cr alternating
    kPlanar,      // 4:2:0: Y; Cb; Cr
    kPackedYuv,   // 4:2:2: Y Cb Y Cr (YUY2)
    kPackedRgb,   // four bytes a pixel
};

// Where the chroma samples of 4:2:0 lie between the luma samples (of 4:2:2, across only).
struct ChromaSite {
    bool left = true;  // on every second column, else between two
    bool top = false;  // on every second row, else between two
};

struct PictureFormat {
    PlaneArrangement planes = PlaneArrangement::kSemiPlanar;
    // Which of the four bytes R, G, B and A are; without alpha the fourth is written as 255.
    std::array<uint8_t, 4> rgb_places{0, 1, 2, 3};
    bool has_alpha = false;
    ColourSpace colour;
    ChromaSite site;

    [[nodiscard]] uint32_t sample_bytes() const { return colour.bit_depth > 8 ? 2 : 1; }
    [[nodiscard]] bool is_rgb() const { return planes == PlaneArrangement::kPackedRgb; }
    // Pixels for each chroma sample, across and down.
    [[nodiscard]] uint32_t chroma_columns() const { return is_rgb() ? 1 : 2; }
    [[nodiscard]] uint32_t chroma_rows() const {
        return is_rgb() || planes == PlaneArrangement::kPackedYuv ? 1 : 2;
    }
};

inline constexpr size_t kMaxPicturePlanes = 3;

// A plane of plain rows is one of tiles of one sample: linear_tile().
struct SourcePicture {
    PictureFormat format;
    uint32_t width = 0;  // in pixels
    uint32_t height = 0;
    std::array<TiledPlane, kMaxPicturePlanes> planes{};
};

struct TargetPicture {
    PictureFormat format;
    uint32_t width = 0;
    uint32_t height = 0;
    std::array<TiledPlaneTarget, kMaxPicturePlanes> planes{};
};

// The tile of a plane of plain rows.
[[nodiscard]] constexpr TileShape linear_tile(uint32_t sample_bytes) {
    return {sample_bytes == 1 ? Packing::kBytes : Packing::kWords, 1, 1, sample_bytes};
}

[[nodiscard]] constexpr bool is_linear(const TiledPlaneTarget& plane) {
    return plane.tile.width == 1 && plane.tile.height == 1;
}

}  // namespace v4l2va
