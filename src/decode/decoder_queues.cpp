// SPDX-License-Identifier: MIT
// DecoderQueues: the open node of a session with both queues, and whether they are what we think.
#include "decode/decoder_queues.h"

#include <cerrno>

#include "frame/allocation.h"
#include "frame/copy.h"

namespace v4l2va {

void DecoderQueues::close() {
    outputs_.reset();
    captures_ = CaptureQueue();
    node_.reset();
    streaming_ = false;
}

Result<> DecoderQueues::create_outputs(const FrameLayout& layout) {
    auto outputs = OutputQueue::create(*node_, layout, kOutputBuffers);
    if (!outputs) {
        return fail(outputs.error());
    }
    outputs_ = std::move(*outputs);
    return {};
}

Result<> DecoderQueues::start() {
    for (const QueueSide side : {QueueSide::kOutput, QueueSide::kCapture}) {
        auto on = node_->stream_on(side);
        if (!on) {
            return on;
        }
    }
    streaming_ = true;
    broken_.reset();
    return {};
}

Result<> DecoderQueues::restart() {
    captures_.forget_contents();
    if (outputs_) {
        outputs_->release_all();
    }
    for (const QueueSide side : {QueueSide::kOutput, QueueSide::kCapture}) {
        auto off = node_->stream_off(side);
        if (!off) {
            note(off.error());
            return off;
        }
    }
    auto on = start();
    if (!on) {
        note(on.error());
    }
    return on;
}

void DecoderQueues::set_broken(const Error& error) {
    broken_ = error;
    note(error);
}

void DecoderQueues::note(const Error& error) { gone_ = gone_ || error.sys_errno == ENODEV; }

Result<> DecoderQueues::usable() const {
    if (gone_) {
        return fail(ErrorCode::kNoDevice, "decoder", ENODEV);
    }
    if (broken_) {
        return fail(*broken_);
    }
    return {};
}

Result<> DecoderQueues::queue_capture(size_t slot, const FrameMemory& target,
                                      const FrameLayout& layout, Timestamp timestamp) {
    CaptureSlot& to_queue = captures_.slot(slot);
    const FrameMemory& memory = to_queue.private_memory ? *to_queue.private_memory : target;
    auto queued = node_->queue_capture(capture_buffer(to_queue.index, memory), layout);
    if (queued) {
        to_queue.queued = true;
        to_queue.prepared = false;
        to_queue.content = timestamp;
    }
    return queued;
}

Result<DequeuedBuffer> DecoderQueues::take_back_output(uint32_t index) {
    auto output = node_->dequeue(QueueSide::kOutput);
    if (output && output->index != index) {
        return fail(ErrorCode::kKernel, "VIDIOC_DQBUF output order");
    }
    if (OutputBuffer* buffer = output ? outputs_->find(index) : nullptr) {
        buffer->busy = false;
    }
    return output;
}

Result<DequeuedBuffer> DecoderQueues::take_back_capture(size_t slot, FrameMemory* target) {
    auto capture = node_->dequeue(QueueSide::kCapture);
    if (!capture) {
        return capture;
    }
    CaptureSlot& taken = captures_.slot(slot);
    if (capture->index != taken.index) {
        return fail(ErrorCode::kKernel, "VIDIOC_DQBUF capture order");
    }
    taken.queued = false;
    if (taken.private_memory && target != nullptr) {
        auto copied = copy_frame(*taken.private_memory, *target);
        if (!copied) {
            log_.stream_failure("copy of a decoded frame", copied.error());
        }
    }
    return capture;
}

Result<DequeuedBuffer> DecoderQueues::release_held_capture(size_t slot, FrameMemory* target) {
    auto released = node_->flush();
    if (!released) {
        return fail(released.error());
    }
    return take_back_capture(slot, target);
}

}  // namespace v4l2va
