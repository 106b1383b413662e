// SPDX-License-Identifier: MIT
// DecodeSession in good health: states, references, slots, OUTPUT growth, copies, ioctl budget.
#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#include "session_test.h"

namespace {

std::atomic<uint64_t> allocations{0};

}  // namespace

void* operator new(size_t size) {
    if (v4l2va::test::fake_depth == 0) {
        allocations.fetch_add(1, std::memory_order_relaxed);
    }
    void* const memory = std::malloc(size != 0 ? size : 1);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

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
    EXPECT_EQ((*request)->state(), RequestState::kQueued);
    EXPECT_FALSE(session_->is_done(*request));
    const auto waited = session_->wait(*request, 1000);
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, ErrorCode::kTimeout);
    EXPECT_EQ((*request)->state(), RequestState::kQueued);
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
    EXPECT_EQ((*request)->state(), RequestState::kFailed);
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
        EXPECT_EQ(request->state(), RequestState::kDone);
    }
}

TEST_F(SessionTest, TargetInFlightIsWaitedFor) {
    start();
    const auto frame = new_frame();
    auto first = submit(frame);
    auto second = submit(frame);
    ASSERT_TRUE(first && second);
    EXPECT_EQ((*first)->state(), RequestState::kDone);
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
    EXPECT_EQ((*second)->state(), RequestState::kDone);
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
    const uint64_t allocated = allocations;
    run(100);
    EXPECT_EQ(allocations - allocated, 0U);
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
    const uint64_t allocated = allocations;
    run(64);
    EXPECT_EQ(allocations - allocated, 0U);
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

TEST_F(SessionTest, SlotsAreReboundBeyondTheLimit) {
    start();
    std::vector<std::shared_ptr<FrameMemory>> frames;
    for (int i = 0; i < 36; ++i) {
        frames.push_back(new_frame());
    }
    for (int round = 0; round < 3; ++round) {
        for (const auto& frame : frames) {
            expect_decodes(frame);
        }
    }
    // The four latest pushed out the four oldest: those are no references any more.
    EXPECT_TRUE(session_->reference_timestamp(*frames[35]).valid());
    EXPECT_TRUE(session_->reference_timestamp(*frames[4]).valid());
    EXPECT_FALSE(session_->reference_timestamp(*frames[3]).valid());
}

TEST_F(SessionTest, RebindingSparesReferences) {
    start();
    std::vector<std::shared_ptr<FrameMemory>> frames;
    for (int i = 0; i < 36; ++i) {
        frames.push_back(new_frame());
    }
    expect_decodes(frames[0]);
    const Timestamp name = session_->reference_timestamp(*frames[0]);
    for (int round = 0; round < 2; ++round) {
        for (size_t i = 1; i < frames.size(); ++i) {
            auto request = submit(frames[i], std::span(frames).first(1));
            ASSERT_TRUE(request);
            ASSERT_TRUE(session_->wait(*request, kSecond));
            ASSERT_EQ(session_->reference_timestamp(*frames[0]), name);
        }
    }
}

TEST_F(SessionTest, DeadSurfacesGiveTheirSlots) {
    start();
    for (int i = 0; i < 100; ++i) {
        expect_decodes(new_frame());
    }
    uint32_t highest = 0;
    for (const auto& entry : system_.decoded()) {
        highest = std::max(highest, entry.capture_index);
    }
    EXPECT_LE(highest, 1U);
}

TEST_F(SessionTest, OutputBufferGrowsAndNothingIsLost) {
    start();
    const auto frame = new_frame();
    expect_decodes(frame);
    for (const size_t bytes : {300'000U, 2'000'000U, 1'000U, 9'000'000U}) {
        const TestPicture large(1, bytes, 0x5a);
        auto request = session_->submit(Submission{large.units(), PicturePart::kFrame, frame, {}});
        ASSERT_TRUE(request) << request.error().op;
        ASSERT_TRUE(session_->wait(*request, kSecond));
        EXPECT_EQ(system_.decoded().back().bitstream, std::vector<uint8_t>(bytes, 0x5a));
    }
}

TEST_F(SessionTest, EverLargerPicturesStayWithinTheQueue) {
    start();
    const auto frame = new_frame();
    for (size_t bytes = 250'000; bytes < 32'000'000; bytes += bytes / 3) {
        const TestPicture large(1, bytes);
        for (int i = 0; i < 2; ++i) {
            auto request =
                session_->submit(Submission{large.units(), PicturePart::kFrame, frame, {}});
            ASSERT_TRUE(request) << bytes << request.error().op;
            ASSERT_TRUE(session_->wait(*request, kSecond));
        }
    }
}

TEST_F(SessionTest, TooLargePictureIsRefused) {
    start();
    const auto frame = new_frame();
    const TestPicture huge(1, 64 * 1024 * 1024);
    const auto request = session_->submit(Submission{huge.units(), PicturePart::kFrame, frame, {}});
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, ErrorCode::kInvalidParameter);
    expect_decodes(frame);
}

