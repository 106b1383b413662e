// SPDX-License-Identifier: MIT
// DeviceLoads: the idle device first, and what is given back counts no more.
#include "va/device_loads.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

namespace v4l2va {
namespace {

class DeviceLoadsTest : public ::testing::Test {
  protected:
    const DeviceInfo& taken() {
        leases_.push_back(loads_.take(candidates_));
        return *leases_.back().device();
    }

    std::array<DeviceInfo, 3> devices_;
    std::array<const DeviceInfo*, 3> candidates_{&devices_[0], &devices_[1], &devices_[2]};
    DeviceLoads loads_;
    std::vector<DeviceLease> leases_;
};

TEST_F(DeviceLoadsTest, EachGetsOneBeforeAnyGetsTwo) {
    EXPECT_EQ(&taken(), &devices_[0]);
    EXPECT_EQ(&taken(), &devices_[1]);
    EXPECT_EQ(&taken(), &devices_[2]);
    EXPECT_EQ(&taken(), &devices_[0]);
}

TEST_F(DeviceLoadsTest, TheOneThatIsGivenBackIsNext) {
    for (int i = 0; i < 3; ++i) {
        (void)taken();
    }
    leases_[1] = {};
    EXPECT_EQ(loads_.streams(devices_[1]), 0U);
    EXPECT_EQ(&taken(), &devices_[1]);
}

TEST_F(DeviceLoadsTest, AMovedLeaseCountsOnce) {
    DeviceLease first = loads_.take({candidates_.data(), 1});
    DeviceLease second = std::move(first);
    EXPECT_EQ(first.device(), nullptr);
    EXPECT_EQ(loads_.streams(devices_[0]), 1U);
    first = loads_.take({candidates_.data(), 1});
    EXPECT_EQ(loads_.streams(devices_[0]), 2U);
    second = std::move(first);
    EXPECT_EQ(loads_.streams(devices_[0]), 1U);
    second = {};
    EXPECT_EQ(loads_.streams(devices_[0]), 0U);
}

TEST_F(DeviceLoadsTest, ManyThreadsLeaveNothing) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([this] {
            for (int n = 0; n < 1000; ++n) {
                const DeviceLease lease = loads_.take(candidates_);
                EXPECT_GE(loads_.streams(*lease.device()), 1U);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const DeviceInfo& device : devices_) {
        EXPECT_EQ(loads_.streams(device), 0U);
    }
}

}  // namespace
}  // namespace v4l2va
