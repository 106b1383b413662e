// SPDX-License-Identifier: MIT
// Several threads create, decode and destroy at once. On one processor they take turns where the
// kernel sleeps; on two (tools/with-kernel --smp) they really run at the same time.
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "lifecycle_fixture.h"

namespace v4l2va::test {
namespace {

constexpr unsigned kThreads = 4;
constexpr unsigned kTimes = 10;

using Threads = Lifecycle;

void on_all_threads(const std::function<void(unsigned thread)>& function) {
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back(function, thread);
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

// The number of pictures that failed.
size_t live_once(const Display& display, unsigned number) {
    const Recording& clip = number % 2 == 0 ? h264_clip() : other_clip();
    Player player(display, clip, Player::Options{.surfaces_first = number % 3 != 0});
    const size_t failed = clip.pictures.size() - decode_and_sync(player, clip);
    const bool submitted = player.decode(clip.pictures[0]) == VA_STATUS_SUCCESS;
    if (number % 4 == 1) {
        player.destroy_surfaces();
    }
    return failed + (submitted ? 0 : 1);
}

TEST_F(Threads, EachWithItsDisplay) {
    std::atomic<size_t> failed{0};
    const auto live = [&failed](unsigned thread) {
        for (unsigned i = 0; i < kTimes; ++i) {
            const Display display;
            failed += live_once(display, thread + i);
            failed += display.messages().size();
        }
    };
    on_all_threads(live);  // what is made once
    const Counts before = Counts::now();
    on_all_threads(live);
    EXPECT_EQ(failed, 0U);
    expect_no_growth(before, Counts::now(), kThreads * kTimes * 10);
}

TEST_F(Threads, AllWithOneDisplay) {
    std::atomic<size_t> failed{0};
    const Display display;
    const auto live = [&](unsigned thread) {
        for (unsigned i = 0; i < kTimes; ++i) {
            failed += live_once(display, thread + i);
        }
    };
    on_all_threads(live);  // what is made once
    const Counts before = Counts::now();
    on_all_threads(live);
    EXPECT_EQ(failed, 0U);
    EXPECT_TRUE(display.messages().empty()) << display.messages().front();
    expect_no_growth(before, Counts::now(), kThreads * kTimes * 10);
}

// One thread decodes, the others wait for its pictures and read them.
TEST_F(Threads, ReadersOfOneContext) {
    const Display display;
    const Recording& clip = other_clip();
    const Counts before = Counts::now();
    {
        Player player(display, clip);
        ASSERT_EQ(decode_and_sync(player, clip), clip.pictures.size());
        std::atomic<size_t> failed{0};
        std::atomic<bool> done{false};
        on_all_threads([&](unsigned thread) {
            for (unsigned i = 0; thread == 0 && i < kTimes; ++i) {
                failed += clip.pictures.size() - decode_and_sync(player, clip);
            }
            done = done || thread == 0;
            while (!done) {
                const RecordedPicture& picture = clip.pictures[thread % clip.pictures.size()];
                VAStatus status = VA_STATUS_ERROR_OPERATION_FAILED;
                (void)player.read(picture, &status);
                failed += status == VA_STATUS_SUCCESS ? 0 : 1;
            }
        });
        EXPECT_EQ(failed, 0U);
    }
    expect_same_objects(before, Counts::now());
    EXPECT_TRUE(display.messages().empty()) << display.messages().front();
}

}  // namespace
}  // namespace v4l2va::test
