// SPDX-License-Identifier: MIT
// System calls through syscall(), so that start-up never needs dlsym.
#include "host/real_calls.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vdec::real {

// sizeof(sigset_t) of the kernel, which is smaller than that of libc.
constexpr size_t kKernelSignalSetSize = 8;

int open(const char* path, int flags, mode_t mode) { return openat(AT_FDCWD, path, flags, mode); }

int openat(int dir, const char* path, int flags, mode_t mode) {
    return static_cast<int>(syscall(SYS_openat, dir, path, flags, mode));
}

int close(int fd) { return static_cast<int>(syscall(SYS_close, fd)); }

int ioctl(int fd, unsigned long request, void* arg) {
    return static_cast<int>(syscall(SYS_ioctl, fd, request, arg));
}

void* mmap(void* addr, size_t length, int prot, int flags, int fd, off_t offset) {
    return reinterpret_cast<void*>(syscall(SYS_mmap, addr, length, prot, flags, fd, offset));
}

int ppoll(struct pollfd* fds, nfds_t count, const struct timespec* timeout,
          const sigset_t* sigmask) {
    // The kernel writes the remaining time back; callers of poll(2) do not expect that.
    struct timespec left = {};
    if (timeout != nullptr) left = *timeout;
    return static_cast<int>(syscall(SYS_ppoll, fds, count, timeout != nullptr ? &left : nullptr,
                                    sigmask, kKernelSignalSetSize));
}

int fstat(int fd, struct stat* st) {
    return static_cast<int>(syscall(SYS_newfstatat, fd, "", st, AT_EMPTY_PATH));
}

int fstatat(int dir, const char* path, struct stat* st, int flags) {
    return static_cast<int>(syscall(SYS_newfstatat, dir, path, st, flags));
}

ssize_t readlinkat(int dir, const char* path, char* buf, size_t size) {
    return syscall(SYS_readlinkat, dir, path, buf, size);
}

int faccessat(int dir, const char* path, int mode) {
    return static_cast<int>(syscall(SYS_faccessat, dir, path, mode));
}

void exit_group(int status) {
    for (;;) syscall(SYS_exit_group, status);
}

void* next_symbol(const char* name) { return dlsym(RTLD_NEXT, name); }

}  // namespace vdec::real
