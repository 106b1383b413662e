// SPDX-License-Identifier: MIT
// Composition beside a reference in floating point that computes one pixel after the other.
#include "pixel/compose.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

namespace v4l2va::test {
namespace {

int rounded(double value) { return static_cast<int>(std::lround(value)); }

PictureFormat format_of(PlaneArrangement planes, uint32_t depth = 8) {
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

// ---- The reference -----------------------------------------------------------------------------

double weight_of(ScalingFilter filter, double distance, double step) {
    if (filter == ScalingFilter::kBilinear) {
        return std::max(0.0, 1 - std::abs(distance) / std::max(1.0, step / 2));
    }
    const double x = std::abs(distance) / std::max(1.0, step);
    return x < 1   ? 1.5 * x * x * x - 2.5 * x * x + 1
           : x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2
                   : 0;
}

using Samples = std::function<double(int, int)>;

// The value at a place between the samples of a component, of 8 bits.
struct Sampler {
    ScalingFilter filter;
    double step_x;
    double step_y;
    std::array<int, 4> inside;  // left, top, right, bottom

    [[nodiscard]] double at(const Samples& samples, double x, double y) const {
        double total = 0;
        double weights = 0;
        const auto reach = [](double step) { return rounded(2 * std::max(1.0, step)) + 1; };
        const int rx = reach(step_x);
        const int ry = reach(step_y);
        if (filter == ScalingFilter::kNearest) {
            return samples(inner(std::floor(x + 0.5), 0), inner(std::floor(y + 0.5), 1));
        }
        const auto whole = [](double step, double at) {
            return std::abs(step - 1) < 1e-9 && std::abs(at - std::round(at)) < 1e-9;
        };
        const bool copy_x = whole(step_x, x);
        const bool copy_y = whole(step_y, y);
        for (int j = rounded(y) - ry; j <= rounded(y) + ry; ++j) {
            for (int i = rounded(x) - rx; i <= rounded(x) + rx; ++i) {
                const double wx = copy_x ? i == rounded(x) : weight_of(filter, i - x, step_x);
                const double wy = copy_y ? j == rounded(y) : weight_of(filter, j - y, step_y);
                total += wx * wy * samples(inner(i, 0), inner(j, 1));
                weights += wx * wy;
            }
        }
        return total / weights;
    }
    [[nodiscard]] int inner(double value, size_t axis) const {
        return std::clamp(rounded(value), inside[axis], inside[axis + 2] - 1);
    }
};

struct Reference {
    const Layer& layer;
    const Picture& source;
    const PictureFormat& to;

    // A component of the source at a place of the target, in pixels, in 8 bits.
    [[nodiscard]] double component(uint32_t index, double x, double y) const {
        const PictureFormat& from = source.format();
        double u = (x - layer.target.x) / layer.target.width;
        double v = (y - layer.target.y) / layer.target.height;
        u = layer.turn.mirror_columns ? 1 - u : u;
        v = layer.turn.flip_rows ? 1 - v : v;
        const bool turned = layer.turn.transpose;
        if (turned) {
            std::swap(u, v);
        }
        const bool chroma = index > 0 && index < 3 && !from.is_rgb();
        const uint32_t each_x = chroma ? from.chroma_columns() : 1;
        const uint32_t each_y = chroma ? from.chroma_rows() : 1;
        const double first_x = each_x == 1 || from.site.left ? 0.5 : 1;
        const double first_y = each_y == 1 || from.site.top ? 0.5 : 1;
        const uint32_t target_each_x = step_of(index, false);
        const uint32_t target_each_y = step_of(index, true);
        const double ratio_x = static_cast<double>(layer.crop.width) /
                               (turned ? layer.target.height : layer.target.width);
        const double ratio_y = static_cast<double>(layer.crop.height) /
                               (turned ? layer.target.width : layer.target.height);
        const Sampler sampler = {
            layer.filter,
            ratio_x * (turned ? target_each_y : target_each_x) / each_x,
            ratio_y * (turned ? target_each_x : target_each_y) / each_y,
            {static_cast<int>(static_cast<uint32_t>(layer.crop.x) / each_x),
             static_cast<int>(static_cast<uint32_t>(layer.crop.y) / each_y),
             static_cast<int>((layer.crop.x + layer.crop.width + each_x - 1) / each_x),
             static_cast<int>((layer.crop.y + layer.crop.height + each_y - 1) / each_y)}};
        const auto samples = [&](int i, int j) {
            return static_cast<double>(
                       source.get(index, static_cast<uint32_t>(i), static_cast<uint32_t>(j))) *
                   255 / 255 / (source.peak() == 1023 ? 4 : 1);
        };
        return sampler.at(samples, (layer.crop.x + u * layer.crop.width - first_x) / each_x,
                          (layer.crop.y + v * layer.crop.height - first_y) / each_y);
    }
    // Chroma is scaled to the target's grid at once where its luma stays apart.
    [[nodiscard]] uint32_t step_of(uint32_t index, bool down) const {
        if (index == 0 || to.is_rgb() || source.format().is_rgb()) {
            return 1;
        }
        return down ? to.chroma_rows() : to.chroma_columns();
    }
};

class ComposeTest : public ::testing::Test {
  protected:
    // Every component of the target that has a place of its own there, where the colour stays.
    void expect_scaled(const Layer& layer, const Picture& source, Picture& target,
                       double tolerance) {
        Composer composer;
        ASSERT_TRUE(composer.compose(target.target(), {}, std::span(&layer, 1)));
        const Reference reference{layer, source, target.format()};
        for (uint32_t component = 0; component < 3; ++component) {
            const PictureFormat& to = target.format();
            const double each_x = component == 0 ? 1 : to.chroma_columns();
            const double each_y = component == 0 ? 1 : to.chroma_rows();
            const double first_x = each_x == 1 || to.site.left ? 0.5 : 1;
            const double first_y = each_y == 1 || to.site.top ? 0.5 : 1;
            for (uint32_t y = 0; y < target.rows(component); ++y) {
                for (uint32_t x = 0; x < target.columns(component); ++x) {
                    const double wanted =
                        reference.component(component, first_x + x * each_x, first_y + y * each_y);
                    const double got = static_cast<double>(target.get(component, x, y)) /
                                       (target.peak() == 1023 ? 4 : 1);
                    ASSERT_NEAR(got, std::clamp(wanted, 0.0, 255.0), tolerance)
                        << component << " at " << x << "," << y;
                }
            }
        }
    }

    static Layer whole(const Picture& source, const Picture& target) {
        Layer layer;
        layer.source = source.source();
        layer.crop = {0, 0, source.width(), source.height()};
        layer.target = {0, 0, target.width(), target.height()};
        return layer;
    }

    std::minstd_rand random_{7};
};

constexpr PlaneArrangement kYuv[] = {PlaneArrangement::kSemiPlanar, PlaneArrangement::kPlanar,
                                     PlaneArrangement::kPackedYuv};

TEST_F(ComposeTest, AnUnchangedPictureIsTheSameToTheByte) {
    Composer composer;
    for (const auto& format :
         {format_of(PlaneArrangement::kSemiPlanar), format_of(PlaneArrangement::kSemiPlanar, 10),
          format_of(PlaneArrangement::kPlanar), format_of(PlaneArrangement::kPackedYuv),
          format_of(PlaneArrangement::kPackedRgb)}) {
        for (uint32_t width = 1; width <= 67; ++width) {
            for (const uint32_t height : {1U, 2U, 15U, 16U, 17U, 37U}) {
                Picture source(format, width, height);
                Picture target(format, width, height);
                source.fill(random_);
                target.memory() = source.memory();
                // Beside the rows nothing is written; an odd row of YUY2 has a luma sample that is
                // none of the picture's.
                const bool odd = format.planes == PlaneArrangement::kPackedYuv && width % 2 == 1;
                for (uint32_t component = 0; component < 3 && !odd; ++component) {
                    target.set(component, 0, 0, 255 - target.get(component, 0, 0));
                }
                const Layer layer = whole(source, target);
                for (const ScalingFilter filter :
                     {ScalingFilter::kNearest, ScalingFilter::kBilinear, ScalingFilter::kCubic}) {
                    Layer same = layer;
                    same.filter = filter;
                    ASSERT_TRUE(composer.compose(target.target(), {}, std::span(&same, 1)));
                    for (uint32_t component = 0; component < 3; ++component) {
                        for (uint32_t y = 0; y < source.rows(component); ++y) {
                            for (uint32_t x = 0; x < source.columns(component); ++x) {
                                ASSERT_EQ(target.get(component, x, y), source.get(component, x, y))
                                    << width << "x" << height;
                            }
                        }
                    }
                    if (!odd) {
                        ASSERT_EQ(target.memory(), source.memory()) << width << "x" << height;
                    }
                }
            }
        }
    }
}

TEST_F(ComposeTest, ScaledAsTheReference) {
    constexpr std::array<std::array<uint32_t, 2>, 8> kSizes = {
        {{64, 48}, {43, 31}, {32, 24}, {97, 71}, {16, 100}, {128, 13}, {63, 47}, {1, 1}}};
    for (const PlaneArrangement from : kYuv) {
        for (const PlaneArrangement to : kYuv) {
            for (const auto& [width, height] : kSizes) {
                for (const ScalingFilter filter :
                     {ScalingFilter::kNearest, ScalingFilter::kBilinear, ScalingFilter::kCubic}) {
                    Picture source(format_of(from), 64, 48);
                    Picture target(format_of(to), width, height);
                    source.paint(0.3);
                    Layer layer = whole(source, target);
                    layer.filter = filter;
                    SCOPED_TRACE(testing::Message()
                                 << static_cast<int>(from) << " to " << static_cast<int>(to) << " "
                                 << width << "x" << height << " " << static_cast<int>(filter));
                    // Ties of the nearest sample may fall to either side.
                    const double tolerance = filter == ScalingFilter::kNearest ? 26 : 0.75;
                    ASSERT_NO_FATAL_FAILURE(expect_scaled(layer, source, target, tolerance));
                }
            }
        }
    }
}

TEST_F(ComposeTest, TenBitsAsTheReference) {
    for (const uint32_t from : {8U, 10U}) {
        for (const uint32_t to : {8U, 10U}) {
            Picture source(format_of(PlaneArrangement::kSemiPlanar, from), 70, 54);
            Picture target(format_of(PlaneArrangement::kSemiPlanar, to), 51, 77);
            source.paint(1.3);
            ASSERT_NO_FATAL_FAILURE(
                expect_scaled(whole(source, target), source, target, to == 10 ? 0.3 : 0.75));
        }
    }
}

TEST_F(ComposeTest, CroppedTurnedAndMirroredAsTheReference) {
    for (const PlaneArrangement planes : kYuv) {
        for (uint32_t turns = 0; turns < 4; ++turns) {
            for (uint32_t mirrors = 0; mirrors < 4; ++mirrors) {
                for (const Region& crop :
                     {Region{0, 0, 90, 66}, Region{10, 6, 50, 40}, Region{7, 3, 31, 45}}) {
                    for (const bool scaled : {false, true}) {
                        Picture source(format_of(planes), 90, 66);
                        source.paint(0.1);
                        uint32_t width = crop.width;
                        uint32_t height = crop.height;
                        if (turns % 2 == 1) {
                            std::swap(width, height);
                        }
                        Picture target(format_of(PlaneArrangement::kSemiPlanar),
                                       scaled ? 40 : width, scaled ? 61 : height);
                        Layer layer = whole(source, target);
                        layer.crop = crop;
                        layer.turn = make_turn(turns, (mirrors & 1) != 0, (mirrors & 2) != 0);
                        SCOPED_TRACE(testing::Message() << turns << " turns, mirrored " << mirrors
                                                        << ", from " << crop.x << "," << crop.y);
                        ASSERT_NO_FATAL_FAILURE(expect_scaled(layer, source, target, 0.75));
                    }
                }
            }
        }
    }
}

// Clockwise: what was at the left of the bottom row is at the left of the top row.
TEST_F(ComposeTest, AQuarterTurnIsClockwise) {
    for (const PictureFormat& format :
         {format_of(PlaneArrangement::kPackedRgb), format_of(PlaneArrangement::kSemiPlanar)}) {
        Picture source(format, 34, 20);
        Picture target(format, 20, 34);
        source.fill(random_);
        Layer layer = whole(source, target);
        layer.turn = make_turn(1, false, false);
        Composer composer;
        ASSERT_TRUE(composer.compose(target.target(), {}, std::span(&layer, 1)));
        for (uint32_t y = 0; y < 34; ++y) {
            for (uint32_t x = 0; x < 20; ++x) {
                ASSERT_EQ(target.get(0, x, y), source.get(0, y, 19 - x));
            }
        }
    }
}

// ---- Colours: ITU-R BT.601, 709 and 2020 by their equations
// ----------------------------------------

struct Rgb {
    double red, green, blue;
};

struct Luma {
    double red, blue;
};

Luma luma_of(YuvMatrix matrix) {
    return matrix == YuvMatrix::k601   ? Luma{0.299, 0.114}
           : matrix == YuvMatrix::k709 ? Luma{0.2126, 0.0722}
                                       : Luma{0.2627, 0.0593};
}

Rgb rgb_of(const ColourSpace& space, double y, double cb, double cr) {
    const auto [kr, kb] = luma_of(space.matrix);
    const double kg = 1 - kr - kb;
    y = space.full_range ? y / 255 : (y - 16) / 219;
    cb = (cb - 128) / (space.full_range ? 255 : 224);
    cr = (cr - 128) / (space.full_range ? 255 : 224);
    const double red = y + 2 * (1 - kr) * cr;
    const double blue = y + 2 * (1 - kb) * cb;
    return {255 * red, 255 * (y - kr * red - kb * blue) / kg, 255 * blue};
}

std::array<double, 3> yuv_of(const ColourSpace& space, const Rgb& rgb) {
    const auto [kr, kb] = luma_of(space.matrix);
    const double y = (kr * rgb.red + (1 - kr - kb) * rgb.green + kb * rgb.blue) / 255;
    const double cb = (rgb.blue / 255 - y) / (2 * (1 - kb));
    const double cr = (rgb.red / 255 - y) / (2 * (1 - kr));
    return {space.full_range ? 255 * y : 16 + 219 * y, 128 + (space.full_range ? 255 : 224) * cb,
            128 + (space.full_range ? 255 : 224) * cr};
}

double byte_of(double value) { return std::clamp(value, 0.0, 255.0); }

// One colour each.
Picture plain_picture(const PictureFormat& format, int first, int second, int third,
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

std::vector<ColourSpace> colour_spaces() {
    std::vector<ColourSpace> spaces;
    for (const YuvMatrix matrix : {YuvMatrix::k601, YuvMatrix::k709, YuvMatrix::k2020}) {
        for (const bool full : {false, true}) {
            spaces.push_back({.matrix = matrix, .full_range = full});
        }
    }
    return spaces;
}

class ComposeColourTest : public ComposeTest {
  protected:
    static void convert(const Picture& source, Picture& target, const ColourBalance& balance = {}) {
        Layer layer = whole(source, target);
        layer.balance = balance;
        Composer composer;
        ASSERT_TRUE(composer.compose(target.target(), {}, std::span(&layer, 1)));
    }
    int any() { return static_cast<int>(random_() >> 8) & 255; }
};

TEST_F(ComposeColourTest, RgbOfYuv) {
    for (const ColourSpace& space : colour_spaces()) {
        for (int i = 0; i < 200; ++i) {
            PictureFormat from = format_of(kYuv[i % 3]);
            from.colour = space;
            const std::array<int, 3> yuv = {any(), any(), any()};
            const Picture source = plain_picture(from, yuv[0], yuv[1], yuv[2]);
            Picture target(format_of(PlaneArrangement::kPackedRgb), 18, 18);
            ASSERT_NO_FATAL_FAILURE(convert(source, target));
            const Rgb wanted = rgb_of(space, yuv[0], yuv[1], yuv[2]);
            ASSERT_NEAR(target.get(0, 3, 5), byte_of(wanted.red), 0.6);
            ASSERT_NEAR(target.get(1, 3, 5), byte_of(wanted.green), 0.6);
            ASSERT_NEAR(target.get(2, 17, 17), byte_of(wanted.blue), 0.6);
            ASSERT_EQ(target.get(3, 0, 0), 255);
        }
    }
}

TEST_F(ComposeColourTest, YuvOfRgb) {
    for (const ColourSpace& space : colour_spaces()) {
        for (int i = 0; i < 200; ++i) {
            PictureFormat to = format_of(kYuv[i % 3]);
            to.colour = space;
            const std::array<int, 3> rgb = {any(), any(), any()};
            const Picture source =
                plain_picture(format_of(PlaneArrangement::kPackedRgb), rgb[0], rgb[1], rgb[2]);
            Picture target(to, 18, 18);
            ASSERT_NO_FATAL_FAILURE(convert(source, target));
            const auto wanted =
                yuv_of(space, {static_cast<double>(rgb[0]), static_cast<double>(rgb[1]),
                               static_cast<double>(rgb[2])});
            for (uint32_t component = 0; component < 3; ++component) {
                ASSERT_NEAR(target.get(component, 1, 1), byte_of(wanted[component]), 0.6);
            }
        }
    }
}

TEST_F(ComposeColourTest, YuvOfOtherYuv) {
    for (const ColourSpace& from : colour_spaces()) {
        for (const ColourSpace& to : colour_spaces()) {
            PictureFormat from_format = format_of(PlaneArrangement::kSemiPlanar);
            PictureFormat to_format = format_of(PlaneArrangement::kPlanar);
            from_format.colour = from;
            to_format.colour = to;
            for (int i = 0; i < 40; ++i) {
                const std::array<int, 3> yuv = {any(), 96 + any() / 4, 96 + any() / 4};
                const Picture source = plain_picture(from_format, yuv[0], yuv[1], yuv[2]);
                Picture target(to_format, 18, 18);
                ASSERT_NO_FATAL_FAILURE(convert(source, target));
                const auto wanted = yuv_of(to, rgb_of(from, yuv[0], yuv[1], yuv[2]));
                for (uint32_t component = 0; component < 3; ++component) {
                    ASSERT_NEAR(target.get(component, 1, 1), byte_of(wanted[component]), 0.7);
                }
            }
        }
    }
}

// Brightness and contrast from black on, hue and saturation of chroma alone, contrast of both.
TEST_F(ComposeColourTest, Balanced) {
    const PictureFormat format = format_of(PlaneArrangement::kSemiPlanar);
    for (int i = 0; i < 300; ++i) {
        const ColourBalance balance = {.brightness = any() / 2.55 - 50,
                                       .contrast = any() / 128.0,
                                       .saturation = any() / 128.0,
                                       .hue = any() * 360 / 255.0 - 180};
        const std::array<int, 3> yuv = {any(), any(), any()};
        const Picture source = plain_picture(format, yuv[0], yuv[1], yuv[2]);
        Picture target(format, 18, 18);
        ASSERT_NO_FATAL_FAILURE(convert(source, target, balance));
        const double angle = balance.hue * 3.14159265358979 / 180;
        const double gain = balance.contrast * balance.saturation;
        const double cb = yuv[1] - 128;
        const double cr = yuv[2] - 128;
        const std::array<double, 3> wanted = {
            (yuv[0] - 16) * balance.contrast + balance.brightness + 16,
            128 + gain * (cb * std::cos(angle) - cr * std::sin(angle)),
            128 + gain * (cb * std::sin(angle) + cr * std::cos(angle))};
        for (uint32_t component = 0; component < 3; ++component) {
            ASSERT_NEAR(target.get(component, 2, 2), byte_of(wanted[component]), 0.7) << component;
        }
    }
}

// ---- Layers
// ----------------------------------------------------------------------------------------

// The colour of a target of one of two kinds at a pixel, as R, G and B.
Rgb shown(const Picture& picture, uint32_t x, uint32_t y) {
    if (picture.format().is_rgb()) {
        return {static_cast<double>(picture.get(0, x, y)),
                static_cast<double>(picture.get(1, x, y)),
                static_cast<double>(picture.get(2, x, y))};
    }
    const uint32_t cx = x / picture.format().chroma_columns();
    const uint32_t cy = y / picture.format().chroma_rows();
    return rgb_of(picture.format().colour, picture.get(0, x, y), picture.get(1, cx, cy),
                  picture.get(2, cx, cy));
}

void expect_colour(const Rgb& got, const Rgb& wanted) {
    EXPECT_NEAR(got.red, wanted.red, 2.5);
    EXPECT_NEAR(got.green, wanted.green, 2.5);
    EXPECT_NEAR(got.blue, wanted.blue, 2.5);
}

class ComposeLayersTest : public ComposeTest,
                          public ::testing::WithParamInterface<PlaneArrangement> {};

TEST_P(ComposeLayersTest, BackgroundShowsWhereNoLayerIs) {
    Picture target(format_of(GetParam()), 41, 37);
    const Picture source = plain_picture(format_of(PlaneArrangement::kPackedRgb), 200, 40, 90);
    // Cut off at the left and at the top; odd edges.
    Layer layer = whole(source, target);
    layer.target = {-6, -9, 21, 30};
    Composer composer;
    ASSERT_TRUE(composer.compose(target.target(), {255, 10, 120, 240}, std::span(&layer, 1)));
    expect_colour(shown(target, 0, 0), {200, 40, 90});
    expect_colour(shown(target, 12, 18), {200, 40, 90});
    expect_colour(shown(target, 18, 10), {10, 120, 240});
    expect_colour(shown(target, 4, 24), {10, 120, 240});
    expect_colour(shown(target, 40, 36), {10, 120, 240});
    ASSERT_TRUE(composer.compose(target.target(), {255, 10, 120, 240}, {}));
    expect_colour(shown(target, 0, 0), {10, 120, 240});
    layer.target = {100, 0, 21, 30};
    ASSERT_TRUE(composer.compose(target.target(), {255, 255, 0, 0}, std::span(&layer, 1)));
    expect_colour(shown(target, 40, 0), {255, 0, 0});
}

TEST_P(ComposeLayersTest, LaterLayersAreAbove) {
    Picture target(format_of(GetParam()), 40, 40);
    const Picture below = plain_picture(format_of(PlaneArrangement::kSemiPlanar), 120, 60, 200);
    const Picture above = plain_picture(format_of(PlaneArrangement::kPackedRgb), 0, 80, 160);
    std::array<Layer, 2> layers = {whole(below, target), whole(above, target)};
    layers[1].target = {10, 10, 20, 20};
    Composer composer;
    for (const double alpha : {1.0, 0.5, 0.0}) {
        layers[1].blending = Blending::kStraight;
        layers[1].alpha = alpha;
        ASSERT_TRUE(composer.compose(target.target(), {}, layers));
        const Rgb under = rgb_of(below.format().colour, 120, 60, 200);
        const Rgb base = {byte_of(under.red), byte_of(under.green), byte_of(under.blue)};
        const auto mixed = [alpha](double over, double low) {
            return over * alpha + low * (1 - alpha);
        };
        // In YUV colours beyond RGB are mixed as they are.
        const Rgb& low = target.format().is_rgb() ? base : under;
        expect_colour(shown(target, 0, 0), low);
        expect_colour(shown(target, 20, 20),
                      {mixed(0, low.red), mixed(80, low.green), mixed(160, low.blue)});
        expect_colour(shown(target, 31, 31), low);
    }
}

TEST_P(ComposeLayersTest, AlphaOfPixels) {
    Picture target(format_of(GetParam()), 18, 18);
    const Picture below = plain_picture(format_of(PlaneArrangement::kPackedRgb), 250, 100, 0);
    for (const int alpha : {0, 51, 128, 255}) {
        for (const double whole_alpha : {1.0, 0.4}) {
            for (const bool premultiplied : {false, true}) {
                const double own = alpha / 255.0;
                const double factor = premultiplied ? own : 1;
                Picture above =
                    plain_picture(format_of(PlaneArrangement::kPackedRgb), rounded(20 * factor),
                                  rounded(60 * factor), rounded(240 * factor));
                for (uint32_t i = 0; i < 18 * 18; ++i) {
                    above.set(3, i % 18, i / 18, alpha);
                }
                std::array<Layer, 2> layers = {whole(below, target), whole(above, target)};
                layers[1].blending = premultiplied ? Blending::kPremultiplied : Blending::kStraight;
                layers[1].alpha = whole_alpha;
                Composer composer;
                ASSERT_TRUE(composer.compose(target.target(), {}, layers));
                const double a = own * whole_alpha;
                expect_colour(shown(target, 9, 9),
                              {20 * a + 250 * (1 - a), 60 * a + 100 * (1 - a), 240 * a});
                if (target.format().has_alpha) {
                    EXPECT_EQ(target.get(3, 4, 4), 255);
                }
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Targets, ComposeLayersTest,
                         ::testing::Values(PlaneArrangement::kSemiPlanar, PlaneArrangement::kPlanar,
                                           PlaneArrangement::kPackedYuv,
                                           PlaneArrangement::kPackedRgb));

// ---- Memory
// ----------------------------------------------------------------------------------------

// The planes of a linear picture in tiles of other memory.
struct TiledPicture {
    std::array<std::vector<std::byte>, 2> memory;
    SourcePicture source;
    TargetPicture target;

    TiledPicture(const Picture& linear, const std::array<TileShape, 2>& tiles) {
        const PictureFormat& format = linear.format();
        source = {format, linear.width(), linear.height(), {}};
        target = {format, linear.width(), linear.height(), {}};
        for (uint32_t plane = 0; plane < 2; ++plane) {
            const TileShape& tile = tiles[plane];
            const uint32_t samples = plane == 0 ? linear.width() : 2 * linear.columns(1);
            const size_t columns = (samples + tile.width - 1) / tile.width;
            const size_t rows = (linear.rows(plane) + tile.height - 1) / tile.height;
            memory[plane].resize(columns * rows * tile.bytes);
            source.planes[plane] = {memory[plane], 0, tile, tile.bytes, columns * tile.bytes};
            target.planes[plane] = {memory[plane], 0, tile, tile.bytes, columns * tile.bytes};
            std::vector<std::byte> plain(size_t{samples} * linear.rows(plane) *
                                         format.sample_bytes());
            for (uint32_t y = 0; y < linear.rows(plane); ++y) {
                for (uint32_t x = 0; x < samples; ++x) {
                    const int value =
                        plane == 0 ? linear.get(0, x, y) : linear.get(1 + x % 2, x / 2, y);
                    const auto word =
                        static_cast<uint16_t>(format.sample_bytes() == 1 ? value : value << 6);
                    std::memcpy(plain.data() + (size_t{y} * samples + x) * format.sample_bytes(),
                                &word, format.sample_bytes());
                }
            }
            EXPECT_TRUE(pack_tiles(target.planes[plane], {0, 0, samples, linear.rows(plane)},
                                   plain.data(), size_t{samples} * format.sample_bytes()));
        }
    }
};

constexpr TileShape kWideTile = {Packing::kBytes, 16, 32, 512};
constexpr TileShape kWideChroma = {Packing::kBytes, 16, 16, 256};
constexpr TileShape kPackedTile = {Packing::kTenIn40, 4, 1, 5};
constexpr TileShape kSmallTile = {Packing::kTenIn40, 4, 4, 20};

TEST_F(ComposeTest, TilesAreReadAsRowsAre) {
    for (const auto& [depth, tiles] : {std::pair{8U, std::array{kWideTile, kWideChroma}},
                                       std::pair{10U, std::array{kPackedTile, kPackedTile}},
                                       std::pair{10U, std::array{kSmallTile, kSmallTile}}}) {
        Picture linear(format_of(PlaneArrangement::kSemiPlanar, depth), 88, 70);
        linear.paint(0.9);
        const TiledPicture tiled(linear, tiles);
        for (uint32_t turns = 0; turns < 8; ++turns) {
            for (const uint32_t height : {70U, 33U}) {
                Picture wanted(format_of(PlaneArrangement::kSemiPlanar), 51, height);
                Picture got(wanted.format(), 51, height);
                Layer layer = whole(linear, wanted);
                layer.crop = {9, 7, 51, 60};
                layer.turn = make_turn(turns, false, turns >= 4);
                Composer composer;
                ASSERT_TRUE(composer.compose(wanted.target(), {}, std::span(&layer, 1)));
                layer.source = tiled.source;
                ASSERT_TRUE(composer.compose(got.target(), {}, std::span(&layer, 1)));
                ASSERT_EQ(got.memory(), wanted.memory()) << turns;
            }
        }
    }
}

TEST_F(ComposeTest, TilesAreWrittenAsRowsAre) {
    Picture source(format_of(PlaneArrangement::kPackedRgb), 60, 50);
    source.fill(random_);
    Picture linear(format_of(PlaneArrangement::kSemiPlanar), 88, 70);
    TiledPicture tiled(linear, {kWideTile, kWideChroma});
    const Layer layer = whole(source, linear);
    Composer composer;
    ASSERT_TRUE(composer.compose(linear.target(), {}, std::span(&layer, 1)));
    ASSERT_TRUE(composer.compose(tiled.target, {}, std::span(&layer, 1)));
    EXPECT_EQ(tiled.memory, TiledPicture(linear, {kWideTile, kWideChroma}).memory);
}

TEST_F(ComposeTest, MemoryThatIsTooSmallIsRefused) {
    for (const PlaneArrangement planes : kYuv) {
        for (const bool is_plain : {false, true}) {
            Picture source(format_of(planes), 40, 30);
            Picture target(format_of(planes), is_plain ? 40 : 50, 30);
            const Layer layer = whole(source, target);
            Composer composer;
            ASSERT_TRUE(composer.compose(target.target(), {}, std::span(&layer, 1)));
            for (size_t plane = 0; plane < kMaxPicturePlanes; ++plane) {
                Layer shorter = layer;
                TargetPicture short_target = target.target();
                if (short_target.planes[plane].memory.empty()) {
                    continue;
                }
                auto& memory = shorter.source.planes[plane].memory;
                auto& target_memory = short_target.planes[plane].memory;
                const size_t rows = plane == 0 ? 30 : source.rows(1);
                memory = memory.first(shorter.source.planes[plane].offset +
                                      (rows - 1) * shorter.source.planes[plane].down);
                target_memory = target_memory.first(short_target.planes[plane].offset +
                                                    (rows - 1) * short_target.planes[plane].down);
                EXPECT_FALSE(composer.compose(target.target(), {}, std::span(&shorter, 1)));
                EXPECT_FALSE(composer.compose(short_target, {}, std::span(&layer, 1)));
            }
        }
    }
}

}  // namespace
}  // namespace v4l2va::test
