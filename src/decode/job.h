// SPDX-License-Identifier: MIT
// Job: one request in the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "decode/request.h"
#include "frame/frame_memory.h"
#include "v4l2/request_pool.h"

namespace v4l2va {

// Jobs of a session complete in the order of their submission.
struct Job {
    std::shared_ptr<RequestFd> request_fd;
    std::shared_ptr<Request> request;
    uint32_t output_index = 0;
    size_t slot = 0;               // position in the CaptureQueue
    bool returns_capture = false;  // no HOLD: a CAPTURE buffer comes back with it
    bool is_last = false;          // of its Request
    DeviceClaim target;
};

}  // namespace v4l2va
