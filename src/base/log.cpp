// SPDX-License-Identifier: MIT
// Logger: levelled, printf-checked messages into a sink that the VA layer gives.
#include "base/log.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace v4l2va {

namespace {

constexpr size_t kMaxLine = 200;

struct LevelName {
    const char* name;
    LogLevel level;
};
constexpr std::array kLevelNames = {
    LevelName{"none", LogLevel::kNone},    LevelName{"error", LogLevel::kError},
    LevelName{"warn", LogLevel::kWarning}, LevelName{"info", LogLevel::kInfo},
    LevelName{"debug", LogLevel::kDebug},
};

}  // namespace

LogLevel log_level_from_name(const char* name, LogLevel fallback) {
    for (const LevelName& entry : kLevelNames) {
        if (name && std::strcmp(name, entry.name) == 0) {
            return entry.level;
        }
    }
    return fallback;
}

void Logger::write(LogLevel level, const char* format, va_list args) const {
    if (!enabled(level)) {
        return;
    }
    std::array<char, kMaxLine> line{};
    int used = std::snprintf(line.data(), line.size(), "v4l2_request: ");
    used +=
        std::vsnprintf(line.data() + used, line.size() - static_cast<size_t>(used), format, args);
    const size_t end = used < 0 ? 0 : static_cast<size_t>(used);
    const size_t last = end < line.size() - 1 ? end : line.size() - 2;
    line[last] = '\n';
    line[last + 1] = '\0';
    sink_(user_, level, line.data());
}

void Logger::error(const char* format, ...) const {
    va_list args;
    va_start(args, format);
    write(LogLevel::kError, format, args);
    va_end(args);
}

void Logger::warning(const char* format, ...) const {
    va_list args;
    va_start(args, format);
    write(LogLevel::kWarning, format, args);
    va_end(args);
}

void Logger::info(const char* format, ...) const {
    va_list args;
    va_start(args, format);
    write(LogLevel::kInfo, format, args);
    va_end(args);
}

void Logger::debug(const char* format, ...) const {
    va_list args;
    va_start(args, format);
    write(LogLevel::kDebug, format, args);
    va_end(args);
}

void Logger::failure(const char* what, const Error& error) const {
    if (error.code == ErrorCode::kNoMemory && error.sys_errno == ENOMEM) {
        // Of devices without an IOMMU it is contiguous memory that is short.
        this->error("%s: %s: %s (see CmaFree in /proc/meminfo)", what, error.op,
                    error_code_name(error.code));
    } else if (error.sys_errno != 0) {
        this->error("%s: %s: %s (%s)", what, error.op, error_code_name(error.code),
                    strerrordesc_np(error.sys_errno));
    } else {
        this->error("%s: %s: %s", what, error.op, error_code_name(error.code));
    }
}

void Logger::stream_failure(const char* what, const Error& error) const {
    if (!stream_failure_logged_.exchange(true, std::memory_order_relaxed)) {
        failure(what, error);
    } else {
        debug("%s: %s: %s", what, error.op, error_code_name(error.code));
    }
}

const char* error_code_name(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalidParameter:
            return "invalid parameter";
        case ErrorCode::kInvalidBitstream:
            return "invalid bitstream";
        case ErrorCode::kUnsupported:
            return "not supported";
        case ErrorCode::kResolution:
            return "resolution not supported";
        case ErrorCode::kNoMemory:
            return "out of memory";
        case ErrorCode::kBusy:
            return "device busy";
        case ErrorCode::kTimeout:
            return "timed out";
        case ErrorCode::kDecoding:
            return "decoding error";
        case ErrorCode::kNoDevice:
            return "no device";
        case ErrorCode::kPermission:
            return "permission denied";
        case ErrorCode::kKernel:
            return "refused by the kernel";
    }
    return "unknown error";
}

}  // namespace v4l2va
