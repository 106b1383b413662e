// SPDX-License-Identifier: MIT
// Reads the pixels of a frame, whatever its memory's format, as plain rows.
#include "frame/read.h"

#include <array>

#include "frame/planes.h"
#include "pixel/copy.h"
#include "pixel/kernels.h"
#include "v4l2/pixel_format.h"

namespace v4l2va {

namespace {

Result<> read_rows(FrameMemory& memory, const PlaneTiles& tiles, const SampleRect& rect,
                   std::byte* out, size_t out_pitch) {
    const auto rows = map_rows(memory, tiles, rect);
    if (!rows) {
        return fail(rows.error());
    }
    copy_rows({rows->first, rows->pitch, out, out_pitch, size_t{rect.width} * tiles.tile.bytes,
               rect.height});
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
        return frame_too_small();
    }
    return {};
}

// Cb and Cr of planar formats, one row of each for a row of pairs.
Result<> read_pairs(FrameMemory& memory, const PixelFormat& format, const SampleRect& rect,
                    std::byte* out, size_t out_pitch) {
    const auto chroma = map_chroma(memory, format, rect);
    if (!chroma) {
        return fail(chroma.error());
    }
    interleave_rows({chroma->cb.first, chroma->cb.pitch, chroma->cr.first, chroma->cr.pitch},
                    rect.width / 2, rect.height, out, out_pitch);
    return {};
}

// Each part as it is, then in the other number of bits.
template <void convert(const std::byte* from, size_t samples, std::byte* to)>
Result<> read_converted(FrameMemory& memory, const PixelFormat& format, uint32_t plane,
                        const SampleRect& rect, uint32_t bytes_per_sample, std::byte* out,
                        size_t out_pitch) {
    // Each byte is written before it is read.
    alignas(64) std::array<std::byte, size_t{2} * Parts::kPartSamples> samples;
    Parts parts(format, plane, rect);
    SampleRect part;
    while (parts.next(part)) {
        const size_t pitch = size_t{part.width} * unpacked_bytes(format.tiles[plane].packing);
        if (auto read = read_plane(memory, plane, part, samples.data(), pitch); !read) {
            return read;
        }
        std::byte* const to =
            out + (part.y - rect.y) * out_pitch + size_t{part.x - rect.x} * bytes_per_sample;
        for (size_t row = 0; row < part.height; ++row) {
            convert(samples.data() + row * pitch, part.width, to + row * out_pitch);
        }
    }
    return {};
}

Result<> copy_chroma(FrameMemory& memory, const PixelFormat& format, const SampleRect& rect,
                     const PlanePairTarget& out) {
    const auto chroma = map_chroma(memory, format, rect);
    if (!chroma) {
        return fail(chroma.error());
    }
    copy_rows({chroma->cb.first, chroma->cb.pitch, out.first, out.first_pitch, rect.width / 2,
               rect.height});
    copy_rows({chroma->cr.first, chroma->cr.pitch, out.second, out.second_pitch, rect.width / 2,
               rect.height});
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

Result<> read_plane_as(FrameMemory& memory, uint32_t plane, const SampleRect& rect,
                       uint32_t bytes_per_sample, std::byte* out, size_t out_pitch) {
    const PixelFormat* format = find_pixel_format(memory.layout().fourcc);
    if (!format || unpacked_bytes(format->tiles[plane].packing) == bytes_per_sample) {
        return read_plane(memory, plane, rect, out, out_pitch);
    }
    const auto read =
        bytes_per_sample == 1 ? read_converted<narrow_samples> : read_converted<widen_samples>;
    return read(memory, *format, plane, rect, bytes_per_sample, out, out_pitch);
}

Result<> read_chroma_planes(FrameMemory& memory, const SampleRect& rect,
                            const PlanePairTarget& out) {
    const PixelFormat* format = find_pixel_format(memory.layout().fourcc);
    if (!format) {
        return fail(ErrorCode::kUnsupported, "read frame");
    }
    if (is_planar(*format)) {
        return copy_chroma(memory, *format, rect, out);
    }
    // Each byte is written before it is read.
    alignas(64) std::array<std::byte, Parts::kPartSamples> pairs;
    Parts parts(*format, 1, rect);
    SampleRect part;
    while (parts.next(part)) {
        if (auto read = read_plane_as(memory, 1, part, 1, pairs.data(), part.width); !read) {
            return read;
        }
        const size_t column = (part.x - rect.x) / 2;
        const size_t row = part.y - rect.y;
        deinterleave_rows(pairs.data(), part.width, part.width / 2, part.height,
                          {out.first + row * out.first_pitch + column, out.first_pitch,
                           out.second + row * out.second_pitch + column, out.second_pitch});
    }
    return {};
}

}  // namespace v4l2va
