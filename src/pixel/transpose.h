// SPDX-License-Identifier: MIT
// Columns become rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace v4l2va {

inline constexpr uint32_t kTransposedRows = 8;

// Writes columns [0, rows.size()) of `columns` rows of elements of 1, 2 or 4 bytes at `in`:
// rows[i][k] is element i of row k. At most kTransposedRows; so many elements of each row are
// readable.
void transpose(const std::byte* in, size_t in_pitch, size_t element, size_t columns,
               std::span<std::byte* const> rows);

}  // namespace v4l2va
