// SPDX-License-Identifier: MIT
// PlaneReader: rectangles of a plane of a picture, in cached memory, whatever the plane's layout.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pixel/tiles.h"

namespace v4l2va {

// What a plane holds at each place of its grid: an element.
struct PlaneElements {
    uint32_t width = 0;  // of the plane, in elements
    uint32_t height = 0;
    uint32_t channels = 1;      // samples of an element: 1 (Y), 2 (Cb and Cr), 4 (R, G, B, A)
    uint32_t sample_bytes = 1;  // 1, or 2 with the value in the high bits
    [[nodiscard]] uint32_t bytes() const { return channels * sample_bytes; }
};

class PlaneReader {
  public:
    PlaneReader() = default;
    PlaneReader(const PlaneReader&) = default;
    PlaneReader& operator=(const PlaneReader&) = default;
    virtual ~PlaneReader() = default;

    [[nodiscard]] virtual const PlaneElements& elements() const = 0;
    // Whoever reads whole blocks of so many elements reads each byte of the memory once.
    [[nodiscard]] virtual uint32_t block_width() const = 0;
    [[nodiscard]] virtual uint32_t block_height() const = 0;
    // A rectangle (in elements, within the plane) as rows `pitch` bytes apart. False, when it
    // reaches beyond the memory.
    [[nodiscard]] virtual bool read(const SampleRect& rect, std::byte* out, size_t pitch) = 0;
};

// What of a row of Y Cb Y Cr (YUY2) a reader wants.
enum class PackedPart : uint8_t { kAll, kLuma, kChroma };

// A plane in memory. Of a plane of linear rows, `plane.tile` is 1x1 and as many bytes as a sample.
class MemoryPlaneReader final : public PlaneReader {
  public:
    // kLuma and kChroma: the plane is rows of YUY2; `elements` is what the reader gets of it.
    MemoryPlaneReader(const TiledPlane& plane, const PlaneElements& elements,
                      PackedPart part = PackedPart::kAll)
        : plane_(plane), elements_(elements), part_(part) {}

    [[nodiscard]] const PlaneElements& elements() const override { return elements_; }
    [[nodiscard]] uint32_t block_width() const override;
    [[nodiscard]] uint32_t block_height() const override { return plane_.tile.height; }
    [[nodiscard]] bool read(const SampleRect& rect, std::byte* out, size_t pitch) override;

  private:
    [[nodiscard]] bool is_linear() const;
    [[nodiscard]] bool read_linear(const SampleRect& rect, std::byte* out, size_t pitch) const;
    [[nodiscard]] bool read_part(const SampleRect& rect, std::byte* out, size_t pitch) const;

    TiledPlane plane_;
    PlaneElements elements_;
    PackedPart part_;
};

}  // namespace v4l2va
