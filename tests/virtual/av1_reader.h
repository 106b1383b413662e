// SPDX-License-Identifier: MIT
// Reads AV1 headers back into controls, by the text of the standard, to check the writer.
#pragma once

#include <cstdint>
#include <span>

#include "av1/controls.h"
#include "av1/writer.h"
#include "backend/bits.h"

struct ReadSequence {
    vdec::av1::Sequence sequence = {};
    bool complete = false;  // it ended with trailing_bits()
};
ReadSequence read_sequence_header(std::span<const uint8_t> payload);

struct ReadFrame {
    vdec::av1::Frame frame = {};
    vdec::av1::FilmGrain grain = {};
    vdec::av1::References references;
    uint8_t refresh = 0;
    bool complete = false;
};
// `sequence` as read. Of `references` the hints and the previous motion are used.
ReadFrame read_frame_header(std::span<const uint8_t> payload, const vdec::av1::Sequence& sequence,
                            const vdec::av1::References& references);
