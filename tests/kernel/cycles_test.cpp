// SPDX-License-Identifier: MIT
// A client's whole life a thousand times, and many sizes and codecs one after the other.
#include <algorithm>
#include <deque>
#include <memory>

#include "lifecycle_fixture.h"

namespace v4l2va::test {
namespace {

using Cycles = Lifecycle;
using Sizes = Lifecycle;

// From config to config; each time in another order, and one time in four the client destroys
// nothing.
void live_once(const Display& display, unsigned cycle) {
    const Recording& clip = cycle % 2 == 0 ? h264_clip() : other_clip();
    Player player(display, clip, Player::Options{.surfaces_first = cycle % 3 != 0});
    // Few pictures: most of the time of a cycle goes into the memory of its surfaces.
    const size_t pictures = cycle % 10 == 0 ? clip.pictures.size() : 1;
    ASSERT_EQ(decode_and_sync(player, clip, 0, pictures), pictures);
    ASSERT_EQ(player.decode(clip.pictures[0]), VA_STATUS_SUCCESS);  // in flight, or not read
    if (cycle % 4 == 1) {
        player.forget();
    } else if (cycle % 4 == 2) {
        player.destroy_surfaces();
    }
}

// A display lives for five of them.
void live(unsigned cycles) {
    std::unique_ptr<Display> display;
    for (unsigned cycle = 0; cycle < cycles; ++cycle) {
        if (cycle % 5 == 0) {
            display = std::make_unique<Display>();
            ASSERT_EQ(display->init_status(), VA_STATUS_SUCCESS);
        }
        ASSERT_NO_FATAL_FAILURE(live_once(*display, cycle)) << "cycle " << cycle;
        ASSERT_TRUE(display->messages().empty()) << display->messages().front();
    }
}

TEST_F(Cycles, ManyLeaveNothing) {
    constexpr unsigned kWarmUp = 50;
    // The real drivers of many boards share the time of one visl.
    const unsigned cycles = on_board() ? 100 : 1000;
    ASSERT_NO_FATAL_FAILURE(live(kWarmUp));
    const Counts before = Counts::now();
    EXPECT_EQ(before.device_opens, 0U);
    EXPECT_EQ(before.dma_bufs, 0U);
    ASSERT_NO_FATAL_FAILURE(live(cycles));
    expect_no_growth(before, Counts::now(), cycles);
}

struct ClipSize {
    const Recording& (*clip)(unsigned width, unsigned height);
    unsigned width;
    unsigned height;
};

// visl's smallest and largest among them.
constexpr ClipSize kSizes[] = {
    {h264_clip, 176, 144},  {other_clip, 1920, 1088}, {h264_clip, 64, 64},  {other_clip, 16, 16},
    {h264_clip, 1280, 720}, {other_clip, 350, 246},   {h264_clip, 98, 130}, {other_clip, 720, 576},
    {other_clip, 48, 1152}, {h264_clip, 640, 64},
};

// Three players live at any time, of different sizes and codecs; the oldest goes when a new one
// comes, in one of several ways.
void change_sizes(unsigned changes) {
    const Display display;
    std::deque<std::unique_ptr<Player>> living;
    for (unsigned change = 0; change < changes; ++change) {
        const ClipSize& size = kSizes[change % std::size(kSizes)];
        // What all devices of boards take.
        const unsigned width = on_board() ? std::clamp(size.width, 64U, 1280U) : size.width;
        const unsigned height = on_board() ? std::clamp(size.height, 64U, 720U) : size.height;
        const Recording& clip = size.clip(width, height);
        living.push_back(std::make_unique<Player>(
            display, clip, Player::Options{.surfaces_first = change % 2 == 0}));
        Player& player = *living.back();
        ASSERT_EQ(decode_and_sync(player, clip, 0, 2), 2U) << size.width << 'x' << size.height;
        if (change % 3 == 0) {
            // A seek: a new context, the surfaces stay.
            player.destroy_context();
            player.create_context();
            ASSERT_EQ(decode_and_sync(player, clip, 0, 2), 2U);
        }
        ASSERT_EQ(player.decode(clip.pictures[0]), VA_STATUS_SUCCESS);
        if (living.size() > 3) {
            if (change % 2 == 0) {
                living.front()->destroy_surfaces();
            }
            living.pop_front();
        }
    }
    living.clear();
    EXPECT_TRUE(display.messages().empty()) << display.messages().front();
}

TEST_F(Sizes, AStormLeavesNothing) {
    const unsigned changes = on_board() ? 30 : 150;
    ASSERT_NO_FATAL_FAILURE(change_sizes(on_board() ? 10 : 30));
    const Counts before = Counts::now();
    ASSERT_NO_FATAL_FAILURE(change_sizes(changes));
    expect_no_growth(before, Counts::now(), changes);
}

}  // namespace
}  // namespace v4l2va::test
