// SPDX-License-Identifier: MIT
// IoctlCall: counts one ioctl, injects the faults asked for, and reports a failure to the judge.
#pragma once

#include <cstddef>

namespace vdec {

class IoctlCall {
  public:
    // `streaming`: an error from now on is the client's mistake, not a probe.
    IoctlCall(const char* name, bool streaming);

    // errno that a fault option makes this call fail with; 0: none.
    [[nodiscard]] int injected_error() const { return injected_; }
    // The caller's node does not stream, `others` do: applies the faults of a device that is full.
    void refuse_when_full(size_t others);
    // This failure is expected (end of an enumeration, nothing ready on a non-blocking file).
    void expected() { expected_ = true; }
    // Books `result` (>= 0 or -errno) and returns it.
    int done(int result);

  private:
    const char* name_;
    bool streaming_;
    bool expected_ = false;
    int injected_ = 0;
};

}  // namespace vdec
