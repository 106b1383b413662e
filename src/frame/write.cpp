// SPDX-License-Identifier: MIT
// Writes plain rows into a frame, whatever its memory's format: the way back from frame_read.h.
#include "frame/write.h"

#include <array>

#include "frame/planes.h"
#include "pixel/copy.h"
#include "pixel/kernels.h"
#include "pixel/pack.h"
#include "v4l2/pixel_format.h"

namespace v4l2va {

namespace {

Result<> write_rows(FrameMemory& memory, const PlaneTiles& tiles, const SampleRect& rect,
                    const std::byte* in, size_t in_pitch) {
    const auto rows = map_rows(memory, tiles, rect);
    if (!rows) {
        return fail(rows.error());
    }
    copy_rows({in, in_pitch, rows->first, rows->pitch, size_t{rect.width} * tiles.tile.bytes,
               rect.height});
    return {};
}

Result<> write_tiles(FrameMemory& memory, const PlaneTiles& tiles, const SampleRect& rect,
                     const std::byte* in, size_t in_pitch) {
    const auto mapped = memory.map(tiles.memory_plane);
    if (!mapped) {
        return fail(mapped.error());
    }
    const TiledPlaneTarget plane{*mapped, tiles.offset, tiles.tile, tiles.right, tiles.down};
    if (!pack_tiles(plane, rect, in, in_pitch)) {
        return frame_too_small();
    }
    return {};
}

Result<> write_pairs(FrameMemory& memory, const PixelFormat& format, const SampleRect& rect,
                     const std::byte* in, size_t in_pitch) {
    const auto chroma = map_chroma(memory, format, rect);
    if (!chroma) {
        return fail(chroma.error());
    }
    deinterleave_rows(in, in_pitch, rect.width / 2, rect.height,
                      {chroma->cb.first, chroma->cb.pitch, chroma->cr.first, chroma->cr.pitch});
    return {};
}

// Each part in the frame's number of bits, then as it is.
template <void convert(const std::byte* from, size_t samples, std::byte* to)>
Result<> write_converted(FrameMemory& memory, const PixelFormat& format, uint32_t plane,
                         const SampleRect& rect, uint32_t bytes_per_sample, const std::byte* in,
                         size_t in_pitch) {
    // Each byte is written before it is read.
    alignas(64) std::array<std::byte, size_t{2} * Parts::kPartSamples> samples;
    Parts parts(format, plane, rect);
    SampleRect part;
    while (parts.next(part)) {
        const size_t pitch = size_t{part.width} * unpacked_bytes(format.tiles[plane].packing);
        const std::byte* const from =
            in + (part.y - rect.y) * in_pitch + size_t{part.x - rect.x} * bytes_per_sample;
        for (size_t row = 0; row < part.height; ++row) {
            convert(from + row * in_pitch, part.width, samples.data() + row * pitch);
        }
        if (auto written = write_plane(memory, plane, part, samples.data(), pitch); !written) {
            return written;
        }
    }
    return {};
}

Result<> copy_chroma(FrameMemory& memory, const PixelFormat& format, const SampleRect& rect,
                     const PlanePair& in) {
    const auto chroma = map_chroma(memory, format, rect);
    if (!chroma) {
        return fail(chroma.error());
    }
    copy_rows({in.first, in.first_pitch, chroma->cb.first, chroma->cb.pitch, rect.width / 2,
               rect.height});
    copy_rows({in.second, in.second_pitch, chroma->cr.first, chroma->cr.pitch, rect.width / 2,
               rect.height});
    return {};
}

}  // namespace

Result<> write_plane(FrameMemory& memory, uint32_t plane, const SampleRect& rect,
                     const std::byte* in, size_t in_pitch) {
    const PixelFormat* format = find_pixel_format(memory.layout().fourcc);
    if (!format) {
        return fail(ErrorCode::kUnsupported, "write frame");
    }
    if (is_planar(*format) && plane == 1) {
        return write_pairs(memory, *format, rect, in, in_pitch);
    }
    const PlaneTiles tiles = plane_tiles(*format, memory.layout(), plane);
    if (format->linear || is_planar(*format)) {
        return write_rows(memory, tiles, rect, in, in_pitch);
    }
    return write_tiles(memory, tiles, rect, in, in_pitch);
}

Result<> write_plane_as(FrameMemory& memory, uint32_t plane, const SampleRect& rect,
                        uint32_t bytes_per_sample, const std::byte* in, size_t in_pitch) {
    const PixelFormat* format = find_pixel_format(memory.layout().fourcc);
    if (!format || unpacked_bytes(format->tiles[plane].packing) == bytes_per_sample) {
        return write_plane(memory, plane, rect, in, in_pitch);
    }
    const auto write =
        bytes_per_sample == 1 ? write_converted<widen_samples> : write_converted<narrow_samples>;
    return write(memory, *format, plane, rect, bytes_per_sample, in, in_pitch);
}

Result<> write_chroma_planes(FrameMemory& memory, const SampleRect& rect, const PlanePair& in) {
    const PixelFormat* format = find_pixel_format(memory.layout().fourcc);
    if (!format) {
        return fail(ErrorCode::kUnsupported, "write frame");
    }
    if (is_planar(*format)) {
        return copy_chroma(memory, *format, rect, in);
    }
    // Each byte is written before it is read.
    alignas(64) std::array<std::byte, Parts::kPartSamples> pairs;
    Parts parts(*format, 1, rect);
    SampleRect part;
    while (parts.next(part)) {
        const size_t column = (part.x - rect.x) / 2;
        const size_t row = part.y - rect.y;
        interleave_rows({in.first + row * in.first_pitch + column, in.first_pitch,
                         in.second + row * in.second_pitch + column, in.second_pitch},
                        part.width / 2, part.height, pairs.data(), part.width);
        if (auto written = write_plane_as(memory, 1, part, 1, pairs.data(), part.width); !written) {
            return written;
        }
    }
    return {};
}

}  // namespace v4l2va
