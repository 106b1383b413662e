// SPDX-License-Identifier: MIT
// What a browser's sandbox lets a decoder do: system calls (seccomp) and files (a broker).
#pragma once

#include <cstddef>
#include <set>
#include <string>

namespace v4l2va::test {

// Forbids, for all threads and for good: select, openat with a directory's descriptor, sockets,
// new processes, and programs. Pairs of sockets stay, as in Firefox: the virtual decoder has them.
// What is refused fails with EACCES and is counted. Returns 0, or the errno where the kernel has no
// filters.
int enter_sandbox();
[[nodiscard]] size_t refused_calls();
// The number of the last one.
[[nodiscard]] long last_refused_call();

// While it lives, open() of /dev/media*, /dev/dma_heap* and /dev/udmabuf fails with EACCES, as in
// Firefox's process for decoders.
class FileBroker {
  public:
    FileBroker();
    ~FileBroker();
    FileBroker(const FileBroker&) = delete;
    FileBroker& operator=(const FileBroker&) = delete;

    [[nodiscard]] static size_t refused_files();
};

// While it lives, notes what a sandbox's rules would have to name: files, directories, and the
// types of ioctls (_IOC_TYPE, e.g. 'V'). One at a time.
class CallLog {
  public:
    CallLog();
    ~CallLog();
    CallLog(const CallLog&) = delete;
    CallLog& operator=(const CallLog&) = delete;

    [[nodiscard]] static const std::set<std::string>& files();
    [[nodiscard]] static const std::set<std::string>& directories();
    [[nodiscard]] static const std::string& ioctl_types();  // each once, sorted
};

}  // namespace v4l2va::test
