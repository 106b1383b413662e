// SPDX-License-Identifier: MIT
// FailingCalls: system calls of the driver fail while it lives, from a certain one on.
#include "failing_calls.h"

#include <dlfcn.h>
#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>

namespace v4l2va::test {
namespace {

constexpr unsigned long kNone = ~0UL;

std::atomic<unsigned long> failing{kNone};
std::atomic<size_t> calls{0};
std::atomic<size_t> failures{0};
size_t first = 0;
size_t last = 0;
int error_number = 0;

template <typename Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

bool FailingCalls::fails(unsigned long request) {
    if (failing.load(std::memory_order_acquire) != request) {
        return false;
    }
    const size_t call = ++calls;
    if (call < first || call > last) {
        return false;
    }
    ++failures;
    errno = error_number;
    return true;
}

FailingCalls::FailingCalls(unsigned long request, size_t nth, int error, size_t count) {
    first = nth;
    last = count > SIZE_MAX - nth ? SIZE_MAX : nth + count - 1;
    error_number = error;
    calls = 0;
    failures = 0;
    failing.store(request, std::memory_order_release);
}

FailingCalls::~FailingCalls() { failing = kNone; }

size_t FailingCalls::failed() { return failures; }

}  // namespace v4l2va::test

extern "C" __attribute__((visibility("default"))) int fcntl64(int fd, int command, ...) {
    std::va_list arguments;
    va_start(arguments, command);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    static const auto real = v4l2va::test::next<int (*)(int, int, ...)>("fcntl64");
    return command == F_DUPFD_CLOEXEC &&
                   v4l2va::test::FailingCalls::fails(v4l2va::test::FailingCalls::kDuplicate)
               ? -1
               : real(fd, command, argument);
}
