// SPDX-License-Identifier: MIT
// The driver as a module whose options the tests set: TestDriver's environment says which.
#include <cstdlib>

#include "va/entry.h"

namespace {

uint64_t number(const char* variable, uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) VAStatus __vaDriverInit_1_0(
    VADriverContextP context) {
    v4l2va::DriverOptions options;
    options.job_timeout_ns =
        number("V4L2VA_TEST_JOB_TIMEOUT_MS", options.job_timeout_ns / 1'000'000) * 1'000'000;
    options.first_timestamp = v4l2va::Timestamp(
        number("V4L2VA_TEST_FIRST_TIMESTAMP", options.first_timestamp.microseconds()));
    return v4l2va::initialize(context, options);
}
