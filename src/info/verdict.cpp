// SPDX-License-Identifier: MIT
// The last line of a report: what can be decoded, or the first reason why nothing can.
#include "info/verdict.h"

#include <algorithm>

#include "info/names.h"

namespace v4l2va::info {

namespace {

constexpr const char* kName = "v4l2_request";
constexpr const char* kModule = "v4l2_request_drv_video.so";

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) {
        text += (text.empty() ? "" : ", ") + part;
    }
    return text;
}

// The labels of the codecs whose profiles the decoders have.
std::vector<std::string> decodable(const Report& report) {
    std::vector<std::string> labels;
    for (const DecoderReport& decoder : report.decoders) {
        for (const CodecReport& codec : decoder.codecs) {
            if (!codec.profiles.empty() &&
                std::find(labels.begin(), labels.end(), codec.label) == labels.end()) {
                labels.push_back(codec.label);
            }
        }
    }
    return labels;
}

std::string first_directory(const Report& report) {
    return report.module_dirs.substr(0, report.module_dirs.find(':'));
}

// There is a decoder, but no display of the driver's.
Verdict judge_displays(const Report& report) {
    if (report.drm.empty()) {
        return {false, "there is a decoder, but no DRM render node for VA-API programs to open",
                "load the kernel driver of the GPU; programs on X11 can do without a render node: "
                "LIBVA_DRIVER_NAME=v4l2_request"};
    }
    for (const NodePermission& node : report.permissions) {
        if (node.path == report.drm.front().node && !node.error.empty()) {
            return {false, "there is a decoder, but " + node.path + ": " + node.error, node.remedy};
        }
    }
    const VaDisplayReport& display = report.displays.front();
    const std::string& name = report.drm.front().driver;
    const std::string directory = first_directory(report);
    if (report.module_file.empty()) {
        return {false,
                "there is a decoder, but libva finds no " + std::string(kModule) + " in " +
                    report.module_dirs,
                "install the driver there (meson install), or set LIBVA_DRIVERS_PATH to its "
                "directory"};
    }
    if (!report.driver_name.empty() && !display.ours && report.driver_name != kName) {
        return {false,
                "there is a decoder, but LIBVA_DRIVER_NAME=" + report.driver_name +
                    " takes another driver",
                "unset it, or set it to " + std::string(kName)};
    }
    if (display.only_by_name) {
        return {false,
                "there is a decoder, but libva looks for its driver under the name " + name +
                    "_drv_video.so",
                "ln -s " + std::string(kModule) + " " + directory + "/" + name +
                    "_drv_video.so (meson install does it), or set LIBVA_DRIVER_NAME=" + kName};
    }
    if (!display.error.empty()) {
        return {false,
                "there is a decoder, but VA-API fails on " + display.node + ": " + display.error,
                "V4L2VA_LOG=debug LIBVA_MESSAGING_LEVEL=2 vainfo --display drm tells more"};
    }
    return {false, "there is a decoder, but libva loads another driver: " + display.vendor,
            "set LIBVA_DRIVER_NAME=" + std::string(kName)};
}

// What the kernel lacks, or what must be loaded.
std::string kernel_remedy(const Report& report) {
    const KernelReport& kernel = report.kernel;
    if (kernel.compatible.empty()) {
        return "none here: a machine without a device tree is no such board; PCs decode with their "
               "GPU's "
               "own VA-API driver";
    }
    std::string off;
    std::string load;
    std::string unknown;
    for (const KernelOption& option : kernel.options) {
        if (option.state == OptionState::kOff) {
            off += (off.empty() ? "CONFIG_" : ", CONFIG_") + option.name;
        } else if (!option.module.empty()) {
            std::string& list = option.state == OptionState::kUnknown ? unknown : load;
            list += (list.empty() ? "" : ", ") + option.module;
        }
    }
    if (!off.empty()) {
        return "use a kernel with " + off;
    }
    if (!load.empty()) {
        return "the kernel has the driver (" + load +
               "): load it with modprobe, and see dmesg why it does not start; the device tree may "
               "leave the decoder out or have it disabled";
    }
    if (!unknown.empty()) {
        return "try modprobe " + unknown + "; this kernel does not tell what it was built with";
    }
    return "look whether Linux has a stateless decoder driver for " + kernel.compatible.back() +
           "; this program does not know the chip";
}

}  // namespace

Verdict judge(const Report& report) {
    const std::vector<std::string> labels = decodable(report);
    const bool offered = std::any_of(
        report.displays.begin(), report.displays.end(),
        [](const VaDisplayReport& display) { return display.ours && !display.profiles.empty(); });
    if (offered) {
        return {true, joined(labels) + " can be decoded", ""};
    }
    if (!labels.empty()) {
        return judge_displays(report);
    }
    if (!report.left_out.empty()) {
        const LeftOut& first = report.left_out.front();
        return {false, first.path + " is left out: " + first.reason, first.remedy};
    }
    if (!report.decoders.empty()) {
        return {false, "the decoder has no profile and no frame format that this driver knows",
                "report it, with the output of v4l2va-info --json"};
    }
    if (report.has_media_nodes) {
        return {false, "no media device has a stateless decoder", kernel_remedy(report)};
    }
    return {false, "there is no media device (/dev/media*)", kernel_remedy(report)};
}

}  // namespace v4l2va::info
