// SPDX-License-Identifier: MIT
// A device that takes its time: timeouts, and clients that leave before it is done.
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "export.h"
#include "lifecycle_fixture.h"

namespace v4l2va::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr unsigned kDecodeMs = 150;

// visl works within the call that makes a job ready to run, so a picture is pending only while
// another context's job runs: this one's, all the time.
class OtherClient {
  public:
    OtherClient() : thread_([this] { decode(); }) {}
    ~OtherClient() {
        stop_ = true;
        thread_.join();
    }
    OtherClient(const OtherClient&) = delete;
    OtherClient& operator=(const OtherClient&) = delete;

    [[nodiscard]] size_t failed() const { return failed_; }

  private:
    void decode() {
        const Recording& clip = other_clip();
        const Display display;
        Player player(display, clip);
        for (size_t i = 0; !stop_; i = (i + 1) % clip.pictures.size()) {
            failed_ += player.decode(clip.pictures[i]) == VA_STATUS_SUCCESS ? 0 : 1;
        }
    }

    std::atomic<bool> stop_{false};
    std::atomic<size_t> failed_{0};
    std::thread thread_;
};

class SlowDevice : public Lifecycle {
  protected:
    void SetUp() override {
        Lifecycle::SetUp();
        set_decode_time(0);
        { const Display warm_up; }
        before_ = Counts::now();
        set_decode_time(kDecodeMs);
        other_ = std::make_unique<OtherClient>();
    }
    void TearDown() override {
        EXPECT_EQ(other_->failed(), 0U);
        other_.reset();
        set_decode_time(0);
        expect_same_objects(before_, Counts::now());
        Lifecycle::TearDown();
    }

    // Decodes pictures until one is left pending, and returns its surface.
    static VASurfaceID leave_pending(Player& player, const Recording& clip) {
        for (size_t i = 0; i < 100; ++i) {
            const RecordedPicture& picture = clip.pictures[i % clip.pictures.size()];
            const VASurfaceID surface = player.surface(picture.target);
            EXPECT_EQ(player.decode(picture), VA_STATUS_SUCCESS);
            VASurfaceStatus status = VASurfaceReady;
            EXPECT_EQ(vaQuerySurfaceStatus(player.display(), surface, &status), VA_STATUS_SUCCESS);
            if (status == VASurfaceRendering) {
                return surface;
            }
        }
        ADD_FAILURE() << "no picture was ever pending";
        return VA_INVALID_ID;
    }

  private:
    Counts before_;
    std::unique_ptr<OtherClient> other_;
};

TEST_F(SlowDevice, SyncTimesOutAndSucceedsLater) {
    constexpr milliseconds kShort{20};
    for (const Recording* clip : {&h264_clip(), &other_clip()}) {
        const Display display;
        Player player(display, *clip);
        const VASurfaceID surface = leave_pending(player, *clip);
        const auto started = Clock::now();
        EXPECT_EQ(vaSyncSurface2(display.get(), surface, 0), VA_STATUS_ERROR_TIMEDOUT);
        EXPECT_EQ(vaSyncSurface2(display.get(), surface, 20'000'000), VA_STATUS_ERROR_TIMEDOUT);
        EXPECT_GE(Clock::now() - started, kShort);
        // It is asked for as often as the client likes.
        size_t timeouts = 0;
        while (vaSyncSurface2(display.get(), surface, 1'000'000) == VA_STATUS_ERROR_TIMEDOUT) {
            ++timeouts;
        }
        EXPECT_GT(timeouts, 0U);
        EXPECT_EQ(vaSyncSurface2(display.get(), surface, VA_TIMEOUT_INFINITE), VA_STATUS_SUCCESS);
        VASurfaceStatus status = VASurfaceRendering;
        EXPECT_EQ(vaQuerySurfaceStatus(display.get(), surface, &status), VA_STATUS_SUCCESS);
        EXPECT_EQ(status, VASurfaceReady);
        // The queues go on as if nothing had been.
        EXPECT_EQ(decode_and_sync(player, *clip, 0, 2), 2U);
        EXPECT_TRUE(display.messages().empty()) << display.messages().front();
    }
}

TEST_F(SlowDevice, AnInfiniteSyncWaits) {
    const Display display;
    Player player(display, h264_clip());
    VASurfaceID surface = leave_pending(player, h264_clip());
    EXPECT_EQ(vaSyncSurface2(display.get(), surface, VA_TIMEOUT_INFINITE), VA_STATUS_SUCCESS);
    surface = leave_pending(player, h264_clip());
    EXPECT_EQ(vaSyncSurface(display.get(), surface), VA_STATUS_SUCCESS);
}

// Clients read their last pictures when the context is gone.
TEST_F(SlowDevice, DestroyedContextsFinishTheirPictures) {
    const Display display;
    Player player(display, h264_clip());
    const VASurfaceID surface = leave_pending(player, h264_clip());
    player.destroy_context();
    VASurfaceStatus status = VASurfaceRendering;
    EXPECT_EQ(vaQuerySurfaceStatus(display.get(), surface, &status), VA_STATUS_SUCCESS);
    EXPECT_EQ(status, VASurfaceReady);
    EXPECT_EQ(vaSyncSurface2(display.get(), surface, 0), VA_STATUS_SUCCESS);
    VASurfaceDecodeMBErrors* errors = nullptr;
    ASSERT_EQ(vaQuerySurfaceError(display.get(), surface, VA_STATUS_ERROR_DECODING_ERROR,
                                  reinterpret_cast<void**>(&errors)),
              VA_STATUS_SUCCESS);
    EXPECT_EQ(errors[0].status, -1) << "no error";
}

TEST_F(SlowDevice, SurfacesMayGoFirst) {
    for (const Recording* clip : {&h264_clip(), &other_clip()}) {
        const Display display;
        Player player(display, *clip);
        (void)leave_pending(player, *clip);
        player.destroy_surfaces();
        player.destroy_context();
        EXPECT_TRUE(display.messages().empty()) << display.messages().front();
    }
}

TEST_F(SlowDevice, TerminateWaitsForNobodyElse) {
    for (const Recording* clip : {&h264_clip(), &other_clip()}) {
        auto display = std::make_unique<Display>();
        auto player = std::make_unique<Player>(*display, *clip);
        (void)leave_pending(*player, *clip);
        player->forget();
        player.reset();
        const auto started = Clock::now();
        display.reset();
        // The other client's job that runs, then ours; visl runs jobs within the work that the
        // kernel waits for at each STREAMOFF and at close(), whosever it is: three more.
        EXPECT_LT(Clock::now() - started, milliseconds(6 * kDecodeMs));
    }
}

// What is exported is never written again when vaTerminate is back: the memory may be another's.
TEST_F(SlowDevice, NothingIsWrittenAfterTheEnd) {
    auto display = std::make_unique<Display>();
    auto player = std::make_unique<Player>(*display, h264_clip());
    const VASurfaceID surface = leave_pending(*player, h264_clip());
    EXPECT_EQ(vaSyncSurface(display->get(), surface), VA_STATUS_SUCCESS);
    const ExportedFrame frame(display->get(), surface);
    (void)leave_pending(*player, h264_clip());
    player->forget();
    player.reset();
    display.reset();
    const std::vector<uint8_t> bytes = frame.bytes();
    std::this_thread::sleep_for(milliseconds(4 * kDecodeMs));
    EXPECT_EQ(frame.bytes(), bytes);
}

}  // namespace
}  // namespace v4l2va::test
