// SPDX-License-Identifier: MIT
#include "pixel/canvas.h"

#include <algorithm>

#include "pixel/kernels.h"
#include "pixel/process_kernels.h"

namespace v4l2va {

namespace {

constexpr int16_t raised(uint8_t value) { return static_cast<int16_t>(value << 6); }

std::array<int16_t, 4> components_of(const Colour& colour, const PictureFormat& format) {
    std::array<int16_t, 4> components = {raised(colour.red), raised(colour.green),
                                         raised(colour.blue),
                                         raised(format.has_alpha ? colour.alpha : 255)};
    const ColourSpace rgb = {.is_rgb = true, .full_range = true};
    const ColourTransform transform = make_colour_transform(rgb, format.colour, {});
    int16_t* const rows[] = {&components[0], &components[1], &components[2]};
    if (!transform.is_identity) {
        process_kernels().transform(transform, rows, 1);
    }
    return components;
}

}  // namespace

uint32_t Canvas::components() const {
    return target_.format.is_rgb() && target_.format.has_alpha ? 4 : 3;
}

uint32_t Canvas::columns(uint32_t component) const {
    const uint32_t each = component == 0 ? 1 : target_.format.chroma_columns();
    return (target_.width + each - 1) / each;
}

uint32_t Canvas::rows_per(uint32_t component) const {
    return component == 0 ? 1 : target_.format.chroma_rows();
}

void Canvas::start(const TargetPicture& target, const Colour& background) {
    target_ = target;
    background_ = components_of(background, target.format);
    for (uint32_t i = 0; i < 4; ++i) {
        rows_[i].resize(kRows, columns(i));
        lowered_[i].resize(size_t{columns(i)} * target.format.sample_bytes() + kRowSlack);
    }
    std::fill(lowered_[3].begin(), lowered_[3].end(), std::byte{255});
}

int16_t* Canvas::row(uint32_t component, uint32_t component_row) {
    return rows_[component].row(component_row % kRows);
}

void Canvas::clear(uint32_t top, uint32_t bottom) {
    for (uint32_t i = 0; i < components(); ++i) {
        const uint32_t each = rows_per(i);
        for (uint32_t y = top / each; y < (bottom + each - 1) / each; ++y) {
            std::fill_n(row(i, y), columns(i), background_[i]);
        }
    }
}

void Canvas::lower(uint32_t component, uint32_t component_row, std::byte* out) {
    const ProcessKernels& kernels = process_kernels();
    (target_.format.sample_bytes() == 1 ? kernels.lower_to_bytes : kernels.lower_to_words)(
        row(component, component_row), columns(component), out);
}

// A row of a plane as it is stored, but for tiles.
void Canvas::write_row(size_t plane, uint32_t plane_row, std::byte* out) {
    const PictureFormat& format = target_.format;
    const bool words = format.sample_bytes() == 2;
    const auto lowered = [&](uint32_t component) {
        lower(component, plane_row, lowered_[component].data());
        return lowered_[component].data();
    };
    switch (format.planes) {
        case PlaneArrangement::kPlanar:
            return lower(static_cast<uint32_t>(plane), plane_row, out);
        case PlaneArrangement::kSemiPlanar:
            if (plane == 0) {
                return lower(0, plane_row, out);
            }
            return (words ? process_kernels().interleave_words : kernels().interleave)(
                lowered(1), lowered(2), columns(1), out);
        case PlaneArrangement::kPackedYuv: {
            // Y Y Y Y, then Cb Cr Cb Cr behind them, then one of each.
            pairs_.resize(2 * size_t{columns(1)} + kRowSlack);
            interleave_bytes(lowered(1), lowered(2), columns(1), pairs_.data());
            std::byte* const luma = lowered(0);
            luma[target_.width] = luma[target_.width - 1];  // of an odd width
            return interleave_bytes(luma, pairs_.data(), 2 * size_t{columns(1)}, out);
        }
        case PlaneArrangement::kPackedRgb: {
            std::array<const std::byte*, 4> places{};
            for (uint32_t i = 0; i < 4; ++i) {
                places[format.rgb_places[i]] = i < components() ? lowered(i) : lowered_[i].data();
            }
            return process_kernels().interleave_fours(places.data(), target_.width, out);
        }
    }
}

// Samples of a row of a plane.
uint32_t Canvas::samples(size_t plane) const {
    switch (target_.format.planes) {
        case PlaneArrangement::kPlanar:
            return columns(static_cast<uint32_t>(plane));
        case PlaneArrangement::kSemiPlanar:
            return plane == 0 ? columns(0) : 2 * columns(1);
        case PlaneArrangement::kPackedYuv:
            return 4 * columns(1);
        case PlaneArrangement::kPackedRgb:
            return 4 * columns(0);
    }
    return 0;
}

bool Canvas::store_plane(size_t plane, uint32_t begin, uint32_t end) {
    const TiledPlaneTarget& to = target_.planes[plane];
    const size_t bytes = size_t{samples(plane)} * target_.format.sample_bytes();
    if (is_linear(to)) {
        if (to.offset + (end - 1) * to.down + bytes > to.memory.size()) {
            return false;
        }
        for (uint32_t y = begin; y < end; ++y) {
            write_row(plane, y, to.memory.data() + to.offset + y * to.down);
        }
        return true;
    }
    packed_.resize((end - begin) * bytes + kRowSlack);
    for (uint32_t y = begin; y < end; ++y) {
        write_row(plane, y, packed_.data() + (y - begin) * bytes);
    }
    return pack_tiles(to, {0, begin, samples(plane), end - begin}, packed_.data(), bytes);
}

bool Canvas::store(uint32_t top, uint32_t bottom) {
    const PlaneArrangement planes = target_.format.planes;
    const size_t count = planes == PlaneArrangement::kPlanar       ? 3
                         : planes == PlaneArrangement::kSemiPlanar ? 2
                                                                   : 1;
    for (size_t i = 0; i < count; ++i) {
        const uint32_t each = rows_per(static_cast<uint32_t>(i));
        if (!store_plane(i, top / each, (bottom + each - 1) / each)) {
            return false;
        }
    }
    return true;
}

}  // namespace v4l2va
