// SPDX-License-Identifier: MIT
// Composition beside a reference in floating point that computes one pixel after the other.
#include "pixel/compose.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "picture_test.h"

namespace v4l2va::test {
namespace {

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
             static_cast<int>(
                 (static_cast<uint32_t>(layer.crop.x) + layer.crop.width + each_x - 1) / each_x),
             static_cast<int>(
                 (static_cast<uint32_t>(layer.crop.y) + layer.crop.height + each_y - 1) / each_y)}};
        const auto samples = [&](int i, int j) {
            return static_cast<double>(
                       source.get(index, static_cast<uint32_t>(i), static_cast<uint32_t>(j))) /
                   (source.peak() == 1023 ? 4 : 1);
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

class ComposeScalingTest : public ComposeTest {
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
};

TEST_F(ComposeScalingTest, AnUnchangedPictureIsTheSameToTheByte) {
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

TEST_F(ComposeScalingTest, ScaledAsTheReference) {
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

TEST_F(ComposeScalingTest, TenBitsAsTheReference) {
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

TEST_F(ComposeScalingTest, CroppedTurnedAndMirroredAsTheReference) {
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
TEST_F(ComposeScalingTest, AQuarterTurnIsClockwise) {
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

}  // namespace
}  // namespace v4l2va::test
