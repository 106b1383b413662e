// SPDX-License-Identifier: MIT
// Av1RefreshFlags: refresh_frame_flags, which VA-API lacks, from what clients send with the tiles.
#pragma once

#include <va/va.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "bitstream/av1_frame_header.h"

namespace v4l2va {

// Chromium and GStreamer send whole OBUs, whose frame header has the flags. It is read as far as
// the client's own parameters say what must stand there; the layout, which they do not tell, is
// learned from inter frames: their seven references are proof enough. An intra frame's few bits are
// not.
class Av1RefreshFlags {
  public:
    // `data`: in front of the frame's first tile. Nothing when it has no such header, or one that
    // could be read in two ways. Only frames whose flags are coded: no shown key or switch frames.
    [[nodiscard]] std::optional<uint8_t> read(const VADecPictureParameterBufferAV1& picture,
                                              std::span<const std::byte> data);

    // A shown key frame may begin another sequence.
    void forget() { learned_ = false; }

  private:
    uint8_t layouts_ = kAv1AllLayouts;  // that no inter frame has contradicted
    bool learned_ = false;
};

}  // namespace v4l2va
