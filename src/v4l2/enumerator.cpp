// SPDX-License-Identifier: MIT
// Finds the stateless decoders of the machine through /dev/media* topologies, without libudev.
#include "v4l2/enumerator.h"

#include <algorithm>
#include <string_view>

#include "v4l2/device.h"
#include "v4l2/format_probe.h"
#include "v4l2/media_device.h"
#include "v4l2/quirks.h"

namespace v4l2va {

namespace {

constexpr uint32_t kMaxFormats = 64;  // a bound on a list that a driver makes us walk
constexpr const char* kNoRequests = "the queue takes no requests";

// media2 before media10: shorter names first, else alphabetical.
bool node_order(const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

bool is_media_node(std::string_view name) {
    return name.starts_with("media") && name.size() > 5 &&
           name.find_first_not_of("0123456789", 5) == std::string_view::npos;
}

void skip(Enumeration& found, const Logger& log, const std::string& path, const Error& error) {
    log.debug("%s: %s: %s", path.c_str(), error.op, error_code_name(error.code));
    found.skipped.push_back({path, error});
}

// A kernel without the Request API has the formats, but queues that take no requests.
bool has_coded_formats(const Device& device) {
    for (uint32_t i = 0; i < kMaxFormats; ++i) {
        const auto fourcc = device.enum_format(QueueSide::kOutput, i);
        if (!fourcc || *fourcc == 0) {
            return false;
        }
        if (is_coded_format(*fourcc)) {
            return true;
        }
    }
    return false;
}

void add_decoder(System& system, const Logger& log, const std::string& media_path,
                 NodeNumber number, Enumeration& found) {
    auto video_path = find_video_path(system, number);
    if (!video_path) {
        skip(found, log, media_path, video_path.error());
        return;
    }
    DeviceInfo info;
    info.media_path = media_path;
    info.video_path = *video_path;
    auto device = Device::probe(system, video_path->c_str(), info.driver_name, info.card);
    if (!device) {
        skip(found, log, *video_path, device.error());
        return;
    }
    info.multiplanar = device->multiplanar();
    info.coded_formats = probe_coded_formats(*device);
    info.quirks = find_quirks(info.driver_name);
    if (!info.coded_formats.empty()) {
        log.debug("%s: %s, %zu coded formats", video_path->c_str(), info.driver_name.c_str(),
                  info.coded_formats.size());
        found.devices.push_back(std::move(info));
    } else if (has_coded_formats(*device)) {
        skip(found, log, *video_path, Error{ErrorCode::kUnsupported, 0, kNoRequests});
    } else {
        log.debug("%s: %s is no stateless decoder of a known format", video_path->c_str(),
                  info.driver_name.c_str());
    }
}

}  // namespace

Enumeration enumerate_decoders(System& system, const Logger& log) {
    Enumeration found;
    auto names = system.list("/dev");
    if (!names) {
        skip(found, log, "/dev", names.error());
        return found;
    }
    std::sort(names->begin(), names->end(), node_order);
    for (const std::string& name : *names) {
        if (!is_media_node(name)) {
            continue;
        }
        found.has_media_nodes = true;
        const std::string path = "/dev/" + name;
        auto media = MediaDevice::open(system, path.c_str());
        if (!media) {
            skip(found, log, path, media.error());
            continue;
        }
        auto nodes = media->decoder_nodes();
        if (!nodes) {
            log.debug("%s: %s: %s", path.c_str(), nodes.error().op,
                      error_code_name(nodes.error().code));
            continue;
        }
        for (const NodeNumber number : *nodes) {
            add_decoder(system, log, path, number, found);
        }
    }
    return found;
}

const char* remedy(const Error& error) {
    switch (error.code) {
        case ErrorCode::kPermission:
            return "be in the group of the node, mostly \"video\", and allowed by the sandbox";
        case ErrorCode::kBusy:
            return "end the program that has it for itself";
        case ErrorCode::kNoDevice:
            return "it is gone: load its kernel module again, or let udev make its node";
        case ErrorCode::kUnsupported:
            return "the kernel was built without the Media Request API";
        default:
            return "see the kernel's log";
    }
}

}  // namespace v4l2va
