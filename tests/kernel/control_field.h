// SPDX-License-Identifier: MIT
// ControlField: one field of a stateless control.
#pragma once

#include <array>
#include <cstdint>
#include <span>

struct ControlField {
    struct Dimension {
        uint32_t count = 0;
        uint32_t stride = 0;  // bytes
    };

    const char* name;  // h264_decode_params.dpb[].reference_ts, h264_sps.flags.FRAME_MBS_ONLY
    uint32_t id;       // V4L2_CID_STATELESS_…
    uint32_t offset;   // bytes, of the first element
    uint32_t width;    // bytes
    uint64_t mask;     // of a flag, else 0
    std::array<Dimension, 6> dimensions;  // of each [] of the name
};

// All of them, from the kernel's header (tools/lib/control_fields.py).
std::span<const ControlField> control_fields();
