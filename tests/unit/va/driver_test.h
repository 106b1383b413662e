// SPDX-License-Identifier: MIT
// DriverTest: a driver whose decoders are fakes.
#pragma once

#include <gtest/gtest.h>
#include <va/va_backend.h>

#include <memory>
#include <utility>

#include "fake_system.h"
#include "va/driver.h"
#include "va/surface.h"

namespace v4l2va::test {

// Without a decoder there is no driver: the first is there, for H.264.
class DriverTest : public ::testing::Test {
  protected:
    DriverTest() { system_.add_device({}); }

    void SetUp() override {
        auto driver = Driver::create(&va_context_, {.system = &system_});
        ASSERT_TRUE(driver) << driver.error().op;
        driver_ = std::move(*driver);
    }

    void TearDown() override {
        driver_.reset();
        EXPECT_EQ(system_.violations(), std::vector<std::string>{});
        EXPECT_EQ(system_.open_nodes(), 0U);
    }

    [[nodiscard]] VASurfaceID new_surface() {
        VASurfaceID id = VA_INVALID_ID;
        EXPECT_EQ(create_surfaces(*driver_, 64, 64, VA_RT_FORMAT_YUV420, 1, &id),
                  VA_STATUS_SUCCESS);
        return id;
    }

    [[nodiscard]] Surface& surface(VASurfaceID id) { return *driver_->surfaces.find(id); }

    FakeSystem system_;
    VADriverContext va_context_{};
    std::unique_ptr<Driver> driver_;
};

}  // namespace v4l2va::test
