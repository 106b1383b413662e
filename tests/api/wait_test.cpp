// SPDX-License-Identifier: MIT
// Waiting for pictures: of two contexts in any order, with any timeout, and for longer than the
// driver waits.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "client.h"
#include "test_driver.h"

namespace v4l2va::test {
namespace {

const Recording& clip() {
    static const Recording recording = record_clip({.frames = 4, .x264_params = "bframes=0"});
    return recording;
}

// Needs a device with a decode time: run with `tools/with-virtual --delay-ms 150`.
class SlowDeviceWait : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!std::getenv("V4L2VA_VIRTUAL_DELAY_MS")) {
            GTEST_SKIP() << "needs a slow device";
        }
        (void)clip();
    }

    static VASurfaceID target(const Player& player, size_t i) {
        return player.surface(clip().pictures[i].target);
    }
    // Never busy, and never good before the pixels are there.
    static void expect_decoded(const Display& display, const Player& player, size_t i) {
        EXPECT_EQ(vaSyncSurface(display.get(), target(player, i)), VA_STATUS_SUCCESS);
        EXPECT_EQ(player.read(clip().pictures[i]), clip().pictures[i].expected);
    }
};

TEST_F(SlowDeviceWait, TwoContextsInEitherOrder) {
    const Display display;
    Player first(display, clip());
    Player second(display, clip());
    for (size_t i = 0; i < 2; ++i) {
        ASSERT_EQ(first.decode(clip().pictures[i]), VA_STATUS_SUCCESS);
        ASSERT_EQ(second.decode(clip().pictures[i]), VA_STATUS_SUCCESS);
        expect_decoded(display, i == 0 ? first : second, i);
        expect_decoded(display, i == 0 ? second : first, i);
    }
    EXPECT_TRUE(display.messages().empty());
}

TEST_F(SlowDeviceWait, TwoThreads) {
    const Display display;
    std::array<std::thread, 2> threads;
    for (std::thread& thread : threads) {
        thread = std::thread([&] {
            Player player(display, clip());
            for (size_t i = 0; i < 2; ++i) {
                ASSERT_EQ(player.decode(clip().pictures[i]), VA_STATUS_SUCCESS);
                expect_decoded(display, player, i);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

TEST_F(SlowDeviceWait, EveryTimeout) {
    const Display display;
    Player player(display, clip());
    ASSERT_EQ(player.decode(clip().pictures[0]), VA_STATUS_SUCCESS);
    const VASurfaceID surface = target(player, 0);
    EXPECT_EQ(vaSyncSurface2(display.get(), surface, 0), VA_STATUS_ERROR_TIMEDOUT);
    EXPECT_EQ(vaSyncSurface2(display.get(), surface, 1), VA_STATUS_ERROR_TIMEDOUT);
    EXPECT_EQ(vaSyncSurface2(display.get(), surface, VA_TIMEOUT_INFINITE), VA_STATUS_SUCCESS);
    expect_decoded(display, player, 0);
}

TEST_F(SlowDeviceWait, StatusAlone) {
    const Display display;
    Player player(display, clip());
    ASSERT_EQ(player.decode(clip().pictures[0]), VA_STATUS_SUCCESS);
    VASurfaceStatus status = VASurfaceRendering;
    int asked = 0;
    while (status != VASurfaceReady) {
        ASSERT_EQ(vaQuerySurfaceStatus(display.get(), target(player, 0), &status),
                  VA_STATUS_SUCCESS);
        ++asked;
        std::this_thread::yield();
    }
    EXPECT_GT(asked, 1);
    expect_decoded(display, player, 0);
}

// A picture takes longer than the driver waits, as on a board that was nearly out of memory: no
// success before it is there, and success then.
TEST_F(SlowDeviceWait, LongerThanTheLimit) {
    const TestDriver driver(50);
    const Display display;
    Player player(display, clip());
    ASSERT_EQ(player.decode(clip().pictures[0]), VA_STATUS_SUCCESS);
    const VASurfaceID surface = target(player, 0);
    EXPECT_EQ(vaSyncSurface(display.get(), surface), VA_STATUS_ERROR_TIMEDOUT);
    VAStatus status = VA_STATUS_ERROR_TIMEDOUT;
    while (status == VA_STATUS_ERROR_TIMEDOUT) {
        status = vaSyncSurface(display.get(), surface);
        std::this_thread::yield();
    }
    EXPECT_EQ(status, VA_STATUS_SUCCESS);
    expect_decoded(display, player, 0);
    // And the context goes on, here with the same patience.
    ASSERT_EQ(player.decode(clip().pictures[1]), VA_STATUS_SUCCESS);
    while (vaSyncSurface(display.get(), target(player, 1)) == VA_STATUS_ERROR_TIMEDOUT) {
        std::this_thread::yield();
    }
    expect_decoded(display, player, 1);
}

// The context is destroyed meanwhile: its session is closed when the device is through, and the
// picture is good.
TEST_F(SlowDeviceWait, ForAContextThatIsGone) {
    const TestDriver driver(50);
    const Display display;
    Player player(display, clip());
    player.destroy_context();
    const size_t before = open_fds();
    player.create_context();
    ASSERT_EQ(player.decode(clip().pictures[0]), VA_STATUS_SUCCESS);
    player.destroy_context();
    while (vaSyncSurface(display.get(), target(player, 0)) == VA_STATUS_ERROR_TIMEDOUT) {
        std::this_thread::yield();
    }
    expect_decoded(display, player, 0);
    player.create_context();
    player.destroy_context();
    EXPECT_EQ(open_fds(), before + 1);  // the surface's memory
}

}  // namespace
}  // namespace v4l2va::test
