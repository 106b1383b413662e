// SPDX-License-Identifier: MIT
// VirtualTree: the paths under /dev and /sys that the virtual device adds to the file system.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace vdec {

struct TreeEntry {
    enum class Kind { none, directory, text, link, video, media, drm };
    Kind kind = Kind::none;
    std::string content;  // of a text file, or the target of a link
    dev_t number = 0;     // of a device file
};

// Resolves the links in the middle of a path (as the kernel does) and looks it up. With
// `follow`, a link at the end is followed too. Kind::none: not ours, ask the real file system.
// Cheap for paths that are neither under /dev nor under /sys.
TreeEntry tree_lookup(std::string_view path, bool follow);

// Names that the tree adds to a directory.
std::vector<std::string> tree_children(std::string_view directory);

// The path with all links of the tree resolved.
std::string tree_resolve(std::string_view path, bool follow);

}  // namespace vdec
