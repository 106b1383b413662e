// SPDX-License-Identifier: MIT
// Surface: what it tells of the operation that writes it, whoever carries that out.
#include "va/surface.h"

#include <gtest/gtest.h>
#include <linux/videodev2.h>

#include "fake_operation.h"

namespace v4l2va::test {
namespace {

class SurfaceTest : public ::testing::Test {
  protected:
    [[nodiscard]] ErrorCode wait_error() const {
        const auto waited = surface_.wait(kUntilDone);
        EXPECT_FALSE(waited);
        return waited ? ErrorCode::kKernel : waited.error().code;
    }

    Surface surface_{Size{64, 64}, *find_pixel_format(V4L2_PIX_FMT_NV12), std::nullopt};
    const std::shared_ptr<FakeOperation> operation_ = std::make_shared<FakeOperation>();
};

TEST_F(SurfaceTest, NothingWroteItYet) {
    EXPECT_TRUE(surface_.wait(kUntilDone));
    EXPECT_FALSE(surface_.has_operation());
    EXPECT_FALSE(surface_.is_rendering());
    EXPECT_FALSE(surface_.is_stuck());
    EXPECT_FALSE(surface_.failed());
    EXPECT_EQ(surface_.pending_operation(), nullptr);
}

TEST_F(SurfaceTest, WaitsForItsOperationOnce) {
    surface_.set_operation(operation_);
    EXPECT_EQ(surface_.pending_operation(), operation_);
    EXPECT_TRUE(surface_.wait(1234));
    EXPECT_EQ(operation_->last_timeout_ns, 1234U);
    EXPECT_TRUE(surface_.wait(kUntilDone));
    EXPECT_EQ(operation_->waits, 1);
    EXPECT_EQ(surface_.pending_operation(), nullptr);
    EXPECT_TRUE(surface_.has_operation());
}

TEST_F(SurfaceTest, AsksWithoutAWaitWhetherItIsRendering) {
    operation_->after_wait = OperationState::kQueued;
    operation_->result = fail(ErrorCode::kTimeout, "poll");
    surface_.set_operation(operation_);
    EXPECT_TRUE(surface_.is_rendering());
    EXPECT_EQ(operation_->last_timeout_ns, 0U);
    operation_->after_wait = OperationState::kDone;
    operation_->result = {};
    EXPECT_FALSE(surface_.is_rendering());
}

TEST_F(SurfaceTest, ADamagedPictureIsDamagedForAllWhoWait) {
    operation_->after_wait = OperationState::kFailed;
    operation_->result = fail(ErrorCode::kNoDevice, "poll");
    surface_.set_operation(operation_);
    EXPECT_EQ(wait_error(), ErrorCode::kNoDevice);
    EXPECT_EQ(wait_error(), ErrorCode::kDecoding);
    EXPECT_TRUE(surface_.failed());
    EXPECT_EQ(surface_.decode_errors()[0].decode_error_type, VADecodeMBError);
}

TEST_F(SurfaceTest, AFailureBehindAnOperationStillWaitsForThat) {
    surface_.set_operation(operation_);
    surface_.set_failed(Error{ErrorCode::kInvalidParameter, 0, "picture"});
    EXPECT_EQ(surface_.pending_operation(), operation_);
    EXPECT_EQ(wait_error(), ErrorCode::kDecoding);
    EXPECT_EQ(operation_->waits, 1);
}

TEST_F(SurfaceTest, IsStuckWithItsOperationOrBecauseOfOne) {
    operation_->stuck = true;
    surface_.set_operation(operation_);
    EXPECT_TRUE(surface_.is_stuck());
    operation_->now = OperationState::kDone;
    EXPECT_FALSE(surface_.is_stuck());
    surface_.set_failed(Error{ErrorCode::kTimeout, 0, "picture"});
    EXPECT_TRUE(surface_.is_stuck());
    EXPECT_EQ(wait_error(), ErrorCode::kTimeout);
}

TEST_F(SurfaceTest, WhatTheClientWroteIsGood) {
    operation_->now = OperationState::kFailed;
    surface_.set_operation(operation_);
    surface_.set_failed(Error{ErrorCode::kDecoding, 0, "picture"});
    surface_.set_written();
    EXPECT_FALSE(surface_.has_operation());
    EXPECT_FALSE(surface_.failed());
    EXPECT_TRUE(surface_.wait(kUntilDone));
}

}  // namespace
}  // namespace v4l2va::test
