// SPDX-License-Identifier: MIT
// SharedMemory: the memory of a buffer plane, ours (a memfd) or imported from a client.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace vdec {

class SharedMemory {
  public:
    // A new memfd of `size` bytes rounded up to pages; nullptr when out of memory.
    static std::shared_ptr<SharedMemory> allocate(size_t size);
    // Maps a client's dma-buf (or memfd, which stands for one). On an error returns nullptr and
    // sets `error` as the kernel does: EINVAL for no such file, EFAULT when it is shorter than
    // `length`.
    static std::shared_ptr<SharedMemory> import(int fd, size_t length, int& error);
    ~SharedMemory();
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;

    [[nodiscard]] uint8_t* data() const { return data_; }
    [[nodiscard]] size_t size() const { return size_; }
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] bool is_same_file(int fd) const;
    // A new file descriptor of the same memory (VIDIOC_EXPBUF), or -errno.
    [[nodiscard]] int export_fd(int flags) const;

  private:
    SharedMemory(int fd, uint8_t* data, size_t size);

    int fd_;
    uint8_t* data_;
    size_t size_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

// Size of the dma-buf or sealed memfd behind `fd`; 0 when it is neither.
size_t dma_buf_size(int fd);

}  // namespace vdec
