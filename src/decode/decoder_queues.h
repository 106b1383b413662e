// SPDX-License-Identifier: MIT
// DecoderQueues: the open node of a session with both queues, and whether they are what we think.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/log.h"
#include "base/result.h"
#include "decode/capture_queue.h"
#include "decode/output_queue.h"
#include "frame/frame_memory.h"
#include "v4l2/device.h"

namespace v4l2va {

// Not thread-safe: the session's lock serialises.
class DecoderQueues {
  public:
    // Of OUTPUT: as many jobs can be in flight.
    static constexpr uint32_t kOutputBuffers = 4;

    explicit DecoderQueues(const Logger& log) : log_(log) {}

    [[nodiscard]] bool is_open() const { return node_.has_value(); }
    void open(Device node) { node_ = std::move(node); }
    // Nothing is in flight. References lose their names.
    void close();
    // Instead of close() where that would wait for a job.
    void leave_open() { node_->leave_open(); }

    // Of an open node.
    [[nodiscard]] const Device& node() const { return *node_; }
    // After create_outputs().
    [[nodiscard]] OutputQueue& outputs() { return *outputs_; }
    [[nodiscard]] CaptureQueue& captures() { return captures_; }
    [[nodiscard]] const CaptureQueue& captures() const { return captures_; }

    [[nodiscard]] Result<> create_outputs(const FrameLayout& layout);
    // STREAMON of both, which want to be not empty.
    [[nodiscard]] Result<> start();
    [[nodiscard]] bool is_streaming() const { return streaming_; }
    // STREAMOFF and STREAMON of both: takes every buffer back, and references lose their names.
    // Nothing is in flight.
    [[nodiscard]] Result<> restart();

    // A queue's answer was not what it must be: only restart() helps.
    void set_broken(const Error& error);
    [[nodiscard]] const std::optional<Error>& broken() const { return broken_; }
    // The node vanished (ENODEV): nothing works any more.
    [[nodiscard]] bool is_gone() const { return gone_; }
    // Learns from an error whether it did.
    void note(const Error& error);
    // An error when it is gone or broken.
    [[nodiscard]] Result<> usable() const;

    // QBUF of the slot with its private memory, if it has some, else with `target`.
    [[nodiscard]] Result<> queue_capture(size_t slot, const FrameMemory& target,
                                         const FrameLayout& layout, Timestamp timestamp);
    // DQBUF of what must be the buffer of that index.
    [[nodiscard]] Result<DequeuedBuffer> take_back_output(uint32_t index);
    // DQBUF of what must be the slot's buffer, whose private memory is then copied to `target`,
    // unless that is null.
    [[nodiscard]] Result<DequeuedBuffer> take_back_capture(size_t slot, FrameMemory* target);
    // The same for a buffer that the kernel holds for one more field.
    [[nodiscard]] Result<DequeuedBuffer> release_held_capture(size_t slot, FrameMemory* target);

  private:
    const Logger& log_;
    std::optional<Device> node_;
    std::optional<OutputQueue> outputs_;
    CaptureQueue captures_;
    bool streaming_ = false;
    std::optional<Error> broken_;
    bool gone_ = false;
};

}  // namespace v4l2va
