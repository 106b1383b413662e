// SPDX-License-Identifier: MIT
// What all lifecycle tests share: a watch on the kernel's log, and one on tests that hang.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include "clips.h"
#include "kernel_objects.h"

namespace v4l2va::test {

class Lifecycle : public ::testing::Test {
  protected:
    static constexpr unsigned kTestSeconds = 240;

    void SetUp() override {
        // Recorded before anything is counted.
        (void)h264_clip();
        (void)other_clip();
        alarm(kTestSeconds);  // its signal ends the program
    }
    void TearDown() override {
        alarm(0);
        EXPECT_EQ(log_.complaints(), std::vector<std::string>());
    }

    // What it said is no complaint any more once a test has asked for it.
    KernelLog& log() { return log_; }

  private:
    KernelLog log_;
};

}  // namespace v4l2va::test
