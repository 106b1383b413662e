// SPDX-License-Identifier: MIT
// PendingOperation: what writes a frame after the call that asked for it has returned.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace v4l2va {

// A wait that ends when the operation is over, or its device is stuck.
inline constexpr uint64_t kUntilDone = UINT64_MAX;

// queued -> done or failed, once.
enum class OperationState : uint8_t { kQueued, kDone, kFailed };

// VA-API's word: vaSyncSurface waits for a surface's pending operations. Shared by the surface and
// by what carries it out; keeps no device open. Thread-safe.
class PendingOperation {
  public:
    virtual ~PendingOperation() = default;

    // As far as anybody has noticed: cheap, asks no device. kFailed: what it wrote is damaged.
    [[nodiscard]] virtual OperationState state() const = 0;

    // Waits until it is over, `timeout_ns` is, or its device is stuck. kTimeout when it is queued
    // still; kDecoding when it failed, or the code of what went wrong with the device meanwhile.
    [[nodiscard]] virtual Result<> wait(uint64_t timeout_ns) = 0;

    // Never blocks: true when its device keeps an operation for longer than that may take.
    [[nodiscard]] virtual bool is_stuck() = 0;

  protected:
    PendingOperation() = default;
    PendingOperation(const PendingOperation&) = default;
    PendingOperation& operator=(const PendingOperation&) = default;
};

}  // namespace v4l2va
