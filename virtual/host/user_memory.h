// SPDX-License-Identifier: MIT
// Copies to and from addresses that a client passed, which may be bad: EFAULT instead of SIGSEGV.
#pragma once

#include <cstddef>

namespace vdec {

// False when any byte of the range is not accessible. Nothing is promised about a partial copy.
bool copy_from_user(void* to, const void* user, size_t size);
bool copy_to_user(void* user, const void* from, size_t size);

}  // namespace vdec
