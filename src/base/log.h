// SPDX-License-Identifier: MIT
// Logger: levelled, printf-checked messages into a sink that the VA layer gives.
#pragma once

#include <atomic>
#include <cstdarg>
#include <cstdint>

#include "base/result.h"

namespace v4l2va {

enum class LogLevel : uint8_t { kNone, kError, kWarning, kInfo, kDebug };

// "none", "error", "warn", "info" or "debug"; anything else, or NULL, gives `fallback`.
[[nodiscard]] LogLevel log_level_from_name(const char* name, LogLevel fallback);

// One per VADisplay. Thread-safe: immutable but for the budget below. A message is one line,
// at most 200 bytes with its prefix and line end; longer text is cut.
class Logger {
  public:
    // `line` ends in "\n" and is valid for the call only.
    using Sink = void (*)(void* user, LogLevel level, const char* line);

    Logger(LogLevel level, Sink sink, void* user) : level_(level), sink_(sink), user_(user) {}

    [[nodiscard]] bool enabled(LogLevel level) const { return sink_ && level <= level_; }

    void error(const char* format, ...) const __attribute__((format(printf, 2, 3)));
    void warning(const char* format, ...) const __attribute__((format(printf, 2, 3)));
    void info(const char* format, ...) const __attribute__((format(printf, 2, 3)));
    void debug(const char* format, ...) const __attribute__((format(printf, 2, 3)));

    // An Error as one line: "<what>: <op>: <code>, <errno text>".
    void failure(const char* what, const Error& error) const;

    // As failure(), for conditions that a damaged stream can repeat on every picture: the first one
    // is logged at error level, the rest at debug level.
    void stream_failure(const char* what, const Error& error) const;

  private:
    void write(LogLevel level, const char* format, va_list args) const
        __attribute__((format(printf, 3, 0)));

    LogLevel level_;
    Sink sink_;
    void* user_;
    mutable std::atomic<bool> stream_failure_logged_{false};
};

// A short English name of the code, for messages.
[[nodiscard]] const char* error_code_name(ErrorCode code);

}  // namespace v4l2va
