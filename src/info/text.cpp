// SPDX-License-Identifier: MIT
// A report for people.
#include <algorithm>
#include <array>

#include "info/names.h"
#include "info/print.h"

namespace v4l2va::info {

namespace {

template <typename List, typename Name>
std::string joined(const List& list, Name name) {
    std::string text;
    for (const auto& part : list) {
        text += (text.empty() ? "" : ", ") + name(part);
    }
    return text.empty() ? "none" : text;
}

std::string joined(const std::vector<std::string>& list) {
    return joined(list, [](const std::string& part) { return printable(part); });
}

std::string padded(std::string text, size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text;
}

std::string size_text(Size size) {
    return std::to_string(size.width) + "x" + std::to_string(size.height);
}

std::string capture_text(const CaptureFormat& format) {
    if (!format.used) {
        return format.fourcc + " (not used)";
    }
    return format.fourcc + " → " +
           (format.drm.empty() ? "not exportable"
                               : format.drm + " " + modifier_name(format.modifier));
}

std::string decoders(const Report& report) {
    std::string text = "Decoders\n";
    for (const DecoderReport& decoder : report.decoders) {
        text += "  " + decoder.video + "  driver " + printable(decoder.driver) + ", card \"" +
                printable(decoder.card) + "\", requests through " + decoder.media + "\n";
        for (const CodecReport& codec : decoder.codecs) {
            text += "    " + padded(codec.label, 7);
            if (codec.profiles.empty()) {
                text += "(" + codec.fourcc + ") nothing that this driver can decode; ";
            } else {
                text += joined(codec.profiles, short_profile) + "; " +
                        joined(codec.depths, [](uint32_t depth) { return std::to_string(depth); }) +
                        " bit; ";
            }
            text += size_text(codec.sizes.min) + " to " + size_text(codec.sizes.max) + "; " +
                    joined(codec.capture, capture_text) + "; " + codec.mode + " mode\n";
        }
    }
    return report.decoders.empty() ? text + "  none\n" : text;
}

std::string left_out(const Report& report) {
    std::string text = "Left out\n";
    for (const LeftOut& node : report.left_out) {
        text += "  " + node.path + "  " + node.reason + ": " + node.remedy + "\n";
    }
    return report.left_out.empty() ? std::string() : text;
}

// H264 of VAProfileH264Main.
std::string codec_part(const std::string& profile) {
    constexpr std::string_view kPrefix = "VAProfile";
    const std::string rest = profile.substr(std::min(kPrefix.size(), profile.size()));
    for (const char* codec : {"H264", "HEVC", "VP8", "VP9", "AV1", "MPEG2"}) {
        if (rest.starts_with(codec)) {
            return codec;
        }
    }
    return "other";
}

std::string short_entrypoint(const std::string& entrypoint) {
    constexpr std::string_view kPrefix = "VAEntrypoint";
    return entrypoint.starts_with(kPrefix) ? entrypoint.substr(kPrefix.size()) : entrypoint;
}

std::string profiles(const VaDisplayReport& display) {
    std::string text;
    std::string codec;
    for (const VaProfileReport& profile : display.profiles) {
        const std::string entry =
            short_profile(profile.name) + " (" + joined(profile.entrypoints, short_entrypoint) +
            (profile.max.width != 0 ? " to " + size_text(profile.max) : std::string()) + ")";
        const std::string next = codec_part(profile.name);
        text += next == codec ? ", " + entry
                              : (text.empty() ? "" : "\n") + ("    " + padded(next, 7)) + entry;
        codec = next;
    }
    return text.empty() ? "    no profile\n" : text + "\n";
}

// Presets of recorders and media servers scale with scale_vaapi: what does without.
std::string scaling(const VaDisplayReport& display) {
    const bool scales = std::any_of(
        display.profiles.begin(), display.profiles.end(), [](const VaProfileReport& profile) {
            return std::find(profile.entrypoints.begin(), profile.entrypoints.end(),
                             "VAEntrypointVideoProc") != profile.entrypoints.end();
        });
    return !display.ours || display.profiles.empty() || scales
               ? std::string()
               : "    no scaling (scale_vaapi): ffmpeg scales in software with "
                 "-hwaccel_output_format nv12 -vf scale=W:H\n";
}

// Displays that answer alike are told once.
bool same_answer(const VaDisplayReport& a, const VaDisplayReport& b) {
    const auto names = [](const VaDisplayReport& display) {
        return joined(display.profiles, [](const VaProfileReport& one) { return one.name; });
    };
    return a.error.empty() && a.module == b.module && a.vendor == b.vendor && names(a) == names(b);
}

std::string va_api(const Report& report) {
    std::string text =
        "VA-API (modules in " + report.module_dirs +
        (report.driver_name.empty() ? std::string() : "; LIBVA_DRIVER_NAME=" + report.driver_name) +
        ")\n";
    const VaDisplayReport* previous = nullptr;
    for (const VaDisplayReport& display : report.displays) {
        text += "  " + display.node + "  ";
        if (previous && same_answer(display, *previous)) {
            text += "as " + previous->node + "\n";
            continue;
        }
        if (!display.error.empty()) {
            text += display.error + "\n";
        } else {
            text += "VA-API " + display.version + ", " + display.vendor + "\n    module " +
                    (display.module.empty() ? "unknown" : display.module) + "\n" +
                    profiles(display) + scaling(display);
        }
        for (const std::string& message : display.messages) {
            text += message == display.error ? std::string() : "    " + message + "\n";
        }
        if (display.only_by_name) {
            text += "    but it is there: LIBVA_DRIVER_NAME=v4l2_request finds it\n";
        }
        previous = &display;
    }
    return report.displays.empty() ? text + "  no DRM node to ask\n" : text;
}

std::string drm(const Report& report) {
    std::string text = "DRM\n";
    for (const DrmReport& node : report.drm) {
        text += "  " + node.node + "  ";
        if (!node.error.empty()) {
            text += node.error + "\n";
            continue;
        }
        text += "driver " + node.driver + ", so that libva loads " + node.driver +
                "_drv_video.so: " + (node.link.empty() ? "missing" : node.link) +
                (node.link.empty() || node.ours ? "\n" : ", which is another driver\n");
    }
    return report.drm.empty() ? text + "  no render node (/dev/dri/renderD*), no card\n" : text;
}

std::string mode_text(uint32_t mode) {
    std::string text = "rwxrwxrwx";
    for (size_t i = 0; i < text.size(); ++i) {
        if ((mode & (0400U >> i)) == 0) {
            text[i] = '-';
        }
    }
    return text;
}

std::string permissions(const Report& report) {
    std::string text = "Permissions\n";
    for (const NodePermission& node : report.permissions) {
        text += "  " + padded(node.path, 20) + " " + node.owner + ":" + node.group + " " +
                mode_text(node.mode) + " ";
        text += node.error.empty() ? "may be opened\n" : node.error + ": " + node.remedy + "\n";
    }
    return report.permissions.empty() ? text + "  no node to open\n" : text;
}

const char* state_text(OptionState state) {
    constexpr std::array kTexts = {"unknown", "no", "m", "y"};
    return kTexts.at(static_cast<size_t>(state));
}

std::string kernel(const Report& report) {
    const KernelReport& kernel = report.kernel;
    std::string text = "Kernel\n  Linux " + kernel.release + " on " + kernel.machine;
    if (!kernel.compatible.empty()) {
        text += "; " + printable(kernel.model) + " (" + joined(kernel.compatible) + ")";
    }
    text += "\n  built with (" +
            (kernel.config.empty() ? "unknown: no configuration can be read" : kernel.config) +
            "): ";
    text += joined(kernel.options, [](const KernelOption& option) {
        return option.name + " " + state_text(option.state);
    });
    if (kernel.chip.empty()) {
        text += kernel.compatible.empty() ? "\n  no device tree: the chip is unknown"
                                          : "\n  the chip is in no row of this program's table";
    }
    return text + "\n";
}

std::string verdict(const Report& report) {
    const Verdict& verdict = report.verdict;
    std::string text = verdict.decodes ? "Verdict: " + verdict.line + "\n"
                                       : "Verdict: nothing can be decoded: " + verdict.line +
                                             "\nWhat to do: " + verdict.remedy + "\n";
    for (const std::string& note : verdict.notes) {
        text += note + "\n";
    }
    return text;
}

}  // namespace

std::string as_text(const Report& report) {
    return "v4l2va-info " + report.version + "\n" + decoders(report) + left_out(report) +
           va_api(report) + drm(report) + permissions(report) + kernel(report) + verdict(report);
}

}  // namespace v4l2va::info
