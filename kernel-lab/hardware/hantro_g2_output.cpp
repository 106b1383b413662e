// SPDX-License-Identifier: MIT
#include "hantro_g2_output.h"

#include <linux/videodev2.h>

#include "sw_registers.h"
#include "uapi/pixel_formats.h"

namespace hardware {
namespace {

// Of a row, in samples. No register has it: the driver's formats are what the device does.
constexpr unsigned kAlignment = 16;
constexpr unsigned kLegacyAlignment = 32;

// The lower halves of addresses: the higher ones are in the register before.
constexpr unsigned kLuma = 65;
constexpr unsigned kChroma = 99;
constexpr unsigned kRowsLuma = 175;
constexpr unsigned kRowsChroma = 177;

}  // namespace

uint64_t g2_output_address(const Registers& registers) {
    return SwRegisters(registers, 0).word(kLuma);
}

std::optional<PictureOutput> g2_output(const Registers& registers, unsigned width, unsigned height,
                                       unsigned bit_depth, bool legacy) {
    const SwRegisters told(registers, 0);
    const unsigned alignment = legacy ? kLegacyAlignment : kAlignment;
    const unsigned aligned = (width + alignment - 1) / alignment * alignment;
    PictureOutput output = {.width = width, .height = height};
    if (!told.bit(3, 16)) {  // g2_out_rs_e
        output.fourcc = bit_depth > 8 ? V4L2_PIX_FMT_NV15_4L4 : V4L2_PIX_FMT_NV12_4L4;
        output.luma = told.word(kLuma);
        output.chroma = told.word(kChroma);
        output.stride = bit_depth > 8 ? aligned * 5 / 4 : aligned;
        return output;
    }
    if (told.bit(184, 7)) return std::nullopt;  // g2_down_scale_e
    // g2_rs_out_bit_depth, or g2_output_8_bits.
    const bool deep = legacy ? told.bits(8, 4, 4) > 8 : !told.bit(8, 3);
    output.fourcc = deep ? V4L2_PIX_FMT_P010 : V4L2_PIX_FMT_NV12;
    output.luma = told.word(kRowsLuma);
    output.chroma = told.word(kRowsChroma);
    output.stride = deep ? aligned * 2 : aligned;
    return output;
}

}  // namespace hardware
