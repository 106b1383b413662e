// SPDX-License-Identifier: MIT
// The machine that the options ask for, and its files.
#include "machines/machine.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <cstdlib>

#include "host/options.h"

namespace vdec {
namespace {

const Machine* one_device(std::string_view personality) {
    static NodeRow row = {NodeKind::stateless_decoder, nullptr, nullptr, nullptr, 0, 0};
    static Machine single = {"", {&row, 1}};
    row.name = find_personality(personality).name;
    return &single;
}

const Machine* chosen_machine() {
    const std::string& name = options().machine;
    if (name.empty()) return one_device(options().personality);
    const auto all = machines();
    const auto found =
        std::ranges::find_if(all, [&](const Machine& entry) { return entry.name == name; });
    if (found != all.end()) return &*found;
    refuse_options("no machine named '%s'", name.c_str());
}

const Personality& personality_of(const NodeRow& row) { return find_personality(row.name); }

// "platform:fdea0400.video-codec" is below /sys/devices/platform.
std::string chip_path(const NodeRow& row) {
    const std::string bus_info = bus_info_of(row);
    return "/sys/devices/platform/" + bus_info.substr(bus_info.find(':') + 1);
}

DeviceFile media_file(const NodeRow& row) {
    const std::string name = "media" + std::to_string(row.media);
    const std::string chip = chip_path(row);
    return {DeviceFile::Kind::media,
            name,
            chip + "/" + name,
            chip,
            driver_of(row),
            "media",
            row.is_decoder() ? personality_of(row).model : driver_of(row),
            makedev(kMediaMajor, static_cast<unsigned>(row.media))};
}

DeviceFile video_file(const NodeRow& row) {
    const std::string name = "video" + std::to_string(row.video);
    const std::string chip = chip_path(row);
    return {DeviceFile::Kind::video,
            name,
            chip + "/video4linux/" + name,
            chip,
            driver_of(row),
            "video4linux",
            node_name_of(row),
            makedev(kVideoMajor, static_cast<unsigned>(row.video))};
}

std::vector<DeviceFile>* make_files() {
    auto* files = new std::vector<DeviceFile>;
    for (const NodeRow& row : machine().nodes) {
        if (row.media == kNoMedia) continue;
        DeviceFile file = media_file(row);
        const bool known = std::ranges::any_of(
            *files, [&](const DeviceFile& other) { return other.number == file.number; });
        if (!known) files->push_back(std::move(file));
    }
    for (const NodeRow& row : machine().nodes) files->push_back(video_file(row));
    if (!options().drm) return files;
    const std::string gpu = "/sys/devices/platform/virtual-gpu";
    files->push_back({DeviceFile::Kind::drm, "dri/renderD128", gpu + "/drm/renderD128", gpu,
                      options().drm_name, "drm", "", makedev(kDrmMajor, kDrmMinor)});
    return files;
}

// Whether the target of a fault names the file: as it is called in /dev, or, of a video node, by
// its card or personality.
bool is_target(const std::string& target, const DeviceFile& file) {
    if (target == file.base()) return true;
    if (file.kind != DeviceFile::Kind::video) return false;
    return std::ranges::any_of(machine().nodes, [&](const NodeRow& row) {
        return static_cast<unsigned>(row.video) == minor(file.number) &&
               (target == card_of(row) || target == row.name);
    });
}

// nullptr: no fault of that kind names the file.
const Fault* find_fault(Fault::Kind kind, const DeviceFile& file) {
    const auto& faults = options().faults;
    const auto found = std::ranges::find_if(faults, [&](const Fault& fault) {
        return fault.kind == kind && is_target(fault.target, file);
    });
    return found == faults.end() ? nullptr : &*found;
}

}  // namespace

const Machine& machine() {
    static const Machine* const instance = chosen_machine();
    return *instance;
}

const char* driver_of(const NodeRow& row) {
    return row.is_decoder() ? personality_of(row).driver : row.name;
}

const char* card_of(const NodeRow& row) {
    return row.card != nullptr ? row.card : personality_of(row).card;
}

const char* node_name_of(const NodeRow& row) {
    const char* own = row.is_decoder() ? find_personality(row.name).node_name : nullptr;
    return own != nullptr ? own : card_of(row);
}

const char* bus_info_of(const NodeRow& row) {
    return row.bus_info != nullptr ? row.bus_info : personality_of(row).bus_info;
}

std::string DeviceFile::base() const {
    const size_t slash = name.rfind('/');
    return slash == std::string::npos ? name : name.substr(slash + 1);
}

const std::vector<DeviceFile>& device_files() {
    static const std::vector<DeviceFile>* const files = make_files();
    return *files;
}

const DeviceFile* find_device_file(dev_t number) {
    const auto found = std::ranges::find(device_files(), number, &DeviceFile::number);
    return found == device_files().end() ? nullptr : &*found;
}

int denied(const DeviceFile& file) {
    const Fault* const fault = find_fault(Fault::Kind::deny, file);
    return fault != nullptr ? fault->error_number : 0;
}

std::string name_in_dev(const DeviceFile& file) {
    if (find_fault(Fault::Kind::absent, file) != nullptr) return "";
    const Fault* const renamed = find_fault(Fault::Kind::rename, file);
    return renamed != nullptr ? renamed->name : file.name;
}

}  // namespace vdec
