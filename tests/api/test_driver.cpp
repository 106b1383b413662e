// SPDX-License-Identifier: MIT
// TestDriver: displays that are made while it lives get the driver with options of the test's.
#include "test_driver.h"

#include <cstdlib>

namespace v4l2va::test {

TestDriver::TestDriver(uint64_t job_timeout_ms, uint64_t first_timestamp) {
    set("LIBVA_DRIVERS_PATH", TEST_DRIVER_DIRECTORY);
    set("LIBVA_DRIVER_NAME", "v4l2_request_test");
    if (job_timeout_ms != 0) {
        set("V4L2VA_TEST_JOB_TIMEOUT_MS", std::to_string(job_timeout_ms));
    }
    if (first_timestamp != 0) {
        set("V4L2VA_TEST_FIRST_TIMESTAMP", std::to_string(first_timestamp));
    }
}

TestDriver::~TestDriver() {
    for (const Saved& saved : saved_) {
        if (saved.was_set) {
            setenv(saved.variable, saved.value.c_str(), 1);
        } else {
            unsetenv(saved.variable);
        }
    }
}

void TestDriver::set(const char* variable, const std::string& value) {
    const char* old = std::getenv(variable);
    saved_.push_back({variable, old != nullptr, old ? old : ""});
    setenv(variable, value.c_str(), 1);
}

}  // namespace v4l2va::test
