// SPDX-License-Identifier: MIT
// Reads colour planes whose samples do not lie in plain rows: tiles, columns and packed bits.
#include "pixel/tiles.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "pixel/kernels.h"

namespace v4l2va {

namespace {

// What is read at once from memory that may be uncached: within any first-level cache.
constexpr size_t kBounceBytes = 8192;

// Tiles in samples of the plane: [first, end).
struct TileRange {
    size_t first = 0;
    size_t end = 0;
};

TileRange tiles_of(uint32_t at, uint32_t samples, uint32_t tile) {
    return {at / tile, (size_t{at} + samples + tile - 1) / tile};
}

class Unpacker {
  public:
    Unpacker(const TiledPlane& plane, const SampleRect& rect, std::byte* out, size_t out_pitch)
        : plane_(plane),
          rect_(rect),
          out_(out),
          pitch_(out_pitch),
          sample_(unpacked_bytes(plane.tile.packing)),
          kernel_(find_kernel(plane.tile.packing)),
          columns_(tiles_of(rect.x, rect.width, plane.tile.width)),
          rows_(tiles_of(rect.y, rect.height, plane.tile.height)) {}

    [[nodiscard]] bool within_memory() const {
        const size_t last = plane_.offset + (columns_.end - 1) * plane_.right +
                            (rows_.end - 1) * plane_.down + plane_.tile.bytes;
        return last <= plane_.memory.size();
    }

    void run() {
        // Whichever neighbour follows in memory comes next.
        const bool along_rows = plane_.right == plane_.tile.bytes;
        const TileRange& lines = along_rows ? rows_ : columns_;
        const TileRange& along = along_rows ? columns_ : rows_;
        for (size_t line = lines.first; line < lines.end; ++line) {
            for (size_t first = along.first; first < along.end;) {
                const size_t count = chunk(along.end - first);
                unpack_run({along_rows ? first : line, along_rows ? line : first, count,
                            along_rows ? size_t{1} : size_t{0}});
                first += count;
            }
        }
    }

  private:
    [[nodiscard]] const std::byte* at(size_t column, size_t row) const {
        return plane_.memory.data() + plane_.offset + column * plane_.right + row * plane_.down;
    }
    // How many of `tiles` fit into the bounce buffer; whole cache lines of the source if need be.
    [[nodiscard]] size_t chunk(size_t tiles) const {
        const size_t fit = kBounceBytes / plane_.tile.bytes;
        if (tiles <= fit) {
            return tiles;
        }
        return fit >= 64 ? fit / 64 * 64 : fit;
    }
    [[nodiscard]] bool has_whole(size_t column, size_t row) const {
        const size_t x = column * plane_.tile.width;
        const size_t y = row * plane_.tile.height;
        return x >= rect_.x && x + plane_.tile.width <= size_t{rect_.x} + rect_.width &&
               y >= rect_.y && y + plane_.tile.height <= size_t{rect_.y} + rect_.height;
    }
    // Where the first sample of a tile goes that lies within the rectangle whole.
    [[nodiscard]] std::byte* target(size_t column, size_t row) const {
        return out_ + (row * plane_.tile.height - rect_.y) * pitch_ +
               (column * plane_.tile.width - rect_.x) * sample_;
    }

    // Tiles that follow each other in memory: beside each other (`right` 1) or below (`right` 0).
    struct Run {
        size_t column = 0;  // of the first one
        size_t row = 0;
        size_t count = 0;
        size_t right = 0;

        [[nodiscard]] size_t column_of(size_t i) const { return column + i * right; }
        [[nodiscard]] size_t row_of(size_t i) const { return row + i * (1 - right); }
    };

