// SPDX-License-Identifier: MIT
// Composition of layers and fields, and its memory.
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

class ComposeFieldsTest : public ComposeTest {
  protected:
    // Components of a frame from VALUE(component, x, y).
    template <typename Value>
    static void set_all(Picture& picture, Value value) {
        for (uint32_t component = 0; component < 3; ++component) {
            for (uint32_t y = 0; y < picture.rows(component); ++y) {
                for (uint32_t x = 0; x < picture.columns(component); ++x) {
                    picture.set(component, x, y, value(component, x, y));
                }
            }
        }
    }
    static int wave(uint32_t component, uint32_t x, uint32_t y) {
        return 40 + static_cast<int>(component * 20 + x % 50 + 2 * y % 90);
    }
};

// Each frame has two pictures; what is shown is one of them, smooth between its rows.
TEST_F(ComposeFieldsTest, BobShowsOneField) {
    for (const PlaneArrangement planes : kYuv) {
        for (const uint32_t depth : {8U, 10U}) {
            if (depth == 10 && planes != PlaneArrangement::kSemiPlanar) {
                continue;
            }
            Picture source(format_of(planes, depth), 50, 43);
            const auto value = [](uint32_t, uint32_t, uint32_t y) { return y % 2 == 0 ? 60 : 200; };
            set_all(source, value);
            for (const Field field : {Field::kTop, Field::kBottom}) {
                Picture target(source.format(), 50, 43);
                Layer layer = whole(source, target);
                layer.interlacing = Interlacing{.field = field, .is_second = false, .previous = {}};
                Composer composer;
                ASSERT_TRUE(composer.compose(target.target(), {}, std::span(&layer, 1)));
                for (uint32_t component = 0; component < 3; ++component) {
                    for (uint32_t y = 0; y < target.rows(component); ++y) {
                        ASSERT_EQ(target.get(component, 9, y), field == Field::kTop ? 60 : 200)
                            << component << " " << y;
                    }
                }
            }
        }
    }
}

TEST_F(ComposeFieldsTest, StillPicturesAreWoven) {
    for (const uint32_t depth : {8U, 10U}) {
        Picture source(format_of(PlaneArrangement::kSemiPlanar, depth), 60, 46);
        set_all(source, wave);
        for (const bool is_second : {false, true}) {
            Picture target(source.format(), 60, 46);
            Layer layer = whole(source, target);
            layer.interlacing = Interlacing{
                .field = Field::kTop, .is_second = is_second, .previous = source.source().planes};
            Composer composer;
            ASSERT_TRUE(composer.compose(target.target(), {}, std::span(&layer, 1)));
            for (uint32_t y = 0; y < 46; ++y) {
                for (uint32_t x = 0; x < 60; ++x) {
                    ASSERT_EQ(target.get(0, x, y), source.get(0, x, y));
                    ASSERT_EQ(target.get(2, x / 2, y / 2), source.get(2, x / 2, y / 2));
                }
            }
        }
    }
}

// Where something moves, no row of another time shows.
TEST_F(ComposeFieldsTest, MovingPicturesAreNotWoven) {
    Picture before(format_of(PlaneArrangement::kSemiPlanar), 60, 46);
    Picture source(before.format(), 60, 46);
    Picture bob(before.format(), 60, 46);
    Picture target(before.format(), 60, 46);
    set_all(before, [](uint32_t component, uint32_t x, uint32_t y) {
        return wave(component, x, y) + (x < 30 ? 0 : 60);
    });
    set_all(source, wave);
    Layer layer = whole(source, target);
    Composer composer;
    layer.interlacing = Interlacing{.field = Field::kBottom, .is_second = true, .previous = {}};
    ASSERT_TRUE(composer.compose(bob.target(), {}, std::span(&layer, 1)));
    layer.interlacing->previous = before.source().planes;
    ASSERT_TRUE(composer.compose(target.target(), {}, std::span(&layer, 1)));
    for (uint32_t y = 0; y < 46; ++y) {
        ASSERT_EQ(target.get(0, 5, y), source.get(0, 5, y)) << y;
        ASSERT_EQ(target.get(0, 40, y), bob.get(0, 40, y)) << y;
    }
}

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
