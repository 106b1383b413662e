// SPDX-License-Identifier: MIT
// DecodeSession on a device that does not complete a job: no call waits twice, none for ever.
#include <chrono>
#include <thread>

#include "session_test.h"
#include "v4l2/stuck_jobs.h"

namespace v4l2va::test {
namespace {

constexpr uint64_t kLimit = kSecond / 20;

class StuckSessionTest : public SessionTest {
  protected:
    void start_and_get_stuck(FakeDevice device = {}) {
        config_.job_timeout_ns = kLimit;
        start(std::move(device));
        target_ = new_frame();
        other_ = new_frame();
        system_.set_automatic(false);
        auto request = submit(target_);
        ASSERT_TRUE(request);
        request_ = *request;
        EXPECT_FALSE(session_->is_stuck());
        system_.reset_counts();
        expect_timeout(session_->wait(request_, kUntilDone));
        EXPECT_GT(system_.poll_time_ns(), 0U);
        EXPECT_LE(system_.poll_time_ns(), kLimit);
        EXPECT_TRUE(session_->is_stuck());
        system_.reset_counts();
    }

    // A session of the limit 4 * kLimit, whose device has completed none of its four pictures.
    std::vector<std::shared_ptr<Request>> start_with_four_in_flight() {
        config_.job_timeout_ns = 4 * kLimit;
        start();
        const std::vector frames = {new_frame(), new_frame(), new_frame(), new_frame()};
        system_.set_automatic(false);
        std::vector<std::shared_ptr<Request>> requests;
        for (const auto& frame : frames) {
            requests.push_back(*submit(frame));
        }
        return requests;
    }

    void expect_no_wait() {
        EXPECT_EQ(system_.poll_time_ns(), 0U);
        EXPECT_EQ(system_.ioctls(), 0U);
    }

    template <typename T>
    static void expect_timeout(const Result<T>& result) {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::kTimeout) << result.error().op;
    }

    void TearDown() override {
        session_.reset();
        (void)system_.close_nodes();
        system_.set_automatic(true);
        SessionTest::TearDown();
    }

    std::shared_ptr<FrameMemory> target_;
    std::shared_ptr<FrameMemory> other_;
    std::shared_ptr<Request> request_;
};

TEST_F(StuckSessionTest, EveryCallIsBackAtOnce) {
    start_and_get_stuck();
    expect_timeout(session_->wait(request_, kUntilDone));
    EXPECT_FALSE(session_->is_done(request_));
    expect_timeout(submit(target_));
    expect_timeout(submit(other_));
    session_->drain(kUntilDone);
    EXPECT_FALSE(session_->is_idle());
    expect_no_wait();
    EXPECT_EQ(request_->state(), OperationState::kQueued);
    EXPECT_EQ(log_lines_, 1);
}

TEST_F(StuckSessionTest, GoesOnWhereTheJobDoesComplete) {
    start_and_get_stuck();
    expect_timeout(submit(other_));
    system_.set_automatic(true);
    EXPECT_TRUE(session_->wait(request_, 0));
    EXPECT_EQ(request_->state(), OperationState::kDone);
    expect_content(*target_, request_->timestamp());
    EXPECT_FALSE(session_->is_stuck());
    EXPECT_TRUE(session_->is_idle());
    expect_decodes(other_);
    expect_decodes(target_);
    EXPECT_EQ(system_.calls(VIDIOC_STREAMOFF), 0U);
}

// The limit is for each picture as the oldest: a queue of slow ones is not stuck.
TEST_F(StuckSessionTest, SlowPicturesAreWaitedFor) {
    const auto requests = start_with_four_in_flight();
    std::thread device([&] {
        for (size_t i = 0; i < requests.size(); ++i) {
            std::this_thread::sleep_for(std::chrono::nanoseconds(2 * kLimit));
            system_.complete_jobs(1);
        }
    });
    EXPECT_TRUE(session_->wait(requests.back(), kUntilDone));
    device.join();
    EXPECT_EQ(log_lines_, 0);
}

// Pictures that are done before the stuck one, and that nobody took back, add nothing to its limit.
TEST_F(StuckSessionTest, DonePicturesInFrontAddNoTime) {
    const auto requests = start_with_four_in_flight();
    system_.complete_jobs(3);
    const auto started = std::chrono::steady_clock::now();
    expect_timeout(session_->wait(requests.back(), kUntilDone));
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::nanoseconds(8 * kLimit));
    EXPECT_TRUE(session_->is_stuck());
    EXPECT_EQ(requests[2]->state(), OperationState::kDone);
}

// Nobody waited: who asks late learns it, all the same, without waiting.
TEST_F(StuckSessionTest, IsFoundWithoutAWaiter) {
    config_.job_timeout_ns = kLimit;
    start();
    target_ = new_frame();
    system_.set_automatic(false);
    request_ = *submit(target_);
    std::this_thread::sleep_for(std::chrono::nanoseconds(kLimit));
    system_.reset_counts();
    expect_timeout(submit(target_));
    expect_no_wait();
    EXPECT_TRUE(session_->is_stuck());
}

// Eleven threads wait for one picture: none longer than the limit.
TEST_F(StuckSessionTest, ManyWaitersShareTheLimit) {
    config_.job_timeout_ns = kLimit;
    start();
    target_ = new_frame();
    system_.set_automatic(false);
    request_ = *submit(target_);
    system_.reset_counts();
    std::vector<std::thread> waiters;
    for (int i = 0; i < 11; ++i) {
        waiters.emplace_back([&] { expect_timeout(session_->wait(request_, kUntilDone)); });
    }
    for (std::thread& waiter : waiters) {
        waiter.join();
    }
    EXPECT_LE(system_.poll_time_ns(), kLimit);
}

