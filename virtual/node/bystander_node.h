// SPDX-License-Identifier: MIT
// BystanderNode: an open video node that is no stateless decoder: it says what it is, and no more.
#pragma once

#include <linux/videodev2.h>

#include "machines/machine.h"
#include "node/node.h"

namespace vdec {

// Knows VIDIOC_QUERYCAP and VIDIOC_ENUM_FMT; everything else is ENOTTY.
class BystanderNode : public Node {
  public:
    BystanderNode(std::unique_ptr<ReadySocket> socket, unsigned video);
    int ioctl(int fd, uint32_t request, void* arg) override;
    [[nodiscard]] dev_t device_number() const override;

  private:
    int querycap(v4l2_capability& cap) const;
    int enum_fmt(v4l2_fmtdesc& desc) const;

    const NodeRow& row_;
};

}  // namespace vdec
