// SPDX-License-Identifier: MIT
// Result<T> and Error: how every fallible function of the driver answers.
#pragma once

#include <tl/expected.hpp>

namespace v4l2va {

// What went wrong, in the driver's own terms; va/status.cpp maps each to one VAStatus.
enum class ErrorCode {
    kInvalidParameter,  // client data out of range, or of the wrong shape
    kInvalidBitstream,  // the stream contradicts its standard or its own headers
    kUnsupported,       // legal, but not offered by the device or by us
    kResolution,        // size outside of what the device decodes
    kNoMemory,          // kernel or heap cannot give the memory
    kBusy,              // the device is in use and refuses another user
    kTimeout,           // the device did not answer in time
    kDecoding,          // the device reported a picture as damaged
    kNoDevice,          // no such device, or it vanished
    kPermission,        // the node exists, but may not be opened
    kKernel,            // any other refusal of the kernel; sys_errno says which
};

// Cheap to copy, never allocates. `op` is a literal such as "VIDIOC_QBUF capture"; `sys_errno` is 0
// when no system call failed. Logged once, where it becomes a VAStatus.
struct Error {
    ErrorCode code = ErrorCode::kKernel;
    int sys_errno = 0;
    const char* op = "";
};

template <typename T = void>
using Result = tl::expected<T, Error>;

// `return fail(...)` from any function that returns a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, const char* op, int sys_errno = 0) {
    return tl::unexpected<Error>(Error{code, sys_errno, op});
}

[[nodiscard]] inline tl::unexpected<Error> fail(const Error& error) {
    return tl::unexpected<Error>(error);
}

}  // namespace v4l2va
