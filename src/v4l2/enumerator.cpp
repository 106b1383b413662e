// SPDX-License-Identifier: MIT
// Finds the stateless decoders of the machine through /dev/media* topologies, without libudev.
#include "v4l2/enumerator.h"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "v4l2/device.h"
#include "v4l2/format_probe.h"
#include "v4l2/media_device.h"
#include "v4l2/quirks.h"
#include "v4l2/stuck_jobs.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {

namespace {

constexpr const char* kNoRequests = "the queue takes no requests";

// What to look for in /dev: `ls -l` prints the two numbers.
std::string node_without_file(NodeNumber number, const std::string& media_path) {
    return "video node " + std::to_string(number.major) + ":" + std::to_string(number.minor) +
           " of " + media_path;
}

void skip(Enumeration& found, const Logger& log, const std::string& path, const Error& error,
          bool is_decoder) {
    log.debug("%s: %s: %s", path.c_str(), error.op, error_code_name(error.code));
    found.skipped.push_back({path, error, is_decoder});
}

void add_decoder(System& system, const Logger& log, const std::string& media_path,
                 NodeNumber number, Enumeration& found) {
    auto video_path = find_video_path(system, number);
    if (!video_path) {
        skip(found, log, node_without_file(number, media_path), video_path.error(), true);
        return;
    }
    DeviceInfo info;
    info.media_path = media_path;
    info.video_path = *video_path;
    auto device = Device::probe(system, video_path->c_str(), info.driver_name, info.card);
    if (!device) {
        skip(found, log, *video_path, device.error(), true);
        return;
    }
    info.multiplanar = device->multiplanar();
    info.coded_formats = probe_coded_formats(*device);
    info.quirks = find_quirks(info.driver_name);
    info.stuck_jobs = std::make_shared<StuckJobs>();
    for (CodedFormatInfo& coded : info.coded_formats) {
        coded.traits.has_h264_fields = info.quirks->has_h264_fields;
        coded.traits.has_h264_main_tools = info.quirks->has_h264_main_tools;
        coded.traits.pads_hevc_slices = info.quirks->pads_hevc_slices;
        coded.traits.no_reference = coded.fourcc == V4L2_PIX_FMT_HEVC_SLICE
                                        ? info.quirks->hevc_no_reference
                                        : info.quirks->no_reference;
    }
    if (!info.coded_formats.empty()) {
        log.debug("%s: %s, %zu coded formats", video_path->c_str(), info.driver_name.c_str(),
                  info.coded_formats.size());
        found.devices.push_back(std::move(info));
    } else if (takes_no_requests(*device)) {
        skip(found, log, *video_path, Error{ErrorCode::kUnsupported, 0, kNoRequests}, true);
    } else {
        log.debug("%s: %s is no stateless decoder of a known format", video_path->c_str(),
                  info.driver_name.c_str());
    }
}

}  // namespace

Enumeration enumerate_decoders(System& system, const Logger& log) {
    Enumeration found;
    const auto paths = list_nodes(system, "/dev", "media");
    if (!paths) {
        skip(found, log, "/dev", paths.error(), false);
        return found;
    }
    found.has_media_nodes = !paths->empty();
    for (const std::string& path : *paths) {
        auto media = MediaDevice::open(system, path.c_str());
        if (!media) {
            skip(found, log, path, media.error(), false);
            continue;
        }
        auto nodes = media->decoder_nodes();
        if (!nodes) {
            skip(found, log, path, nodes.error(), false);
            continue;
        }
        for (const NodeNumber number : *nodes) {
            add_decoder(system, log, path, number, found);
        }
    }
    std::stable_partition(found.skipped.begin(), found.skipped.end(),
                          [](const SkippedNode& node) { return node.is_decoder; });
    return found;
}

const char* remedy(const Error& error) {
    switch (error.code) {
        case ErrorCode::kPermission:
            // The rules of a control group for devices, which no group gets around.
            return error.sys_errno == EPERM ? "let it into the container"
                                            : "join group video or add a udev rule";
        case ErrorCode::kBusy:
            return "end the program that holds it";
        case ErrorCode::kNoDevice:
            return std::string_view(error.op) == kFindVideoNode
                       ? "it is not in /dev: let it into the container"
                       : "reload its kernel module";
        case ErrorCode::kUnsupported:
            return std::string_view(error.op) == kNoRequests
                       ? "use a kernel with CONFIG_MEDIA_CONTROLLER_REQUEST_API"
                       : "report it, with v4l2va-info --json";
        default:
            return error.sys_errno == EMFILE || error.sys_errno == ENFILE
                       ? "raise the limit of open files (ulimit -n)"
                       : "see the kernel's log";
    }
}

}  // namespace v4l2va
