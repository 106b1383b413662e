// SPDX-License-Identifier: MIT
// Copies between frame memory and images.
#pragma once

#include <cstddef>
#include <cstdint>

namespace v4l2va {

// Rows of bytes. Source and destination do not overlap; pitches may be larger than the row.
struct RowCopy {
    const std::byte* source = nullptr;
    size_t source_pitch = 0;
    std::byte* destination = nullptr;
    size_t destination_pitch = 0;
    size_t bytes_per_row = 0;
    uint32_t rows = 0;
};

// Reads the source once, in memory order.
void copy_rows(const RowCopy& copy);

}  // namespace v4l2va
