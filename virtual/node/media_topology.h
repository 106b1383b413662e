// SPDX-License-Identifier: MIT
// The entities, pads, links and interfaces of a media device.
#pragma once

#include <linux/media.h>

#include <span>
#include <vector>

#include "machines/machine.h"

namespace vdec {

struct MediaTopology {
    std::vector<media_v2_entity> entities;
    std::vector<media_v2_interface> interfaces;
    std::vector<media_v2_pad> pads;
    std::vector<media_v2_link> links;
};

// Of the video nodes on one media device, as v4l2_m2m_register_media_controller() makes it for each
// memory-to-memory node: source, processor, sink, and one interface for both ends. A camera is a
// sensor and one end.
MediaTopology make_topology(std::span<const NodeRow* const> rows);

}  // namespace vdec
