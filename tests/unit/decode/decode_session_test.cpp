// SPDX-License-Identifier: MIT
// DecodeSession: states, references, the budget of a frame, controls, threads, the end.
#include <atomic>
#include <mutex>
#include <thread>

#include "allocation_counter.h"
#include "session_test.h"

namespace v4l2va::test {
namespace {

TEST_F(SessionTest, DecodesAPicture) {
    start();
    EXPECT_EQ(session_->next_timestamp(), Timestamp(1));
    expect_decodes(new_frame());
    EXPECT_EQ(session_->next_timestamp(), Timestamp(2));
    EXPECT_EQ(system_.decoded().at(0).bitstream, std::vector<uint8_t>(1000, 0x11));
}

TEST_F(SessionTest, SinglePlanarDevice) {
    FakeDevice device;
    device.multiplanar = false;
    start(device);
    expect_decodes(new_frame());
    expect_decodes(new_frame());
}

TEST_F(SessionTest, SubmitReturnsBeforeThePictureIsDone) {
    start();
    system_.set_automatic(false);
    const auto frame = new_frame();
    auto request = submit(frame);
    ASSERT_TRUE(request);
    EXPECT_EQ((*request)->state(), OperationState::kQueued);
    EXPECT_FALSE(session_->is_done(*request));
    const auto waited = session_->wait(*request, 1000);
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, ErrorCode::kTimeout);
    EXPECT_EQ((*request)->state(), OperationState::kQueued);
    EXPECT_EQ(session_->reference_timestamp(*frame), (*request)->timestamp());
    system_.complete_jobs();
    EXPECT_TRUE(session_->is_done(*request));
    EXPECT_TRUE(session_->wait(*request, 0));
    EXPECT_EQ(system_.queued_buffers(), 0U);
}

TEST_F(SessionTest, RequestKeepsItsFramesAliveUntilDone) {
    start();
    system_.set_automatic(false);
    std::weak_ptr<FrameMemory> target_alive;
    std::weak_ptr<FrameMemory> reference_alive;
    std::shared_ptr<Request> request;
    {
        auto target = new_frame();
        const std::vector references = {new_frame()};
        target_alive = target;
        reference_alive = references[0];
        request = *submit(target, references);
    }
    EXPECT_FALSE(target_alive.expired());
    EXPECT_FALSE(reference_alive.expired());
    system_.complete_jobs();
    EXPECT_TRUE(session_->wait(request, kSecond));
    EXPECT_TRUE(target_alive.expired());
    EXPECT_TRUE(reference_alive.expired());
}

TEST_F(SessionTest, DamagedPictureFailsButStaysAReference) {
    start();
    const auto frame = new_frame();
    system_.damage_next();
    auto request = submit(frame);
    ASSERT_TRUE(request);
    const auto waited = session_->wait(*request, kSecond);
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, ErrorCode::kDecoding);
    EXPECT_EQ((*request)->state(), OperationState::kFailed);
    EXPECT_EQ(session_->reference_timestamp(*frame), (*request)->timestamp());
    expect_decodes(new_frame());
    // The controls of the damaged picture may not have reached the device: all are sent again.
    EXPECT_EQ(system_.decoded().at(1).controls.size(), 3U);
}

TEST_F(SessionTest, WaitsForAFreeOutputBuffer) {
    start();
    system_.set_automatic(false);
    const std::vector frames = {new_frame(), new_frame(), new_frame(), new_frame(), new_frame()};
    std::vector<std::shared_ptr<Request>> requests;
    for (size_t i = 0; i < 4; ++i) {
        requests.push_back(*submit(frames[i]));
    }
    std::atomic<bool> submitted{false};
    std::thread submitter([&] {
        auto request = submit(frames[4]);
        submitted = true;
        ASSERT_TRUE(request);
        requests.push_back(*request);
    });
    // The submitter waits in the kernel; nobody else is held up by that.
    EXPECT_FALSE(session_->is_done(requests[0]));
    EXPECT_EQ(session_->reference_timestamp(*frames[0]), requests[0]->timestamp());
    EXPECT_FALSE(submitted);
    while (!submitted) {
        system_.complete_jobs();
        std::this_thread::yield();
    }
    submitter.join();
    system_.complete_jobs();
    session_->drain(kSecond);
    for (const auto& request : requests) {
        EXPECT_EQ(request->state(), OperationState::kDone);
    }
}

TEST_F(SessionTest, TargetInFlightIsWaitedFor) {
    start();
    const auto frame = new_frame();
    auto first = submit(frame);
    auto second = submit(frame);
    ASSERT_TRUE(first && second);
    EXPECT_EQ((*first)->state(), OperationState::kDone);
    EXPECT_TRUE(session_->wait(*second, kSecond));
    expect_content(*frame, Timestamp(2));
}

TEST_F(SessionTest, ReferenceInFlightIsWaitedFor) {
    start();
    const std::vector references = {new_frame()};
    auto first = submit(references[0]);
    auto second = submit(new_frame(), references);
    ASSERT_TRUE(first && second);
    auto third = submit(references[0]);
    ASSERT_TRUE(third);
    EXPECT_EQ((*second)->state(), OperationState::kDone);
    EXPECT_TRUE(session_->wait(*third, kSecond));
}

