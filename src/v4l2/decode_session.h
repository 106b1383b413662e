// SPDX-License-Identifier: MIT
// DecodeSession: one open of a decoder node with both queues and its requests; one per VAContext.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/log.h"
#include "base/result.h"
#include "v4l2/device_info.h"
#include "v4l2/frame_memory.h"
#include "v4l2/request.h"
#include "v4l2/system.h"
#include "v4l2/types.h"

namespace v4l2va {

struct SessionConfig {
    uint32_t coded_fourcc = 0;  // V4L2_PIX_FMT_*_SLICE / _FRAME
    Size coded_size;            // as the client's context says
    uint32_t sequence_control =
        0;  // V4L2_CID_STATELESS_*: the control that decides the CAPTURE format
};

// One picture for the kernel.
struct Submission {
    std::span<const DecodeUnit> units;  // one, or one per slice; at least one
    PicturePart part = PicturePart::kFrame;
    std::shared_ptr<FrameMemory> target;
    std::span<const std::shared_ptr<FrameMemory>> references;  // stay alive until it is done
};

// Calls may come from any thread. submit() calls must be serialised by the caller (the Context's
// lock): their order is the decoding order. wait() and is_done() may run beside them.
class DecodeSession {
  public:
    // Opens the node and sets the OUTPUT format: a size or device that cannot work fails here.
    // Queues are set up at the first submit(), when the sequence control is known.
    [[nodiscard]] static Result<std::shared_ptr<DecodeSession>> create(System& system,
                                                                       const DeviceInfo& device,
                                                                       const SessionConfig& config,
                                                                       const Logger& log);
    // Cancels what is in flight (those requests end as kFailed) and closes.
    virtual ~DecodeSession() = default;

    // The timestamp that the next submit() will use: the name of the picture being built.
    [[nodiscard]] virtual Timestamp next_timestamp() const = 0;

    // The timestamp of the latest decode into `memory` by this session; invalid when there is none
    // that can still serve as a reference.
    [[nodiscard]] virtual Timestamp reference_timestamp(const FrameMemory& memory) const = 0;

    // Queues one picture and returns at once, or after a bounded wait for a free OUTPUT buffer. A
    // second field takes the timestamp and the CAPTURE buffer of the first. On failure nothing of
    // the picture is left in the kernel and the next submit() works.
    [[nodiscard]] virtual Result<std::shared_ptr<Request>> submit(const Submission& submission) = 0;

    // Waits until the request is done or `timeout_ns` (UINT64_MAX: for ever, bounded by the
    // kernel's watchdogs) is over. kTimeout when still queued, kDecoding when the picture failed.
    [[nodiscard]] virtual Result<> wait(const std::shared_ptr<Request>& request,
                                        uint64_t timeout_ns) = 0;

    // Never blocks: true when done or failed.
    [[nodiscard]] virtual bool is_done(const std::shared_ptr<Request>& request) = 0;

    // Waits for everything in flight, at most `timeout_ns`.
    virtual void drain(uint64_t timeout_ns) = 0;
};

}  // namespace v4l2va
