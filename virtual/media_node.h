// SPDX-License-Identifier: MIT
// MediaNode: an open file of the media controller: topology and request allocation.
#pragma once

#include "node.h"

namespace vdec {

class MediaNode : public Node {
  public:
    using Node::Node;
    int ioctl(int fd, uint32_t request, void* arg) override;
    [[nodiscard]] dev_t device_number() const override;
};

}  // namespace vdec
