// SPDX-License-Identifier: MIT
#include "pixel/transpose.h"

#include <cstring>

#include "pixel/process_kernels.h"

namespace v4l2va {

void transpose(const std::byte* in, size_t in_pitch, size_t element, size_t columns,
               std::span<std::byte* const> rows) {
    size_t done = 0;
    if (rows.size() == kTransposedRows) {
        done = process_kernels().transpose(in, in_pitch, element, columns, rows.data());
    }
    for (size_t column = done; column < columns; ++column) {
        for (size_t row = 0; row < rows.size(); ++row) {
            std::memcpy(rows[row] + column * element, in + column * in_pitch + row * element,
                        element);
        }
    }
}

}  // namespace v4l2va
