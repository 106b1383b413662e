// SPDX-License-Identifier: MIT
// VaDisplay: libva's display on a DRM node, with what libva and the driver say of it.
#include "info/va_display.h"

#include <va/va_drm.h>
#include <va/va_str.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "info/files.h"
#include "info/names.h"

namespace v4l2va::info {

namespace {

constexpr const char* kDriverName = "v4l2_request";
constexpr const char* kModuleFile = "v4l2_request_drv_video.so";
constexpr std::string_view kVendor = "v4l2-vaapi-driver";
constexpr std::string_view kTrying = "Trying to open ";

// The only module of a VA-API driver in this process, "" when there is none or more than one.
std::string loaded_module() {
    std::string module;
    for (const std::string& line : split(read_file("/proc/self/maps"), '\n')) {
        const size_t start = line.find('/');
        if (start == std::string::npos || !line.ends_with("_drv_video.so")) {
            continue;
        }
        const std::string path = line.substr(start);
        if (!module.empty() && module != path) {
            return {};
        }
        module = path;
    }
    return module;
}

Size largest_picture(VADisplay display, VAProfile profile, VAEntrypoint entrypoint) {
    std::array<VAConfigAttrib, 2> attributes = {
        {{VAConfigAttribMaxPictureWidth, 0}, {VAConfigAttribMaxPictureHeight, 0}}};
    if (vaGetConfigAttributes(display, profile, entrypoint, attributes.data(),
                              static_cast<int>(attributes.size())) != VA_STATUS_SUCCESS ||
        attributes[0].value == VA_ATTRIB_NOT_SUPPORTED ||
        attributes[1].value == VA_ATTRIB_NOT_SUPPORTED) {
        return {};
    }
    return {attributes[0].value, attributes[1].value};
}

}  // namespace

std::string module_directories() {
    const char* const directories = std::getenv("LIBVA_DRIVERS_PATH");
    return directories && *directories ? directories : V4L2VA_LIBVA_DRIVER_DIR;
}

std::string find_module(const std::string& directories) {
    for (const std::string& directory : split(directories, ':')) {
        if (std::string path = directory + "/" + kModuleFile; file_exists(path)) {
            return path;
        }
    }
    return {};
}

bool is_this_module(const std::string& path, const std::string& directories) {
    const std::string file = follow_links(path);
    return file.ends_with(std::string("/") + kModuleFile) ||
           file == follow_links(find_module(directories));
}

std::string driver_name_of_environment() {
    const char* const name = std::getenv("LIBVA_DRIVER_NAME");
    return name ? name : "";
}

VaDisplay::VaDisplay(UniqueFd fd) : fd_(std::move(fd)), display_(vaGetDisplayDRM(fd_.get())) {
    if (display_) {
        (void)vaSetErrorCallback(display_, on_error, this);
        (void)vaSetInfoCallback(display_, on_info, this);
    }
}

VaDisplay::~VaDisplay() {
    if (display_) {
        (void)vaTerminate(display_);
    }
}

void VaDisplay::on_error(void* user, const char* message) {
    std::string line = message;
    line.erase(line.find_last_not_of(" \n") + 1);
    static_cast<VaDisplay*>(user)->errors_.push_back(printable(line));
}

void VaDisplay::on_info(void* user, const char* message) {
    const std::string_view line = message;
    if (const size_t start = line.find(kTrying); start != std::string_view::npos) {
        std::string path(line.substr(start + kTrying.size()));
        path.erase(path.find_last_not_of(" \n") + 1);
        static_cast<VaDisplay*>(user)->tried_ = std::move(path);
    }
}

VaDisplay::Opened VaDisplay::open(System& system, const std::string& node,
                                  const char* driver_name) {
    Opened opened;
    VaDisplayReport& report = opened.report;
    report.node = node;
    auto fd = system.open(node.c_str());
    if (!fd) {
        report.error =
            "the node cannot be opened: " + std::string(std::strerror(fd.error().sys_errno));
        return opened;
    }
    auto display = std::unique_ptr<VaDisplay>(new VaDisplay(std::move(*fd)));
    if (!display->display_) {
        report.error = "libva gives no display for it";
        return opened;
    }
    if (driver_name) {
        (void)vaSetDriverName(display->display_, const_cast<char*>(driver_name));
    }
    int major = 0;
    int minor = 0;
    const VAStatus status = vaInitialize(display->display_, &major, &minor);
    report.messages = display->take_errors();
    if (status != VA_STATUS_SUCCESS) {
        opened.driver_failed = true;
        report.error = !report.messages.empty()       ? report.messages.back()
                       : display->tried_.empty()      ? vaErrorStr(status)
                       : file_exists(display->tried_) ? "libva cannot load " + display->tried_
                                                      : "libva finds no " + display->tried_;
        return opened;
    }
    report.version = std::to_string(major) + "." + std::to_string(minor);
    report.module = display->tried_.empty() ? loaded_module() : follow_links(display->tried_);
    const char* const vendor = vaQueryVendorString(display->display_);
    report.vendor = printable(vendor ? vendor : "");
    report.ours = report.vendor.find(kVendor) != std::string::npos;
    opened.display = std::move(display);
    return opened;
}

std::vector<VaProfileReport> VaDisplay::profiles() const {
    std::vector<VAProfile> profiles(static_cast<size_t>(std::max(0, vaMaxNumProfiles(display_))));
    int count = 0;
    std::vector<VaProfileReport> reports;
    if (profiles.empty() ||
        vaQueryConfigProfiles(display_, profiles.data(), &count) != VA_STATUS_SUCCESS) {
        return reports;
    }
    profiles.resize(std::min(profiles.size(), static_cast<size_t>(std::max(0, count))));
    for (const VAProfile profile : profiles) {
        std::vector<VAEntrypoint> entrypoints(
            static_cast<size_t>(std::max(1, vaMaxNumEntrypoints(display_))));
        if (vaQueryConfigEntrypoints(display_, profile, entrypoints.data(), &count) !=
            VA_STATUS_SUCCESS) {
            continue;
        }
        entrypoints.resize(std::min(entrypoints.size(), static_cast<size_t>(std::max(0, count))));
        VaProfileReport report;
        report.name = profile_name(profile);
        for (const VAEntrypoint entrypoint : entrypoints) {
            report.entrypoints.emplace_back(vaEntrypointStr(entrypoint));
            if (entrypoint == VAEntrypointVLD) {
                report.max = largest_picture(display_, profile, entrypoint);
            }
        }
        reports.push_back(std::move(report));
    }
    return reports;
}

std::vector<std::string> VaDisplay::take_errors() { return std::exchange(errors_, {}); }

std::vector<VaDisplayReport> examine_displays(System& system, const std::vector<DrmReport>& nodes) {
    std::vector<VaDisplayReport> reports;
    for (const DrmReport& node : nodes) {
        auto opened = VaDisplay::open(system, node.node, nullptr);
        if (opened.display) {
            opened.report.profiles = opened.display->profiles();
        }
        if (!opened.report.ours && driver_name_of_environment().empty()) {
            opened.display.reset();
            const auto by_name = VaDisplay::open(system, node.node, kDriverName);
            opened.report.only_by_name = by_name.report.ours;
            if (by_name.report.ours || opened.report.messages.empty()) {
                opened.report.messages = by_name.report.messages;
            }
        }
        reports.push_back(std::move(opened.report));
    }
    return reports;
}

}  // namespace v4l2va::info
