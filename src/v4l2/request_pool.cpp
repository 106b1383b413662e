// SPDX-License-Identifier: MIT
// RequestFdPool: the request objects of the media device behind the Requests of a session.
#include "v4l2/request_pool.h"

#include <algorithm>

#include "v4l2/device.h"

namespace v4l2va {

Result<std::shared_ptr<RequestFd>> RequestFdPool::acquire(System& system, MediaDevice& media) {
    for (size_t i = 0; i < requests_.size();) {
        if (requests_[i].use_count() != 1) {
            ++i;
            continue;
        }
        std::shared_ptr<RequestFd> request = requests_[i];
        if (request->fresh_ || reinit_request(system, request->get())) {
            request->fresh_ = false;
            return request;
        }
        // EBUSY: the kernel is not through with it. Closing is harmless, the kernel keeps its own.
        requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    auto fd = media.allocate_request();
    if (!fd) {
        return fail(fd.error());
    }
    requests_.push_back(std::make_shared<RequestFd>(std::move(*fd)));
    requests_.back()->fresh_ = false;
    return requests_.back();
}

void RequestFdPool::abandon(System& system, const std::shared_ptr<RequestFd>& request) {
    if (reinit_request(system, request->get())) {
        request->fresh_ = true;
        return;
    }
    std::erase(requests_, request);
}

}  // namespace v4l2va
