// SPDX-License-Identifier: MIT
// What AV1 frame headers imply: sizes in blocks, tile limits, lossless, skip mode, warps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "av1/controls.h"

namespace vdec::av1 {

// get_relative_dist() (7.9.3): the signed distance of two order hints, 0 when there are none.
int relative_dist(unsigned order_hint_bits, unsigned a, unsigned b);

// One direction of the tile structure (5.9.15), in superblocks.
struct TileAxis {
    unsigned mi = 0;  // MiCols or MiRows
    unsigned superblocks = 0;
    unsigned sb_shift = 0;  // mi to superblocks
    unsigned max_log2 = 0;
};

struct TileLimits {
    TileAxis columns;
    TileAxis rows;
    unsigned max_tile_width_sb = 0;
    unsigned min_log2_cols = 0;
    unsigned min_log2_tiles = 0;

    // Of uniform spacing, when there are 2^log2_cols columns at most.
    [[nodiscard]] unsigned min_log2_rows(unsigned log2_cols) const {
        return min_log2_tiles > log2_cols ? min_log2_tiles - log2_cols : 0;
    }
    // Of explicit sizes.
    [[nodiscard]] unsigned max_tile_height_sb(unsigned widest_tile_sb) const;
};

TileLimits tile_limits(const Sequence& sequence, const Frame& frame);
unsigned tile_log2(unsigned block, unsigned target);
// The logarithm in [minimum, axis.max_log2] whose uniform spacing has `count` tiles.
std::optional<unsigned> uniform_log2(const TileAxis& axis, unsigned minimum, unsigned count);
// Superblocks of each tile but the last of a uniform spacing.
unsigned uniform_size(const TileAxis& axis, unsigned log2);

// FrameWidth of UpscaledWidth (5.9.8).
unsigned downscaled_width(unsigned upscaled, unsigned denominator);

bool coded_lossless(const Frame& frame);
bool all_lossless(const Frame& frame);
// Cdef, loop filter and loop restoration have no syntax then.
bool has_loop_filter(const Frame& frame);
bool has_restoration(const Frame& frame);

// 5.9.22; `hints` of the references, LAST first. Frames by reference name, the lower one first.
std::optional<std::array<unsigned, 2>> skip_mode_frames(
    unsigned order_hint_bits, unsigned order_hint,
    const std::array<unsigned, kRefsPerFrame>& hints);

// warpValid of setup shear (7.11.3.6).
bool is_valid_warp(const int32_t (&params)[6]);

}  // namespace vdec::av1
