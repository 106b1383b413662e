// SPDX-License-Identifier: MIT
// The decoders, the DRM nodes and the permissions, as the kernel tells them.
#include "info/devices.h"

#include <drm.h>
#include <grp.h>
#include <pwd.h>
#include <sys/sysmacros.h>
#include <va/va.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>

#include "codec/registry.h"
#include "info/files.h"
#include "info/names.h"
#include "info/va_display.h"
#include "v4l2/pixel_format.h"
#include "va/capability.h"

namespace v4l2va::info {

namespace {

const CodecInfo* codec_of(uint32_t coded_fourcc) {
    const auto found = std::find_if(
        codecs().begin(), codecs().end(),
        [coded_fourcc](const CodecInfo& codec) { return codec.coded_fourcc == coded_fourcc; });
    return found == codecs().end() ? nullptr : &*found;
}

// `formats`: VA_RT_FORMAT_* of the frames that the codec has on the device.
CaptureFormat describe_capture(const CodedFormatInfo& coded, uint32_t formats, uint32_t fourcc) {
    CaptureFormat report;
    report.fourcc = fourcc_name(fourcc);
    const PixelFormat* const format = find_pixel_format(fourcc);
    if (!format) {
        return report;
    }
    const auto depth =
        static_cast<uint32_t>(format->bit_depth > 8 ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420);
    report.used =
        (formats & depth) != 0 && choose_format(coded.capture_fourccs, format->va_fourcc) == format;
    if (format->drm_fourcc != 0) {
        report.drm = fourcc_name(format->drm_fourcc);
        report.modifier = format->drm_modifier;
    }
    return report;
}

CodecReport describe_codec(const DeviceInfo& device, const CodedFormatInfo& coded) {
    CodecReport report;
    report.fourcc = fourcc_name(coded.fourcc);
    report.name = report.fourcc;
    report.sizes = coded.sizes;
    report.mode = coded.traits.decode_mode == DecodeMode::kSliceBased ? "slice" : "frame";
    uint32_t formats = 0;
    if (const CodecInfo* const codec = codec_of(coded.fourcc)) {
        report.name = codec->name;
        for (const ProfileInfo& profile : codec->profiles) {
            if (device_decodes(device, *codec, profile)) {
                report.profiles.push_back(profile_name(profile.profile));
                formats |= rt_formats(device, *codec, profile);
            }
        }
    }
    report.label = codec_label(report.name);
    if ((formats & VA_RT_FORMAT_YUV420) != 0) {
        report.depths.push_back(8);
    }
    if ((formats & VA_RT_FORMAT_YUV420_10) != 0) {
        report.depths.push_back(10);
    }
    for (const uint32_t fourcc : coded.capture_fourccs) {
        report.capture.push_back(describe_capture(coded, formats, fourcc));
    }
    return report;
}

std::vector<std::string> nodes(System& system, const std::string& directory,
                               std::string_view prefix) {
    return list_nodes(system, directory, prefix).value_or(std::vector<std::string>());
}

std::string error_text(const Error& error) {
    const std::string reason =
        error.sys_errno != 0 ? std::strerror(error.sys_errno) : error_code_name(error.code);
    return std::string(error.op) + ": " + reason;
}

// Names are asked of the system's own tables; a number that has none is told as a number.
std::string owner_name(uid_t user) {
    const passwd* const entry = getpwuid(user);
    return entry ? entry->pw_name : std::to_string(user);
}

std::string group_name(gid_t group) {
    const struct group* const entry = getgrgid(group);
    return entry ? entry->gr_name : std::to_string(group);
}

std::string permission_remedy(const NodePermission& node, const Error& error) {
    if (error.code != ErrorCode::kPermission || error.sys_errno == EPERM) {
        return remedy(error);
    }
    if ((node.mode & 0006) == 0006) {
        return "its mode lets everybody, so a container or a sandbox forbids it: pass the node in";
    }
    const bool group_may = (node.mode & 0060) == 0060;
    if (!group_may || node.group == "root") {
        return "let udev give the node to a group, mostly \"video\" (a render node: \"render\")";
    }
    return "join its group and log in again: sudo usermod -aG " + node.group +
           " $USER; if you are in it, a container or a sandbox forbids the node";
}

NodePermission examine_node(System& system, const std::string& path) {
    NodePermission node;
    node.path = path;
    const auto status = system.status(path.c_str());
    if (!status) {
        node.error = error_text(status.error());
        node.remedy = remedy(status.error());
        return node;
    }
    node.owner = owner_name(status->st_uid);
    node.group = group_name(status->st_gid);
    node.mode = status->st_mode & 0777;
    if (const auto fd = system.open(path.c_str()); !fd) {
        node.error = error_text(fd.error());
        node.remedy = permission_remedy(node, fd.error());
    }
    return node;
}

std::string driver_of(System& system, const std::string& node, std::string& error) {
    const auto fd = system.open(node.c_str());
    if (!fd) {
        error = error_text(fd.error());
        return {};
    }
    std::array<char, 64> name{};
    drm_version version = {};
    version.name = name.data();
    version.name_len = name.size() - 1;
    const auto answer = system.ioctl(fd->get(), DRM_IOCTL_VERSION, &version, "DRM_IOCTL_VERSION");
    if (!answer) {
        error = error_text(answer.error());
        return {};
    }
    return printable(name.data());
}

}  // namespace

std::vector<DecoderReport> describe_decoders(const Enumeration& found) {
    std::vector<DecoderReport> reports;
    for (const DeviceInfo& device : found.devices) {
        DecoderReport report;
        report.video = device.video_path;
        report.media = device.media_path;
        report.driver = device.driver_name;
        report.card = device.card;
        for (const CodedFormatInfo& coded : device.coded_formats) {
            report.codecs.push_back(describe_codec(device, coded));
        }
        reports.push_back(std::move(report));
    }
    return reports;
}

std::vector<LeftOut> describe_left_out(const Enumeration& found,
                                       const std::vector<NodePermission>& permissions) {
    std::vector<LeftOut> reports;
    for (const SkippedNode& node : found.skipped) {
        LeftOut report = {node.path, error_text(node.error), remedy(node.error), node.is_decoder};
        for (const NodePermission& permission : permissions) {
            if (permission.path == node.path && !permission.remedy.empty()) {
                report.remedy = permission.remedy;
            }
        }
        reports.push_back(std::move(report));
    }
    return reports;
}

std::vector<std::string> list_media_not_in_dev(System& system, const std::string& sysfs) {
    std::set<std::string> in_dev;
    for (const std::string& path : nodes(system, "/dev", "media")) {
        if (const auto status = system.status(path.c_str())) {
            in_dev.insert(std::to_string(major(status->st_rdev)) + ":" +
                          std::to_string(minor(status->st_rdev)) + "\n");
        }
    }
    std::vector<std::string> missing;
    for (const std::string& path : nodes(system, sysfs + "/bus/media/devices", "media")) {
        if (const std::string number = read_file(path + "/dev");
            !number.empty() && !in_dev.contains(number)) {
            missing.push_back(path.substr(path.rfind('/') + 1));
        }
    }
    return missing;
}

std::vector<std::string> list_drm_nodes(System& system) {
    std::vector<std::string> found = nodes(system, "/dev/dri", "renderD");
    for (std::string& card : nodes(system, "/dev/dri", "card")) {
        found.push_back(std::move(card));
    }
    return found;
}

DrmReport examine_drm_node(System& system, const std::string& node,
                           const std::string& module_dirs) {
    DrmReport report;
    report.node = node;
    report.driver = driver_of(system, node, report.error);
    for (const std::string& directory : split(module_dirs, ':')) {
        const std::string path = directory + "/" + report.driver + "_drv_video.so";
        if (!report.driver.empty() && file_exists(path)) {
            report.link = path;
            report.ours = is_this_module(path, module_dirs);
            break;
        }
    }
    return report;
}

std::vector<DrmReport> examine_drm_nodes(System& system, const std::string& module_dirs) {
    std::vector<DrmReport> reports;
    for (const std::string& node : nodes(system, "/dev/dri", "renderD")) {
        reports.push_back(examine_drm_node(system, node, module_dirs));
    }
    if (std::any_of(reports.begin(), reports.end(),
                    [](const DrmReport& report) { return report.ours; })) {
        return reports;
    }
    const size_t render_nodes = reports.size();
    for (const std::string& node : nodes(system, "/dev/dri", "card")) {
        DrmReport card = examine_drm_node(system, node, module_dirs);
        const auto end = reports.begin() + static_cast<std::ptrdiff_t>(render_nodes);
        const bool has_render_node =
            std::any_of(reports.begin(), end,
                        [&card](const DrmReport& other) { return other.driver == card.driver; });
        if (render_nodes == 0 || (!card.driver.empty() && !has_render_node)) {
            reports.push_back(std::move(card));
        }
    }
    return reports;
}

const DrmReport* choose_node(const std::vector<DrmReport>& nodes) {
    const auto ours =
        std::find_if(nodes.begin(), nodes.end(), [](const DrmReport& node) { return node.ours; });
    return ours != nodes.end() ? &*ours : nodes.empty() ? nullptr : &nodes.front();
}

std::vector<NodePermission> examine_permissions(System& system, const Enumeration& found,
                                                const std::vector<DrmReport>& drm) {
    std::vector<std::string> paths = nodes(system, "/dev", "media");
    for (const DeviceInfo& device : found.devices) {
        paths.push_back(device.video_path);
    }
    for (const SkippedNode& node : found.skipped) {
        if (node.path.starts_with("/dev/video")) {
            paths.push_back(node.path);
        }
    }
    for (const DrmReport& node : drm) {
        paths.push_back(node.node);
    }
    std::vector<NodePermission> reports;
    for (const std::string& path : paths) {
        const auto same = [&path](const NodePermission& node) { return node.path == path; };
        if (std::none_of(reports.begin(), reports.end(), same)) {
            reports.push_back(examine_node(system, path));
        }
    }
    return reports;
}

}  // namespace v4l2va::info
