// SPDX-License-Identifier: MIT
// Composition's colours beside the equations of the standards.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "picture_test.h"
#include "pixel/compose.h"

namespace v4l2va::test {
namespace {

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

}  // namespace
}  // namespace v4l2va::test
