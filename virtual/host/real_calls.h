// SPDX-License-Identifier: MIT
// The system calls the virtual decoder makes itself, past every interposed libc function.
#pragma once

#include <poll.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace vdec::real {

// Each returns what the libc function of that name returns: -1 and errno on an error.
int open(const char* path, int flags, mode_t mode);
int openat(int dir, const char* path, int flags, mode_t mode);
int close(int fd);
int ioctl(int fd, unsigned long request, void* arg);
void* mmap(void* addr, size_t length, int prot, int flags, int fd, off_t offset);
int ppoll(struct pollfd* fds, nfds_t count, const struct timespec* timeout,
          const sigset_t* sigmask);
int fstat(int fd, struct stat* st);
int fstatat(int dir, const char* path, struct stat* st, int flags);
ssize_t readlinkat(int dir, const char* path, char* buf, size_t size);
int faccessat(int dir, const char* path, int mode);
[[noreturn]] void exit_group(int status);

// The next definition of a libc function in the search order; nullptr when there is none.
void* next_symbol(const char* name);

template <typename Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(next_symbol(name));
}

// next(), looked up once. For `static constinit` objects: a guarded static would keep its guard
// over the lookup, which waits for the loader, while a constructor that the loader runs may wait
// for the guard.
template <typename Function>
class Next {
  public:
    constexpr explicit Next(const char* name) : name_(name) {}
    Function get() {
        Function function = function_.load(std::memory_order_acquire);
        if (function == nullptr) {
            function = next<Function>(name_);
            function_.store(function, std::memory_order_release);
        }
        return function;
    }

  private:
    const char* name_;
    std::atomic<Function> function_{};
};

}  // namespace vdec::real
