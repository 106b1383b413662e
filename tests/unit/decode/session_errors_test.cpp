// SPDX-License-Identifier: MIT
// DecodeSession when the kernel refuses: every ioctl of a picture, with every errno that it may
// have.
#include <cerrno>
#include <tuple>

#include "session_test.h"

namespace v4l2va::test {
namespace {

struct Call {
    const char* name;
    unsigned long request;
    int nth;
};

void PrintTo(const Call& call, std::ostream* out) { *out << call.name << " " << call.nth; }

constexpr Call kFrameCalls[] = {
    {"S_EXT_CTRLS", VIDIOC_S_EXT_CTRLS, 1},
    {"QBUF output", VIDIOC_QBUF, 1},
    {"REQUEST_QUEUE", MEDIA_REQUEST_IOC_QUEUE, 1},
    {"QBUF capture", VIDIOC_QBUF, 2},
    {"REINIT", MEDIA_REQUEST_IOC_REINIT, 1},
    {"DQBUF output", VIDIOC_DQBUF, 1},
    {"DQBUF capture", VIDIOC_DQBUF, 2},
    {"PREPARE_BUF", VIDIOC_PREPARE_BUF, 1},
    {"CREATE_BUFS", VIDIOC_CREATE_BUFS, 1},
};
constexpr Call kSetupCalls[] = {
    {"S_EXT_CTRLS modes", VIDIOC_S_EXT_CTRLS, 1},
    {"S_EXT_CTRLS sequence", VIDIOC_S_EXT_CTRLS, 2},
    {"ENUM_FMT", VIDIOC_ENUM_FMT, 1},
    {"S_FMT", VIDIOC_S_FMT, 1},
    {"REQBUFS", VIDIOC_REQBUFS, 1},
    {"QUERYBUF", VIDIOC_QUERYBUF, 1},
    {"QUERYBUF", VIDIOC_QUERYBUF, 4},
    {"CREATE_BUFS", VIDIOC_CREATE_BUFS, 1},
    {"PREPARE_BUF", VIDIOC_PREPARE_BUF, 1},
    {"STREAMON output", VIDIOC_STREAMON, 1},
    {"STREAMON capture", VIDIOC_STREAMON, 2},
    {"REQUEST_ALLOC", MEDIA_IOC_REQUEST_ALLOC, 1},
};
constexpr int kErrors[] = {EINVAL, ENOMEM, EIO, EBUSY, EFAULT, ENOSPC, EAGAIN, ENOENT, EACCES};

class SessionErrorTest : public SessionTest,
                         public ::testing::WithParamInterface<std::tuple<Call, int>> {};
class SteadyErrorTest : public SessionErrorTest {};
class SetupErrorTest : public SessionErrorTest {};

// One picture meets the error; whatever it says, the ones after it decode and nothing leaks.
TEST_P(SteadyErrorTest, NextPicturesWork) {
    const auto [call, sys_errno] = GetParam();
    start();
    const std::vector frames = {new_frame(), new_frame(), new_frame()};
    for (const auto& frame : frames) {
        expect_decodes(frame);
    }
    const auto fresh = new_frame();  // meets PREPARE_BUF and CREATE_BUFS too
    const size_t descriptors = open_descriptors();
    system_.fail_call(call.request, call.nth, sys_errno);
    auto request = submit(fresh, frames);
    if (request) {
        (void)session_->wait(*request, kSecond);
        EXPECT_NE((*request)->state(), OperationState::kQueued);
    }
    for (int i = 0; i < 8; ++i) {
        expect_decodes(frames[static_cast<size_t>(i) % 3]);
    }
    expect_decodes(fresh);
    EXPECT_EQ(system_.queued_buffers(), 0U);
    EXPECT_LE(open_descriptors(), descriptors + 4);  // what the fake and a private frame hold
}

// The same with three pictures in flight.
TEST_P(SteadyErrorTest, PicturesInFlightEnd) {
    const auto [call, sys_errno] = GetParam();
    config_.job_timeout_ns = kSecond / 20;  // STREAMOFF does not come before these three end
    start();
    const std::vector frames = {new_frame(), new_frame(), new_frame(), new_frame()};
    for (const auto& frame : frames) {
        expect_decodes(frame);
    }
    system_.set_automatic(false);
    std::vector<std::shared_ptr<Request>> requests;
    for (size_t i = 0; i < 3; ++i) {
        if (auto request = submit(frames[i])) {
            requests.push_back(*request);
        } else {  // on a machine so busy that the limit is over before
            EXPECT_EQ(request.error().code, ErrorCode::kTimeout);
        }
    }
    EXPECT_FALSE(requests.empty());
    system_.fail_call(call.request, call.nth, sys_errno);
    if (auto request = submit(frames[3])) {
        requests.push_back(*request);
    }
    system_.set_automatic(true);
    for (const auto& request : requests) {
        (void)session_->wait(request, kSecond);
        EXPECT_NE(request->state(), OperationState::kQueued);
    }
    expect_decodes(frames[0]);
    EXPECT_EQ(system_.queued_buffers(), 0U);
}

// In the midst of a picture of slices, and of a field pair.
TEST_P(SteadyErrorTest, SlicesAndFields) {
    const auto [call, sys_errno] = GetParam();
    start();
    const auto frame = new_frame();
    expect_decodes(frame);
    for (int skip = 0; skip < 3; ++skip) {
        system_.fail_call(call.request, call.nth + skip, sys_errno);
        const TestPicture slices(4);
        if (auto request =
                session_->submit(Submission{slices.units(), PicturePart::kFrame, frame, {}})) {
            (void)session_->wait(*request, kSecond);
        }
        auto first = submit(frame, {}, PicturePart::kFirstField);
        auto second = submit(frame, {}, PicturePart::kSecondField);
        session_->drain(kSecond);
        system_.fail_call(call.request, 0, 0);
        expect_decodes(frame);
        EXPECT_EQ(system_.queued_buffers(), 0U);
    }
}

INSTANTIATE_TEST_SUITE_P(Calls, SteadyErrorTest,
                         ::testing::Combine(::testing::ValuesIn(kFrameCalls),
                                            ::testing::ValuesIn(kErrors)));

TEST_P(SetupErrorTest, NextSubmitStartsAfresh) {
    const auto [call, sys_errno] = GetParam();
    start();
    const auto frame = new_frame();
    const size_t descriptors = open_descriptors();
    system_.fail_call(call.request, call.nth, sys_errno);
    auto request = submit(frame);
    if (!request) {
        EXPECT_EQ(system_.queued_buffers(), 0U);
    } else {
        EXPECT_TRUE(session_->wait(*request, kSecond));
    }
    system_.fail_call(call.request, 0, 0);
    expect_decodes(frame);
    session_.reset();
    EXPECT_EQ(system_.open_nodes(), 0U);
    EXPECT_LE(open_descriptors(), descriptors);
}

INSTANTIATE_TEST_SUITE_P(Calls, SetupErrorTest,
                         ::testing::Combine(::testing::ValuesIn(kSetupCalls),
                                            ::testing::ValuesIn(kErrors)));

TEST_F(SessionTest, NoDescriptorLeaks) {
    start();
    session_.reset();
    EXPECT_EQ(system_.open_nodes(), 0U);
    const size_t descriptors = open_descriptors();
    for (int i = 0; i < 5; ++i) {
        open_session();
        for (int k = 0; k < 40; ++k) {
            expect_decodes(new_frame());
        }
        session_.reset();
        EXPECT_EQ(system_.open_nodes(), 0U);
    }
    EXPECT_EQ(open_descriptors(), descriptors);
}

TEST_F(SessionTest, CaptureRefusedAfterTheRequestWasQueued) {
    start();
    const auto reference = new_frame();
    const auto frame = new_frame();
    expect_decodes(reference);
    expect_decodes(frame);
    system_.fail_call(VIDIOC_QBUF, 2, ENOMEM);
    const auto request = submit(frame);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, ErrorCode::kNoMemory);
    EXPECT_STREQ(request.error().op, "VIDIOC_QBUF capture");
    // STREAMOFF took the names of all references.
    EXPECT_FALSE(session_->reference_timestamp(*reference).valid());
    EXPECT_EQ(system_.queued_buffers(), 0U);
    expect_decodes(frame);
}

TEST_F(SessionTest, RefusedRequestKeepsReferences) {
    start();
    const auto reference = new_frame();
    expect_decodes(reference);
    system_.fail_call(MEDIA_REQUEST_IOC_QUEUE, 1, EINVAL);
    ASSERT_FALSE(submit(new_frame()));
    EXPECT_TRUE(session_->reference_timestamp(*reference).valid());
    EXPECT_EQ(system_.queued_buffers(), 0U);
    expect_decodes(new_frame());
    EXPECT_EQ(system_.decoded().back().controls.size(), 3U);
}

TEST_F(SessionTest, PreparedButUnqueuedSlotStaysWithItsFrame) {
    start();
    const auto frame = new_frame();
    expect_decodes(frame);
    std::vector<std::shared_ptr<FrameMemory>> frames;
    for (int i = 0; i < 33; ++i) {
        frames.push_back(new_frame());
    }
    system_.fail_call(MEDIA_REQUEST_IOC_QUEUE, 1, EINVAL);
    ASSERT_FALSE(submit(frames[0]));
    for (size_t i = 1; i < frames.size(); ++i) {
        expect_decodes(frames[i]);
    }
    expect_decodes(frames[0]);
}

}  // namespace
}  // namespace v4l2va::test
