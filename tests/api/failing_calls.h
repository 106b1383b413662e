// SPDX-License-Identifier: MIT
// FailingCalls: system calls of the driver fail while it lives, from a certain one on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace v4l2va::test {

// One at a time. The program's ioctl() and fcntl() stand before those of the virtual decoder.
class FailingCalls {
  public:
    // F_DUPFD_CLOEXEC in the place of an ioctl's number.
    static constexpr unsigned long kDuplicate = 0;

    // From the `nth` (from 1) call of `request` on, for this many calls, each fails with `error`.
    FailingCalls(unsigned long request, size_t nth, int error, size_t count = SIZE_MAX);
    ~FailingCalls();
    FailingCalls(const FailingCalls&) = delete;
    FailingCalls& operator=(const FailingCalls&) = delete;

    // For the program's ioctl() and fcntl(): whether this call fails, with errno set.
    [[nodiscard]] static bool fails(unsigned long request);

    // How many failed.
    [[nodiscard]] static size_t failed();
};

}  // namespace v4l2va::test
