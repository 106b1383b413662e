// SPDX-License-Identifier: MIT
// AV1's tiles.
#include "codec/av1_tiles.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "base/checked.h"

namespace v4l2va {
namespace {

constexpr uint32_t kMaxTilesPerSide = 64;  // MAX_TILE_COLS, MAX_TILE_ROWS
constexpr uint32_t kMaxTileSizeBytes = 4;

static_assert(V4L2_AV1_MAX_TILE_COLS == kMaxTilesPerSide);
static_assert(V4L2_AV1_MAX_TILE_ROWS == kMaxTilesPerSide);

// One direction of the tile structure.
struct Axis {
    uint32_t count = 0;     // of tiles
    uint32_t mi = 0;        // MiCols or MiRows
    uint32_t sb_shift = 0;  // log2 of a superblock's size in mi
    uint32_t sbs = 0;       // sbCols or sbRows
    std::span<const uint16_t> given_minus_1;
    std::span<__u32> sbs_minus_1;
    std::span<__u32> mi_starts;  // one more than there are tiles
};

Axis make_axis(uint32_t count, uint32_t size, bool use_128x128_superblock) {
    Axis axis;
    axis.count = count;
    axis.mi = 2 * ((size + 7) >> 3);  // compute_image_size(), 5.9.9
    axis.sb_shift = use_128x128_superblock ? 5 : 4;
    axis.sbs = (axis.mi + (1U << axis.sb_shift) - 1) >> axis.sb_shift;
    return axis;
}

// tileWidthSb or tileHeightSb of uniform spacing, or nothing. The header has TileColsLog2, VA the
// count of tiles that follows from it: at most one logarithm gives it.
std::optional<uint32_t> uniform_size(const Axis& axis) {
    for (uint32_t log2 = 0; (1U << log2) <= kMaxTilesPerSide; ++log2) {
        const uint32_t size = (axis.sbs + (1U << log2) - 1) >> log2;
        if ((axis.sbs + size - 1) / size == axis.count) {
            return size;
        }
    }
    return std::nullopt;
}

Result<> fill_axis(const Axis& axis, bool uniform) {
    const std::optional<uint32_t> same = uniform ? uniform_size(axis) : std::nullopt;
    if (uniform && !same) {
        return fail(ErrorCode::kInvalidParameter, "AV1 uniform tile count");
    }
    uint32_t start = 0;
    for (uint32_t i = 0; i < axis.count; ++i) {
        if (start >= axis.sbs) {
            return fail(ErrorCode::kInvalidParameter, "AV1 tile sizes");
        }
        const uint32_t left = axis.sbs - start;
        // The last one takes what is left: clients need not say it, and VA has 63 entries only.
        const bool last = i + 1 == axis.count;
        const uint32_t size = last ? left : same ? *same : axis.given_minus_1[i] + 1U;
        axis.mi_starts[i] = start << axis.sb_shift;
        axis.sbs_minus_1[i] = size - 1;
        start += size;
    }
    axis.mi_starts[axis.count] = axis.mi;
    return {};
}

// Bytes that hold tile_size_minus_1.
uint32_t bytes_needed(uint32_t tile_size) {
    uint32_t needed = 1;
    while (needed < kMaxTileSizeBytes && ((tile_size - 1) >> (8 * needed)) != 0) {
        ++needed;
    }
    return needed;
}

// Whether the `bytes` in front of a tile are its size field: le(TileSizeBytes) tile_size_minus_1.
bool has_size_field(const Av1Tile& tile, uint32_t bytes) {
    if (tile.before.size() < bytes) {
        return false;
    }
    uint32_t value = 0;
    for (uint32_t i = 0; i < bytes; ++i) {
        value |= std::to_integer<uint32_t>(tile.before.last(bytes)[i]) << (8 * i);
    }
    return value == tile.params->slice_data_size - 1;
}

}  // namespace

Result<v4l2_av1_tile_info> av1_tile_info(const VADecPictureParameterBufferAV1& picture,
                                         Size frame_size) {
    const uint32_t cols = picture.tile_cols;
    const uint32_t rows = picture.tile_rows;
    if (cols == 0 || cols > kMaxTilesPerSide || rows == 0 || rows > kMaxTilesPerSide ||
        cols * rows > V4L2_AV1_MAX_TILE_COUNT || picture.context_update_tile_id >= cols * rows) {
        return fail(ErrorCode::kInvalidParameter, "AV1 tile counts");
    }
    if (picture.context_update_tile_id > UINT8_MAX) {
        return fail(ErrorCode::kUnsupported, "AV1 context_update_tile_id");  // no room in V4L2
    }
    const bool uniform = picture.pic_info_fields.bits.uniform_tile_spacing_flag != 0;
    const bool sb128 = picture.seq_info_fields.fields.use_128x128_superblock != 0;

    v4l2_av1_tile_info info = {};
    if (uniform) {
        info.flags = V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING;
    }
    info.context_update_tile_id = narrow<uint8_t>(picture.context_update_tile_id);
    info.tile_cols = picture.tile_cols;
    info.tile_rows = picture.tile_rows;
    Axis columns = make_axis(cols, frame_size.width, sb128);
    columns.given_minus_1 = picture.width_in_sbs_minus_1;
    columns.sbs_minus_1 = info.width_in_sbs_minus_1;
    columns.mi_starts = info.mi_col_starts;
    Axis lines = make_axis(rows, frame_size.height, sb128);
    lines.given_minus_1 = picture.height_in_sbs_minus_1;
    lines.sbs_minus_1 = info.height_in_sbs_minus_1;
    lines.mi_starts = info.mi_row_starts;
    if (const Result<> result = fill_axis(columns, uniform); !result) {
        return fail(result.error());
    }
    if (const Result<> result = fill_axis(lines, uniform); !result) {
        return fail(result.error());
    }
    return info;
}

Result<> Av1TileTable::assign(std::span<const Av1Tile> tiles, const v4l2_av1_tile_info& tile_info) {
    tiles_.assign(size_t{tile_info.tile_cols} * tile_info.tile_rows, nullptr);
    entries_.clear();
    fragments_.clear();
    for (const Av1Tile& tile : tiles) {
        const uint32_t row = tile.params->tile_row;
        const uint32_t col = tile.params->tile_column;
        if (row >= tile_info.tile_rows || col >= tile_info.tile_cols) {
            return fail(ErrorCode::kInvalidParameter, "AV1 tile position");
        }
        const Av1Tile*& place = tiles_[row * tile_info.tile_cols + col];
        if (place != nullptr) {
            return fail(ErrorCode::kInvalidParameter, "AV1 tile twice");
        }
        place = &tile;
    }
    uint32_t offset = 0;
    for (const Av1Tile* tile : tiles_) {
        if (tile == nullptr) {
            return fail(ErrorCode::kInvalidBitstream, "AV1 tile missing");
        }
        const uint32_t size = tile->params->slice_data_size;
        const std::optional<uint32_t> end = checked_add(offset, size);
        if (!end) {
            return fail(ErrorCode::kInvalidParameter, "AV1 picture size");
        }
        entries_.push_back({offset, size, tile->params->tile_row, tile->params->tile_column});
        fragments_.push_back(tile->data);
        offset = *end;
    }
    return {};
}

uint8_t Av1TileTable::tile_size_bytes() const {
    // What is in front of a tile need not be its size: the last tile of a group has no size field
    // (5.11.1), and clients send each group in a buffer of its own, with its header or without.
    std::array<size_t, kMaxTileSizeBytes + 1> fields = {};
    uint32_t needed = 1;
    for (const Av1Tile* tile : tiles_) {
        for (uint32_t bytes = 1; bytes <= kMaxTileSizeBytes; ++bytes) {
            fields[bytes] += has_size_field(*tile, bytes) ? 1 : 0;
        }
        if (tile != tiles_.back()) {
            needed = std::max(needed, bytes_needed(tile->params->slice_data_size));
        }
    }
    uint32_t most = kMaxTileSizeBytes;
    for (uint32_t bytes = kMaxTileSizeBytes - 1; bytes >= 1; --bytes) {
        if (fields[bytes] > fields[most]) {
            most = bytes;
        }
    }
    return static_cast<uint8_t>(std::max(most, needed));
}

}  // namespace v4l2va
