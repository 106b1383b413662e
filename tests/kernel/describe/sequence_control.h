// SPDX-License-Identifier: MIT
// SequenceControl: the control that tells a decoder a stream's size and bit depth.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "described_node.h"

struct Sequence {
    Size size = {320, 240};  // luma samples
    unsigned luma_bits = 8;
    unsigned chroma_bits = 8;
    unsigned chroma_format_idc = 1;
    unsigned profile = 0;  // of VP9 and AV1
};

struct SequenceControl {
    uint32_t id = 0;  // 0: the coded format has none
    std::vector<uint8_t> payload;
};

// The control of the coded format with that V4L2_PIX_FMT_* fourcc; what `sequence` does not say is
// 0, or what the kernel asks for at least.
SequenceControl sequence_control(uint32_t coded, const Sequence& sequence);
