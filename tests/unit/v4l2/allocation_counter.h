// SPDX-License-Identifier: MIT
// Counts what operator new of this test program is asked for outside of the fake.
#pragma once

#include <cstdint>

namespace v4l2va::test {

[[nodiscard]] uint64_t allocations();

}  // namespace v4l2va::test
