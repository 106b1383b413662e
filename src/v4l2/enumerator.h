// SPDX-License-Identifier: MIT
// Finds the stateless decoders of the machine through /dev/media* topologies, without libudev.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "v4l2/device_info.h"
#include "v4l2/system.h"

namespace v4l2va {

// A node that could have been a decoder and was left out.
struct SkippedNode {
    std::string path;  // "video node MAJOR:MINOR of /dev/mediaN" where /dev lacks the node
    Error error;
    bool is_decoder = false;  // false: a media device that may be a camera's as well
};

struct Enumeration {
    std::vector<DeviceInfo> devices;   // in media-node order
    std::vector<SkippedNode> skipped;  // decoders first, then in the same order
    bool has_media_nodes = false;      // there is a /dev/media*, usable or not
};

// Every decoder of every media device. Encoders, stateful decoders, cameras and converters are in
// neither list and no format of theirs is touched. Leaves no fd open. Logs at debug level only.
[[nodiscard]] Enumeration enumerate_decoders(System& system, const Logger& log);

// What a person can do about it, as the end of a sentence; static storage.
[[nodiscard]] const char* remedy(const Error& error);

}  // namespace v4l2va
