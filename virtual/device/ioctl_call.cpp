// SPDX-License-Identifier: MIT
// Counting, fault injection and judging common to all ioctls.
#include "device/ioctl_call.h"

#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "host/options.h"
#include "report/judge.h"
#include "report/report.h"

namespace vdec {
namespace {

// Called with a device's lock held, and a fork takes all of those: so the mutex, which orders the
// devices of a machine, is free in a child.
int injected_error_for(const char* name) {
    static auto* const calls = new std::map<std::string, uint64_t>;
    static auto* const mutex = new std::mutex;
    if (options().faults.empty()) return 0;
    const std::lock_guard<std::mutex> guard(*mutex);
    const uint64_t nth = ++(*calls)[name];
    for (const Fault& fault : options().faults) {
        if (fault.kind == Fault::Kind::fail && fault.ioctl_name == name && fault.number == nth) {
            return fault.error_number;
        }
    }
    return 0;
}

// Asking is never a mistake, whatever the answer.
bool is_question(std::string_view name) {
    return name.starts_with("VIDIOC_QUERY") || name.starts_with("VIDIOC_ENUM") ||
           name.starts_with("VIDIOC_TRY") || name.starts_with("VIDIOC_G_") ||
           name.starts_with("MEDIA_IOC_G_") || name.starts_with("MEDIA_IOC_DEVICE") ||
           name.starts_with("unknown");
}

}  // namespace

IoctlCall::IoctlCall(const char* name, bool streaming)
    : name_(name), streaming_(streaming), injected_(injected_error_for(name)) {}

void IoctlCall::refuse_when_full(size_t others) {
    for (const Fault& fault : options().faults) {
        if (fault.kind == Fault::Kind::full && fault.ioctl_name == name_ &&
            others >= fault.number) {
            injected_ = fault.error_number;
        }
    }
}

int IoctlCall::done(int result) {
    report().ioctl(name_, result, streaming_);
    log_line(2, "%s = %s", name_, result < 0 ? strerrorname_np(-result) : "0");
    if (result >= 0 || !streaming_ || expected_ || injected_ != 0 || is_question(name_)) {
        return result;
    }
    const std::string kind = std::string("failed-ioctl-") + name_ + "-" + strerrorname_np(-result);
    judge().violation(kind.c_str(), "%s: %s, after %llu frames", name_, std::strerror(-result),
                      static_cast<unsigned long long>(report().frames()));
    return result;
}

}  // namespace vdec
