// SPDX-License-Identifier: MIT
// The decoder's module is removed, or somebody tries to.
#include <cerrno>
#include <memory>

#include "lifecycle_fixture.h"

namespace v4l2va::test {
namespace {

using ModuleRemoval = Lifecycle;

TEST_F(ModuleRemoval, IsRefusedWhileAContextLives) {
    for (const Recording* clip : {&h264_clip(), &other_clip()}) {
        auto display = std::make_unique<Display>();
        auto player = std::make_unique<Player>(*display, *clip);
        // delete_module(2): in use, and it was not to wait.
        EXPECT_EQ(remove_device(), EWOULDBLOCK) << "before the first picture";
        for (size_t i = 0; i < clip->pictures.size(); ++i) {
            EXPECT_EQ(decode_and_sync(*player, *clip, i, i + 1), 1U);
            EXPECT_EQ(remove_device(), EWOULDBLOCK) << "after picture " << i;
        }
        EXPECT_TRUE(display->messages().empty()) << display->messages().front();
        player->destroy_context();
        // VP8 may change its size: its decoder waits for the next context with these surfaces.
        if (clip->profile == VAProfileVP8Version0_3) player->destroy_surfaces();
        EXPECT_EQ(remove_device(), 0) << "surfaces keep no device";
        player.reset();
        display.reset();
        EXPECT_EQ(load_device(), 0);
    }
}

// The display knows a device that is no more.
TEST_F(ModuleRemoval, ThenContextsAreRefused) {
    const Counts before = Counts::now();
    {
        const Display display;
        { Player player(display, h264_clip()); }
        ASSERT_EQ(remove_device(), 0) << "a display keeps no device";
        VAConfigID config = VA_INVALID_ID;
        ASSERT_EQ(
            vaCreateConfig(display.get(), VAProfileH264High, VAEntrypointVLD, nullptr, 0, &config),
            VA_STATUS_SUCCESS);
        VAContextID context = VA_INVALID_ID;
        EXPECT_NE(
            vaCreateContext(display.get(), config, 128, 96, VA_PROGRESSIVE, nullptr, 0, &context),
            VA_STATUS_SUCCESS);
        const Display without_device;
        EXPECT_NE(without_device.init_status(), VA_STATUS_SUCCESS);
    }
    ASSERT_EQ(load_device(), 0);
    expect_same_objects(before, Counts::now());
    const Display display;
    ASSERT_EQ(display.init_status(), VA_STATUS_SUCCESS);
    Player player(display, h264_clip());
    EXPECT_EQ(decode_and_sync(player, h264_clip()), h264_clip().pictures.size());
}

}  // namespace
}  // namespace v4l2va::test
