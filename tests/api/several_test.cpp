// SPDX-License-Identifier: MIT
// Several streams at once: sixteen of all codecs in one process, and devices that take no more.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "client.h"
#include "export.h"

namespace v4l2va::test {
namespace {

constexpr std::array kCodecs = {"h264", "hevc", "vp8", "vp9", "av1", "mpeg2"};

const Recording& clip(size_t index) {
    static const std::vector<Recording> recordings = [] {
        std::vector<Recording> made;
        unsigned width = 176;
        for (const char* codec : kCodecs) {
            made.push_back(
                record_clip({.width = width, .height = 144, .frames = 24, .codec = codec}));
            width += 16;
        }
        return made;
    }();
    return recordings[index % recordings.size()];
}

TEST(Several, EveryCodecIsBitExact) {
    const Display display;
    for (size_t i = 0; i < kCodecs.size(); ++i) {
        Player player(display, clip(i));
        EXPECT_EQ(player.decode_and_compare(), clip(i).pictures.size()) << kCodecs[i];
    }
}

// Each of sixteen threads has a context of its own on the one display, and plays its clip three
// times, for each of which the context is made anew.
TEST(Several, SixteenContexts) {
    constexpr size_t kThreads = 16;
    constexpr size_t kRounds = 3;
    (void)clip(0);
    const Display display;
    std::array<size_t, kThreads> pictures = {};
    std::array<size_t, kThreads> equal = {};
    std::barrier all_ready(kThreads + 1);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
            Player player(display, clip(i), {.surfaces_first = i % 2 == 0});
            all_ready.arrive_and_wait();  // all contexts exist
            for (size_t round = 0; round < kRounds; ++round) {
                pictures[i] += clip(i).pictures.size();
                equal[i] += player.decode_and_compare();
                player.destroy_context();
                player.create_context();
            }
        });
    }
    all_ready.arrive_and_wait();
    const auto start = std::chrono::steady_clock::now();
    for (std::thread& thread : threads) {
        thread.join();
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    EXPECT_EQ(equal, pictures);
    size_t sum = 0;
    for (const size_t count : equal) {
        sum += count;
    }
    EXPECT_TRUE(display.messages().empty());
    std::printf(
        "figures: 16 contexts in 16 threads, %zu codecs, %zu pictures bit-exact in %.1f s\n",
        kCodecs.size(), sum, took.count());
}

// The device takes kRoom streams: run with `--fault full:IOCTL:ERRNO:3`.
class FullDevice : public ::testing::Test {
  protected:
    static constexpr size_t kRoom = 3;

    void SetUp() override {
        const char* fault = std::getenv("V4L2VA_VIRTUAL_FAULT");
        if (!fault) {
            GTEST_SKIP() << "needs a device that is full";
        }
        (void)clip(0);
        const bool busy = std::string(fault).find("EBUSY") != std::string::npos;
        expected_ = busy ? VA_STATUS_ERROR_HW_BUSY : VA_STATUS_ERROR_ALLOCATION_FAILED;
        for (size_t i = 0; i < kRoom; ++i) {
            streams_.push_back(std::make_unique<Player>(display_, clip(i)));
            allocate_surfaces(*streams_.back());
        }
        one_more_ = std::make_unique<Player>(display_, clip(kRoom));
        allocate_surfaces(*one_more_);
        for (const std::unique_ptr<Player>& stream : streams_) {
            ASSERT_EQ(stream->decode_and_compare(0, 6), 6U);
        }
    }

    // What a device of several streams at its limit cannot give is not the question here.
    void allocate_surfaces(const Player& player) {
        for (const auto& [recorded, own] : player.surfaces()) {
            const Export exported(display_.get(), own, VA_EXPORT_SURFACE_SEPARATE_LAYERS);
            ASSERT_EQ(exported.status(), VA_STATUS_SUCCESS);
        }
    }

    VAStatus decode_first() { return one_more_->decode(clip(kRoom).pictures[0]); }

    // All that stream i has left from picture 6 on.
    void check_goes_on(size_t i, size_t first, size_t last) {
        EXPECT_EQ(streams_[i]->decode_and_compare(first, last), last - first) << kCodecs[i];
    }

    Display display_;
    VAStatus expected_ = VA_STATUS_SUCCESS;
    std::vector<std::unique_ptr<Player>> streams_;
    std::unique_ptr<Player> one_more_;
};

TEST_F(FullDevice, RefusesOneMoreAndServesTheOthers) {
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(decode_first(), expected_) << "not a general failure";
        for (size_t stream = 0; stream < kRoom; ++stream) {
            check_goes_on(stream, 6 + 4 * i, 10 + 4 * i);
        }
    }
    // Told, but not for every picture.
    EXPECT_LE(display_.messages().size(), 1U);
    // Room again: the same context decodes.
    streams_[1].reset();
    EXPECT_EQ(one_more_->decode_and_compare(), clip(kRoom).pictures.size());
    check_goes_on(0, 18, clip(0).pictures.size());
    check_goes_on(2, 18, clip(2).pictures.size());
}

// A device that is full already at the format: vaCreateContext says it, so that clients choose
// software before they start.
TEST_F(FullDevice, RefusesAContext) {
    VAConfigID config = make_config(display_.get(), clip(0));
    VAContextID context = VA_INVALID_ID;
    EXPECT_EQ(
        vaCreateContext(display_.get(), config, 176, 144, VA_PROGRESSIVE, nullptr, 0, &context),
        expected_);
    for (size_t stream = 0; stream < kRoom; ++stream) {
        check_goes_on(stream, 6, clip(stream).pictures.size());
    }
}

}  // namespace
}  // namespace v4l2va::test
