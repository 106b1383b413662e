// SPDX-License-Identifier: MIT
// DrmNode: an open file of the virtual render node; it has a version and nothing else.
#pragma once

#include "node.h"

namespace vdec {

class DrmNode : public Node {
  public:
    using Node::Node;
    int ioctl(int fd, uint32_t request, void* arg) override;
    [[nodiscard]] dev_t device_number() const override;
};

}  // namespace vdec
