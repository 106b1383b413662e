// SPDX-License-Identifier: MIT
// The V4L2 controls of VP9, from the parsed headers.
#pragma once

#include <linux/v4l2-controls.h>

#include <cstddef>
#include <span>

#include "base/result.h"
#include "bitstream/vp9_frame_header.h"

namespace v4l2va {

// Without the reference timestamps and reference_mode, which the header does not say.
[[nodiscard]] v4l2_ctrl_vp9_frame vp9_frame(const Vp9FrameHeader& header,
                                            const Vp9LastingState& state);

[[nodiscard]] v4l2_ctrl_vp9_compressed_hdr vp9_compressed_hdr(const Vp9CompressedHeader& header);

// `data` without the superframe index (Annex B) that a client may leave behind a frame. Errors:
// kUnsupported (the index tells of several frames: the client must split them, since each goes to
// its own surface).
[[nodiscard]] Result<std::span<const std::byte>> strip_vp9_superframe_index(
    std::span<const std::byte> data);

}  // namespace v4l2va
