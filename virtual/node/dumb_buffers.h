// SPDX-License-Identifier: MIT
// DumbBuffers: memory that Mesa's software renderer takes from an open render node.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "host/shared_memory.h"

namespace vdec {

// The handles of one open file. Real render nodes have no dumb buffers, but memory of their GPU.
class DumbBuffers {
  public:
    // `number`: of the ioctl. Returns >= 0, or -errno: -ENOTTY when it is none of these.
    int ioctl(uint32_t number, void* arg);
    // The file to map in place of the node at `offset`, or -errno.
    int memory_at(off_t offset);

  private:
    int create(void* arg);
    int map(void* arg);
    int export_fd(void* arg);
    int import_fd(void* arg);
    int close(void* arg);
    uint32_t add(std::shared_ptr<SharedMemory> memory);

    std::mutex mutex_;
    uint32_t last_handle_ = 0;
    std::map<uint32_t, std::shared_ptr<SharedMemory>> buffers_;
};

}  // namespace vdec
