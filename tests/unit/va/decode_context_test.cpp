// SPDX-License-Identifier: MIT
// create_context() of a config for decoding: the size, and the device.
#include "va/decode_context.h"

#include <cerrno>

#include "driver_test.h"

namespace v4l2va::test {
namespace {

class DecodeContextTest : public DriverTest {
  protected:
    DecodeContextTest() {
        system_.add_device({.media_path = "/dev/media1", .video_path = "/dev/video1", .minor = 8});
    }

    void SetUp() override {
        DriverTest::SetUp();
        ASSERT_EQ(driver_->devices().size(), 2U);
        ASSERT_EQ(create_config(*driver_, VAProfileH264Main, VAEntrypointVLD, nullptr, 0, &config_),
                  VA_STATUS_SUCCESS);
    }

    [[nodiscard]] VAStatus create(int width = 64, int height = 64) {
        return create_context(*driver_, config_, width, height, VA_PROGRESSIVE, nullptr, 0,
                              &context_);
    }

    [[nodiscard]] size_t streams(size_t device) const {
        return driver_->device_loads.streams(driver_->devices()[device]);
    }

    VAConfigID config_ = VA_INVALID_ID;
    VAContextID context_ = VA_INVALID_ID;
};

TEST_F(DecodeContextTest, GoesToTheIdlestDevice) {
    EXPECT_EQ(create(), VA_STATUS_SUCCESS);
    EXPECT_EQ(streams(0), 1U);
    EXPECT_EQ(create(), VA_STATUS_SUCCESS);
    EXPECT_EQ(streams(1), 1U);
    EXPECT_EQ(destroy_context(*driver_, context_), VA_STATUS_SUCCESS);
    EXPECT_EQ(streams(1), 0U);
}

TEST_F(DecodeContextTest, ADeviceThatRefusesIsPassedOver) {
    system_.fail_call(VIDIOC_S_FMT, 1, EBUSY);
    EXPECT_EQ(create(), VA_STATUS_SUCCESS);
    EXPECT_EQ(streams(0), 0U);
    EXPECT_EQ(streams(1), 1U);
}

TEST_F(DecodeContextTest, WhatAnotherDeviceWouldNotDoBetterFails) {
    system_.fail_call(VIDIOC_S_FMT, 1, EINVAL);
    EXPECT_NE(create(), VA_STATUS_SUCCESS);
    EXPECT_EQ(streams(0) + streams(1), 0U);
    EXPECT_EQ(driver_->contexts.size(), 0U);
}

TEST_F(DecodeContextTest, ASizeThatNoDeviceHasTouchesNone) {
    system_.reset_counts();
    EXPECT_EQ(create(0, 0), VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
    EXPECT_EQ(create(-64, 64), VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
    EXPECT_EQ(create(64, 65536), VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
    EXPECT_EQ(system_.ioctls(), 0U);
}

TEST_F(DecodeContextTest, IsForOneEntrypoint) {
    Config other = *driver_->configs.find(config_);
    other.entrypoint = VAEntrypointVideoProc;
    config_ = driver_->configs.add(std::make_shared<Config>(other));
    EXPECT_EQ(create(), VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT);
}

TEST_F(DecodeContextTest, TakesTheBuffersOfDecoders) {
    ASSERT_EQ(create(), VA_STATUS_SUCCESS);
    const std::shared_ptr<Context> context = driver_->contexts.find(context_);
    EXPECT_TRUE(context->takes(VAPictureParameterBufferType));
    EXPECT_TRUE(context->takes(VASliceDataBufferType));
    EXPECT_FALSE(context->takes(VAProcPipelineParameterBufferType));
    EXPECT_FALSE(context->takes(VAEncCodedBufferType));
}

}  // namespace
}  // namespace v4l2va::test
