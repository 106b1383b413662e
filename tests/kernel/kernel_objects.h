// SPDX-License-Identifier: MIT
// What a program and the kernel hold, as far as /proc, /sys and debugfs tell; only within
// tools/with-kernel, as root.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace v4l2va::test {

// Of the whole kernel.
size_t dma_bufs();
// References to the modules of all video nodes: one for each open of a node.
size_t device_opens();

// One moment. Caches of the kernel are emptied before it is looked at.
struct Counts {
    size_t fds = 0;  // of this process
    size_t dma_bufs = 0;
    size_t device_opens = 0;
    size_t heap_kb = 0;     // of this process: allocated and not freed
    size_t mapped_kb = 0;   // of this process: files and devices
    size_t vmalloc_kb = 0;  // of the kernel; visl's buffers are part of it, a board's are not
    // Of the machine, with the pages that cache files, and with this process's own: what malloc
    // keeps for later depends on how often two threads met in it.
    size_t free_kb = 0;
    struct Slab {
        size_t objects = 0;  // in use
        size_t per_page = 0;
    };
    std::map<std::string, Slab> slabs;  // by the name of their cache

    static Counts now();
};

// Adds a failure for each fd, dma-buf and open that is in one of the two only.
void expect_same_objects(const Counts& before, const Counts& after);

// The same, and for memory of the process and of the kernel that has grown by more than what
// `times` repetitions without a leak can account for: less than a tenth of a kernel object each
// beside the page that each processor works on, of which the kernel counts all as in use,
// 1 MiB of kernel memory and 128 kiB of the heap altogether. Prints the figures on a line that
// begins with "measured: ".
void expect_no_growth(const Counts& before, const Counts& after, size_t times);

// The kernel's messages from now on.
class KernelLog {
  public:
    KernelLog();
    ~KernelLog();
    KernelLog(const KernelLog&) = delete;
    KernelLog& operator=(const KernelLog&) = delete;

    // The warnings and errors among those that are new.
    [[nodiscard]] std::vector<std::string> complaints();

  private:
    int fd_ = -1;
};

// A board of tools/with-kernel --board, whose drivers are real and whose devices write no picture;
// else it is visl.
bool on_board();

// The modules of all video nodes. Both return 0 or an errno; what was removed before an error is
// loaded again.
int remove_device();
int load_device();

// A picture takes `ms` from now on, of visl to twice `ms`, which does so within the call that
// starts the job, or, when another job runs at that time, in the background. On a board as long as
// no program is its hardware.
void set_decode_time(unsigned ms);

}  // namespace v4l2va::test
