// SPDX-License-Identifier: MIT
// Reads the pixels of a frame, whatever its memory's format, as plain rows.
#include "v4l2/frame_read.h"

#include <span>

#include "pixel/copy.h"
#include "v4l2/pixel_format.h"

namespace v4l2va {

namespace {

constexpr const char* kTooSmall = "frame is smaller than its layout";

// Whether `rows` rows of `bytes`, `pitch` apart, lie within `memory` from `offset` on.
bool holds_rows(std::span<const std::byte> memory, size_t offset, size_t pitch, size_t bytes,
                size_t rows) {
    return rows == 0 || offset + (rows - 1) * pitch + bytes <= memory.size();
}

Result<> read_rows(FrameMemory& memory, const PlaneTiles& tiles, const SampleRect& rect,
                   std::byte* out, size_t out_pitch) {
    const auto mapped = memory.map(tiles.memory_plane);
    if (!mapped) {
        return fail(mapped.error());
    }
    const size_t offset = tiles.offset + rect.y * tiles.down + size_t{rect.x} * tiles.tile.bytes;
    const size_t bytes = size_t{rect.width} * tiles.tile.bytes;
    if (!holds_rows(*mapped, offset, tiles.down, bytes, rect.height)) {
        return fail(ErrorCode::kKernel, kTooSmall);
    }
    copy_rows({mapped->data() + offset, tiles.down, out, out_pitch, bytes, rect.height});
    return {};
}

Result<> read_tiles(FrameMemory& memory, const PlaneTiles& tiles, const SampleRect& rect,
                    std::byte* out, size_t out_pitch) {
    const auto mapped = memory.map(tiles.memory_plane);
    if (!mapped) {
        return fail(mapped.error());
    }
    const TiledPlane plane{*mapped, tiles.offset, tiles.tile, tiles.right, tiles.down};
    if (!unpack_tiles(plane, rect, out, out_pitch)) {
        return fail(ErrorCode::kKernel, kTooSmall);
    }
    return {};
}

// Cb and Cr of planar formats, one row of each for a row of pairs.
Result<> read_pairs(FrameMemory& memory, const PixelFormat& format, const SampleRect& rect,
                    std::byte* out, size_t out_pitch) {
    const auto planes = colour_planes(format, memory.layout(), memory.layout().size);
    const bool cr_first = format.arrangement == Arrangement::kPlanarYvu;
    const ColourPlane& cb = planes[cr_first ? 2 : 1];
    const ColourPlane& cr = planes[cr_first ? 1 : 2];
    const auto cb_bytes = memory.map(cb.memory_plane);
    const auto cr_bytes = memory.map(cr.memory_plane);
    if (!cb_bytes || !cr_bytes) {
        return fail(cb_bytes ? cr_bytes.error() : cb_bytes.error());
    }
    const size_t pairs = rect.width / 2;
    const size_t cb_at = cb.offset + size_t{rect.y} * cb.pitch + rect.x / 2;
    const size_t cr_at = cr.offset + size_t{rect.y} * cr.pitch + rect.x / 2;
    if (!holds_rows(*cb_bytes, cb_at, cb.pitch, pairs, rect.height) ||
        !holds_rows(*cr_bytes, cr_at, cr.pitch, pairs, rect.height)) {
        return fail(ErrorCode::kKernel, kTooSmall);
    }
    interleave_rows({cb_bytes->data() + cb_at, cb.pitch, cr_bytes->data() + cr_at, cr.pitch}, pairs,
                    rect.height, out, out_pitch);
    return {};
}

}  // namespace

Result<> read_plane(FrameMemory& memory, uint32_t plane, const SampleRect& rect, std::byte* out,
                    size_t out_pitch) {
    const PixelFormat* format = find_pixel_format(memory.layout().fourcc);
    if (!format) {
        return fail(ErrorCode::kUnsupported, "read frame");
    }
    if (is_planar(*format) && plane == 1) {
        return read_pairs(memory, *format, rect, out, out_pitch);
    }
    const PlaneTiles tiles = plane_tiles(*format, memory.layout(), plane);
    if (format->linear || is_planar(*format)) {
        return read_rows(memory, tiles, rect, out, out_pitch);
    }
    return read_tiles(memory, tiles, rect, out, out_pitch);
}

}  // namespace v4l2va
