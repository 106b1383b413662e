// SPDX-License-Identifier: MIT
// DecodeSession: pictures that change their size within a stream.
#include <sys/stat.h>

#include <cerrno>
#include <tuple>

#include "session_test.h"

namespace v4l2va::test {
namespace {

class SessionResizeTest : public SessionTest {
  protected:
    void start_relaxed() {
        FakeDevice device;
        device.relaxed_formats = true;
        start(device);
    }

    Result<std::shared_ptr<Request>> submit_sized(
        const std::shared_ptr<FrameMemory>& target, Size size,
        std::span<const std::shared_ptr<FrameMemory>> references = {}) {
        picture_.set_number(++number_);
        return session_->submit(
            Submission{picture_.units(), PicturePart::kFrame, target, references, size});
    }

    void expect_decodes_sized(const std::shared_ptr<FrameMemory>& target, Size size,
                              std::span<const std::shared_ptr<FrameMemory>> references = {}) {
        const Timestamp timestamp = session_->next_timestamp();
        auto request = submit_sized(target, size, references);
        ASSERT_TRUE(request) << request.error().op << " " << request.error().sys_errno;
        ASSERT_TRUE(session_->wait(*request, kSecond));
        expect_content(*target, timestamp);
        EXPECT_EQ(session_->reference_timestamp(*target), timestamp);
    }

    // Whether the device wrote straight into the frame.
    bool decoded_in_place(const FrameMemory& frame) {
        struct stat status = {};
        return fstat(frame.dma_buf(0), &status) == 0 &&
               system_.decoded().back().capture_inode == status.st_ino;
    }
};

constexpr Size kLarger{128, 96};

TEST_F(SessionResizeTest, GrowsUnderLivingReferences) {
    start_relaxed();
    const std::vector small{new_frame()};
    const auto large = new_frame(kLarger);
    expect_decodes_sized(small[0], kSize);
    const Timestamp name = session_->reference_timestamp(*small[0]);
    expect_decodes_sized(large, kLarger, small);
    EXPECT_TRUE(decoded_in_place(*large));
    EXPECT_EQ(session_->reference_timestamp(*small[0]), name);
    EXPECT_EQ(log_lines_, 0);
}

TEST_F(SessionResizeTest, ShrinksWhenTheFrameAsksForIt) {
    start_relaxed();
    const std::vector large{new_frame(kLarger)};
    const auto small = new_frame();
    expect_decodes_sized(large[0], kLarger);
    expect_decodes_sized(small, kSize, large);
    EXPECT_TRUE(decoded_in_place(*small));
    EXPECT_TRUE(session_->reference_timestamp(*large[0]).valid());
}

// Where the format follows, it follows to smaller sizes, too.
TEST_F(SessionResizeTest, SmallerPictureInALargeFrame) {
    start_relaxed();
    const std::vector frames{new_frame(kLarger), new_frame(kLarger)};
    expect_decodes_sized(frames[0], kLarger);
    system_.reset_counts();
    expect_decodes_sized(frames[1], kSize, std::span(frames).first(1));
    EXPECT_GT(system_.calls(VIDIOC_S_FMT), 0U);
    EXPECT_FALSE(decoded_in_place(*frames[1]));
    expect_decodes_sized(frames[0], kLarger, std::span(frames).last(1));
    EXPECT_TRUE(decoded_in_place(*frames[0]));
}

TEST_F(SessionResizeTest, StrictDeviceKeepsSmallerPicturesInTheLargerFormat) {
    start();
    const std::vector frames{new_frame(kLarger), new_frame(kLarger)};
    expect_decodes_sized(frames[0], kLarger);
    expect_decodes_sized(frames[1], kSize, std::span(frames).first(1));
    EXPECT_TRUE(decoded_in_place(*frames[1]));
    EXPECT_TRUE(session_->reference_timestamp(*frames[0]).valid());
    const auto asked = system_.calls(VIDIOC_S_FMT);
    expect_decodes_sized(frames[0], kSize, std::span(frames).last(1));
    EXPECT_EQ(system_.calls(VIDIOC_S_FMT), asked) << "the answer is known";
    expect_decodes_sized(frames[1], kLarger, std::span(frames).first(1));
    // Without references it starts over in the right format.
    expect_decodes_sized(frames[0], kSize);
    EXPECT_FALSE(session_->reference_timestamp(*frames[1]).valid());
}

// Layers of a stream on such a device, the smallest first: the format stays the context's, or the
// larger ones could never follow.
TEST_F(SessionResizeTest, StrictDeviceTakesEveryLayerInTheContextsFormat) {
    config_.coded_size = kLarger;
    start({.driver = "mtk-vcodec-dec"});
    const std::vector frames{new_frame(kLarger), new_frame(kLarger)};
    system_.reset_counts();
    for (int group = 0; group < 2; ++group) {
        expect_decodes_sized(frames[0], kSize);
        const auto asked = system_.calls(VIDIOC_S_FMT);
        expect_decodes_sized(frames[1], kLarger, std::span(frames).first(1));
        EXPECT_TRUE(decoded_in_place(*frames[0]) || decoded_in_place(*frames[1]));
        EXPECT_EQ(system_.calls(VIDIOC_S_FMT), asked);
        EXPECT_TRUE(session_->reference_timestamp(*frames[0]).valid());
    }
}

TEST_F(SessionResizeTest, BackAndForthManyTimes) {
    start_relaxed();
    std::vector<std::shared_ptr<FrameMemory>> small{new_frame(), new_frame()};
    std::vector<std::shared_ptr<FrameMemory>> large{new_frame(kLarger), new_frame(kLarger)};
    expect_decodes_sized(small[0], kSize);
    for (size_t i = 0; i < 50; ++i) {
        expect_decodes_sized(large[i % 2], kLarger, std::span(small).first(1));
        expect_decodes_sized(small[i % 2], kSize, std::span(large).first(1));
    }
    uint32_t highest = 0;
    for (const auto& entry : system_.decoded()) {
        highest = std::max(highest, entry.capture_index);
    }
    EXPECT_LE(highest, 3U);
}

TEST_F(SessionResizeTest, PictureLargerThanItsFrameIsRefused) {
    start_relaxed();
    const auto frame = new_frame();
    expect_decodes_sized(frame, kSize);
    const auto request = submit_sized(frame, kLarger);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, ErrorCode::kResolution);
    expect_decodes_sized(frame, kSize);
}

TEST_F(SessionResizeTest, StrictDeviceStartsOverWithoutReferences) {
    start();
    const std::vector small{new_frame()};
    const auto large = new_frame(kLarger);
    expect_decodes_sized(small[0], kSize);
    expect_decodes_sized(large, kLarger);
    EXPECT_TRUE(decoded_in_place(*large));
    EXPECT_FALSE(session_->reference_timestamp(*small[0]).valid());
    expect_decodes_sized(small[0], kSize);
}

TEST_F(SessionResizeTest, StrictDeviceRefusesWithReferencesAndGoesOn) {
    start();
    const std::vector small{new_frame()};
    const auto large = new_frame(kLarger);
    expect_decodes_sized(small[0], kSize);
    const auto request = submit_sized(large, kLarger, small);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, ErrorCode::kUnsupported);
    const auto asked = system_.calls(VIDIOC_S_FMT);
    EXPECT_FALSE(submit_sized(large, kLarger, small));
    EXPECT_EQ(system_.calls(VIDIOC_S_FMT), asked) << "the answer is known";
    EXPECT_TRUE(session_->reference_timestamp(*small[0]).valid());
    expect_decodes_sized(new_frame(), kSize, small);
}

