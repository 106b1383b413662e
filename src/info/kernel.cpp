// SPDX-License-Identifier: MIT
// What the kernel was built with, and which chip it runs on.
#include "info/kernel.h"

#include <algorithm>
#include <array>
#include <utility>

#include "info/chips.h"
#include "info/files.h"

namespace v4l2va::info {

namespace {

constexpr std::string_view kPrefix = "CONFIG_";
// An option of its own until Linux 6.4 or so; later kernels have the Request API with every
// MEDIA_CONTROLLER. Told only where the configuration names it.
constexpr std::string_view kRequestApi = "MEDIA_CONTROLLER_REQUEST_API";

class Options {
  public:
    Options(KernelReport& report, const KernelConfig& config) : report_(report), config_(config) {}

    void add(std::string_view name, const char* about) { add({std::string(name), {}, "", about}); }
    void add_of_chip(std::string_view name, const char* about) {
        add({std::string(name), {}, "", about, true});
    }
    void add(const DecoderDriver& driver) {
        add({driver.option,
             {},
             driver.module,
             "a decoder of this chip",
             true,
             driver.since,
             driver.video_driver});
    }

  private:
    void add(KernelOption added) {
        const auto same = [&added](const KernelOption& option) {
            return option.name == added.name;
        };
        if (std::any_of(report_.options.begin(), report_.options.end(), same)) {
            return;
        }
        added.state = state(added.name);
        report_.options.push_back(std::move(added));
    }
    [[nodiscard]] OptionState state(std::string_view name) const {
        if (config_.empty()) {
            return OptionState::kUnknown;
        }
        const auto found = config_.find(name);
        return found == config_.end() ? OptionState::kOff : found->second;
    }

    KernelReport& report_;
    const KernelConfig& config_;
};

void read_device_tree(const std::string& root, KernelReport& report) {
    for (const char* directory : {"/proc/device-tree", "/sys/firmware/devicetree/base"}) {
        const std::string base = root + directory;
        report.compatible = split(read_file(base + "/compatible"), '\0');
        if (!report.compatible.empty()) {
            report.model = read_file(base + "/model");
            report.model.erase(std::min(report.model.find('\0'), report.model.size()));
            return;
        }
    }
}

KernelConfig read_config(const std::string& root, KernelReport& report) {
    const std::array<std::string, 3> places = {"/proc/config.gz", "/boot/config-" + report.release,
                                               "/lib/modules/" + report.release + "/config"};
    for (const std::string& place : places) {
        KernelConfig config = parse_kernel_config(read_file(root + place));
        if (!config.empty()) {
            report.config = place;
            return config;
        }
    }
    return {};
}

}  // namespace

KernelConfig parse_kernel_config(std::string_view text) {
    KernelConfig config;
    for (const std::string& whole : split(text, '\n')) {
        std::string_view line = whole;
        constexpr std::string_view kUnset = " is not set";
        if (line.starts_with("# ") && line.ends_with(kUnset)) {
            line = line.substr(2, line.size() - 2 - kUnset.size());
            if (line.starts_with(kPrefix)) {
                config[std::string(line.substr(kPrefix.size()))] = OptionState::kOff;
            }
            continue;
        }
        if (!line.starts_with(kPrefix)) {
            continue;
        }
        const std::string name(line.substr(kPrefix.size(), line.find('=') - kPrefix.size()));
        if (line.ends_with("=y")) {
            config[name] = OptionState::kBuiltIn;
        } else if (line.ends_with("=m")) {
            config[name] = OptionState::kModule;
        }
    }
    return config;
}

KernelReport examine_kernel(const std::string& root, const std::string& release,
                            const std::string& machine) {
    KernelReport report;
    report.release = release;
    report.machine = machine;
    read_device_tree(root, report);
    const KernelConfig config = read_config(root, report);
    Options options(report, config);
    options.add("MEDIA_CONTROLLER", "media devices");
    options.add("VIDEO_DEV", "video nodes");
    options.add("V4L_MEM2MEM_DRIVERS", "drivers of decoders");
    if (config.contains(kRequestApi)) {
        options.add(kRequestApi, "requests");
    }
    for (const std::string& name : report.compatible) {
        const Chip* const chip = find_chip(name);
        if (!chip) {
            continue;
        }
        report.chip = name;
        report.missing = chip->missing;
        report.missing_driver = chip->missing_driver;
        for (const DecoderDriver& driver : chip->drivers) {
            // Before 6.17 rkvdec was in staging, too; where the driver is on, nobody need ask.
            if (driver.staging && !(config.contains(driver.option) &&
                                    config.at(driver.option) != OptionState::kOff)) {
                options.add_of_chip("STAGING_MEDIA", "a driver that is in staging");
            }
            if (*driver.parent != '\0') {
                options.add_of_chip(driver.parent, "this chip's part of the driver");
            }
            options.add(driver);
        }
        break;
    }
    return report;
}

}  // namespace v4l2va::info
