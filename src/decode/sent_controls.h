// SPDX-License-Identifier: MIT
// SentControls: which controls a request need not carry, since the device has them already.
#pragma once

#include <linux/videodev2.h>

#include <array>
#include <bitset>
#include <cstddef>
#include <span>

#include "base/result.h"
#include "v4l2/control_set.h"

namespace v4l2va {

// The kernel keeps a control's value until it is set again. Not thread-safe.
class SentControls {
  public:
    static constexpr size_t kMaxControls = 32;

    // The array of VIDIOC_S_EXT_CTRLS for a request with `controls`: those whose bytes are not what
    // the device has; but all of them where that would be none (a request without any control has
    // no control handler, which some drivers refuse), and after send_all(). Points into `controls`;
    // valid until the next call. kInvalidParameter: more than kMaxControls.
    [[nodiscard]] Result<std::span<v4l2_ext_control>> choose(const ControlSet& controls);

    // The latest choose() left something out.
    [[nodiscard]] bool omits() const { return omits_; }

    // The request with what the latest choose() made of `controls` is in the kernel.
    void note_sent(const ControlSet& controls);

    // For a driver that wants every control in every request.
    void send_all() { sends_all_ = true; }

    // What the device has is not known any more.
    void forget() { last_.clear(); }

  private:
    ControlSet last_;
    std::bitset<kMaxControls> changed_;  // by position in the set of the latest choose()
    std::array<v4l2_ext_control, kMaxControls> array_{};
    bool sends_all_ = false;
    bool omits_ = false;
};

}  // namespace v4l2va
