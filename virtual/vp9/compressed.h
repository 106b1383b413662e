// SPDX-License-Identifier: MIT
// VP9 compressed headers (VP9 6.3), read into the form of the uAPI.
#pragma once

#include <linux/v4l2-controls.h>

#include <cstdint>
#include <span>

#include "vp9/syntax.h"

namespace vdec::vp9 {

struct CompressedHeader {
    // Probability updates as V4L2_CID_STATELESS_VP9_COMPRESSED_HDR has them: 0, or inv_map_table[]
    // of the coded value; the motion vector probabilities themselves.
    v4l2_ctrl_vp9_compressed_hdr deltas = {};
    unsigned reference_mode = V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE;
};

// `data` is the compressed header alone. False when it is broken.
bool read_compressed_header(std::span<const uint8_t> data, const FrameHeader& header,
                            CompressedHeader& out);

}  // namespace vdec::vp9
