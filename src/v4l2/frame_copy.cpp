// SPDX-License-Identifier: MIT
// Copies a frame between two memories of the same pixel format and different strides or heights.
#include "v4l2/frame_copy.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "v4l2/uapi_compat.h"

namespace v4l2va {

namespace {

// How the rows of a linear format's colour planes relate to the first plane's stride and height.
struct PlaneShape {
    uint32_t stride_divisor = 1;
    uint32_t height_divisor = 1;
};

struct Shape {
    uint32_t fourcc;
    uint32_t num_colour_planes;
    std::array<PlaneShape, 3> planes;
};

constexpr std::array kShapes = {
    Shape{V4L2_PIX_FMT_NV12, 2, {{{1, 1}, {1, 2}, {}}}},
    Shape{V4L2_PIX_FMT_P010, 2, {{{1, 1}, {1, 2}, {}}}},
    Shape{V4L2_PIX_FMT_NV15, 2, {{{1, 1}, {1, 2}, {}}}},
    Shape{V4L2_PIX_FMT_NV16, 2, {{{1, 1}, {1, 1}, {}}}},
    Shape{V4L2_PIX_FMT_NV20, 2, {{{1, 1}, {1, 1}, {}}}},
    Shape{V4L2_PIX_FMT_YUYV, 1, {{{1, 1}, {}, {}}}},
    Shape{V4L2_PIX_FMT_YUV420, 3, {{{1, 1}, {2, 2}, {2, 2}}}},
    Shape{V4L2_PIX_FMT_YUV420M, 3, {{{1, 1}, {2, 2}, {2, 2}}}},
    Shape{V4L2_PIX_FMT_YVU420M, 3, {{{1, 1}, {2, 2}, {2, 2}}}},
};

const Shape* find_shape(uint32_t fourcc) {
    for (const Shape& shape : kShapes) {
        if (shape.fourcc == fourcc) {
            return &shape;
        }
    }
    return nullptr;
}

// Where one colour plane lies.
struct Rows {
    uint32_t memory_plane = 0;
    size_t offset = 0;
    size_t stride = 0;
    size_t count = 0;
};

Rows rows_of(const Shape* shape, const FrameLayout& layout, uint32_t plane) {
    Rows rows;
    if (shape == nullptr) {
        // Not in the table, and so of equal strides: the memory plane is one long row.
        return {plane, 0, layout.planes[plane].sizeimage, 1};
    }
    for (uint32_t i = 0; i <= plane; ++i) {
        rows.offset += rows.stride * rows.count;
        rows.stride = layout.planes[0].bytesperline / shape->planes[i].stride_divisor;
        rows.count = layout.size.height / shape->planes[i].height_divisor;
    }
    if (layout.num_planes > 1) {
        rows.memory_plane = plane;
        rows.offset = 0;
        rows.stride = layout.planes[plane].bytesperline;
    }
    return rows;
}

void copy_rows(std::span<const std::byte> source, const Rows& from, std::span<std::byte> target,
               const Rows& to) {
    const size_t width = std::min(from.stride, to.stride);
    const size_t count = std::min(from.count, to.count);
    for (size_t row = 0; row < count; ++row) {
        const size_t source_at = from.offset + row * from.stride;
        const size_t target_at = to.offset + row * to.stride;
        if (source_at + width > source.size() || target_at + width > target.size()) {
            return;  // a sizeimage that is smaller than its own rows
        }
        std::memcpy(target.data() + target_at, source.data() + source_at, width);
    }
}

Result<> copy_planes(FrameMemory& from, FrameMemory& to) {
    const Shape* shape = find_shape(from.layout().fourcc);
    const uint32_t count = shape ? shape->num_colour_planes : from.layout().num_planes;
    for (uint32_t plane = 0; plane < count; ++plane) {
        const Rows source_rows = rows_of(shape, from.layout(), plane);
        const Rows target_rows = rows_of(shape, to.layout(), plane);
        auto source = from.map(source_rows.memory_plane);
        auto target = to.map(target_rows.memory_plane);
        if (!source || !target) {
            return fail(source ? target.error() : source.error());
        }
        copy_rows(*source, source_rows, *target, target_rows);
    }
    return {};
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
    if (from.fourcc != to.fourcc) {
        return false;
    }
    // Tiled formats: only when nothing but the size of the tail differs.
    return find_shape(from.fourcc) != nullptr || same_strides(from, to);
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
        copied = copy_planes(from, to);
        auto ended_write = to.end_cpu_access(FrameMemory::Access::kWrite);
        copied = copied ? ended_write : copied;
    }
    auto ended = from.end_cpu_access(FrameMemory::Access::kRead);
    return copied ? ended : copied;
}

}  // namespace v4l2va
