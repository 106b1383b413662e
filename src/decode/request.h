// SPDX-License-Identifier: MIT
// Request: the decode of one picture, from its submission until the kernel gave it back.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "frame/frame_memory.h"
#include "v4l2/types.h"

namespace v4l2va {

// queued -> done or failed, once. What surfaces keep of their last decode; cheap to ask.
enum class RequestState : uint8_t { kQueued, kDone, kFailed };

class DecodeSession;
class RequestFd;

class Request {
  public:
    [[nodiscard]] RequestState state() const { return state_.load(std::memory_order_acquire); }
    [[nodiscard]] Timestamp timestamp() const { return timestamp_; }

  private:
    friend class DecodeSession;

    std::atomic<RequestState> state_{RequestState::kQueued};
    Timestamp timestamp_;
    // The rest belongs to the session's lock.
    Error error_;                            // why it failed; set before state_
    bool damaged_ = false;                   // a part came back with V4L2_BUF_FLAG_ERROR
    std::shared_ptr<RequestFd> request_fd_;  // of the last part; null when done or failed
    // Held until done: the target and every reference, so that none is re-queued or freed too
    // early.
    std::shared_ptr<FrameMemory> target_;
    std::vector<std::shared_ptr<FrameMemory>> references_;
};

}  // namespace v4l2va
