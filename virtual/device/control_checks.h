// SPDX-License-Identifier: MIT
// Validation of compound control payloads, as the V4L2 core and the drivers do it.
#pragma once

#include <cstdint>
#include <span>

#include "backend/control_info.h"
#include "machines/personality.h"

namespace vdec {

// May normalise the payload (the core zeroes fields that do not apply). Returns 0 or -errno.
int check_control(const ControlInfo& info, std::span<uint8_t> payload, const Personality& device);

struct BitDepths {
    unsigned luma = 0;
    unsigned chroma = 0;
};

// Of a sequence control; 0 when `id` is not the control that says so for the coded format `fourcc`.
BitDepths sequence_bit_depths(uint32_t fourcc, uint32_t id, std::span<const uint8_t> payload);
// The bits of a sample of CAPTURE; 0 when the driver refuses them.
unsigned capture_bit_depth(DepthRule rule, BitDepths depths);

struct PictureSize {
    unsigned width = 0;
    unsigned height = 0;
};

// Of the same control, of H.264 and HEVC; else 0x0.
PictureSize sequence_picture_size(uint32_t fourcc, uint32_t id, std::span<const uint8_t> payload);
// Whether it is an AV1 sequence with film grain.
bool sequence_has_film_grain(uint32_t id, std::span<const uint8_t> payload);

}  // namespace vdec
