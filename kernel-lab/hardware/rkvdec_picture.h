// SPDX-License-Identifier: MIT
// What all generations of Rockchip's decoder are told of a picture beside its codec.
#pragma once

#include <cstdint>
#include <optional>

#include "chip_model.h"

namespace hardware {

// Bytes and addresses.
struct RkvdecPicture {
    uint64_t stream = 0;
    uint32_t stream_bytes = 0;
    uint64_t output = 0;
    uint32_t row = 0;   // of the frame: one of luma; those of chroma are as long
    uint32_t luma = 0;  // of all rows
};

// The stream's bytes. False where they are none of the device's.
bool fetch_stream(const RkvdecPicture& picture, DeviceMemory& memory, vdec::Bytes& stream);

// Where the picture goes: NV12 or NV15, as its sequence has it. nullopt: another format; those of 4:2:2,
// which the device has, no backend writes.
std::optional<PictureOutput> rkvdec_output(const RkvdecPicture& picture, unsigned chroma_format_idc,
                                           unsigned bit_depth);

}  // namespace hardware
