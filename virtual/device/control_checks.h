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

// What a sequence control makes of the CAPTURE format: the bits of a sample; 0 when `id` is not
// the control that says so for the coded format `fourcc`.
unsigned sequence_bit_depth(uint32_t fourcc, uint32_t id, std::span<const uint8_t> payload);

struct PictureSize {
    unsigned width = 0;
    unsigned height = 0;
};

// Of the same control, of H.264 and HEVC; else 0x0.
PictureSize sequence_picture_size(uint32_t fourcc, uint32_t id, std::span<const uint8_t> payload);
// Whether it is an AV1 sequence with film grain.
bool sequence_has_film_grain(uint32_t id, std::span<const uint8_t> payload);

}  // namespace vdec
