// SPDX-License-Identifier: MIT
// The judge: counts what a client does wrong, by kind, and keeps the first example of each.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace vdec {

struct Verdict {
    uint64_t count = 0;
    std::string example;
};

// Thread-safe. A violation means that the client is wrong; damage of the stream is a stream error.
class Judge {
  public:
    [[gnu::format(printf, 3, 4)]] void violation(const char* kind, const char* format, ...);
    [[gnu::format(printf, 3, 4)]] void stream_error(const char* kind, const char* format, ...);

    [[nodiscard]] std::map<std::string, Verdict> violations() const;
    [[nodiscard]] std::map<std::string, Verdict> stream_errors() const;
    // In a forked child: forgets everything.
    void restart_in_child();

  private:
    mutable std::mutex mutex_;
    std::map<std::string, Verdict> violations_;
    std::map<std::string, Verdict> stream_errors_;
};

// The one judge of the process; never destroyed.
Judge& judge();

}  // namespace vdec
