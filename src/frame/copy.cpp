// SPDX-License-Identifier: MIT
// Copies a frame between two memories: of the same pixel format, or to a linear one.
#include "frame/copy.h"

#include <algorithm>
#include <span>

#include "frame/read.h"
#include "pixel/kernels.h"
#include "v4l2/pixel_format.h"

namespace v4l2va {

namespace {

// A colour plane as runs of bytes that follow each other in memory: rows, rows of tiles, or what a
// column has of the plane.
struct Runs {
    uint32_t memory_plane = 0;
    size_t offset = 0;  // of the first one
    size_t stride = 0;
    size_t bytes = 0;
    size_t count = 0;
};

Runs planar_runs(const PixelFormat& format, const FrameLayout& layout, uint32_t plane) {
    const ColourPlane rows = colour_planes(format, layout, layout.size)[plane];
    return {rows.memory_plane, rows.offset, rows.pitch, rows.pitch, rows.rows};
}

Runs runs_of(const PixelFormat& format, const FrameLayout& layout, uint32_t plane) {
    if (is_planar(format)) {
        return planar_runs(format, layout, plane);
    }
    const PlaneTiles tiles = plane_tiles(format, layout, plane);
    const uint32_t rows = plane == 0 ? layout.size.height : (layout.size.height + 1) / 2;
    Runs runs{tiles.memory_plane, tiles.offset, 0, 0, 0};
    if (format.arrangement == Arrangement::kColumns) {
        runs.stride = tiles.right;
        runs.bytes = rows * tiles.down;
        runs.count = (layout.size.width + tiles.tile.width - 1) / tiles.tile.width;
    } else {
        runs.stride = tiles.down;
        runs.bytes = tiles.down;
        runs.count = (rows + tiles.tile.height - 1) / tiles.tile.height;
    }
    return runs;
}

void copy_runs(std::span<const std::byte> source, const Runs& from, std::span<std::byte> target,
               const Runs& to) {
    const size_t bytes = std::min(from.bytes, to.bytes);
    const size_t count = std::min(from.count, to.count);
    for (size_t run = 0; run < count; ++run) {
        const size_t source_at = from.offset + run * from.stride;
        const size_t target_at = to.offset + run * to.stride;
        if (source_at + bytes > source.size() || target_at + bytes > target.size()) {
            return;  // a sizeimage that is smaller than its own rows
        }
        read_once(target.data() + target_at, source.data() + source_at, bytes);
    }
}

Result<> copy_same_format(const PixelFormat& format, FrameMemory& from, FrameMemory& to) {
    const uint32_t planes = is_planar(format) ? 3 : 2;
    for (uint32_t plane = 0; plane < planes; ++plane) {
        const Runs source_runs = runs_of(format, from.layout(), plane);
        const Runs target_runs = runs_of(format, to.layout(), plane);
        auto source = from.map(source_runs.memory_plane);
        auto target = to.map(target_runs.memory_plane);
        if (!source || !target) {
            return fail(source ? target.error() : source.error());
        }
        copy_runs(*source, source_runs, *target, target_runs);
    }
    return {};
}

Result<> unpack_frame(const PixelFormat& linear, FrameMemory& from, FrameMemory& to) {
    const Size size{std::min(from.layout().size.width, to.layout().size.width),
                    std::min(from.layout().size.height, to.layout().size.height)};
    for (uint32_t plane = 0; plane < 2; ++plane) {
        const PlaneTiles rows = plane_tiles(linear, to.layout(), plane);
        const uint32_t count = plane == 0 ? size.height : size.height / 2;
        auto target = to.map(rows.memory_plane);
        if (!target) {
            return fail(target.error());
        }
        if (rows.offset + count * rows.down > target->size()) {
            return fail(ErrorCode::kKernel, "frame is smaller than its layout");
        }
        auto read = read_plane(from, plane, {0, 0, size.width / 2 * 2, count},
                               target->data() + rows.offset, rows.down);
        if (!read) {
            return read;
        }
    }
    return {};
}

Result<> copy_pixels(FrameMemory& from, FrameMemory& to) {
    const PixelFormat& format = *find_pixel_format(to.layout().fourcc);
    return from.layout().fourcc == to.layout().fourcc ? copy_same_format(format, from, to)
                                                      : unpack_frame(format, from, to);
}

bool same_strides(const FrameLayout& a, const FrameLayout& b) {
    if (a.num_planes != b.num_planes || a.size.height != b.size.height) {
        return false;
    }
    for (uint32_t i = 0; i < a.num_planes; ++i) {
        if (a.planes[i].bytesperline != b.planes[i].bytesperline) {
            return false;
        }
    }
    return true;
}

bool is_large_enough(const FrameLayout& needed, const FrameLayout& memory) {
    for (uint32_t i = 0; i < needed.num_planes; ++i) {
        if (memory.planes[i].sizeimage < needed.planes[i].sizeimage) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool layout_fits(const FrameLayout& session, const FrameLayout& memory) {
    return session.fourcc == memory.fourcc && same_strides(session, memory) &&
           is_large_enough(session, memory);
}

bool can_copy_frame(const FrameLayout& from, const FrameLayout& to) {
    const PixelFormat* source = find_pixel_format(from.fourcc);
    const PixelFormat* target = find_pixel_format(to.fourcc);
    if (!source || !target) {
        return false;
    }
    return source == target || (target->linear && source->va_fourcc == target->va_fourcc);
}

Result<> copy_frame(FrameMemory& from, FrameMemory& to) {
    if (!can_copy_frame(from.layout(), to.layout())) {
        return fail(ErrorCode::kUnsupported, "copy frame");
    }
    auto begun = from.begin_cpu_access(FrameMemory::Access::kRead);
    if (!begun) {
        return begun;
    }
    auto begun_write = to.begin_cpu_access(FrameMemory::Access::kWrite);
    Result<> copied = begun_write;
    if (begun_write) {
        copied = copy_pixels(from, to);
        auto ended_write = to.end_cpu_access(FrameMemory::Access::kWrite);
        copied = copied ? ended_write : copied;
    }
    auto ended = from.end_cpu_access(FrameMemory::Access::kRead);
    return copied ? ended : copied;
}

}  // namespace v4l2va
