// SPDX-License-Identifier: MIT
// A decoder that does not complete a picture, and in whose kernel STREAMOFF and close() then wait
// for 60 s: what its display still answers, and that all others go on.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "client.h"
#include "export.h"
#include "test_driver.h"

namespace v4l2va::test {
namespace {

constexpr uint64_t kLimitMs = 600;
// The first call may wait for the limit; what comes after must not, on a busy machine either.
constexpr int64_t kAtOnceMs = kLimitMs * 3 / 4;

// The ninth job of each open file hangs (`--fault hang:at=9`): eight pictures never do.
const Recording& clip() {
    static const Recording recording =
        record_clip({.frames = 8, .x264_params = "bframes=2:ref=3", .profile = "main"});
    return recording;
}

// Of a codec that has another device on every machine here.
const Recording& other_clip() {
    static const Recording recording = record_clip({.frames = 8, .codec = "mpeg2"});
    return recording;
}

int64_t milliseconds(const std::function<void()>& call) {
    const auto begin = std::chrono::steady_clock::now();
    call();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 begin)
        .count();
}

void expect_at_once(const char* what, const std::function<void()>& call) {
    EXPECT_LT(milliseconds(call), kAtOnceMs) << what;
}

class Stuck : public ::testing::Test {
  protected:
    void SetUp() override {
        (void)clip();
        const TestDriver driver(kLimitMs);
        display_ = std::make_unique<Display>();
        ASSERT_EQ(display_->init_status(), VA_STATUS_SUCCESS);
    }

    // Eight good pictures; the ninth is with the device for good.
    void submit_what_hangs() {
        player_ = std::make_unique<Player>(*display_, clip());
        ASSERT_EQ(player_->decode_and_compare(), clip().pictures.size());
        expect_at_once("vaEndPicture",
                       [&] { ASSERT_EQ(player_->decode(clip().pictures[0]), VA_STATUS_SUCCESS); });
        // The device has it by now.
        EXPECT_EQ(vaSyncSurface2(va(), target(), 20'000'000), VA_STATUS_ERROR_TIMEDOUT);
    }

    void get_stuck() {
        submit_what_hangs();
        EXPECT_LT(milliseconds(
                      [&] { EXPECT_EQ(vaSyncSurface(va(), target()), VA_STATUS_ERROR_TIMEDOUT); }),
                  static_cast<int64_t>(2 * kLimitMs));
    }

    [[nodiscard]] VADisplay va() const { return display_->get(); }
    [[nodiscard]] VASurfaceID target() const { return player_->surface(clip().pictures[0].target); }
    [[nodiscard]] VASurfaceID other_surface() const {
        return player_->surface(clip().pictures[1].target);
    }

    // A context's whole life on another device.
    static void expect_goes_on(const Display& display, const Recording& recording) {
        Player player(display, recording);
        EXPECT_EQ(player.decode_and_compare(), recording.pictures.size());
    }