    void unpack_run(const Run& run) {
        read_once(bounce_.data(), at(run.column, run.row), run.count * plane_.tile.bytes);
        const auto whole = [&](size_t i) { return has_whole(run.column_of(i), run.row_of(i)); };
        size_t first = 0;
        while (first < run.count && !whole(first)) {
            unpack_part(first, run.column_of(first), run.row_of(first));
            ++first;
        }
        size_t end = run.count;
        while (end > first && !whole(end - 1)) {
            --end;
            unpack_part(end, run.column_of(end), run.row_of(end));
        }
        if (first < end) {
            const size_t step = run.right != 0 ? size_t{plane_.tile.width} * sample_
                                               : size_t{plane_.tile.height} * pitch_;
            kernel_(plane_.tile, bounce_.data() + first * plane_.tile.bytes, end - first,
                    target(run.column_of(first), run.row_of(first)), pitch_, step);
        }
    }

    // The part within the rectangle of the tile `index` of the bounce buffer.
    void unpack_part(size_t index, size_t column, size_t row) {
        const size_t tile_pitch = size_t{plane_.tile.width} * sample_;
        kernel_(plane_.tile, bounce_.data() + index * plane_.tile.bytes, 1, part_.data(),
                tile_pitch, 0);
        const size_t x = column * plane_.tile.width;
        const size_t y = row * plane_.tile.height;
        const size_t left = std::max<size_t>(x, rect_.x);
        const size_t right = std::min(x + plane_.tile.width, size_t{rect_.x} + rect_.width);
        const size_t top = std::max<size_t>(y, rect_.y);
        const size_t bottom = std::min(y + plane_.tile.height, size_t{rect_.y} + rect_.height);
        for (size_t line = top; line < bottom; ++line) {
            std::memcpy(out_ + (line - rect_.y) * pitch_ + (left - rect_.x) * sample_,
                        part_.data() + (line - y) * tile_pitch + (left - x) * sample_,
                        (right - left) * sample_);
        }
    }

    const TiledPlane& plane_;
    const SampleRect rect_;
    std::byte* const out_;
    const size_t pitch_;
    const size_t sample_;
    const UnpackTiles kernel_;
    const TileRange columns_;
    const TileRange rows_;
    // Not initialised: each byte is written before it is read, but for those that are ignored.
    alignas(64) std::array<std::byte, kBounceBytes + kReadAhead> bounce_;
    alignas(64) std::array<std::byte, size_t{2} * kMaxTileSamples> part_;
};

}  // namespace

bool unpack_tiles(const TiledPlane& plane, const SampleRect& rect, std::byte* out,
                  size_t out_pitch) {
    if (rect.width == 0 || rect.height == 0) {
        return true;
    }
    Unpacker unpacker(plane, rect, out, out_pitch);
    if (!unpacker.within_memory()) {
        return false;
    }
    unpacker.run();
    return true;
}

void interleave_rows(const PlanePair& planes, size_t pairs, uint32_t rows, std::byte* out,
                     size_t out_pitch) {
    constexpr size_t kHalf = kBounceBytes / 2;
    alignas(64) std::array<std::byte, kBounceBytes> bounce;
    for (size_t row = 0; row < rows; ++row) {
        for (size_t done = 0; done < pairs; done += kHalf) {
            const size_t count = std::min(kHalf, pairs - done);
            read_once(bounce.data(), planes.first + row * planes.first_pitch + done, count);
            read_once(bounce.data() + kHalf, planes.second + row * planes.second_pitch + done,
                      count);
            interleave_bytes(bounce.data(), bounce.data() + kHalf, count,
                             out + row * out_pitch + 2 * done);
        }
    }
}

void deinterleave_rows(const std::byte* in, size_t in_pitch, size_t pairs, uint32_t rows,
                       const PlanePairTarget& out) {
    constexpr size_t kPairs = kBounceBytes / 2;
    alignas(64) std::array<std::byte, kBounceBytes> bounce;
    for (size_t row = 0; row < rows; ++row) {
        for (size_t done = 0; done < pairs; done += kPairs) {
            const size_t count = std::min(kPairs, pairs - done);
            read_once(bounce.data(), in + row * in_pitch + 2 * done, 2 * count);
            deinterleave_bytes(bounce.data(), count, out.first + row * out.first_pitch + done,
                               out.second + row * out.second_pitch + done);
        }
    }
}

}  // namespace v4l2va
