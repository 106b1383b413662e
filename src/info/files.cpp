// SPDX-License-Identifier: MIT
// Small files of the kernel and of the distribution, read below a root directory.
#include "info/files.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#ifdef V4L2VA_HAVE_ZLIB
#include <zlib.h>
#endif

namespace v4l2va::info {

namespace {

constexpr size_t kMaxFile = size_t{4} << 20;

#ifdef V4L2VA_HAVE_ZLIB

// Reads plain files as they are, too.
struct CloseFile {
    void operator()(gzFile_s* file) const { (void)gzclose_r(file); }
};
std::unique_ptr<gzFile_s, CloseFile> open_file(const char* path) {
    return std::unique_ptr<gzFile_s, CloseFile>(gzopen(path, "rbe"));
}
// Bytes read; 0 at the end, and below 0 when the file is damaged.
int read_some(gzFile_s* file, std::array<char, 8192>& chunk) {
    return gzread(file, chunk.data(), static_cast<unsigned>(chunk.size()));
}

#else

struct CloseFile {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
};
std::unique_ptr<std::FILE, CloseFile> open_file(const char* path) {
    return std::unique_ptr<std::FILE, CloseFile>(std::fopen(path, "rbe"));
}
int read_some(std::FILE* file, std::array<char, 8192>& chunk) {
    return static_cast<int>(std::fread(chunk.data(), 1, chunk.size(), file));
}

#endif

}  // namespace

std::string read_file(const std::string& path) {
    const auto file = open_file(path.c_str());
    std::string text;
    if (!file) {
        return text;
    }
    std::array<char, 8192> chunk{};
    while (text.size() < kMaxFile) {
        const int bytes = read_some(file.get(), chunk);
        if (bytes <= 0) {
            break;
        }
        text.append(chunk.data(), static_cast<size_t>(bytes));
    }
    const bool packed = text.starts_with("\x1f\x8b");
    return packed ? std::string() : text;
}

bool file_exists(const std::string& path) {
    std::error_code error;
    return std::filesystem::exists(path, error);
}

std::string kind_without_video(const std::string& path) {
    std::error_code error;
    switch (std::filesystem::status(path, error).type()) {
        case std::filesystem::file_type::directory:
            return "a directory";
        case std::filesystem::file_type::character:
            return "a character device";
        case std::filesystem::file_type::fifo:
            return "a FIFO";
        case std::filesystem::file_type::socket:
            return "a socket";
        default:
            return {};
    }
}

std::string follow_links(const std::string& path) {
    std::error_code error;
    const std::filesystem::path end = std::filesystem::canonical(path, error);
    return error ? path : end.string();
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const size_t end = text.find(separator);
        if (const auto part = text.substr(0, end); !part.empty()) {
            parts.emplace_back(part);
        }
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return parts;
}

}  // namespace v4l2va::info
