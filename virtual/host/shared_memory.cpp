// SPDX-License-Identifier: MIT
// Buffer memory in memfds, which several mappings and processes can share.
#include "host/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>

#include "host/real_calls.h"

namespace vdec {
namespace {

// Shells and test programs use small numbers by hand.
constexpr int kFirstOwnFd = 200;

int reopened(int fd, int flags) {
    char path[40];
    std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const int copy = real::open(path, flags | O_CLOEXEC, 0);
    return copy;
}

uint8_t* mapped(int fd, size_t size) {
    void* data = real::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return data == MAP_FAILED ? nullptr : static_cast<uint8_t*>(data);
}

bool is_dma_buf(int fd) {
    char path[40];
    char target[64] = {};
    std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const ssize_t length = real::readlinkat(AT_FDCWD, path, target, sizeof target - 1);
    return length > 0 && std::string_view(target).starts_with("/dmabuf:");
}

}  // namespace

size_t dma_buf_size(int fd) {
    if (fd < 0) return 0;
    if (fcntl(fd, F_GET_SEALS) < 0 && !is_dma_buf(fd)) return 0;
    struct stat st = {};
    if (real::fstat(fd, &st) != 0) return 0;
    if (st.st_size > 0) return static_cast<size_t>(st.st_size);
    // A dma-buf reports its size to lseek only.
    const off_t end = lseek(fd, 0, SEEK_END);
    return end > 0 ? static_cast<size_t>(end) : 0;
}

SharedMemory::SharedMemory(int fd, uint8_t* data, size_t size) : fd_(fd), data_(data), size_(size) {
    struct stat st = {};
    if (real::fstat(fd, &st) == 0) {
        device_ = st.st_dev;
        inode_ = st.st_ino;
    }
}

SharedMemory::~SharedMemory() {
    munmap(data_, size_);
    real::close(fd_);
}

std::shared_ptr<SharedMemory> SharedMemory::allocate(size_t size) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    size = (size + page - 1) / page * page;
    const int low = memfd_create("v4l2-buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (low < 0) return nullptr;
    const int high = fcntl(low, F_DUPFD_CLOEXEC, kFirstOwnFd);
    const int fd = high >= 0 ? high : low;
    if (high >= 0) real::close(low);
    uint8_t* data = nullptr;
    if (ftruncate(fd, static_cast<off_t>(size)) == 0) data = mapped(fd, size);
    if (data == nullptr) {
        real::close(fd);
        return nullptr;
    }
    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
    return std::shared_ptr<SharedMemory>(new SharedMemory(fd, data, size));
}

std::shared_ptr<SharedMemory> SharedMemory::import(int fd, size_t length, int& error) {
    const size_t size = dma_buf_size(fd);
    if (size == 0 || length > size) {
        error = size == 0 ? EINVAL : EFAULT;
        return nullptr;
    }
    // A dma-buf is attached for the device whatever the access mode of the fd; hence O_RDWR.
    int copy = is_dma_buf(fd) ? fcntl(fd, F_DUPFD_CLOEXEC, kFirstOwnFd) : reopened(fd, O_RDWR);
    if (copy < 0) copy = fcntl(fd, F_DUPFD_CLOEXEC, kFirstOwnFd);
    uint8_t* data = copy >= 0 ? mapped(copy, size) : nullptr;
    if (data == nullptr) {
        if (copy >= 0) real::close(copy);
        error = EFAULT;
        return nullptr;
    }
    return std::shared_ptr<SharedMemory>(new SharedMemory(copy, data, size));
}

bool SharedMemory::is_same_file(int fd) const {
    struct stat st = {};
    return real::fstat(fd, &st) == 0 && st.st_dev == device_ && st.st_ino == inode_;
}

int SharedMemory::export_fd(int flags) const {
    const int fd = reopened(fd_, flags & O_ACCMODE);
    if (fd < 0) return -errno;
    if ((flags & O_CLOEXEC) == 0) fcntl(fd, F_SETFD, 0);
    return fd;
}

}  // namespace vdec
