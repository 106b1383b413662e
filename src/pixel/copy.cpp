// SPDX-License-Identifier: MIT
// Copies between frame memory and images.
#include "pixel/copy.h"

#include "pixel/kernels.h"

namespace v4l2va {

void copy_rows(const RowCopy& copy) {
    if (copy.source_pitch == copy.bytes_per_row && copy.destination_pitch == copy.bytes_per_row) {
        read_once(copy.destination, copy.source, copy.bytes_per_row * copy.rows);
        return;
    }
    const std::byte* source = copy.source;
    std::byte* destination = copy.destination;
    for (uint32_t row = 0; row < copy.rows; ++row) {
        read_once(destination, source, copy.bytes_per_row);
        source += copy.source_pitch;
        destination += copy.destination_pitch;
    }
}

}  // namespace v4l2va
