// SPDX-License-Identifier: MIT
#include "codec/registry.h"

#include <gtest/gtest.h>
#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <set>

#include "codec/va_compat.h"

namespace v4l2va {
namespace {

TEST(Registry, RowsAreComplete) {
    std::set<VAProfile> profiles;
    for (const CodecInfo& codec : codecs()) {
        EXPECT_STRNE(codec.name, "");
        EXPECT_NE(codec.coded_fourcc, 0U);
        EXPECT_NE(codec.sequence_control, 0U);
        EXPECT_FALSE(codec.required_controls.empty());
        ASSERT_NE(codec.create, nullptr);
        for (const ProfileInfo& info : codec.profiles) {
            EXPECT_TRUE(profiles.insert(info.profile).second) << "profile in two rows";
            EXPECT_NE(info.menu_items, 0U);
            const ProfileInfo* found = nullptr;
            EXPECT_EQ(find_codec(info.profile, &found), &codec);
            EXPECT_EQ(found, &info);
            EXPECT_NE(codec.create({}, info.profile, {64, 64}), nullptr);
        }
    }
}

TEST(Registry, H264) {
    const ProfileInfo* info = nullptr;
    const CodecInfo* codec = find_codec(VAProfileH264ConstrainedBaseline, &info);
    ASSERT_NE(codec, nullptr);
    EXPECT_EQ(codec->coded_fourcc, uint32_t{V4L2_PIX_FMT_H264_SLICE});
    EXPECT_EQ(info->menu_items, 3U);
    ASSERT_EQ(find_codec(kVaProfileH264High10, &info), codec);
    EXPECT_EQ(info->bit_depth, 10U);
    EXPECT_EQ(info->menu_items, 1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10);
    EXPECT_EQ(find_codec(VAProfileNone), nullptr);
}

}  // namespace
}  // namespace v4l2va
