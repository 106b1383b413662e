// SPDX-License-Identifier: MIT
// What the decoders of Allwinner's video engine share, by the names of cedrus_regs.h in
// drivers/staging/media/sunxi/cedrus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "picture_job.h"
#include "registers.h"

namespace hardware {

// Words of the memory behind VE_AVC_SRAM_PORT_DATA and VE_DEC_H265_SRAM_DATA.
uint32_t h264_memory(const Registers& registers, size_t word);
uint32_t h265_memory(const Registers& registers, size_t word);
// Whether the driver wrote it for this job: memory keeps what was there for earlier ones.
bool h265_memory_written(const Registers& registers, size_t word);
// How many bits of the bitstream were skipped.
uint32_t h264_position(const Registers& registers);
uint32_t h265_position(const Registers& registers);
// As VE_DEC_MPEG_IQMINPUT was given it.
uint8_t mpeg_matrix(const Registers& registers, bool intra, size_t index);

// VE_DEC_MPEG_VLD_ADDR and VE_H264_VLD_ADDR: the lowest four bits are the highest of the address.
constexpr uint64_t stream_address(uint32_t value) {
    return (value & 0x0ffffff0U) | static_cast<uint64_t>(value & 0xfU) << 28;
}

// Where and how VE_PRIMARY_OUT_FMT says that a picture of that size lies; nullopt: a format of no
// model.
std::optional<PictureOutput> cedrus_output(const Registers& registers, uint64_t luma,
                                           uint64_t chroma, unsigned width, unsigned height);

}  // namespace hardware
