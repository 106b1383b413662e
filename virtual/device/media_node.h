// SPDX-License-Identifier: MIT
// MediaNode: an open file of a media device: topology and request allocation.
#pragma once

#include <linux/media.h>

#include <memory>
#include <vector>

#include "device/device.h"
#include "machines/machine.h"
#include "node/node.h"

namespace vdec {

class MediaNode : public Node {
  public:
    // The device of /dev/mediaN with that N.
    MediaNode(std::unique_ptr<ReadySocket> socket, unsigned media);
    int ioctl(int fd, uint32_t request, void* arg) override;
    [[nodiscard]] dev_t device_number() const override;

  private:
    int serve(uint32_t request, void* arg);
    int get_topology(media_v2_topology& topology) const;
    [[nodiscard]] media_device_info device_info() const;
    int allocate_request(void* arg);

    unsigned media_;
    Device* decoder_;                   // nullptr: none on this media device
    std::vector<const NodeRow*> rows_;  // of the video nodes on it
};

}  // namespace vdec
