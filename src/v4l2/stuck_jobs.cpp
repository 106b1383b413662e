// SPDX-License-Identifier: MIT
// StuckJobs: the requests that a decoder did not complete in time.
#include "v4l2/stuck_jobs.h"

#include <utility>

namespace v4l2va {

void StuckJobs::add(std::shared_ptr<RequestFd> request_fd) {
    const MutexLock lock(mutex_);
    request_fds_.push_back(std::move(request_fd));
}

bool StuckJobs::any(System& system) {
    const MutexLock lock(mutex_);
    std::erase_if(request_fds_, [&system](const std::shared_ptr<RequestFd>& request_fd) {
        const auto polled = system.poll(request_fd->get(), PollFor::kRequestDone, 0);
        return !polled || polled->ready || polled->failed;
    });
    return !request_fds_.empty();
}

}  // namespace v4l2va