TEST_F(SessionTest, InvalidSubmissionsAreRefused) {
    start();
    const auto frame = new_frame();
    EXPECT_FALSE(session_->submit(Submission{{}, PicturePart::kFrame, frame, {}}));
    EXPECT_FALSE(session_->submit(Submission{picture_.units(), PicturePart::kFrame, nullptr, {}}));
    const DecodeUnit without_controls{};
    EXPECT_FALSE(
        session_->submit(Submission{{&without_controls, 1}, PicturePart::kFrame, frame, {}}));
    expect_decodes(frame);
}

// --- memory that does not suit the session ---

TEST_F(SessionTest, OtherHeightIsDecodedBesideAndCopied) {
    start();
    const auto frame = new_frame({64, 96});
    expect_decodes(frame);
    EXPECT_EQ(log_lines_, 1);
    expect_decodes(new_frame({128, 64}));
    expect_decodes(frame);
    EXPECT_EQ(log_lines_, 1);
    auto bytes = frame->map(0);
    ASSERT_TRUE(bytes);
    const size_t stride = frame->layout().planes[0].bytesperline;
    // 64 rows of luma, none of the rows below; 32 rows of chroma at the frame's own offset.
    EXPECT_EQ((*bytes)[63 * stride], std::byte{3});
    EXPECT_EQ((*bytes)[64 * stride], std::byte{0});
    EXPECT_EQ((*bytes)[96 * stride + 31 * stride], std::byte{3});
}

TEST_F(SessionTest, UnmappableMemoryIsDecodedBesideAndCopied) {
    start();
    const auto good = new_frame();
    const auto bad = new_frame();
    system_.make_unmappable(bad->dma_buf(0));
    expect_decodes(good);
    expect_decodes(bad);
    expect_decodes(good);
    expect_decodes(bad);
}

TEST_F(SessionTest, OtherPixelFormatIsRefused) {
    FakeDevice device;
    device.capture = {V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_YUYV};
    start(device);
    const auto nv12 = new_frame();
    expect_decodes(nv12);
    const auto yuyv = new_frame(kSize, V4L2_PIX_FMT_YUYV);
    const auto request = submit(yuyv);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, ErrorCode::kUnsupported);
    expect_decodes(nv12);
}

TEST_F(SessionTest, DriverWithoutPrepareBuf) {
    FakeDevice device;
    device.has_prepare = false;
    start(device);
    expect_decodes(new_frame());
    expect_decodes(new_frame());
    EXPECT_EQ(system_.calls(VIDIOC_PREPARE_BUF), 1U);
}

TEST_F(SessionTest, TwoMemoryPlanes) {
    FakeDevice device;
    device.capture = {V4L2_PIX_FMT_MM21};
    start(device);
    const auto frame = new_frame(kSize, V4L2_PIX_FMT_MM21);
    EXPECT_EQ(frame->layout().num_planes, 2U);
    expect_decodes(frame);
    auto chroma = frame->map(1);
    ASSERT_TRUE(chroma);
    EXPECT_EQ(chroma->front(), std::byte{1});
}

TEST_F(SessionTest, TenBitSequenceDecidesTheCaptureFormat) {
    FakeDevice device;
    device.ten_bit_capture = {V4L2_PIX_FMT_P010};
    start(device);
    ASSERT_EQ(devices_[0].coded_formats[0].capture_fourccs,
              (std::vector<uint32_t>{V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_P010}));
    const auto frame = new_frame(kSize, V4L2_PIX_FMT_P010);
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->layout().fourcc, uint32_t{V4L2_PIX_FMT_P010});
    picture_.set_ten_bit();
    expect_decodes(frame);
    EXPECT_EQ(log_lines_, 0);
}

TEST_F(SessionTest, UnsupportedDepthIsRefusedAndTheNextSessionWorks) {
    start();
    picture_.set_ten_bit();
    const auto request = submit(new_frame());
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, ErrorCode::kUnsupported);
    picture_ = TestPicture();
    expect_decodes(new_frame());
}

// --- fields and slices ---

