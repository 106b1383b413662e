// SPDX-License-Identifier: MIT
// Small files of the kernel and of the distribution, read below a root directory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace v4l2va::info {

// The whole file, "" when it cannot be read; at most 4 MiB, which is more than any of them has.
// A gzip file is unpacked when the program was built with zlib, and cannot be read otherwise.
[[nodiscard]] std::string read_file(const std::string& path);

[[nodiscard]] bool file_exists(const std::string& path);

// What `path` is when no video can be read from it, as in `a FIFO`; "" when it is a regular file or
// a block device, or not there. Opens nothing.
[[nodiscard]] std::string kind_without_video(const std::string& path);

// Where a chain of links ends; `path` itself when it cannot be followed.
[[nodiscard]] std::string follow_links(const std::string& path);

// The non-empty parts between the separators.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

}  // namespace v4l2va::info
