// SPDX-License-Identifier: MIT
// FieldReader: a plane of an interlaced frame as a plane of one of its fields in full height.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pixel/plane_reader.h"

namespace v4l2va {

enum class Field : uint8_t { kTop, kBottom };

// Rows of the field stay as they are. Of the others, without `previous` (bob), each is the mean of
// the two rows of the field beside it. With it (motion adaptive) it is the row that the other field
// has there, as far as nothing moves: of the frame itself, if that field was before, else of the
// frame before.
class FieldReader final : public PlaneReader {
  public:
    struct Frames {
        PlaneReader* current = nullptr;
        PlaneReader* previous = nullptr;  // of as many elements, or null
    };
    // `is_second`: the other field of the frame was before this one. All outlive it.
    FieldReader(const Frames& frames, Field field, bool is_second)
        : frames_(frames), parity_(field == Field::kTop ? 0 : 1), is_second_(is_second) {}

    [[nodiscard]] const PlaneElements& elements() const override {
        return frames_.current->elements();
    }
    [[nodiscard]] uint32_t block_width() const override { return frames_.current->block_width(); }
    // Rows at its edges are read with both of the blocks that they are between.
    [[nodiscard]] uint32_t block_height() const override;
    [[nodiscard]] bool read(const SampleRect& rect, std::byte* out, size_t pitch) override;

  private:
    [[nodiscard]] bool read_frames(const SampleRect& rect);
    [[nodiscard]] const std::byte* row(const std::vector<std::byte>& frame, uint32_t y) const {
        return frame.data() + (y - first_) * pitch_;
    }
    void make_row(uint32_t y, std::byte* out) const;

    Frames frames_;
    uint32_t parity_;
    bool is_second_;
    uint32_t first_ = 0;  // row of what was read
    uint32_t end_ = 0;
    size_t bytes_ = 0;  // of a row
    size_t pitch_ = 0;
    std::vector<std::byte> current_;
    std::vector<std::byte> previous_;
};

}  // namespace v4l2va
