// SPDX-License-Identifier: MIT
// The derivations of the AV1 frame header.
#include "av1/rules.h"

#include <algorithm>
#include <cstdlib>

namespace vdec::av1 {
namespace {

constexpr unsigned kMaxTileWidth = 4096;
constexpr unsigned kMaxTileArea = 4096 * 2304;
constexpr int kWarpOne = 1 << 16;  // 1 << WARPEDMODEL_PREC_BITS

TileAxis axis_of(unsigned size, bool superblock_128) {
    TileAxis axis;
    axis.mi = 2 * ((size + 7) >> 3);
    axis.sb_shift = superblock_128 ? 5 : 4;
    axis.superblocks = (axis.mi + (1U << axis.sb_shift) - 1) >> axis.sb_shift;
    axis.max_log2 =
        tile_log2(1, std::min<unsigned>(axis.superblocks, static_cast<unsigned>(kMaxTileSide)));
    return axis;
}

unsigned tiles_of(const TileAxis& axis, unsigned log2) {
    const unsigned size = uniform_size(axis, log2);
    return (axis.superblocks + size - 1) / size;
}

int64_t round2_signed(int64_t value, unsigned bits) {
    const int64_t half = bits == 0 ? 0 : int64_t{1} << (bits - 1);
    return value >= 0 ? (value + half) >> bits : -((-value + half) >> bits);
}

int clamp_int16(int64_t value) {
    return static_cast<int>(std::clamp<int64_t>(value, INT16_MIN, INT16_MAX));
}

// resolve divisor (7.11.3.7): 2^shift / d, about.
struct Divisor {
    unsigned shift = 0;
    int64_t factor = 0;
};

Divisor resolve_divisor(int32_t positive) {
    const auto d = static_cast<uint32_t>(positive);
    unsigned n = 0;
    while (d >> (n + 1) != 0) ++n;
    const int64_t e = d - (int64_t{1} << n);
    const int64_t f = n > 8 ? round2_signed(e, n - 8) : e << (8 - n);
    // Div_Lut[f], which is the rounded quotient.
    return {n + 14, ((int64_t{1} << 22) + (256 + f) / 2) / (256 + f)};
}

}  // namespace

int relative_dist(unsigned order_hint_bits, unsigned a, unsigned b) {
    if (order_hint_bits == 0) return 0;
    const int difference = static_cast<int>(a) - static_cast<int>(b);
    const int m = 1 << (order_hint_bits - 1);
    return (difference & (m - 1)) - (difference & m);
}

unsigned tile_log2(unsigned block, unsigned target) {
    unsigned log2 = 0;
    while ((block << log2) < target) ++log2;
    return log2;
}

unsigned TileLimits::max_tile_height_sb(unsigned widest_tile_sb) const {
    unsigned area = columns.superblocks * rows.superblocks;
    if (min_log2_tiles > 0) area >>= min_log2_tiles + 1;
    return std::max(area / std::max(widest_tile_sb, 1U), 1U);
}

TileLimits tile_limits(const Sequence& sequence, const Frame& frame) {
    const bool superblock_128 = sequence.has(kUse128x128Superblock);
    const unsigned size_log2 = superblock_128 ? 7 : 6;
    TileLimits limits;
    limits.columns = axis_of(frame.frame_width_minus_1 + 1, superblock_128);
    limits.rows = axis_of(frame.frame_height_minus_1 + 1, superblock_128);
    limits.max_tile_width_sb = kMaxTileWidth >> size_log2;
    limits.min_log2_cols = tile_log2(limits.max_tile_width_sb, limits.columns.superblocks);
    limits.min_log2_tiles = std::max(
        limits.min_log2_cols, tile_log2(kMaxTileArea >> (2 * size_log2),
                                        limits.columns.superblocks * limits.rows.superblocks));
    return limits;
}

unsigned uniform_size(const TileAxis& axis, unsigned log2) {
    return (axis.superblocks + (1U << log2) - 1) >> log2;
}

std::optional<unsigned> uniform_log2(const TileAxis& axis, unsigned minimum, unsigned count) {
    for (unsigned log2 = minimum; log2 <= axis.max_log2; ++log2) {
        if (tiles_of(axis, log2) == count) return log2;
    }
    return std::nullopt;
}

unsigned downscaled_width(unsigned upscaled, unsigned denominator) {
    return (upscaled * kSuperresNum + denominator / 2) / denominator;
}

bool coded_lossless(const Frame& frame) {
    const Quantization& q = frame.quantization;
    if (q.delta_q_y_dc != 0 || q.delta_q_u_dc != 0 || q.delta_q_u_ac != 0 || q.delta_q_v_dc != 0 ||
        q.delta_q_v_ac != 0) {
        return false;
    }
    const Segmentation& seg = frame.segmentation;
    for (size_t i = 0; i < kSegments; ++i) {
        int index = q.base_q_idx;
        if (seg.has(kSegEnabled) && (seg.feature_enabled[i] >> kSegAltQ & 1) != 0) {
            index = std::clamp(index + seg.feature_data[i][kSegAltQ], 0, 255);
        }
        if (index != 0) return false;
    }
    return true;
}

bool all_lossless(const Frame& frame) {
    return coded_lossless(frame) && frame.frame_width_minus_1 + 1 == frame.upscaled_width;
}

bool has_loop_filter(const Frame& frame) {
    return !coded_lossless(frame) && !frame.has(kAllowIntrabc);
}

bool has_restoration(const Frame& frame) {
    return !all_lossless(frame) && !frame.has(kAllowIntrabc);
}

std::optional<std::array<unsigned, 2>> skip_mode_frames(
    unsigned order_hint_bits, unsigned order_hint,
    const std::array<unsigned, kRefsPerFrame>& hints) {
    if (order_hint_bits == 0) return std::nullopt;
    // The reference nearest to `to` on one side of it (-1 before, 1 after), the first of equals.
    const auto nearest = [&](unsigned to, int side) {
        std::optional<unsigned> best;
        for (unsigned i = 0; i < kRefsPerFrame; ++i) {
            if (side * relative_dist(order_hint_bits, hints[i], to) <= 0) continue;
            const bool closer =
                !best || side * relative_dist(order_hint_bits, hints[i], hints[*best]) < 0;
            if (closer) best = i;
        }
        return best;
    };
    const auto forward = nearest(order_hint, -1);
    if (!forward) return std::nullopt;
    auto second = nearest(order_hint, 1);
    if (!second) second = nearest(hints[*forward], -1);
    if (!second) return std::nullopt;
    return std::array<unsigned, 2>{1 + std::min(*forward, *second),
                                   1 + std::max(*forward, *second)};
}

bool is_valid_warp(const int32_t (&params)[6]) {
    if (params[2] <= 0) return false;
    const Divisor divisor = resolve_divisor(params[2]);
    const auto divided = [&](int64_t value) {
        return round2_signed(value * divisor.factor, divisor.shift);
    };
    const auto reduced = [](int value) { return std::abs(round2_signed(value, 6) * 64); };
    const int64_t alpha = reduced(clamp_int16(params[2] - kWarpOne));
    const int64_t beta = reduced(clamp_int16(params[3]));
    const int64_t gamma = reduced(clamp_int16(divided(int64_t{params[4]} * kWarpOne)));
    const int64_t product = divided(int64_t{params[3]} * params[4]);
    const int64_t delta = reduced(clamp_int16(params[5] - product - kWarpOne));
    return 4 * alpha + 7 * beta < kWarpOne && 4 * gamma + 4 * delta < kWarpOne;
}

}  // namespace vdec::av1
