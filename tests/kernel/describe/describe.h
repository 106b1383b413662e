// SPDX-License-Identifier: MIT
// The parts of a decoder's description. Each opens nodes of its own, prints facts, and leaves
// nothing.
#pragma once

#include <string>

struct DecoderPaths {
    std::string video;
    std::string media;
};

// Who it is, and the entities of the media device.
void describe_identity(const DecoderPaths& paths);
// Formats of both queues.
void describe_formats(const DecoderPaths& paths);
// Each control: its range, flags, dimensions, default value.
void describe_controls(const DecoderPaths& paths);
// Control calls, right and wrong.
void describe_control_calls(const DecoderPaths& paths);
// Buffers: how many, of which memory, and what is told of one.
void describe_buffers(const DecoderPaths& paths);
// Queueing and dequeueing, with requests and without, polling, streaming.
void describe_requests(const DecoderPaths& paths);
// Formats, buffers and sequence controls while there are buffers, and while queues stream.
void describe_busy(const DecoderPaths& paths);
// Selections, events, commands of the decoder, calls that decoders do not have.
void describe_other_calls(const DecoderPaths& paths);
