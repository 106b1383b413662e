// SPDX-License-Identifier: MIT
// Pictures in memory of their own, component by component, and what tests of composition share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "pixel/compose.h"

namespace v4l2va::test {

inline int rounded(double value) { return static_cast<int>(std::lround(value)); }

inline PictureFormat format_of(PlaneArrangement planes, uint32_t depth = 8) {
    PictureFormat format;
    format.planes = planes;
    format.colour.bit_depth = depth;
    if (planes == PlaneArrangement::kPackedRgb) {
        format.rgb_places = {2, 1, 0, 3};
        format.has_alpha = true;
        format.colour.is_rgb = true;
        format.colour.full_range = true;
    }
    return format;
}

// A picture in memory of its own, its rows a few bytes apart.
class Picture {
  public:
    Picture(const PictureFormat& format, uint32_t width, uint32_t height)
        : format_(format), width_(width), height_(height) {
        const size_t bytes = format.sample_bytes();
        const size_t columns = (width + format.chroma_columns() - 1) / format.chroma_columns();
        const size_t rows = (height + format.chroma_rows() - 1) / format.chroma_rows();
        switch (format.planes) {
            case PlaneArrangement::kSemiPlanar:
                add(width * bytes, height);
                add(2 * columns * bytes, rows);
                break;
            case PlaneArrangement::kPlanar:
                add(width * bytes, height);
                add(columns * bytes, rows);
                add(columns * bytes, rows);
                break;
            case PlaneArrangement::kPackedYuv:
                add(4 * columns, height);
                break;
            case PlaneArrangement::kPackedRgb:
                add(4 * size_t{width}, height);
                break;
        }
    }

    [[nodiscard]] uint32_t width() const { return width_; }
    [[nodiscard]] uint32_t height() const { return height_; }
    [[nodiscard]] const PictureFormat& format() const { return format_; }
    [[nodiscard]] std::vector<std::byte>& memory() { return memory_; }

    void fill(std::minstd_rand& random) {
        for (size_t i = 0; i < memory_.size(); ++i) {
            const auto byte = static_cast<uint8_t>(random() >> 8);
            memory_[i] = std::byte{byte};
            if (format_.sample_bytes() == 2 && i % 2 == 0) {
                memory_[i] &= std::byte{0xc0};
            }
        }
    }
    // Smooth: neighbours are alike, so that an error of a position shows as one of a value.
    void paint(double phase) {
        for (uint32_t component = 0; component < (format_.is_rgb() ? 4U : 3U); ++component) {
            const uint32_t each_x = component == 0 ? 1 : format_.chroma_columns();
            const uint32_t each_y = component == 0 ? 1 : format_.chroma_rows();
            for (uint32_t y = 0; y * each_y < height_; ++y) {
                for (uint32_t x = 0; x * each_x < width_; ++x) {
                    const double wave = std::sin(phase + component + x * each_x * 0.11) *
                                        std::cos(y * each_y * 0.07 - component);
                    set(component, x, y, rounded((0.5 + 0.4 * wave) * peak()));
                }
            }
        }
    }

    // Of a component's own grid; in its own bits.
    [[nodiscard]] int get(uint32_t component, uint32_t x, uint32_t y) const {
        const std::byte* const at = memory_.data() + place(component, x, y);
        if (format_.sample_bytes() == 1) {
            return std::to_integer<int>(*at);
        }
        uint16_t word;
        std::memcpy(&word, at, sizeof word);
        return word >> 6;
    }
    void set(uint32_t component, uint32_t x, uint32_t y, int value) {
        std::byte* const at = memory_.data() + place(component, x, y);
        if (format_.sample_bytes() == 1) {
            *at = static_cast<std::byte>(value);
            return;
        }
        const auto word = static_cast<uint16_t>(value << 6);
        std::memcpy(at, &word, sizeof word);
    }
    [[nodiscard]] int peak() const { return format_.colour.bit_depth == 10 ? 1023 : 255; }
    [[nodiscard]] uint32_t columns(uint32_t component) const {
        const uint32_t each = component == 0 ? 1 : format_.chroma_columns();
        return (width_ + each - 1) / each;
    }
    [[nodiscard]] uint32_t rows(uint32_t component) const {
        const uint32_t each = component == 0 ? 1 : format_.chroma_rows();
        return (height_ + each - 1) / each;
    }

    [[nodiscard]] SourcePicture source() const {
        SourcePicture picture{format_, width_, height_, {}};
        for (size_t i = 0; i < planes_.size(); ++i) {
            const TileShape tile = linear_tile(format_.sample_bytes());
            picture.planes[i] = {memory_, planes_[i].offset, tile, tile.bytes, planes_[i].pitch};
        }
        return picture;
    }
    [[nodiscard]] TargetPicture target() {
        TargetPicture picture{format_, width_, height_, {}};
        for (size_t i = 0; i < planes_.size(); ++i) {
            const TileShape tile = linear_tile(format_.sample_bytes());
            picture.planes[i] = {memory_, planes_[i].offset, tile, tile.bytes, planes_[i].pitch};
        }
        return picture;
    }

