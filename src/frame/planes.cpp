// SPDX-License-Identifier: MIT
// Rows of a frame's planes in its mapped memory: what its readers and writers share.
#include "frame/planes.h"

#include <algorithm>

namespace v4l2va {

namespace {

Result<MappedRows> map_bytes(FrameMemory& memory, uint32_t memory_plane, size_t offset,
                             size_t pitch, size_t bytes, size_t rows) {
    const auto mapped = memory.map(memory_plane);
    if (!mapped) {
        return fail(mapped.error());
    }
    if (rows != 0 && offset + (rows - 1) * pitch + bytes > mapped->size()) {
        return frame_too_small();
    }
    return MappedRows{mapped->data() + offset, pitch};
}

Result<MappedRows> map_plane(FrameMemory& memory, const ColourPlane& plane,
                             const SampleRect& rect) {
    const size_t offset = plane.offset + size_t{rect.y} * plane.pitch + rect.x / 2;
    return map_bytes(memory, plane.memory_plane, offset, plane.pitch, rect.width / 2, rect.height);
}

// Of a column at once: as many rows as a part has room for.
constexpr uint32_t kColumnRows = 64;

}  // namespace

tl::unexpected<Error> frame_too_small() {
    return fail(ErrorCode::kKernel, "frame is smaller than its layout");
}

Result<MappedRows> map_rows(FrameMemory& memory, const PlaneTiles& plane, const SampleRect& rect) {
    const size_t sample = plane.tile.bytes;
    return map_bytes(memory, plane.memory_plane,
                     plane.offset + rect.y * plane.down + rect.x * sample, plane.down,
                     rect.width * sample, rect.height);
}

Result<MappedChroma> map_chroma(FrameMemory& memory, const PixelFormat& format,
                                const SampleRect& rect) {
    const auto planes = colour_planes(format, memory.layout(), memory.layout().size);
    const bool cr_first = format.arrangement == Arrangement::kPlanarYvu;
    const auto cb = map_plane(memory, planes[cr_first ? 2 : 1], rect);
    const auto cr = map_plane(memory, planes[cr_first ? 1 : 2], rect);
    if (!cb || !cr) {
        return fail(cb ? cr.error() : cb.error());
    }
    return MappedChroma{*cb, *cr};
}

Parts::Parts(const PixelFormat& format, uint32_t plane, const SampleRect& rect)
    : rect_(rect), columns_(format.arrangement == Arrangement::kColumns), x_(rect.x), y_(rect.y) {
    const TileShape& tile = format.tiles[plane];
    height_ = columns_ ? kColumnRows : tile.height;
    width_ = columns_ ? tile.width : kPartSamples / height_ / tile.width * tile.width;
}

bool Parts::next(SampleRect& part) {
    const uint32_t right = rect_.x + rect_.width;
    const uint32_t bottom = rect_.y + rect_.height;
    if (rect_.width == 0 || rect_.height == 0 || x_ >= right || y_ >= bottom) {
        return false;
    }
    part.x = x_;
    part.y = y_;
    part.width = std::min((x_ / width_ + 1) * width_, right) - x_;
    part.height = std::min((y_ / height_ + 1) * height_, bottom) - y_;
    if (columns_) {
        y_ += part.height;
        if (y_ == bottom) {
            y_ = rect_.y;
            x_ += part.width;
        }
    } else {
        x_ += part.width;
        if (x_ == right) {
            x_ = rect_.x;
            y_ += part.height;
        }
    }
    return true;
}

}  // namespace v4l2va