    std::unique_ptr<Display> display_;
    std::unique_ptr<Player> player_;
};

TEST_F(Stuck, EveryCallIsBackAndNothingIsReportedAsDecoded) {
    get_stuck();
    for (const uint64_t timeout : {uint64_t{0}, uint64_t{1}, uint64_t{VA_TIMEOUT_INFINITE}}) {
        expect_at_once("vaSyncSurface2", [&] {
            EXPECT_EQ(vaSyncSurface2(va(), target(), timeout), VA_STATUS_ERROR_TIMEDOUT);
        });
    }
    expect_at_once("vaQuerySurfaceStatus", [&] {
        VASurfaceStatus status = VASurfaceReady;
        EXPECT_EQ(vaQuerySurfaceStatus(va(), target(), &status), VA_STATUS_ERROR_TIMEDOUT);
    });
    expect_at_once("vaExportSurfaceHandle", [&] {
        const Export exported(va(), target(), VA_EXPORT_SURFACE_SEPARATE_LAYERS);
        EXPECT_EQ(exported.status(), VA_STATUS_ERROR_TIMEDOUT);
    });
    VAImage image = {};
    expect_at_once("vaDeriveImage", [&] {
        EXPECT_EQ(vaDeriveImage(va(), target(), &image), VA_STATUS_ERROR_TIMEDOUT);
    });
    VAImageFormat nv12 = {};
    nv12.fourcc = VA_FOURCC_NV12;
    ASSERT_EQ(vaCreateImage(va(), &nv12, 16, 16, &image), VA_STATUS_SUCCESS);
    expect_at_once("vaGetImage", [&] {
        EXPECT_EQ(vaGetImage(va(), target(), 0, 0, 16, 16, image.image_id),
                  VA_STATUS_ERROR_TIMEDOUT);
    });
    expect_at_once("vaPutImage", [&] {
        EXPECT_EQ(vaPutImage(va(), target(), image.image_id, 0, 0, 16, 16, 0, 0, 16, 16),
                  VA_STATUS_ERROR_TIMEDOUT);
    });
    // A picture into the same surface, and into others; none waits, none counts as decoded.
    for (size_t i = 0; i < clip().pictures.size(); ++i) {
        expect_at_once("vaEndPicture", [&] {
            EXPECT_EQ(player_->decode(clip().pictures[i]), VA_STATUS_ERROR_TIMEDOUT);
        });
        expect_at_once("vaSyncSurface", [&] {
            VAStatus status = VA_STATUS_SUCCESS;
            (void)player_->read(clip().pictures[i], &status);
            EXPECT_EQ(status, VA_STATUS_ERROR_TIMEDOUT);
        });
    }
    // The target has no memory yet.
    const VASurfaceID fresh = make_surfaces(va(), clip(), 1).front();
    expect_at_once("vaEndPicture", [&] {
        Stream stream(va(), player_->context(), clip(), {});
        EXPECT_EQ(stream.decode(clip().pictures[0], fresh), VA_STATUS_ERROR_TIMEDOUT);
        EXPECT_EQ(vaSyncSurface(va(), fresh), VA_STATUS_ERROR_TIMEDOUT);
    });
    expect_at_once("vaDestroyImage", [&] { vaDestroyImage(va(), image.image_id); });
    expect_at_once("vaDestroyContext", [&] { player_->destroy_context(); });
    EXPECT_EQ(vaSyncSurface(va(), target()), VA_STATUS_ERROR_TIMEDOUT);
    expect_at_once("vaDestroySurfaces", [&] { player_->destroy_surfaces(); });
    expect_at_once("vaTerminate", [&] { display_.reset(); });
    player_->forget();
}

// Whichever call comes first waits for the limit, and no longer.
TEST_F(Stuck, DestroyingFirstWaitsOnce) {
    submit_what_hangs();
    EXPECT_LT(milliseconds([&] {
                  player_->destroy_context();
                  player_->destroy_surfaces();
                  display_.reset();
              }),
              static_cast<int64_t>(2 * kLimitMs));
    player_->forget();
}

TEST_F(Stuck, TerminatingFirstWaitsOnce) {
    submit_what_hangs();
    const size_t before = open_fds();
    player_->forget();
    EXPECT_LT(milliseconds([&] { display_.reset(); }), static_cast<int64_t>(2 * kLimitMs));
    EXPECT_LT(open_fds(), before);
}

TEST_F(Stuck, TheNextContextGoesToAnotherDevice) {
    get_stuck();
    expect_goes_on(*display_, clip());
    player_->destroy_context();
    expect_goes_on(*display_, clip());
    expect_goes_on(*display_, other_clip());
    // On that device's own surfaces, and not on what the stuck one may still write into.
    player_->create_context();
    EXPECT_EQ(player_->decode(clip().pictures[0]), VA_STATUS_ERROR_TIMEDOUT);
    player_->destroy_surfaces();
    player_.reset();
    expect_at_once("vaTerminate", [&] { display_.reset(); });
}

TEST_F(Stuck, OtherContextsOfTheDisplayGoOn) {
    Player first(*display_, other_clip());
    submit_what_hangs();
    Player second(*display_, clip());  // the idlest: another device
    const size_t half = clip().pictures.size() / 2;
    EXPECT_EQ(first.decode_and_compare(0, half), half);
    EXPECT_EQ(second.decode_and_compare(0, half), half);
    EXPECT_EQ(vaSyncSurface(va(), target()), VA_STATUS_ERROR_TIMEDOUT);
    player_->destroy_context();
    EXPECT_EQ(first.decode_and_compare(half, 8), 8 - half);
    EXPECT_EQ(second.decode_and_compare(half, 8), 8 - half);
    player_.reset();
}

// A display that does not know yet: it finds out, and goes elsewhere.
TEST_F(Stuck, AnotherDisplayFindsOut) {
    get_stuck();
    const TestDriver driver(kLimitMs);
    const Display second;
    ASSERT_EQ(second.init_status(), VA_STATUS_SUCCESS);
    {
        Player behind(second, clip());
        ASSERT_EQ(behind.decode(clip().pictures[0]), VA_STATUS_SUCCESS);
        VAStatus status = VA_STATUS_SUCCESS;
        EXPECT_LT(milliseconds([&] { (void)behind.read(clip().pictures[0], &status); }),
                  static_cast<int64_t>(2 * kLimitMs));
        EXPECT_EQ(status, VA_STATUS_ERROR_TIMEDOUT);
    }
    expect_goes_on(second, clip());
    player_.reset();
}

// Another display's thread decodes all the while, and is never held up for as long as the limit.
TEST_F(Stuck, OtherThreadsGoOn) {
    const Display other_display;
    (void)other_clip();
    std::atomic<bool> stop{false};
    std::atomic<size_t> decoded{0};
    std::atomic<int64_t> longest{0};
    std::thread thread([&] {
        while (!stop) {
            Player player(other_display, other_clip());
            for (size_t i = 0; i < other_clip().pictures.size(); ++i) {
                const int64_t took =
                    milliseconds([&] { ASSERT_EQ(player.decode_and_compare(i, i + 1), 1U); });
                longest = std::max<int64_t>(longest, took);
                ++decoded;
            }
        }
    });
    const auto expect_progress = [&](const char* what) {
        const size_t before = decoded;
        while (decoded < before + 2) {
            std::this_thread::yield();
        }
        EXPECT_LT(longest, static_cast<int64_t>(kLimitMs)) << what;
    };
    get_stuck();
    expect_progress("vaSyncSurface");
    player_->destroy_context();
    expect_progress("vaDestroyContext");
    player_->forget();
    display_.reset();
    expect_progress("vaTerminate");
    stop = true;
    thread.join();
}

// One device, and that is stuck: clients learn it where they choose, and in no time.
using OnlyDeviceStuck = Stuck;

TEST_F(OnlyDeviceStuck, RefusesContextsAndMemory) {
    Player behind(*display_, clip());
    get_stuck();
    expect_at_once("vaEndPicture of another context", [&] {
        EXPECT_EQ(behind.decode(clip().pictures[0]), VA_STATUS_ERROR_HW_BUSY);
        EXPECT_EQ(vaSyncSurface(va(), behind.surface(clip().pictures[0].target)),
                  VA_STATUS_ERROR_TIMEDOUT);
    });
    const VAConfigID config = make_config(va(), clip());
    VAContextID context = VA_INVALID_ID;
    expect_at_once("vaCreateContext", [&] {
        EXPECT_EQ(vaCreateContext(va(), config, 176, 144, VA_PROGRESSIVE, nullptr, 0, &context),
                  VA_STATUS_ERROR_HW_BUSY);
    });
    const VASurfaceID fresh = make_surfaces(va(), clip(), 1).front();
    expect_at_once("vaExportSurfaceHandle", [&] {
        const Export exported(va(), fresh, VA_EXPORT_SURFACE_SEPARATE_LAYERS);
        EXPECT_EQ(exported.status(), VA_STATUS_ERROR_HW_BUSY);
    });
    // What was decoded before is there still.
    const auto& pictures = clip().pictures;
    const auto last = std::find_if(pictures.rbegin(), pictures.rend(), [&](const auto& picture) {
        return picture.target != pictures[0].target && picture.has_expected;
    });
    EXPECT_EQ(player_->read(*last), last->expected);
    behind.destroy_context();
    behind.destroy_surfaces();
    player_.reset();
    expect_at_once("vaTerminate", [&] { display_.reset(); });
    behind.forget();
}

}  // namespace
}  // namespace v4l2va::test
