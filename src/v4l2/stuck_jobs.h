// SPDX-License-Identifier: MIT
// StuckJobs: the requests that a decoder did not complete in time.
#pragma once

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "v4l2/request_pool.h"
#include "v4l2/system.h"

namespace v4l2va {

// One a decoder of a display. While one is left, the decoder must be left alone: what is opened on
// it can only wait behind them, and where another process closes such a node, kernels whose
// drivers hold their mutex over that (cedrus, rpi-hevc-dec) block in open(), too. Thread-safe.
class StuckJobs {
  public:
    void add(std::shared_ptr<RequestFd> request_fd);
    // Forgets those that are complete by now; true when one is left. Never waits.
    [[nodiscard]] bool any(System& system);

  private:
    Mutex mutex_;
    std::vector<std::shared_ptr<RequestFd>> request_fds_ V4L2VA_GUARDED_BY(mutex_);
};

}  // namespace v4l2va