TEST_F(SessionTest, SevenIoctlsAndOnePollAFrameAndNoAllocation) {
    start();
    const std::vector frames = {new_frame(), new_frame(), new_frame(),
                                new_frame(), new_frame(), new_frame()};
    const auto run = [&](size_t count) {
        for (size_t i = 0; i < count; ++i) {
            const std::span references(&frames[(i + 5) % 6], 1);
            auto request = submit(frames[i % 6], references);
            ASSERT_TRUE(request);
            ASSERT_TRUE(session_->wait(*request, kSecond));
        }
    };
    run(20);
    system_.reset_counts();
    const uint64_t allocated = allocations();
    run(100);
    EXPECT_EQ(allocations() - allocated, 0U);
    EXPECT_EQ(system_.ioctls(), 700U);
    EXPECT_EQ(system_.calls(VIDIOC_S_EXT_CTRLS), 100U);
    EXPECT_EQ(system_.calls(VIDIOC_QBUF), 200U);
    EXPECT_EQ(system_.calls(VIDIOC_DQBUF), 200U);
    EXPECT_EQ(system_.calls(MEDIA_REQUEST_IOC_QUEUE), 100U);
    EXPECT_EQ(system_.calls(MEDIA_REQUEST_IOC_REINIT), 100U);
    EXPECT_LE(system_.polls(), 100U);
    EXPECT_EQ(system_.failed_ioctls(), 0U);
}

TEST_F(SessionTest, PipelinedFramesKeepTheBudget) {
    start();
    std::vector<std::shared_ptr<FrameMemory>> frames;
    for (int i = 0; i < 8; ++i) {
        frames.push_back(new_frame());
    }
    std::vector<std::shared_ptr<Request>> requests(8);
    const auto run = [&](size_t count) {
        for (size_t i = 0; i < count; ++i) {
            requests[i % 8] = *submit(frames[i % 8]);
            if (const auto& oldest = requests[(i + 5) % 8]) {
                ASSERT_TRUE(session_->wait(oldest, kSecond));
            }
        }
    };
    run(32);
    system_.reset_counts();
    const uint64_t allocated = allocations();
    run(64);
    EXPECT_EQ(allocations() - allocated, 0U);
    EXPECT_EQ(system_.ioctls(), 64U * 7);
    EXPECT_LE(system_.polls(), 64U);
}

TEST_F(SessionTest, UnchangedControlsAreLeftOut) {
    start();
    const auto frame = new_frame();
    expect_decodes(frame);
    expect_decodes(frame);
    const std::set<uint32_t> only = {V4L2_CID_STATELESS_H264_DECODE_PARAMS};
    EXPECT_EQ(system_.decoded().at(0).controls.size(), 3U);
    EXPECT_EQ(system_.decoded().at(1).controls, only);
    // With nothing new at all, a request still carries its controls.
    auto same = session_->submit(Submission{picture_.units(), PicturePart::kFrame, frame, {}});
    ASSERT_TRUE(same);
    EXPECT_TRUE(session_->wait(*same, kSecond));
    EXPECT_EQ(system_.decoded().at(2).controls.size(), 3U);
}

TEST_F(SessionTest, OldDriverThatWantsEveryControl) {
    FakeDevice device;
    device.wants_all_controls = true;
    start(device);
    const auto frame = new_frame();
    for (int i = 0; i < 4; ++i) {
        expect_decodes(frame);
    }
    EXPECT_EQ(system_.decoded().at(3).controls.size(), 3U);
}

TEST_F(SessionTest, VanishedDevice) {
    start();
    system_.set_automatic(false);
    const auto frame = new_frame();
    auto request = submit(frame);
    ASSERT_TRUE(request);
    system_.unplug();
    const auto waited = session_->wait(*request, kSecond);
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, ErrorCode::kNoDevice);
    EXPECT_TRUE(session_->is_done(*request));
    const auto again = submit(frame);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::kNoDevice);
    session_->drain(kSecond);
}

TEST_F(SessionTest, SizeOutsideOfTheDeviceIsRefused) {
    start();
    const auto session = DecodeSession::create(
        system_, devices_[0],
        SessionConfig{V4L2_PIX_FMT_H264_SLICE, {8192, 64}, V4L2_CID_STATELESS_H264_SPS}, log_);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, ErrorCode::kResolution);
    const auto frame = allocate_frame_memory(system_, devices_[0], {8192, 64}, V4L2_PIX_FMT_NV12);
    ASSERT_FALSE(frame);
    EXPECT_EQ(frame.error().code, ErrorCode::kResolution);
}

TEST_F(SessionTest, TwoThreadsSubmitAndWait) {
    start();
    system_.set_automatic(false);
    std::vector<std::shared_ptr<FrameMemory>> frames;
    for (int i = 0; i < 6; ++i) {
        frames.push_back(new_frame());
    }
    std::atomic<bool> stop{false};
    std::thread hardware([&] {
        while (!stop) {
            system_.complete_jobs(1);
            std::this_thread::yield();
        }
    });
    std::mutex mutex;
    std::vector<std::shared_ptr<Request>> submitted;
    std::atomic<int> waited{0};
    constexpr int kPictures = 300;
    std::vector<std::thread> waiters;
    for (int t = 0; t < 2; ++t) {
        waiters.emplace_back([&] {
            while (waited < kPictures) {
                std::shared_ptr<Request> request;
                {
                    const std::lock_guard lock(mutex);
                    if (!submitted.empty()) {
                        request = submitted.back();
                        submitted.pop_back();
                    }
                }
                if (request && session_->wait(request, 5 * kSecond)) {
                    ++waited;
                } else {
                    std::this_thread::yield();
                }
            }
        });
    }
    for (int i = 0; i < kPictures; ++i) {
        auto request = submit(frames[static_cast<size_t>(i) % 6]);
        ASSERT_TRUE(request);
        const std::lock_guard lock(mutex);
        submitted.push_back(*request);
    }
    for (std::thread& waiter : waiters) {
        waiter.join();
    }
    stop = true;
    hardware.join();
    EXPECT_EQ(waited, kPictures);
}

}  // namespace
}  // namespace v4l2va::test
