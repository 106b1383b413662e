// SPDX-License-Identifier: MIT
// MediaDevice: an open /dev/mediaN, its topology and its request objects.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "v4l2/system.h"

namespace v4l2va {

// The device number of a video node, as the topology names it.
struct NodeNumber {
    uint32_t major = 0;
    uint32_t minor = 0;
};

// Move-only. Thread-safe: the kernel serialises.
class MediaDevice {
  public:
    [[nodiscard]] static Result<MediaDevice> open(System& system, const char* path);

    // The video nodes of decoder entities (MEDIA_ENT_F_PROC_VIDEO_DECODER that is linked to two I/O
    // entities), each once, in the order of the entities. Empty for any other media device.
    [[nodiscard]] Result<std::vector<NodeNumber>> decoder_nodes();

    // MEDIA_IOC_REQUEST_ALLOC; the descriptor is close-on-exec by the kernel.
    [[nodiscard]] Result<UniqueFd> allocate_request();

  private:
    MediaDevice(System& system, UniqueFd fd) : system_(&system), fd_(std::move(fd)) {}

    System* system_;
    UniqueFd fd_;
};

// The operation of the error when /dev has no node with the number.
inline constexpr const char* kFindVideoNode = "find video node";

// The path of the /dev/video* node with this number; kNoDevice when there is none. Only reads the
// directory and stats: browsers' sandboxes forbid /sys.
[[nodiscard]] Result<std::string> find_video_path(System& system, NodeNumber number);

}  // namespace v4l2va
