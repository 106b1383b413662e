// SPDX-License-Identifier: MIT
// DecodeSession: field pairs and slices, with and without HOLD.
#include "session_test.h"

namespace v4l2va::test {
namespace {

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
        EXPECT_EQ((*first)->state(), OperationState::kDone);
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
    EXPECT_EQ((*first)->state(), OperationState::kDone);
    EXPECT_EQ(system_.calls(VIDIOC_DECODER_CMD), 1U);
    EXPECT_EQ(system_.queued_buffers(), 0U);
    EXPECT_EQ(session_->reference_timestamp(*frame), (*first)->timestamp());
}

TEST_F(SessionTest, LoneFirstFieldEndsAtDrain) {
    start();
    auto first = submit(new_frame(), {}, PicturePart::kFirstField);
    ASSERT_TRUE(first);
    session_->drain(kSecond);
    EXPECT_EQ((*first)->state(), OperationState::kDone);
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

}  // namespace
}  // namespace v4l2va::test
