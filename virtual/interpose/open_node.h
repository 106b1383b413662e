// SPDX-License-Identifier: MIT
// Opens the virtual device files.
#pragma once

#include "interpose/virtual_tree.h"

namespace vdec {

// A new file descriptor for the entry, with `flags` as open(2); or -errno.
int open_entry(const TreeEntry& entry, int flags);
// An open, empty directory, for virtual directories that do not exist for real; or -errno.
int open_empty_directory();

}  // namespace vdec
