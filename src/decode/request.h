// SPDX-License-Identifier: MIT
// Request: the decode of one picture, from its submission until the kernel gave it back.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/result.h"
#include "frame/frame_memory.h"
#include "frame/pending_operation.h"
#include "v4l2/types.h"

namespace v4l2va {

class DecodeSession;
class JobQueue;
class RequestFd;

// What a surface keeps of its latest decode. The session is its context's: a surface must not keep
// a destroyed context's device open. When it is gone, the request is no longer queued.
class Request final : public PendingOperation, public std::enable_shared_from_this<Request> {
  public:
    explicit Request(std::weak_ptr<DecodeSession> session) : session_(std::move(session)) {}

    [[nodiscard]] OperationState state() const override {
        return state_.load(std::memory_order_acquire);
    }
    [[nodiscard]] Result<> wait(uint64_t timeout_ns) override;
    [[nodiscard]] bool is_stuck() override;

    [[nodiscard]] Timestamp timestamp() const { return timestamp_; }

  private:
    friend class DecodeSession;
    friend class JobQueue;

    // Once; a request that has ended stays as it is.
    void fail(const Error& error) {
        if (state() == OperationState::kQueued) {
            error_ = error;
            end(OperationState::kFailed);
        }
    }
    void end(OperationState state) {
        request_fd_.reset();
        target_.reset();
        references_.clear();
        state_.store(state, std::memory_order_release);
    }

    const std::weak_ptr<DecodeSession> session_;
    std::atomic<OperationState> state_{OperationState::kQueued};
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
