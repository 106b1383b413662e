// SPDX-License-Identifier: MIT
// The last line of a report: what can be decoded, or the first reason why nothing can.
#include "info/verdict.h"

#include <algorithm>
#include <charconv>
#include <utility>

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

// The node to set right: the one whose name leads to the driver, else one that has no driver, else
// the first.
const VaDisplayReport& display_to_judge(const Report& report) {
    const auto node = std::find_if(report.drm.begin(), report.drm.end(),
                                   [](const DrmReport& one) { return one.ours; });
    auto found = std::find_if(report.displays.begin(), report.displays.end(),
                              [&](const VaDisplayReport& display) {
                                  return node != report.drm.end() && display.node == node->node;
                              });
    if (found == report.displays.end()) {
        found = std::find_if(report.displays.begin(), report.displays.end(),
                             [](const VaDisplayReport& display) {
                                 return display.only_by_name && !display.error.empty();
                             });
    }
    return found == report.displays.end() ? report.displays.front() : *found;
}

std::string driver_of(const Report& report, const std::string& node) {
    const auto found = std::find_if(report.drm.begin(), report.drm.end(),
                                    [&node](const DrmReport& one) { return one.node == node; });
    return found == report.drm.end() ? std::string() : found->driver;
}

// There is a decoder, but no display of the driver's.
Verdict judge_displays(const Report& report) {
    if (report.displays.empty()) {
        return {false, "there is a decoder, but no DRM render node for VA-API programs to open",
                "load the kernel driver of the GPU; programs on X11 can do without a render node: "
                "LIBVA_DRIVER_NAME=v4l2_request"};
    }
    const VaDisplayReport& display = display_to_judge(report);
    for (const NodePermission& node : report.permissions) {
        if (node.path == display.node && !node.error.empty()) {
            return {false, "there is a decoder, but " + node.path + ": " + node.error, node.remedy};
        }
    }
    const std::string name = driver_of(report, display.node);
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

struct LeftOutGroup {
    std::string paths;
    std::string reason;
    std::string remedy;
    bool several = false;
};

// Nodes with the same reason and remedy together, in the order of the report.
std::vector<LeftOutGroup> groups_of(const std::vector<LeftOut>& nodes, bool decoders_only) {
    std::vector<LeftOutGroup> groups;
    for (const LeftOut& node : nodes) {
        if (decoders_only && !node.is_decoder) {
            continue;
        }
        const auto same = [&node](const LeftOutGroup& group) {
            return group.reason == node.reason && group.remedy == node.remedy;
        };
        const auto group = std::find_if(groups.begin(), groups.end(), same);
        if (group == groups.end()) {
            groups.push_back({node.path, node.reason, node.remedy});
        } else {
            group->paths += ", " + node.path;
            group->several = true;
        }
    }
    return groups;
}

std::string line_of(const LeftOutGroup& group) {
    return group.paths + (group.several ? " are left out: " : " is left out: ") + group.reason;
}

// Only nodes that could not be used: each reason, and each remedy with its nodes.
Verdict judge_left_out(const Report& report) {
    const std::vector<LeftOutGroup> groups = groups_of(report.left_out, false);
    Verdict verdict;
    for (const LeftOutGroup& group : groups) {
        const char* const separator = verdict.line.empty() ? "" : "; ";
        verdict.line += separator + line_of(group);
        verdict.remedy +=
            separator + (groups.size() > 1 ? group.paths + ": " : std::string()) + group.remedy;
    }
    return verdict;
}

bool has_decoder_of(const Report& report, std::string_view driver) {
    return std::any_of(report.decoders.begin(), report.decoders.end(),
                       [driver](const DecoderReport& decoder) { return decoder.driver == driver; });
}

// "6.12.3-arch1": 6 and 12.
std::pair<int, int> version_of(std::string_view release) {
    std::pair<int, int> version;
    const char* const end = release.data() + release.size();
    const auto major = std::from_chars(release.data(), end, version.first);
    if (major.ptr != end && *major.ptr == '.') {
        std::from_chars(major.ptr + 1, end, version.second);
    }
    return version;
}

// The driver is there, but of a Linux that does not know the chip. Patched kernels may: their
// decoders are found.
bool is_too_old(const Report& report, const KernelOption& option) {
    return !option.since.empty() && version_of(report.kernel.release) < version_of(option.since) &&
           !has_decoder_of(report, option.video_driver);
}

// The options that a kernel must have that this one has not, "" when none is.
std::string options_missing(const Report& report, bool of_chip_only) {
    std::string missing;
    for (const KernelOption& option : report.kernel.options) {
        if ((option.of_chip || !of_chip_only) &&
            (option.state == OptionState::kOff || is_too_old(report, option))) {
            missing += (missing.empty() ? "CONFIG_" : ", CONFIG_") + option.name;
            missing += option.since.empty() ? "" : " (Linux " + option.since + " or later)";
        }
    }
    return missing;
}

// What the kernel lacks, or what must be loaded.
std::string kernel_remedy(const Report& report) {
    const KernelReport& kernel = report.kernel;
    if (kernel.compatible.empty()) {
        // The decoders' drivers find them through the device tree only.
        return kernel.machine == "aarch64" || kernel.machine.starts_with("arm") ||
                       kernel.machine.starts_with("riscv")
                   ? "boot with the board's device tree: with ACPI alone the kernel finds no "
                     "stateless decoder"
                   : "none here: a machine without a device tree is no such board; PCs decode with "
                     "their GPU's own VA-API driver";
    }
    const std::string missing = options_missing(report, false);
    std::string load;
    std::string unknown;
    for (const KernelOption& option : kernel.options) {
        if (option.state != OptionState::kOff && !option.module.empty()) {
            std::string& list = option.state == OptionState::kUnknown ? unknown : load;
            list += (list.empty() ? "" : ", ") + option.module;
        }
    }
    if (!missing.empty()) {
        return "use a kernel with " + missing;
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

// What mainline Linux lacks, but where this kernel has it.
std::string note_on_chip(const Report& report) {
    const KernelReport& kernel = report.kernel;
    return kernel.missing.empty() || has_decoder_of(report, kernel.missing_driver)
               ? std::string()
               : "Of this chip: " + kernel.missing;
}

// Decoders that are missing beside those that were found.
std::vector<std::string> notes_on_decoders(const Report& report) {
    std::vector<std::string> notes;
    for (const LeftOutGroup& group : groups_of(report.left_out, true)) {
        notes.push_back(line_of(group) + ": " + group.remedy);
    }
    if (const std::string missing = options_missing(report, true); !missing.empty()) {
        notes.push_back("This chip has more: use a kernel with " + missing);
    }
    if (std::string note = note_on_chip(report); !note.empty()) {
        notes.push_back(std::move(note));
    }
    return notes;
}

// The driver is found by LIBVA_DRIVER_NAME alone: who starts programs without it must know.
std::string note_on_name(const Report& report, const VaDisplayReport& display) {
    const auto node =
        std::find_if(report.drm.begin(), report.drm.end(),
                     [&display](const DrmReport& one) { return one.node == display.node; });
    if (report.driver_name.empty() || node == report.drm.end() || node->driver.empty() ||
        !node->link.empty()) {
        return {};
    }
    return "Programs that start without LIBVA_DRIVER_NAME do not find the driver: there is no " +
           node->driver + "_drv_video.so in " + report.module_dirs + " (meson install links it)";
}

Verdict judge_found(const Report& report, const VaDisplayReport& display) {
    std::vector<std::string> labels = decodable(report);
    if (labels.empty()) {  // the driver found more than this program
        for (const VaProfileReport& profile : display.profiles) {
            labels.push_back(profile.name);
        }
    }
    Verdict verdict{true, joined(labels) + " can be decoded", "", notes_on_decoders(report)};
    if (std::string note = note_on_name(report, display); !note.empty()) {
        verdict.notes.push_back(std::move(note));
    }
    return verdict;
}

// No decoder was found that is of use.
Verdict judge_nothing(const Report& report) {
    if (!report.left_out.empty()) {
        return judge_left_out(report);
    }
    if (!report.decoders.empty()) {
        return {false,
                "the decoder has no profile and no frame format that this driver knows",
                "report it, with the output of v4l2va-info --json",
                {}};
    }
    const std::string line = report.has_media_nodes ? "no media device has a stateless decoder"
                                                    : "there is no media device (/dev/media*)";
    if (!report.media_not_in_dev.empty()) {
        return {false,
                line + ", but the kernel has others that are not in /dev: " +
                    joined(report.media_not_in_dev),
                "let the decoder's /dev/media* and /dev/video* into the container",
                {}};
    }
    return {false, line, kernel_remedy(report), {}};
}

}  // namespace

Verdict judge(const Report& report) {
    const auto offered = std::find_if(
        report.displays.begin(), report.displays.end(),
        [](const VaDisplayReport& display) { return display.ours && !display.profiles.empty(); });
    if (offered != report.displays.end()) {
        return judge_found(report, *offered);
    }
    if (!decodable(report).empty()) {
        Verdict verdict = judge_displays(report);
        verdict.notes = notes_on_decoders(report);
        return verdict;
    }
    Verdict verdict = judge_nothing(report);
    if (std::string note = note_on_chip(report); !note.empty()) {
        verdict.notes.push_back(std::move(note));
    }
    return verdict;
}

}  // namespace v4l2va::info