TEST_F(SessionTest, FieldPairUnderHold) {
    start();
    const auto frame = new_frame();
    auto first = submit(frame, {}, PicturePart::kFirstField);
    ASSERT_TRUE(first);
    EXPECT_TRUE(session_->wait(*first, kSecond));
    auto second = submit(frame, std::span(&frame, 1), PicturePart::kSecondField);
    ASSERT_TRUE(second);
    EXPECT_TRUE(session_->wait(*second, kSecond));
    EXPECT_EQ((*first)->timestamp(), (*second)->timestamp());
    const auto decoded = system_.decoded();
    ASSERT_EQ(decoded.size(), 2U);
    EXPECT_TRUE(decoded[0].held);
    EXPECT_FALSE(decoded[1].held);
    EXPECT_EQ(decoded[0].capture_index, decoded[1].capture_index);
    EXPECT_EQ(system_.queued_buffers(), 0U);
    expect_decodes(frame);
}

TEST_F(SessionTest, FieldPairWithoutHold) {
    FakeDevice device;
    device.coded[0].supports_hold = false;
    start(device);
    const auto frame = new_frame();
    for (int i = 0; i < 3; ++i) {
        auto first = submit(frame, {}, PicturePart::kFirstField);
        auto second = submit(frame, std::span(&frame, 1), PicturePart::kSecondField);
        ASSERT_TRUE(first && second);
        EXPECT_EQ((*first)->state(), RequestState::kDone);
        EXPECT_TRUE(session_->wait(*second, kSecond));
        EXPECT_EQ((*first)->timestamp(), (*second)->timestamp());
    }
    const auto decoded = system_.decoded();
    ASSERT_EQ(decoded.size(), 6U);
    EXPECT_EQ(decoded[0].capture_index, decoded[1].capture_index);
    EXPECT_EQ(system_.queued_buffers(), 0U);
}

TEST_F(SessionTest, LoneFirstFieldEndsAtTheNextFrame) {
    start();
    const auto frame = new_frame();
    auto first = submit(frame, {}, PicturePart::kFirstField);
    ASSERT_TRUE(first);
    expect_decodes(new_frame());
    EXPECT_EQ((*first)->state(), RequestState::kDone);
    EXPECT_EQ(system_.calls(VIDIOC_DECODER_CMD), 1U);
    EXPECT_EQ(system_.queued_buffers(), 0U);
    EXPECT_EQ(session_->reference_timestamp(*frame), (*first)->timestamp());
}

TEST_F(SessionTest, LoneFirstFieldEndsAtDrain) {
    start();
    auto first = submit(new_frame(), {}, PicturePart::kFirstField);
    ASSERT_TRUE(first);
    session_->drain(kSecond);
    EXPECT_EQ((*first)->state(), RequestState::kDone);
    EXPECT_EQ(system_.queued_buffers(), 0U);
}

TEST_F(SessionTest, SecondFieldWithoutItsFirstIsAFrame) {
    start();
    expect_decodes(new_frame());
    auto second = submit(new_frame(), {}, PicturePart::kSecondField);
    ASSERT_TRUE(second);
    EXPECT_TRUE(session_->wait(*second, kSecond));
    EXPECT_EQ((*second)->timestamp(), Timestamp(2));
}

TEST_F(SessionTest, SlicesShareOneCaptureBuffer) {
    start();
    const auto frame = new_frame();
    for (const size_t slices : {2U, 5U, 9U}) {
        const TestPicture picture(slices);
        auto request =
            session_->submit(Submission{picture.units(), PicturePart::kFrame, frame, {}});
        ASSERT_TRUE(request) << request.error().op;
        EXPECT_TRUE(session_->wait(*request, kSecond));
        EXPECT_EQ(system_.queued_buffers(), 0U);
    }
    EXPECT_EQ(system_.decoded().size(), 16U);
    expect_decodes(frame);
}

TEST_F(SessionTest, SlicesWithoutHoldQueueTheCaptureBufferAgain) {
    FakeDevice device;
    device.coded[0].supports_hold = false;
    start(device);
    const auto frame = new_frame();
    const TestPicture picture(3);
    auto request = session_->submit(Submission{picture.units(), PicturePart::kFrame, frame, {}});
    ASSERT_TRUE(request);
    EXPECT_TRUE(session_->wait(*request, kSecond));
    EXPECT_EQ(system_.decoded().size(), 3U);
    EXPECT_EQ(system_.queued_buffers(), 0U);
}

// --- ends ---

TEST_F(SessionTest, ClosingFailsWhatIsInFlight) {
    start();
    system_.set_automatic(false);
    auto request = submit(new_frame());
    ASSERT_TRUE(request);
    session_.reset();
    EXPECT_EQ((*request)->state(), RequestState::kFailed);
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
