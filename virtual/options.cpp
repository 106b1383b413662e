// SPDX-License-Identifier: MIT
// Reads the options of the virtual decoder from the environment.
#include "options.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace vdec {
namespace {

std::string text(const char* name, const char* fallback) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : fallback;
}

uint64_t number(const char* name, uint64_t fallback) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? std::strtoull(value, nullptr, 10) : fallback;
}

std::vector<std::string> split(const std::string& line, char separator) {
    std::vector<std::string> parts;
    size_t start = 0;
    for (;;) {
        const size_t end = line.find(separator, start);
        parts.push_back(line.substr(start, end - start));
        if (end == std::string::npos) return parts;
        start = end + 1;
    }
}

int errno_by_name(const std::string& name) {
    struct Name {
        const char* name;
        int value;
    };
    static constexpr Name kNames[] = {
        {"EINVAL", EINVAL}, {"EBUSY", EBUSY},     {"ENOMEM", ENOMEM}, {"EIO", EIO},
        {"ENODEV", ENODEV}, {"EAGAIN", EAGAIN},   {"EACCES", EACCES}, {"ENOENT", ENOENT},
        {"EINTR", EINTR},   {"EPERM", EPERM},     {"ENOTTY", ENOTTY}, {"EFAULT", EFAULT},
        {"ENOSPC", ENOSPC}, {"ENOBUFS", ENOBUFS}, {"EBADR", EBADR},   {"EMFILE", EMFILE},
        {"ENXIO", ENXIO},
    };
    for (const Name& entry : kNames) {
        if (name == entry.name) return entry.value;
    }
    return std::atoi(name.c_str());
}

bool parse_fault(const std::string& item, Fault& fault) {
    const std::vector<std::string> parts = split(item, ':');
    if (parts.size() == 2 && parts[0] == "error" && parts[1].starts_with("every=")) {
        fault.kind = Fault::Kind::error_every;
        fault.number = std::strtoull(parts[1].c_str() + 6, nullptr, 10);
        return fault.number > 0;
    }
    if (parts.size() == 2 && parts[0] == "hang" && parts[1].starts_with("at=")) {
        fault.kind = Fault::Kind::hang_at;
        fault.number = std::strtoull(parts[1].c_str() + 3, nullptr, 10);
        return fault.number > 0;
    }
    if (parts.size() == 2 && parts[0] == "stall" && parts[1].starts_with("at=")) {
        fault.kind = Fault::Kind::stall_at;
        fault.number = std::strtoull(parts[1].c_str() + 3, nullptr, 10);
        return fault.number > 0;
    }
    if (parts.size() == 4 && (parts[0] == "fail" || parts[0] == "full")) {
        fault.kind = parts[0] == "fail" ? Fault::Kind::fail : Fault::Kind::full;
        fault.ioctl_name = parts[1];
        fault.error_number = errno_by_name(parts[2]);
        fault.number = std::strtoull(parts[3].c_str(), nullptr, 10);
        return fault.error_number > 0 && fault.number > 0;
    }
    if (parts.size() == 3 && parts[0] == "deny") {
        fault.kind = Fault::Kind::deny;
        fault.target = parts[1];
        fault.error_number = errno_by_name(parts[2]);
        return fault.error_number > 0;
    }
    return false;
}

void parse_faults(const std::string& line, Options& result) {
    if (line.empty()) return;
    for (const std::string& item : split(line, ',')) {
        Fault fault;
        if (parse_fault(item, fault)) {
            result.faults.push_back(fault);
        } else {
            std::fprintf(stderr, "virtual: V4L2VA_VIRTUAL_FAULT: cannot read '%s'\n", item.c_str());
        }
    }
}

Options* read_options() {
    auto* result = new Options;
    result->log = static_cast<int>(number("V4L2VA_VIRTUAL_LOG", 0));
    result->client_log = number("V4L2VA_VIRTUAL_CLIENT_LOG", 0) != 0;
    result->count = number("V4L2VA_VIRTUAL_COUNT", 0) != 0;
    result->strict = number("V4L2VA_VIRTUAL_STRICT", 0) != 0;
    result->sync = number("V4L2VA_VIRTUAL_SYNC", 0) != 0;
    result->poison = number("V4L2VA_VIRTUAL_POISON", 1) != 0;
    result->drm = number("V4L2VA_VIRTUAL_DRM", 1) != 0;
    result->gpu_memory = number("V4L2VA_VIRTUAL_GPU_MEMORY", 0) != 0;
    result->delay_ms = static_cast<unsigned>(number("V4L2VA_VIRTUAL_DELAY_MS", 0));
    result->report_dir = text("V4L2VA_VIRTUAL_REPORT", "");
    result->drm_name = text("V4L2VA_VIRTUAL_DRM_NAME", "panfrost");
    result->personality = text("V4L2VA_VIRTUAL_PERSONALITY", "");
    result->machine = text("V4L2VA_VIRTUAL_MACHINE", "");
    parse_faults(text("V4L2VA_VIRTUAL_FAULT", ""), *result);
    const std::string mutate = text("V4L2VA_VIRTUAL_MUTATE", "");
    const size_t colon = mutate.find(':');
    if (colon != std::string::npos) {
        result->mutate_field = mutate.substr(0, colon);
        result->mutate_frame = std::strtoull(mutate.c_str() + colon + 1, nullptr, 10);
    }
    return result;
}

}  // namespace

const Options& options() {
    // Never freed: other threads and exit handlers may still read it.
    static const Options* const instance = read_options();
    return *instance;
}

void log_line(int level, const char* format, ...) {
    if (options().log < level) return;
    char line[512];
    va_list args;
    va_start(args, format);
    std::vsnprintf(line, sizeof line, format, args);
    va_end(args);
    std::fprintf(stderr, "virtual: %s\n", line);
}

}  // namespace vdec
