// SPDX-License-Identifier: MIT
// LayerRows: the rows of one layer, as the target's canvas takes them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "pixel/canvas.h"
#include "pixel/compose.h"
#include "pixel/plane_reader.h"
#include "pixel/plane_scaler.h"

namespace v4l2va {

class LayerRows {
  public:
    LayerRows() = default;
    LayerRows(const LayerRows&) = delete;
    LayerRows& operator=(const LayerRows&) = delete;

    void start(const Layer& layer, const TargetPicture& target);
    // What of it lies in rows [top, bottom) of the target, which are on the canvas; from the top
    // down. False: a plane reaches beyond its memory.
    [[nodiscard]] bool draw(uint32_t top, uint32_t bottom, Canvas& canvas);

    // Nothing of what is below shows.
    [[nodiscard]] bool covers_target() const;
    // Its bytes are the target's, at other places: they can be copied, past the canvas.
    [[nodiscard]] bool is_plain() const;
    // Rows [top, bottom) of the target; `top` is even. False as draw().
    [[nodiscard]] bool copy(uint32_t top, uint32_t bottom);

  private:
    // The visible part of the layer, in the grid of a component of the target.
    struct Part {
        uint32_t left = 0;
        uint32_t top = 0;
        uint32_t right = 0;
        uint32_t bottom = 0;
        [[nodiscard]] uint32_t width() const { return right - left; }
    };

    [[nodiscard]] Part part(uint32_t columns_each, uint32_t rows_each) const;
    using Planes = std::array<std::optional<MemoryPlaneReader>, kMaxPicturePlanes>;
    [[nodiscard]] Planes open(const std::array<TiledPlane, kMaxPicturePlanes>& planes) const;
    void make_readers();
    void start_scaler(size_t plane, bool chroma, const Part& part, bool full_grid);
    [[nodiscard]] bool read_row(uint32_t first_plane, uint32_t row, int16_t* const* out);
    [[nodiscard]] bool draw_luma(uint32_t y, Canvas& canvas);
    [[nodiscard]] bool draw_chroma(uint32_t y, Canvas& canvas);
    [[nodiscard]] bool draw_pixels(uint32_t y, Canvas& canvas);
    void keep_chroma(const std::array<int16_t*, 4>& rows, const int16_t* alpha);
    [[nodiscard]] bool draw_halved(uint32_t y, Canvas& canvas);
    [[nodiscard]] int16_t base_of(uint32_t component) const;
    void put(uint32_t component, const int16_t* in, const int16_t* alpha, size_t count,
             int16_t* out) const;
    void put_alpha(const int16_t* own, const int16_t* alpha, int16_t* out) const;
    void fade(uint32_t component, int16_t* row, size_t count) const;
    [[nodiscard]] const int16_t* alpha_row(const int16_t* own, size_t count);

    Layer layer_;
    TargetPicture target_;
    ColourTransform transform_;
    bool is_visible_ = false;
    bool is_apart_ = false;  // luma and chroma each in the target's resolution
    bool is_blended_ = false;
    Part pixels_;
    Part chroma_;
    // Of the planes in memory, and of the field of them that is shown.
    Planes planes_;
    Planes previous_planes_;
    std::array<std::optional<FieldReader>, kMaxPicturePlanes> fields_;
    std::array<PlaneReader*, kMaxPicturePlanes> readers_{};
    std::array<PlaneScaler, kMaxPicturePlanes> scalers_;
    SampleRows components_;  // a row of each, and of alpha
    SampleRows alpha_;       // a row of it in 14 bits: 2^14 is 1
    // The latest two rows of Cb, Cr and alpha in full resolution, where the target's is half of it.
    std::array<SampleRows, 2> chroma_rows_;
    size_t latest_ = 0;
    SampleRows halved_;
};

}  // namespace v4l2va
