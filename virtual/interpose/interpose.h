// SPDX-License-Identifier: MIT
// Common to all interposed functions.
#pragma once

#include <cerrno>
#include <string>

// Everything else in the library is hidden.
#define VDEC_EXPORT extern "C" __attribute__((visibility("default")))

namespace vdec {

// From a kernel style result to that of a libc function.
inline int libc_result(int result) {
    if (result >= 0) return result;
    errno = -result;
    return -1;
}

// Absolute path of `path` relative to the directory `dir`; empty when it cannot be ours.
std::string absolute_path(int dir, const char* path);

// Writes the report and ends the process when the options ask for another exit code.
void finish_report();

}  // namespace vdec
