// SPDX-License-Identifier: MIT
// What a library that was loaded asks of the system: the files that it names, while somebody
// listens, and its memory, which may run out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace v4l2va::test {

struct FileCalls {
    std::vector<std::string> opened;  // open() of anything but a directory, in order
    std::vector<std::string> others;  // stat() and opendir()
};

// Forgets what was heard before. Of all threads.
void listen_to_file_calls();
// Ends it.
[[nodiscard]] FileCalls file_calls();

// The allocations of this thread by operator new are counted while one lives, but for those within
// system calls, which are the virtual decoder's.
class AllocationsCount {
  public:
    AllocationsCount();
    ~AllocationsCount();
    AllocationsCount(const AllocationsCount&) = delete;
    AllocationsCount& operator=(const AllocationsCount&) = delete;
};

// The `nth` of those that are counted from now on fails, once; 0: none does.
void fail_allocation(size_t nth);
// It has.
[[nodiscard]] bool allocation_failed();

}  // namespace v4l2va::test
