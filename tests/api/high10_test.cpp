// SPDX-License-Identifier: MIT
// H.264 High 10 through libva, on a device that has it.
#include <gtest/gtest.h>

#include <algorithm>

#include "player.h"

namespace v4l2va::test {
namespace {

const Recording& deep_clip() {
    static const Recording recording = record_deep_clip({});
    return recording;
}

TEST(High10, IsOfferedWithBothDepths) {
    const Display display;
    std::vector<VAProfile> profiles(static_cast<size_t>(vaMaxNumProfiles(display.get())));
    int count = 0;
    ASSERT_EQ(vaQueryConfigProfiles(display.get(), profiles.data(), &count), VA_STATUS_SUCCESS);
    EXPECT_EQ(std::count(profiles.begin(), profiles.begin() + count, kH264High10), 1);
    VAConfigAttrib attribute = {VAConfigAttribRTFormat, 0};
    ASSERT_EQ(vaGetConfigAttributes(display.get(), kH264High10, VAEntrypointVLD, &attribute, 1),
              VA_STATUS_SUCCESS);
    EXPECT_EQ(attribute.value, uint32_t{VA_RT_FORMAT_YUV420} | VA_RT_FORMAT_YUV420_10);
    attribute.value = 0;
    ASSERT_EQ(
        vaGetConfigAttributes(display.get(), VAProfileH264High, VAEntrypointVLD, &attribute, 1),
        VA_STATUS_SUCCESS);
    EXPECT_EQ(attribute.value, uint32_t{VA_RT_FORMAT_YUV420});
}

TEST(High10, EveryPictureIsBitExact) {
    const Display display;
    Player player(display, deep_clip());
    EXPECT_EQ(player.decode_and_compare(), deep_clip().pictures.size());
    EXPECT_TRUE(display.messages().empty());
}

TEST(High10, EveryToolIsBitExact) {
    const Display display;
    for (const char* params : {"bframes=2:direct=temporal:ref=2", "no-cabac=1:bframes=1",
                               "tff=1:bframes=1:ref=2", "8x8dct=0:cqm=jvt:slices=3"}) {
        const Recording recording =
            record_deep_clip({.width = 208, .height = 128, .frames = 12, .x264_params = params});
        Player player(display, recording);
        EXPECT_EQ(player.decode_and_compare(), recording.pictures.size()) << params;
    }
}

TEST(High10, PicturesOfEightBits) {
    const Display display;
    Recording recording = record_clip({});
    recording.profile = kH264High10;
    Player player(display, recording);
    EXPECT_EQ(player.decode_and_compare(), recording.pictures.size());
}

TEST(High10, HighRefusesTenBits) {
    const Display display;
    Recording recording = deep_clip();
    recording.profile = VAProfileH264High;
    recording.bit_depth = 8;
    Player player(display, recording);
    EXPECT_NE(player.decode(recording.pictures[0]), VA_STATUS_SUCCESS);
}

}  // namespace
}  // namespace v4l2va::test
