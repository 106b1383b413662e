// SPDX-License-Identifier: MIT
// Canvas: some rows of a picture that is being composed, until they are stored.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "pixel/compose.h"
#include "pixel/picture.h"
#include "pixel/plane_scaler.h"

namespace v4l2va {

class Canvas {
  public:
    static constexpr uint32_t kRows = 16;

    void start(const TargetPicture& target, const Colour& background);
    // Rows [top, bottom) of the target become the background; `top` is a multiple of kRows.
    void clear(uint32_t top, uint32_t bottom);
    // False: a plane reaches beyond its memory.
    [[nodiscard]] bool store(uint32_t top, uint32_t bottom);

    // Component 0 (Y or R), 1, 2, or 3 (A, of targets that have it), each in its own resolution: a
    // row of the component's own rows, of those that were cleared.
    [[nodiscard]] int16_t* row(uint32_t component, uint32_t component_row);

  private:
    [[nodiscard]] uint32_t components() const;  // that are kept
    [[nodiscard]] uint32_t columns(uint32_t component) const;
    [[nodiscard]] uint32_t rows_per(uint32_t component) const;
    [[nodiscard]] uint32_t samples(size_t plane) const;
    void lower(uint32_t component, uint32_t component_row, std::byte* out);
    void write_row(size_t plane, uint32_t plane_row, std::byte* out);
    [[nodiscard]] bool store_plane(size_t plane, uint32_t begin, uint32_t end);

    TargetPicture target_;
    std::array<int16_t, 4> background_{};
    std::array<SampleRows, 4> rows_;
    std::array<std::vector<std::byte>, 4> lowered_;  // a row of each component
    std::vector<std::byte> pairs_;                   // of YUY2: a row of chroma
    std::vector<std::byte> packed_;                  // rows of a plane of tiles
};

}  // namespace v4l2va
