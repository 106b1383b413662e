// SPDX-License-Identifier: MIT
// v4l2va-info: tells a person with a board what decodes, and what is in the way.
#include <getopt.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "info/devices.h"
#include "info/files.h"
#include "info/kernel.h"
#include "info/print.h"
#include "info/try_file.h"
#include "info/va_display.h"
#include "info/verdict.h"
#include "v4l2/enumerator.h"
#include "v4l2/system.h"

namespace v4l2va::info {
namespace {

constexpr int kDecodes = 0;
constexpr int kNothingDecodes = 1;
constexpr int kWrongUse = 2;
constexpr int kTryFailed = 3;

constexpr const char* kUsage =
    "Usage: v4l2va-info [--json] [--device NODE] [--try FILE]\n"
    "\n"
    "Tells which stateless video decoders this machine has, what VA-API offers from them, and if\n"
    "nothing can be decoded the reason and the remedy.\n"
    "\n"
    "  --json         the same as JSON, for bug reports\n"
    "  --try FILE     decodes up to 60 frames of FILE through the driver, compares them with\n"
    "                 software decoding, and says at which step it stopped\n"
    "  --device NODE  asks VA-API on this DRM node only (default: on every /dev/dri/renderD*, and\n"
    "                 where none leads to this driver on cards without one; --try: on the first\n"
    "                 that leads to this driver)\n"
    "  --version\n"
    "  --help\n"
    "\n"
    "Exit code: 0 something can be decoded (--try: every step was well), 1 nothing can be "
    "decoded,\n"
    "2 wrong use, 3 a step of --try failed.\n"
    "Environment: LIBVA_DRIVERS_PATH, LIBVA_DRIVER_NAME and V4L2VA_LOG, as for every program.\n";

struct Options {
    bool json = false;
    std::string device;
    std::string file;
    bool try_file = false;
};

Report gather(System& system, const std::string& device) {
    const Logger silent(LogLevel::kNone, nullptr, nullptr);
    const Enumeration found = enumerate_decoders(system, silent);
    Report report;
    report.module_dirs = module_directories();
    report.drm = device.empty() ? examine_drm_nodes(system, report.module_dirs)
                                : std::vector{examine_drm_node(system, device, report.module_dirs)};
    report.permissions = examine_permissions(system, found, report.drm);
    report.version = V4L2VA_VERSION;
    report.decoders = describe_decoders(found);
    report.left_out = describe_left_out(found, report.permissions);
    report.has_media_nodes = found.has_media_nodes;
    report.media_not_in_dev = list_media_not_in_dev(system, "/sys");
    report.module_file = find_module(report.module_dirs);
    report.driver_name = driver_name_of_environment();
    report.displays = examine_displays(system, report.drm);
    utsname names = {};
    (void)uname(&names);
    report.kernel = examine_kernel("", names.release, names.machine);
    report.verdict = judge(report);
    return report;
}

void print_step(const Step& step) {
    constexpr std::array kOutcomes = {"ok", "failed", "skipped"};
    std::printf("%-8s %s: %s\n", kOutcomes.at(static_cast<size_t>(step.outcome)), step.name.c_str(),
                step.detail.c_str());
    (void)std::fflush(stdout);
}

int refuse(const std::string& reason) {
    std::fprintf(stderr, "v4l2va-info: %s\n", reason.c_str());
    return kWrongUse;
}

// What is wrong with a DRM node that was asked for, "" when nothing is. `node`: links followed.
std::string wrong_node(System& system, std::string& node) {
    const std::vector<std::string> known = list_drm_nodes(system);
    const std::string end = follow_links(node);
    if (std::find(known.begin(), known.end(), end) != known.end()) {
        node = end;
        return {};
    }
    std::string list;
    for (const std::string& one : known) {
        list += (list.empty() ? "there are: " : ", ") + one;
    }
    return node + " is no render node; " + (list.empty() ? "there is none" : list);
}

int run(Options options) {
    KernelSystem system;
    if (!options.device.empty()) {
        if (const std::string wrong = wrong_node(system, options.device); !wrong.empty()) {
            return refuse(wrong);
        }
    }
    // Reading from a FIFO or a device waits for ever.
    if (const std::string kind = kind_without_video(options.file); !kind.empty()) {
        return refuse(options.file + " is " + kind +
                      ": --try takes a regular file or a block device");
    }
    if (!options.try_file) {
        const Report report = gather(system, options.device);
        std::fputs((options.json ? as_json(report, nullptr) : as_text(report)).c_str(), stdout);
        return report.verdict.decodes ? kDecodes : kNothingDecodes;
    }
    const auto on_step = [&options](const Step& step) {
        if (!options.json) {
            print_step(step);
        }
    };
    const Trial trial = try_file(system, options.file, options.device, on_step);
    if (options.json) {
        std::fputs(as_json(gather(system, options.device), &trial).c_str(), stdout);
    } else if (trial.ok()) {
        std::printf("%s decodes on this machine's decoder\n", options.file.c_str());
    } else {
        for (const Step& step : trial.steps) {
            if (step.outcome == Outcome::kFailed) {
                std::printf("Stopped at: %s\nWhat to do: %s\n", step.name.c_str(),
                            step.remedy.c_str());
                break;
            }
        }
    }
    return trial.ok() ? kDecodes : kTryFailed;
}

// A code to end with, or -1 to go on.
int parse(int argc, char** argv, Options& options) {
    constexpr int kJson = 'j', kTry = 't', kDevice = 'd', kVersion = 'v', kHelp = 'h';
    const std::array<option, 6> known = {{{"json", no_argument, nullptr, kJson},
                                          {"try", required_argument, nullptr, kTry},
                                          {"device", required_argument, nullptr, kDevice},
                                          {"version", no_argument, nullptr, kVersion},
                                          {"help", no_argument, nullptr, kHelp},
                                          {nullptr, 0, nullptr, 0}}};
    for (;;) {
        switch (getopt_long(argc, argv, "h", known.data(), nullptr)) {
            case -1:
                if (optind < argc) {
                    std::fprintf(stderr, "v4l2va-info: unexpected argument \"%s\" (see --help)\n",
                                 argv[optind]);
                    return kWrongUse;
                }
                return -1;
            case kJson:
                options.json = true;
                break;
            case kTry:
                options.file = optarg;
                options.try_file = true;
                break;
            case kDevice:
                options.device = optarg;
                break;
            case kVersion:
                std::puts("v4l2va-info " V4L2VA_VERSION);
                return kDecodes;
            case kHelp:
                std::fputs(kUsage, stdout);
                return kDecodes;
            default:
                return kWrongUse;
        }
    }
}

}  // namespace
}  // namespace v4l2va::info

int main(int argc, char** argv) {
    v4l2va::info::Options options;
    const int code = v4l2va::info::parse(argc, argv, options);
    return code >= 0 ? code : v4l2va::info::run(std::move(options));
}
