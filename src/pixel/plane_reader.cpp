// SPDX-License-Identifier: MIT
#include "pixel/plane_reader.h"

#include <algorithm>
#include <array>

#include "pixel/copy.h"
#include "pixel/kernels.h"

namespace v4l2va {

bool MemoryPlaneReader::is_linear() const {
    return plane_.tile.height == 1 && plane_.right == plane_.tile.bytes &&
           plane_.tile.bytes == plane_.tile.width * size_t{unpacked_bytes(plane_.tile.packing)};
}

uint32_t MemoryPlaneReader::block_width() const {
    return std::max<uint32_t>(plane_.tile.width / elements_.channels, 1);
}

// Rows of bytes, from the element `rect.x` on.
bool MemoryPlaneReader::read_linear(const SampleRect& rect, std::byte* out, size_t pitch) const {
    const size_t element = elements_.bytes();
    const size_t bytes = rect.width * element;
    const size_t offset = plane_.offset + rect.y * plane_.down + rect.x * element;
    if (offset + (rect.height - 1) * plane_.down + bytes > plane_.memory.size()) {
        return false;
    }
    copy_rows({plane_.memory.data() + offset, plane_.down, out, pitch, bytes, rect.height});
    return true;
}

// Luma of an even number of pixels, or their pairs of chroma.
bool MemoryPlaneReader::read_part(const SampleRect& rect, std::byte* out, size_t pitch) const {
    constexpr size_t kPairs = 2048;
    const bool luma = part_ == PackedPart::kLuma;
    alignas(64) std::array<std::byte, 2 * kPairs> bounce;
    std::array<std::byte, kPairs> unwanted;
    // A row has as many pairs of a luma and a chroma sample as pixels.
    const size_t pixels = size_t{elements_.width} * (luma ? 1 : 2);
    const size_t first = (luma ? rect.x : 2 * size_t{rect.x}) / 2 * 2;
    const size_t end =
        std::min((luma ? size_t{rect.x} + rect.width : 2 * (size_t{rect.x} + rect.width)),
                 (pixels + 1) / 2 * 2);
    for (size_t row = 0; row < rect.height; ++row) {
        const size_t line = plane_.offset + (rect.y + row) * plane_.down;
        std::byte* to = out + row * pitch;
        size_t skip = luma ? rect.x - first : 0;
        for (size_t at = first; at < end; at += kPairs) {
            const size_t count = std::min(kPairs, (end - at + 1) / 2 * 2);
            if (line + 2 * (at + count) > plane_.memory.size()) {
                return false;
            }
            read_once(bounce.data(), plane_.memory.data() + line + 2 * at, 2 * count);
            const size_t wanted = std::min(count, end - at) - skip;
            if (luma) {
                deinterleave_bytes(bounce.data() + 2 * skip, wanted, to, unwanted.data());
            } else {
                deinterleave_bytes(bounce.data(), wanted, unwanted.data(), to);
            }
            to += wanted;
            skip = 0;
        }
    }
    return true;
}

bool MemoryPlaneReader::read(const SampleRect& rect, std::byte* out, size_t pitch) {
    if (rect.width == 0 || rect.height == 0) {
        return true;
    }
    if (part_ != PackedPart::kAll) {
        return read_part(rect, out, pitch);
    }
    if (is_linear()) {
        return read_linear(rect, out, pitch);
    }
    const SampleRect samples = {rect.x * elements_.channels, rect.y,
                                rect.width * elements_.channels, rect.height};
    return unpack_tiles(plane_, samples, out, pitch);
}

}  // namespace v4l2va
