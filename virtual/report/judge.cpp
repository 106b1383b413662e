// SPDX-License-Identifier: MIT
// Book-keeping of violations and stream errors.
#include "report/judge.h"

#include <cstdarg>
#include <cstdio>
#include <new>

#include "host/options.h"

namespace vdec {
namespace {

void add(std::map<std::string, Verdict>& table, const char* kind, const char* text) {
    Verdict& verdict = table[kind];
    if (verdict.count++ == 0) verdict.example = text;
}

}  // namespace

void Judge::violation(const char* kind, const char* format, ...) {
    char text[384];
    va_list args;
    va_start(args, format);
    std::vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log_line(1, "VIOLATION %s: %s", kind, text);
    const std::lock_guard<std::mutex> guard(mutex_);
    add(violations_, kind, text);
}

void Judge::stream_error(const char* kind, const char* format, ...) {
    char text[384];
    va_list args;
    va_start(args, format);
    std::vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log_line(1, "stream error %s: %s", kind, text);
    const std::lock_guard<std::mutex> guard(mutex_);
    add(stream_errors_, kind, text);
}

std::map<std::string, Verdict> Judge::violations() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return violations_;
}

std::map<std::string, Verdict> Judge::stream_errors() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return stream_errors_;
}

void Judge::restart_in_child() {
    // A thread that did not survive the fork may have held it.
    new (&mutex_) std::mutex;
    violations_.clear();
    stream_errors_.clear();
}

Judge& judge() {
    static Judge* const instance = new Judge;
    return *instance;
}

}  // namespace vdec
