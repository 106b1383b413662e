// SPDX-License-Identifier: MIT
// Reads the options of the virtual decoder from the environment.
#include "host/options.h"

#include <cerrno>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace vdec {
namespace {

constexpr uint64_t kLargestErrno = 4095;  // MAX_ERRNO of the kernel

std::string text(const char* name, const char* fallback) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : fallback;
}

// False unless DIGITS is a number and nothing else.
bool read_number(std::string_view digits, uint64_t& value) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size();
}

uint64_t number(const char* name, uint64_t fallback) {
    const std::string value = text(name, "");
    if (value.empty()) return fallback;
    uint64_t result = 0;
    if (!read_number(value, result)) {
        refuse_options("%s: '%s' is no number", name, value.c_str());
    }
    return result;
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
    uint64_t value = 0;
    return read_number(name, value) && value <= kLargestErrno ? static_cast<int>(value) : 0;
}

// What befalls a device file.
bool parse_file_fault(const std::vector<std::string>& parts, Fault& fault) {
    if (parts.size() < 2 || parts[1].empty()) return false;
    fault.target = parts[1];
    if (parts[0] == "deny" && parts.size() == 3) {
        fault.kind = Fault::Kind::deny;
        fault.error_number = errno_by_name(parts[2]);
        return fault.error_number > 0;
    }
    if (parts[0] == "absent" && parts.size() == 2) {
        fault.kind = Fault::Kind::absent;
        return true;
    }
    if (parts[0] == "rename" && parts.size() == 3) {
        fault.kind = Fault::Kind::rename;
        fault.name = parts[2];
        return !fault.name.empty();
    }
    return false;
}

bool parse_fault(const std::string& item, Fault& fault) {
    const std::vector<std::string> parts = split(item, ':');
    struct OfFrames {
        std::string_view name;
        std::string_view key;
        Fault::Kind kind;
    };
    static constexpr OfFrames kOfFrames[] = {{"error", "every=", Fault::Kind::error_every},
                                             {"hang", "at=", Fault::Kind::hang_at},
                                             {"hang", "block=", Fault::Kind::hang_block},
                                             {"stall", "at=", Fault::Kind::stall_at}};
    for (const OfFrames& entry : kOfFrames) {
        if (parts.size() != 2 || parts[0] != entry.name || !parts[1].starts_with(entry.key)) {
            continue;
        }
        fault.kind = entry.kind;
        return read_number(std::string_view(parts[1]).substr(entry.key.size()), fault.number) &&
               fault.number > 0;
    }
    if (parts.size() == 4 && (parts[0] == "fail" || parts[0] == "full")) {
        fault.kind = parts[0] == "fail" ? Fault::Kind::fail : Fault::Kind::full;
        fault.ioctl_name = parts[1];
        fault.error_number = errno_by_name(parts[2]);
        return fault.error_number > 0 && read_number(parts[3], fault.number) && fault.number > 0;
    }
    return parse_file_fault(parts, fault);
}

void parse_faults(const std::string& line, Options& result) {
    if (line.empty()) return;
    for (const std::string& item : split(line, ',')) {
        Fault fault;
        if (!parse_fault(item, fault)) {
            refuse_options("V4L2VA_VIRTUAL_FAULT: cannot read '%s'", item.c_str());
        }
        if (fault.kind == Fault::Kind::hang_block) {
            result.hang_block_ms = static_cast<unsigned>(fault.number);
        } else {
            result.faults.push_back(fault);
        }
    }
}

[[gnu::format(printf, 1, 0)]] void print_line(const char* format, va_list args) {
    char line[512];
    std::vsnprintf(line, sizeof line, format, args);
    std::fprintf(stderr, "virtual: %s\n", line);
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
    if (!mutate.empty()) {
        const std::vector<std::string> parts = split(mutate, ':');
        if (parts.size() != 2 || !read_number(parts[1], result->mutate_frame)) {
            refuse_options("V4L2VA_VIRTUAL_MUTATE: cannot read '%s'", mutate.c_str());
        }
        result->mutate_field = parts[0];
    }
    return result;
}

}  // namespace

const Options& options() {
    // Never freed: other threads and exit handlers may still read it.
    static const Options* const instance = read_options();
    return *instance;
}

void refuse_options(const char* format, ...) {
    va_list args;
    va_start(args, format);
    print_line(format, args);
    va_end(args);
    std::_Exit(2);  // from within any file call of any thread: no exit handler may run
}

void log_line(int level, const char* format, ...) {
    if (options().log < level) return;
    va_list args;
    va_start(args, format);
    print_line(format, args);
    va_end(args);
}

}  // namespace vdec
