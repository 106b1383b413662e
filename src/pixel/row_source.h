// SPDX-License-Identifier: MIT
// RowSource: the rows of a plane, turned and mirrored as they are wanted, from the top down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pixel/plane_reader.h"

namespace v4l2va {

// Applied in this order; all of them false: as it is.
struct Turn {
    bool transpose = false;       // row y becomes column y
    bool flip_rows = false;       // then the first row becomes the last
    bool mirror_columns = false;  // and the first column the last
};

// Clockwise by quarter turns, then mirrored: VAProcPipelineParameterBuffer's order.
[[nodiscard]] Turn make_turn(uint32_t quarter_turns, bool mirror_horizontally,
                             bool mirror_vertically);

// Columns are not mirrored here: the filter that reads the rows does that as well. Keeps so many
// rows that each byte of the plane is read once, in whole blocks.
class RowSource {
  public:
    // The columns [begin, end) of the turned plane will be asked for, at most `rows` rows at once.
    // `reader` outlives it.
    void start(PlaneReader& reader, const Turn& turn, uint32_t begin, uint32_t end, uint32_t rows);

    // Points out[i] to column `begin` of row min(first + i, height - 1), for all i < rows; `first`
    // is not less than before. False: the plane reaches beyond its memory.
    [[nodiscard]] bool get(uint32_t first, uint32_t rows, const std::byte** out);

  private:
    [[nodiscard]] bool load_block(uint32_t row);
    [[nodiscard]] bool load_rows(uint32_t first, uint32_t count);
    [[nodiscard]] bool load_columns(uint32_t first, uint32_t count);
    [[nodiscard]] std::byte* slot(uint32_t row) {
        return ring_.data() + size_t{row % capacity_} * pitch_;
    }
    // The row (column, if transposed) of the plane that is the turned plane's row, and back.
    [[nodiscard]] uint32_t own_row(uint32_t row) const { return flip_ ? height_ - 1 - row : row; }

    PlaneReader* reader_ = nullptr;
    bool transpose_ = false;
    bool flip_ = false;
    uint32_t height_ = 0;  // of the turned plane
    uint32_t begin_ = 0;
    uint32_t end_ = 0;
    uint32_t block_ = 1;     // rows that are loaded at once
    uint32_t capacity_ = 0;  // rows
    uint32_t loaded_ = 0;    // rows below that were loaded, or passed over
    size_t pitch_ = 0;
    std::vector<std::byte> ring_;
    std::vector<std::byte> strip_;  // of columns, before they become rows
};

}  // namespace v4l2va