// A picture of slices of which some are in the kernel: the frame is the device's until they end.
TEST_F(StuckSessionTest, PartsOfAPictureKeepTheFrame) {
    config_.job_timeout_ns = kLimit;
    start();
    target_ = new_frame();
    other_ = new_frame();
    system_.set_automatic(false);
    const TestPicture slices(6);  // more than there are OUTPUT buffers
    system_.reset_counts();
    expect_timeout(session_->submit(Submission{slices.units(), PicturePart::kFrame, target_, {}}));
    EXPECT_LE(system_.poll_time_ns(), kLimit);
    EXPECT_TRUE(target_->is_claimed());
    EXPECT_FALSE(other_->is_claimed());
    system_.set_automatic(true);
    expect_decodes(other_);
    EXPECT_FALSE(target_->is_claimed());
    EXPECT_EQ(system_.queued_buffers(), 0U);
}

TEST_F(StuckSessionTest, ANodeThatIsStuckIsLeftOpen) {
    start_and_get_stuck();
    session_.reset();
    expect_no_wait();
    EXPECT_EQ(request_->state(), OperationState::kFailed);
    EXPECT_EQ(system_.open_nodes(), 1U);
    EXPECT_EQ(log_lines_, 2);
}

// Another session cannot have what this one's device may still write into.
TEST_F(StuckSessionTest, TheTargetIsNobodyElses) {
    start_and_get_stuck();
    system_.add_device({.media_path = "/dev/media1", .video_path = "/dev/video1", .minor = 8});
    const std::vector<DeviceInfo> both = enumerate_decoders(system_, log_).devices;
    ASSERT_EQ(both.size(), 2U);
    auto second = DecodeSession::create(system_, both[1], config_, log_);
    ASSERT_TRUE(second);
    const auto refused =
        (*second)->submit(Submission{picture_.units(), PicturePart::kFrame, target_, {}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
    auto taken = (*second)->submit(Submission{picture_.units(), PicturePart::kFrame, other_, {}});
    ASSERT_TRUE(taken);
    // The fake runs the jobs of both nodes; a kernel those of the second only.
    system_.set_automatic(true);
    EXPECT_TRUE((*second)->wait(*taken, kSecond));
}

// While a job is stuck nothing opens the decoder: not a session, not the memory of a surface.
TEST_F(StuckSessionTest, TheDecoderIsNotOpened) {
    start_and_get_stuck();
    const auto session = DecodeSession::create(system_, devices_[0], config_, log_);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, ErrorCode::kBusy);
    const auto frame = allocate_frame_memory(system_, devices_[0], kSize, V4L2_PIX_FMT_NV12);
    ASSERT_FALSE(frame);
    EXPECT_EQ(frame.error().code, ErrorCode::kBusy);
    EXPECT_EQ(system_.ioctls(), 0U);
    EXPECT_EQ(system_.open_nodes(), 1U);
    session_.reset();
    EXPECT_TRUE(devices_[0].stuck_jobs->any(system_));
    system_.set_automatic(true);
    EXPECT_FALSE(devices_[0].stuck_jobs->any(system_));
    open_session();
    expect_decodes(other_);
}

// Buffers went out of step while a job runs: STREAMOFF comes when that ends, not before.
TEST_F(StuckSessionTest, RecoveryWaitsForTheJob) {
    config_.job_timeout_ns = kLimit;
    start();
    const std::vector frames = {new_frame(), new_frame(), new_frame()};
    expect_decodes(frames[0]);
    system_.set_automatic(false);
    const auto first = *submit(frames[0]);
    const auto second = *submit(frames[1]);
    system_.complete_jobs(1);
    system_.fail_call(VIDIOC_DQBUF, 1, EIO);
    EXPECT_FALSE(session_->wait(first, kUntilDone));
    EXPECT_EQ(second->state(), OperationState::kFailed);
    EXPECT_TRUE(frames[1]->is_claimed());
    expect_timeout(submit(frames[2]));
    system_.reset_counts();
    expect_timeout(submit(frames[2]));
    expect_no_wait();
    system_.set_automatic(true);
    expect_decodes(frames[2]);
    EXPECT_EQ(system_.calls(VIDIOC_STREAMOFF), 2U);
    EXPECT_FALSE(frames[1]->is_claimed());
}

// A counter in microseconds that the kernel keeps in seconds and microseconds of a timeval.
TEST_F(SessionTest, TimestampsGoOnOverEveryEdge) {
    for (const uint64_t edge : {uint64_t{1'000'000}, uint64_t{1} << 31, uint64_t{1} << 32}) {
        config_.first_timestamp = Timestamp(edge - 3);
        if (devices_.empty()) {
            start();
        } else {
            open_session();
        }
        const auto reference = new_frame();
        const auto frame = new_frame();
        expect_decodes(reference);
        for (uint64_t i = 1; i < 6; ++i) {
            expect_decodes(frame);
            EXPECT_EQ(system_.decoded().back().timestamp_us, edge - 3 + i);
            EXPECT_EQ(session_->reference_timestamp(*reference), Timestamp(edge - 3));
        }
    }
}

}  // namespace
}  // namespace v4l2va::test
