// SPDX-License-Identifier: MIT
// TestDriver: displays that are made while it lives get the driver with options of the test's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace v4l2va::test {

class TestDriver {
  public:
    // 0: as players have it. See DriverOptions.
    explicit TestDriver(uint64_t job_timeout_ms, uint64_t first_timestamp = 0);
    ~TestDriver();
    TestDriver(const TestDriver&) = delete;
    TestDriver& operator=(const TestDriver&) = delete;

  private:
    void set(const char* variable, const std::string& value);

    struct Saved {
        const char* variable;
        bool was_set;
        std::string value;
    };
    std::vector<Saved> saved_;
};

}  // namespace v4l2va::test
