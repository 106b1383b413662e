// SPDX-License-Identifier: MIT
// DrmNode: an open file of the virtual render node; it has a version, and memory when asked.
#pragma once

#include "node/dumb_buffers.h"
#include "node/node.h"

namespace vdec {

class DrmNode : public Node {
  public:
    using Node::Node;
    int ioctl(int fd, uint32_t request, void* arg) override;
    int memory_for_mmap(size_t length, int prot, int flags, off_t offset) override;
    [[nodiscard]] dev_t device_number() const override;

  private:
    DumbBuffers buffers_;
};

}  // namespace vdec
