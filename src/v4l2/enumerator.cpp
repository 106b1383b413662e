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

// media2 before media10: shorter names first, else alphabetical.
bool node_order(const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

bool is_media_node(std::string_view name) {
    return name.starts_with("media") && name.size() > 5 &&
           name.find_first_not_of("0123456789", 5) == std::string_view::npos;
}

void warn_unusable(const Logger& log, const std::string& path, const Error& error) {
    log.warning("%s: %s: %s", path.c_str(), error.op, error_code_name(error.code));
}

void add_decoder(System& system, const Logger& log, const std::string& media_path,
                 NodeNumber number, std::vector<DeviceInfo>& devices) {
    auto video_path = find_video_path(system, number);
    if (!video_path) {
        log.warning("%s: decoder node %u:%u is not in /dev", media_path.c_str(), number.major,
                    number.minor);
        return;
    }
    DeviceInfo info;
    info.media_path = media_path;
    info.video_path = *video_path;
    auto device = Device::probe(system, video_path->c_str(), info.driver_name, info.card);
    if (!device) {
        warn_unusable(log, *video_path, device.error());
        return;
    }
    info.multiplanar = device->multiplanar();
    info.coded_formats = probe_coded_formats(*device);
    info.quirks = find_quirks(info.driver_name);
    if (info.coded_formats.empty()) {
        log.debug("%s: %s is no stateless decoder of a known format", video_path->c_str(),
                  info.driver_name.c_str());
        return;
    }
    log.debug("%s: %s, %zu coded formats", video_path->c_str(), info.driver_name.c_str(),
              info.coded_formats.size());
    devices.push_back(std::move(info));
}

}  // namespace

std::vector<DeviceInfo> enumerate_decoders(System& system, const Logger& log) {
    std::vector<DeviceInfo> devices;
    auto names = system.list("/dev");
    if (!names) {
        log.failure("/dev", names.error());
        return devices;
    }
    std::sort(names->begin(), names->end(), node_order);
    for (const std::string& name : *names) {
        if (!is_media_node(name)) {
            continue;
        }
        const std::string path = "/dev/" + name;
        auto media = MediaDevice::open(system, path.c_str());
        if (!media) {
            warn_unusable(log, path, media.error());
            continue;
        }
        auto nodes = media->decoder_nodes();
        if (!nodes) {
            log.debug("%s: %s: %s", path.c_str(), nodes.error().op,
                      error_code_name(nodes.error().code));
            continue;
        }
        for (const NodeNumber number : *nodes) {
            add_decoder(system, log, path, number, devices);
        }
    }
    return devices;
}

}  // namespace v4l2va
