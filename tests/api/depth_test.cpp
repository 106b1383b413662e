// SPDX-License-Identifier: MIT
// Ten bits behind configs that say nothing of them: browsers make configs without attributes, and
// surfaces of ten bits in a context whose config was made for eight.
#include <gtest/gtest.h>

#include "client.h"

namespace v4l2va::test {
namespace {

Recording deep_clip(const char* codec) {
    return record_clip({.width = 96, .height = 64, .frames = 6, .codec = codec, .bit_depth = 10});
}

const Recording& deep_av1() {
    static const Recording recording = deep_clip("av1");
    return recording;
}

std::vector<VASurfaceID> make_deep_surfaces(VADisplay display, const Recording& recording) {
    std::vector<VASurfaceID> surfaces(recording.pictures.size(), VA_INVALID_ID);
    EXPECT_EQ(vaCreateSurfaces(display, VA_RT_FORMAT_YUV420_10, recording.coded_width,
                               recording.coded_height, surfaces.data(),
                               static_cast<unsigned>(surfaces.size()), nullptr, 0),
              VA_STATUS_SUCCESS);
    return surfaces;
}

// The number of right pictures, each in a surface of its own.
size_t play(VADisplay display, VAConfigID config, const Recording& recording) {
    const VAContextID context = make_context(display, config, recording);
    const std::vector<VASurfaceID> surfaces = make_deep_surfaces(display, recording);
    Stream stream(display, context, recording, {});
    size_t right = 0;
    for (size_t i = 0; i < surfaces.size(); ++i) {
        const RecordedPicture& picture = recording.pictures[i];
        EXPECT_EQ(stream.decode(picture, surfaces[i]), VA_STATUS_SUCCESS);
        const Pixels pixels = read_surface(display, surfaces[i], recording.visible_width,
                                           recording.visible_height, nullptr, VA_FOURCC_P010);
        right += !picture.has_expected || pixels == picture.expected ? 1 : 0;
    }
    EXPECT_EQ(vaDestroyContext(display, context), VA_STATUS_SUCCESS);
    return right;
}

TEST(Depth, ConfigsWithoutAttributesTakeEveryDepth) {
    const Display display;
    for (const Recording& recording : {deep_clip("hevc"), deep_clip("vp9"), deep_av1()}) {
        const VAConfigID config = make_config(display.get(), recording);
        EXPECT_EQ(play(display.get(), config, recording), recording.pictures.size());
    }
    EXPECT_TRUE(display.messages().empty());
}

// AV1 has one profile for both depths.
TEST(Depth, IsThatOfTheFirstPictureNotOfTheConfig) {
    const Display display;
    const Recording& recording = deep_av1();
    VAConfigAttrib eight_bits = {VAConfigAttribRTFormat, VA_RT_FORMAT_YUV420};
    VAConfigID config = VA_INVALID_ID;
    ASSERT_EQ(
        vaCreateConfig(display.get(), recording.profile, VAEntrypointVLD, &eight_bits, 1, &config),
        VA_STATUS_SUCCESS);
    EXPECT_EQ(play(display.get(), config, recording), recording.pictures.size());
    const Recording shallow = record_clip({.width = 96, .height = 64, .frames = 6, .codec = "av1"});
    Player player(display, shallow);
    EXPECT_EQ(player.decode_and_compare(), shallow.pictures.size()) << "and back";
    EXPECT_TRUE(display.messages().empty());
}

// What the surfaces cannot hold shows at the first picture, while a client can still turn to
// software; the next context is a good one.
TEST(Depth, SurfacesOfEightBitsRefuseTheFirstPictureOfTen) {
    const Display display;
    const Recording& recording = deep_av1();
    Recording claimed = recording;
    claimed.bit_depth = 8;
    {
        Player player(display, claimed);
        EXPECT_NE(player.decode(claimed.pictures[0]), VA_STATUS_SUCCESS);
    }
    Player player(display, recording);
    EXPECT_EQ(player.decode_and_compare(), recording.pictures.size());
}

}  // namespace
}  // namespace v4l2va::test
