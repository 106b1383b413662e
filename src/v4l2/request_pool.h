// SPDX-License-Identifier: MIT
// RequestFdPool: the request objects of the media device behind the Requests of a session.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "v4l2/media_device.h"
#include "v4l2/system.h"

namespace v4l2va {

// One request object of the kernel. Shared by the pool, by the picture in flight and by whoever
// polls it: none of them may see it re-used before it let go.
class RequestFd {
  public:
    explicit RequestFd(UniqueFd fd) : fd_(std::move(fd)) {}

    [[nodiscard]] int get() const { return fd_.get(); }

    bool polled = false;  // by a thread of the session; its lock guards this

  private:
    friend class RequestFdPool;

    const UniqueFd fd_;
    bool fresh_ = true;  // as after REQUEST_ALLOC or REINIT
};

// Not thread-safe: the session's lock serialises. Allocates nothing in steady state.
class RequestFdPool {
  public:
    // A request in the idle state: one that nobody else holds (one REINIT, unless it is fresh),
    // else a new one (REQUEST_ALLOC).
    [[nodiscard]] Result<std::shared_ptr<RequestFd>> acquire(System& system, MediaDevice& media);

    // Takes back a request that was filled but not queued; buffers in it return to their owner.
    // A request that the kernel does not reset is closed, which does the same.
    void abandon(System& system, const std::shared_ptr<RequestFd>& request);

  private:
    std::vector<std::shared_ptr<RequestFd>> requests_;
};

}  // namespace v4l2va
