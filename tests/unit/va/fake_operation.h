// SPDX-License-Identifier: MIT
// FakeOperation: an operation whose end the test decides.
#pragma once

#include "frame/pending_operation.h"

namespace v4l2va::test {

// Public members are what it answers, and what it was asked.
class FakeOperation final : public PendingOperation {
  public:
    [[nodiscard]] OperationState state() const override { return now; }
    [[nodiscard]] Result<> wait(uint64_t timeout_ns) override {
        ++waits;
        last_timeout_ns = timeout_ns;
        now = after_wait;
        return result;
    }
    [[nodiscard]] bool is_stuck() override { return stuck; }

    OperationState now = OperationState::kQueued;
    OperationState after_wait = OperationState::kDone;
    Result<> result;  // of wait()
    bool stuck = false;
    int waits = 0;
    uint64_t last_timeout_ns = 0;
};

}  // namespace v4l2va::test
