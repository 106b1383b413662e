// SPDX-License-Identifier: MIT
#include "cedrus_registers.h"

#include <linux/videodev2.h>

#include <algorithm>

#include "kernel-lab/boards/model/decoder-model.h"

namespace hardware {
namespace {

// VE_PRIMARY_FB_LINE_STRIDE and VE_PRIMARY_OUT_FMT, and what the latter says.
constexpr size_t kStride = 0xc8;
constexpr size_t kFormat = 0xec;
constexpr uint32_t kTiled = 0;
constexpr uint32_t kNv12 = 4;

constexpr unsigned kTile = 32;

size_t behind_ports(const Registers& registers, size_t member) {
    return registers.size() - sizeof(model_cedrus) + member;
}

}  // namespace

uint32_t h264_memory(const Registers& registers, size_t word) {
    return registers.word(behind_ports(registers, offsetof(model_cedrus, h264_memory[0])) +
                          word * sizeof(uint32_t));
}

uint32_t h265_memory(const Registers& registers, size_t word) {
    return registers.word(behind_ports(registers, offsetof(model_cedrus, h265_memory[0])) +
                          word * sizeof(uint32_t));
}

bool h265_memory_written(const Registers& registers, size_t word) {
    return registers.written(behind_ports(registers, offsetof(model_cedrus, h265_memory[0])) +
                             word * sizeof(uint32_t));
}

uint32_t h264_position(const Registers& registers) {
    return registers.word(behind_ports(registers, offsetof(model_cedrus, h264_position)));
}

uint32_t h265_position(const Registers& registers) {
    return registers.word(behind_ports(registers, offsetof(model_cedrus, h265_position)));
}

uint8_t mpeg_matrix(const Registers& registers, bool intra, size_t index) {
    const size_t matrix = behind_ports(registers, offsetof(model_cedrus, mpeg_matrix[0]));
    const size_t at = matrix + (intra ? 64 : 0) + index;
    return static_cast<uint8_t>(registers.bits(at / 4 * 4, at % 4 * 8, 8));
}

std::optional<PictureOutput> cedrus_output(const Registers& registers, uint64_t luma,
                                           uint64_t chroma, unsigned width, unsigned height) {
    PictureOutput output = {.luma = luma, .chroma = chroma, .width = width, .height = height};
    switch (registers.bits(kFormat, 4, 3)) {
        case kTiled:
            output.fourcc = V4L2_PIX_FMT_NV12_32L32;
            output.stride = (width + kTile - 1) / kTile * kTile;
            break;
        case kNv12:
            output.fourcc = V4L2_PIX_FMT_NV12;
            output.stride = registers.bits(kStride, 0, 16);
            break;
        default:
            return std::nullopt;
    }
    if (output.stride == 0 || chroma < luma) return std::nullopt;
    // The rows that are there.
    output.height = std::min<unsigned>(height, static_cast<unsigned>((chroma - luma) / output.stride));
    return output;
}

}  // namespace hardware