  private:
    struct Plane {
        size_t offset;
        size_t pitch;
    };
    static constexpr size_t kBeside = 6;

    void add(size_t bytes, size_t rows) {
        planes_.push_back({memory_.size(), bytes + kBeside});
        memory_.resize(memory_.size() + (bytes + kBeside) * rows);
    }
    [[nodiscard]] size_t place(uint32_t component, size_t x, size_t y) const {
        const size_t bytes = format_.sample_bytes();
        switch (format_.planes) {
            case PlaneArrangement::kSemiPlanar:
                return component == 0 ? planes_[0].offset + y * planes_[0].pitch + x * bytes
                                      : planes_[1].offset + y * planes_[1].pitch +
                                            (2 * x + component - 1) * bytes;
            case PlaneArrangement::kPlanar:
                return planes_[component].offset + y * planes_[component].pitch + x * bytes;
            case PlaneArrangement::kPackedYuv:
                return y * planes_[0].pitch + (component == 0 ? 2 * x : 4 * x + 2 * component - 1);
            case PlaneArrangement::kPackedRgb:
                return y * planes_[0].pitch + 4 * x + format_.rgb_places[component];
        }
        return 0;
    }

    PictureFormat format_;
    uint32_t width_;
    uint32_t height_;
    std::vector<Plane> planes_;
    std::vector<std::byte> memory_;
};

// Colours by the equations of ITU-R BT.601, 709 and 2020.

struct Rgb {
    double red, green, blue;
};

struct Luma {
    double red, blue;
};

inline Luma luma_of(YuvMatrix matrix) {
    return matrix == YuvMatrix::k601   ? Luma{0.299, 0.114}
           : matrix == YuvMatrix::k709 ? Luma{0.2126, 0.0722}
                                       : Luma{0.2627, 0.0593};
}

inline Rgb rgb_of(const ColourSpace& space, double y, double cb, double cr) {
    const auto [kr, kb] = luma_of(space.matrix);
    const double kg = 1 - kr - kb;
    y = space.full_range ? y / 255 : (y - 16) / 219;
    cb = (cb - 128) / (space.full_range ? 255 : 224);
    cr = (cr - 128) / (space.full_range ? 255 : 224);
    const double red = y + 2 * (1 - kr) * cr;
    const double blue = y + 2 * (1 - kb) * cb;
    return {255 * red, 255 * (y - kr * red - kb * blue) / kg, 255 * blue};
}

inline std::array<double, 3> yuv_of(const ColourSpace& space, const Rgb& rgb) {
    const auto [kr, kb] = luma_of(space.matrix);
    const double y = (kr * rgb.red + (1 - kr - kb) * rgb.green + kb * rgb.blue) / 255;
    const double cb = (rgb.blue / 255 - y) / (2 * (1 - kb));
    const double cr = (rgb.red / 255 - y) / (2 * (1 - kr));
    return {space.full_range ? 255 * y : 16 + 219 * y, 128 + (space.full_range ? 255 : 224) * cb,
            128 + (space.full_range ? 255 : 224) * cr};
}

inline double byte_of(double value) { return std::clamp(value, 0.0, 255.0); }

// One colour each.
inline Picture plain_picture(const PictureFormat& format, int first, int second, int third,
                             uint32_t size = 18) {
    Picture picture(format, size, size);
    for (uint32_t component = 0; component < 3; ++component) {
        for (uint32_t y = 0; y < picture.rows(component); ++y) {
            for (uint32_t x = 0; x < picture.columns(component); ++x) {
                picture.set(component, x, y,
                            component == 0   ? first
                            : component == 1 ? second
                                             : third);
            }
        }
    }
    if (format.has_alpha) {
        for (uint32_t y = 0; y < size; ++y) {
            for (uint32_t x = 0; x < size; ++x) {
                picture.set(3, x, y, 255);
            }
        }
    }
    return picture;
}

inline constexpr PlaneArrangement kYuv[] = {
    PlaneArrangement::kSemiPlanar, PlaneArrangement::kPlanar, PlaneArrangement::kPackedYuv};

class ComposeTest : public ::testing::Test {
  protected:
    static Layer whole(const Picture& source, const Picture& target) {
        Layer layer;
        layer.source = source.source();
        layer.crop = {0, 0, source.width(), source.height()};
        layer.target = {0, 0, target.width(), target.height()};
        return layer;
    }

    std::minstd_rand random_{7};
};

}  // namespace v4l2va::test