TEST_F(SessionResizeTest, SizeIsKnownBeforeTheFirstPicture) {
    start();
    const auto large = new_frame(kLarger);
    expect_decodes_sized(large, kLarger);
    EXPECT_TRUE(decoded_in_place(*large));
}

TEST_F(SessionResizeTest, TooLargeIsRefusedAndTheNextWorks) {
    start_relaxed();
    const std::vector frames{new_frame()};
    expect_decodes_sized(frames[0], kSize);
    EXPECT_FALSE(submit_sized(new_frame(), {100'000, 64}, frames));
    expect_decodes_sized(frames[0], kSize);
    EXPECT_FALSE(submit_sized(new_frame(), {64, 100'000}));
    expect_decodes_sized(frames[0], kSize);
}

// Busy is "nothing changed" of the first call only: behind it, one format is new and one is old.
TEST_F(SessionResizeTest, BusyHalfwayStartsOver) {
    start_relaxed();
    const std::vector small{new_frame()};
    const auto large = new_frame(kLarger);
    expect_decodes_sized(small[0], kSize);
    system_.fail_call(VIDIOC_S_FMT, 2, EBUSY);
    EXPECT_FALSE(submit_sized(large, kLarger, small));
    system_.fail_call(0, 0, 0);
    EXPECT_FALSE(session_->reference_timestamp(*small[0]).valid());
    expect_decodes_sized(small[0], kSize);
    EXPECT_TRUE(decoded_in_place(*small[0]));
    expect_decodes_sized(large, kLarger, small);
}

class ResizeErrorTest : public SessionResizeTest,
                        public ::testing::WithParamInterface<std::tuple<int, int>> {};

TEST_P(ResizeErrorTest, AFailingCallLeavesAWorkingSession) {
    const auto [nth, sys_errno] = GetParam();
    start_relaxed();
    const std::vector small{new_frame()};
    const auto large = new_frame(kLarger);
    expect_decodes_sized(small[0], kSize);
    system_.fail_call(0, nth, sys_errno);
    if (auto request = submit_sized(large, kLarger, small)) {
        (void)session_->wait(*request, kSecond);
    }
    system_.fail_call(0, 0, 0);
    expect_decodes_sized(large, kLarger);
    expect_decodes_sized(small[0], kSize);
    EXPECT_EQ(system_.queued_buffers(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Calls, ResizeErrorTest,
                         ::testing::Combine(::testing::Range(1, 16),
                                            ::testing::Values(EINVAL, EBUSY, ENOMEM)));

}  // namespace
}  // namespace v4l2va::test
