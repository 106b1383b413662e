// SPDX-License-Identifier: MIT
// FrameBinding: which CAPTURE buffer a surface's frame is, and what happens where it cannot be one.
#pragma once

#include <cstddef>
#include <memory>

#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "decode/decoder_formats.h"
#include "decode/decoder_queues.h"
#include "decode/job_queue.h"
#include "decode/submission.h"
#include "frame/frame_memory.h"
#include "v4l2/device_info.h"
#include "v4l2/system.h"

namespace v4l2va {

// A frame keeps its buffer for as long as there are enough: an index that takes another dma-buf
// costs the kernel a mapping. Where a frame's layout is not the CAPTURE format's, or the device
// cannot map it, the device decodes into private memory, which is copied to the frame afterwards.
// The session's lock serialises.
class FrameBinding {
  public:
    // All of them outlive this.
    FrameBinding(System& system, const DeviceInfo& device, const Logger& log,
                 const DecoderFormats& formats, DecoderQueues& queues, JobQueue& jobs);

    // The position of the slot that the picture's target is bound to, bound now if need be: to one
    // whose frame is gone, a new one, or one whose frame neither this picture nor one in flight
    // needs. Lets go of `mutex`, the session's lock, while it waits for such a one. kUnsupported:
    // the frame can be neither decoded into nor copied to. kNoMemory: no slot, nothing in flight.
    [[nodiscard]] Result<size_t> bind(Mutex& mutex, const Submission& submission)
        V4L2VA_REQUIRES(mutex);

  private:
    [[nodiscard]] bool suits(const CaptureSlot& slot, const FrameMemory& target) const;
    Result<CaptureSlot*> find_unbound_slot(Mutex& mutex, const Submission& submission)
        V4L2VA_REQUIRES(mutex);
    void mark_needed_slots(const Submission& submission);
    Result<> bind_slot(CaptureSlot& slot, const std::shared_ptr<FrameMemory>& target);
    Result<> bind_private(CaptureSlot& slot, const FrameMemory& target);
    Result<> prepare(CaptureSlot& slot, const FrameMemory& memory);
    Result<std::shared_ptr<FrameMemory>> allocate_private_frame() const;

    System& system_;
    const DeviceInfo& device_info_;
    const Logger& log_;
    const DecoderFormats& formats_;
    DecoderQueues& queues_;
    JobQueue& jobs_;
    bool can_prepare_ = true;  // the driver has PREPARE_BUF
    bool copy_logged_ = false;
};

}  // namespace v4l2va
