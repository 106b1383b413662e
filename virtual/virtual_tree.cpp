// SPDX-License-Identifier: MIT
// Contents of the virtual part of /dev and /sys.
#include "virtual_tree.h"

#include <sys/sysmacros.h>

#include <map>

#include "node.h"
#include "options.h"
#include "personality.h"

namespace vdec {
namespace {

using Tree = std::map<std::string, TreeEntry, std::less<>>;

constexpr const char* kDecoder = "/sys/devices/platform/virtual-decoder";
constexpr const char* kGpu = "/sys/devices/platform/virtual-gpu";

void add_parents(Tree& tree, const std::string& path) {
    for (size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
         slash = path.rfind('/', slash - 1)) {
        const std::string parent = path.substr(0, slash);
        if (tree.contains(parent)) return;
        tree[parent].kind = TreeEntry::Kind::directory;
    }
}

void add(Tree& tree, const std::string& path, TreeEntry::Kind kind, const std::string& content) {
    tree[path] = {kind, content, 0};
    add_parents(tree, path);
}

void add_link(Tree& tree, const std::string& path, const std::string& target) {
    add(tree, path, TreeEntry::Kind::link, target);
}

struct DeviceFile {
    TreeEntry::Kind kind;
    std::string dev_name;  // below /dev
    std::string sys_path;
    std::string subsystem;
    std::string label;  // content of "name"
    unsigned major;
    unsigned minor;
};

void add_device(Tree& tree, const DeviceFile& file) {
    const std::string number = std::to_string(file.major) + ":" + std::to_string(file.minor);
    const std::string base = file.sys_path.substr(file.sys_path.rfind('/') + 1);
    const std::string dev = "/dev/" + file.dev_name;
    tree[dev] = {file.kind, "", makedev(file.major, file.minor)};
    add_parents(tree, dev);
    add(tree, file.sys_path + "/dev", TreeEntry::Kind::text, number + "\n");
    add(tree, file.sys_path + "/uevent", TreeEntry::Kind::text,
        "MAJOR=" + std::to_string(file.major) + "\nMINOR=" + std::to_string(file.minor) +
            "\nDEVNAME=" + file.dev_name + "\n");
    add_link(tree, file.sys_path + "/subsystem", "/sys/class/" + file.subsystem);
    add_link(tree, "/sys/dev/char/" + number, file.sys_path);
    add_link(tree, "/sys/class/" + file.subsystem + "/" + base, file.sys_path);
    if (!file.label.empty()) {
        add(tree, file.sys_path + "/name", TreeEntry::Kind::text, file.label + "\n");
    }
}

void add_platform_device(Tree& tree, const std::string& path, const std::string& driver) {
    add_link(tree, path + "/subsystem", "/sys/bus/platform");
    add_link(tree, path + "/driver", "/sys/bus/platform/drivers/" + driver);
    add(tree, path + "/uevent", TreeEntry::Kind::text,
        "DRIVER=" + driver + "\nMODALIAS=platform:" + driver + "\n");
    tree["/sys/bus/platform/drivers/" + driver].kind = TreeEntry::Kind::directory;
    add_parents(tree, "/sys/bus/platform/drivers/" + driver);
}

Tree* build_tree() {
    auto* tree = new Tree;
    const Personality& device = find_personality(options().personality);
    const std::string decoder = kDecoder;
    add_device(*tree, {TreeEntry::Kind::video, "video0", decoder + "/video4linux/video0",
                       "video4linux", device.card, kVideoMajor, 0});
    add_link(*tree, decoder + "/video4linux/video0/device", decoder);
    add_device(*tree, {TreeEntry::Kind::media, "media0", decoder + "/media0", "media", "",
                       kMediaMajor, 0});
    add_link(*tree, "/sys/bus/media/devices/media0", decoder + "/media0");
    add_link(*tree, decoder + "/media0/device", decoder);
    add(*tree, decoder + "/media0/model", TreeEntry::Kind::text, std::string(device.model) + "\n");
    add_platform_device(*tree, decoder, device.driver);
    if (!options().drm) return tree;
    const std::string gpu = kGpu;
    add_device(*tree, {TreeEntry::Kind::drm, "dri/renderD128", gpu + "/drm/renderD128", "drm", "",
                       kDrmMajor, kDrmMinor});
    add_link(*tree, gpu + "/drm/renderD128/device", gpu);
    add_platform_device(*tree, gpu, options().drm_name);
    return tree;
}

const Tree& tree() {
    static const Tree* const instance = build_tree();
    return *instance;
}

// Removes "//", "." and "..", as text.
std::string normalised(std::string_view path) {
    std::string result;
    size_t start = 0;
    while (start < path.size()) {
        size_t end = path.find('/', start);
        if (end == std::string_view::npos) end = path.size();
        const std::string_view part = path.substr(start, end - start);
        if (part == "..") {
            const size_t slash = result.rfind('/');
            result.erase(slash == std::string::npos ? 0 : slash);
        } else if (!part.empty() && part != ".") {
            result += '/';
            result += part;
        }
        start = end + 1;
    }
    return result.empty() ? "/" : result;
}

bool may_be_ours(std::string_view path) {
    return path.starts_with("/dev") || path.starts_with("/sys") || path.starts_with("//");
}

}  // namespace

std::string tree_resolve(std::string_view path, bool follow) {
    std::string left = normalised(path);
    for (int depth = 0; depth < 16; ++depth) {
        bool replaced = false;
        for (size_t slash = left.find('/', 1);; slash = left.find('/', slash + 1)) {
            const bool last = slash == std::string::npos;
            if (last && !follow) break;
            const auto found = tree().find(std::string_view(left).substr(0, slash));
            if (found != tree().end() && found->second.kind == TreeEntry::Kind::link) {
                left = normalised(found->second.content + (last ? "" : left.substr(slash)));
                replaced = true;
                break;
            }
            if (last) break;
        }
        if (!replaced) break;
    }
    return left;
}

TreeEntry tree_lookup(std::string_view path, bool follow) {
    if (!may_be_ours(path)) return {};
    const auto found = tree().find(tree_resolve(path, follow));
    return found == tree().end() ? TreeEntry{} : found->second;
}

std::vector<std::string> tree_children(std::string_view directory) {
    std::vector<std::string> names;
    if (!may_be_ours(directory)) return names;
    const std::string prefix = tree_resolve(directory, true) + "/";
    for (auto it = tree().lower_bound(prefix); it != tree().end() && it->first.starts_with(prefix);
         ++it) {
        const std::string rest = it->first.substr(prefix.size());
        if (rest.find('/') == std::string::npos) names.push_back(rest);
    }
    return names;
}

}  // namespace vdec
