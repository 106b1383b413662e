// SPDX-License-Identifier: MIT
// Request: what a surface knows of its decode, with the session and when that is gone.
#include "decode/request.h"

#include "session_test.h"

namespace v4l2va::test {
namespace {

class RequestTest : public SessionTest {
  protected:
    void start_and_submit() {
        start();
        system_.set_automatic(false);
        frame_ = new_frame();
        auto request = submit(frame_);
        ASSERT_TRUE(request);
        operation_ = *request;
    }

    std::shared_ptr<FrameMemory> frame_;
    std::shared_ptr<PendingOperation> operation_;
};

TEST_F(RequestTest, IsQueuedUntilSomebodyWaits) {
    start_and_submit();
    const auto waited = operation_->wait(0);
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, ErrorCode::kTimeout);
    system_.complete_jobs();
    EXPECT_EQ(operation_->state(), OperationState::kQueued);
    EXPECT_TRUE(operation_->wait(kUntilDone));
    EXPECT_EQ(operation_->state(), OperationState::kDone);
}

TEST_F(RequestTest, IsItsSessionsOwn) {
    start_and_submit();
    EXPECT_TRUE(session_->is_own(*operation_));
    auto other = DecodeSession::create(system_, devices_[0], config_, log_);
    ASSERT_TRUE(other);
    EXPECT_FALSE((*other)->is_own(*operation_));
    system_.complete_jobs();
}

TEST_F(RequestTest, IsStuckWithItsSession) {
    config_.job_timeout_ns = 1'000'000;
    start_and_submit();
    EXPECT_FALSE(operation_->is_stuck());
    const auto waited = operation_->wait(kUntilDone);
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, ErrorCode::kTimeout);
    EXPECT_TRUE(operation_->is_stuck());
    system_.complete_jobs();
    EXPECT_FALSE(operation_->is_stuck());
    EXPECT_EQ(operation_->state(), OperationState::kDone);
}

// A surface that asks for its decode keeps no device open.
TEST_F(RequestTest, OutlivesItsSession) {
    start_and_submit();
    system_.complete_jobs();
    session_.reset();
    EXPECT_EQ(system_.open_nodes(), 0U);
    EXPECT_NE(operation_->state(), OperationState::kQueued);
    EXPECT_TRUE(operation_->wait(kUntilDone));
    EXPECT_FALSE(operation_->is_stuck());
}

}  // namespace
}  // namespace v4l2va::test
