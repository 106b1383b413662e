// SPDX-License-Identifier: MIT
// Contents of the virtual part of /dev and /sys.
#include "interpose/virtual_tree.h"

#include <sys/sysmacros.h>

#include <map>

#include "machines/machine.h"

namespace vdec {
namespace {

using Tree = std::map<std::string, TreeEntry, std::less<>>;

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

TreeEntry::Kind kind_of(const DeviceFile& file) {
    switch (file.kind) {
        case DeviceFile::Kind::video:
            return TreeEntry::Kind::video;
        case DeviceFile::Kind::media:
            return TreeEntry::Kind::media;
        case DeviceFile::Kind::drm:
            return TreeEntry::Kind::drm;
    }
    return TreeEntry::Kind::none;
}

void add_device(Tree& tree, const DeviceFile& file) {
    const std::string number =
        std::to_string(major(file.number)) + ":" + std::to_string(minor(file.number));
    if (const std::string name = name_in_dev(file); !name.empty()) {
        const std::string dev = "/dev/" + name;
        tree[dev] = {kind_of(file), "", file.number};
        add_parents(tree, dev);
    }
    add(tree, file.sys_path + "/dev", TreeEntry::Kind::text, number + "\n");
    add(tree, file.sys_path + "/uevent", TreeEntry::Kind::text,
        "MAJOR=" + std::to_string(major(file.number)) +
            "\nMINOR=" + std::to_string(minor(file.number)) + "\nDEVNAME=" + file.name + "\n");
    add_link(tree, file.sys_path + "/device", file.parent);
    add_link(tree, file.sys_path + "/subsystem", "/sys/class/" + file.subsystem);
    add_link(tree, "/sys/dev/char/" + number, file.sys_path);
    add_link(tree, "/sys/class/" + file.subsystem + "/" + file.base(), file.sys_path);
    const bool media = file.kind == DeviceFile::Kind::media;
    if (media) add_link(tree, "/sys/bus/media/devices/" + file.base(), file.sys_path);
    if (file.label.empty()) return;
    add(tree, file.sys_path + (media ? "/model" : "/name"), TreeEntry::Kind::text,
        file.label + "\n");
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
    for (const DeviceFile& file : device_files()) {
        add_device(*tree, file);
        add_platform_device(*tree, file.parent, file.driver);
    }
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
