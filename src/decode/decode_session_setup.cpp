// SPDX-License-Identifier: MIT
// DecodeSession: the node, its queues and the frames that are bound to its CAPTURE buffers.
#include <cerrno>

#include "decode/decode_session.h"
#include "frame/allocation.h"
#include "frame/copy.h"
#include "v4l2/quirks.h"

namespace v4l2va {

// Everything between the open node and two streaming queues. After a failure the node is closed, so
// that the next submit() starts from a clean one: a driver does not notice a sequence control that
// is set to the value that it already has.
Result<> DecodeSession::set_up(const Submission& first) {
    if (!node_) {
        auto node = formats_.open();
        if (!node) {
            return fail(node.error());
        }
        node_ = std::move(*node);
    }
    auto started = start(first);
    if (!started) {
        close_node();
    }
    return started;
}

// Nothing is in flight. The next submit() opens another one; references lose their names.
void DecodeSession::close_node() {
    outputs_.reset();
    captures_ = CaptureQueue();
    open_frame_ = OpenFrame{};
    sent_controls_.forget();
    node_.reset();
    formats_.forget_node();
    streaming_ = false;
}

Result<> DecodeSession::start(const Submission& first) {
    auto formats = formats_.set_up(*node_, first);
    if (!formats) {
        return formats;
    }
    auto outputs = OutputQueue::create(*node_, formats_.coded_layout(), kOutputBuffers);
    if (!outputs) {
        return fail(outputs.error());
    }
    outputs_ = std::move(*outputs);
    // STREAMON wants a queue that is not empty.
    auto slot = bind_slot(first);
    if (!slot) {
        return fail(slot.error());
    }
    auto output_on = node_->stream_on(QueueSide::kOutput);
    if (!output_on) {
        return output_on;
    }
    auto capture_on = node_->stream_on(QueueSide::kCapture);
    if (!capture_on) {
        return capture_on;
    }
    streaming_ = true;
    broken_.reset();
    return {};
}

Result<> DecodeSession::resize(const Submission& submission) {
    if (formats_.refuses_change() && !submission.references.empty()) {
        return fail(ErrorCode::kUnsupported, "size change between key frames", EBUSY);
    }
    auto closed = close_open_frame();
    if (!closed) {
        return closed;
    }
    auto idle = wait_all();
    if (!idle) {
        return idle;
    }
    if (!streaming_) {
        formats_.set_coded_size(submission.coded_size);
        node_.reset();  // set_up() opens one with the new size
        return {};
    }
    auto change = formats_.change(*node_, submission);
    if (!change) {
        if (change.error().code != ErrorCode::kNoDevice && !formats_.refuses_change()) {
            close_node();
        }
        return fail(change.error());
    }
    if (*change == DecoderFormats::Change::kStartOver) {
        close_node();
    } else if (*change == DecoderFormats::Change::kDone) {
        sent_controls_.forget();
    }
    return {};
}

// The format still suits what the slot was bound for.
bool DecodeSession::suits(const CaptureSlot& slot, const FrameMemory& target) const {
    const FrameMemory& memory = slot.private_memory ? *slot.private_memory : target;
    return layout_fits(formats_.capture_layout(), memory.layout());
}

// The position of the slot that the target is bound to, bound now if need be.
Result<size_t> DecodeSession::bind_slot(const Submission& submission) {
    if (CaptureSlot* bound = captures_.find(submission.target->id())) {
        if (suits(*bound, *submission.target)) {
            return captures_.position_of(*bound);
        }
        *bound = CaptureSlot{.index = bound->index,
                             .min_sizes = bound->min_sizes,
                             .prepared = bound->prepared,
                             .queued = bound->queued};
    }
    auto slot = find_unbound_slot(submission);
    if (!slot) {
        return fail(slot.error());
    }
    auto bound = bind(**slot, submission.target);
    if (!bound) {
        return fail(bound.error());
    }
    return captures_.position_of(**slot);
}

void DecodeSession::mark_needed_slots(const Submission& submission) {
    const auto mark = [](CaptureQueue& captures, const std::shared_ptr<FrameMemory>& memory) {
        if (memory) {
            captures.mark_needed(memory->id());
        }
    };
    captures_.clear_needed();
    for (const std::shared_ptr<FrameMemory>& reference : submission.references) {
        mark(captures_, reference);
    }
    for (size_t i = 0; i < jobs_.size(); ++i) {
        const Request& request = *jobs_[i].request;
        mark(captures_, request.target_);
        for (const std::shared_ptr<FrameMemory>& reference : request.references_) {
            mark(captures_, reference);
        }
    }
}

// One whose frame is gone, a new one, or one whose frame neither this picture nor one in flight
// needs.
Result<CaptureSlot*> DecodeSession::find_unbound_slot(const Submission& submission) {
    const bool fits = layout_fits(formats_.capture_layout(), submission.target->layout());
    const FrameLayout& memory = fits ? submission.target->layout() : formats_.capture_layout();
    if (CaptureSlot* dead = captures_.find_dead(memory)) {
        return dead;
    }
    auto grown = captures_.grow(*node_, formats_.capture_layout());
    if (!grown || *grown != nullptr) {
        return grown;
    }
    while (true) {
        mark_needed_slots(submission);
        if (CaptureSlot* victim = captures_.find_victim(memory)) {
            return victim;
        }
        if (jobs_.size() == 0) {
            captures_.forget_shortage();
            auto again = captures_.grow(*node_, formats_.capture_layout());
            if (again && *again == nullptr) {
                return fail(ErrorCode::kNoMemory, "capture slots");
            }
            return again;
        }
        auto waited = wait_oldest();
        if (!waited) {
            return fail(waited.error());
        }
        auto fine = usable();
        if (!fine) {
            return fail(fine.error());
        }
    }
}

Result<> DecodeSession::bind(CaptureSlot& slot, const std::shared_ptr<FrameMemory>& target) {
    slot.memory_id = 0;  // until it is known to work
    slot.memory.reset();
    slot.content = Timestamp();
    Result<> bound = fail(ErrorCode::kUnsupported, "frame layout");
    if (layout_fits(formats_.capture_layout(), target->layout())) {
        bound = prepare(slot, *target);
        if (bound) {
            slot.private_memory.reset();
        }
    }
    if (!bound && bound.error().sys_errno != ENODEV) {
        bound = bind_private(slot, *target);
    }
    if (bound) {
        slot.memory_id = target->id();
        slot.memory = target;
    } else {
        slot.prepared = false;
    }
    return bound;
}

// The device decodes into memory of the session, which is copied to the surface afterwards.
Result<> DecodeSession::bind_private(CaptureSlot& slot, const FrameMemory& target) {
    if (!can_copy_frame(formats_.capture_layout(), target.layout())) {
        return fail(ErrorCode::kUnsupported, "frame layout");
    }
    if (!copy_logged_) {
        copy_logged_ = true;
        log_.info("%s: surface memory does not suit this stream, frames are copied",
                  device_info_.driver_name.c_str());
    }
    if (slot.private_memory &&
        layout_fits(formats_.capture_layout(), slot.private_memory->layout())) {
        return {};  // still bound
    }
    auto frame = allocate_private_frame();
    if (!frame) {
        return fail(frame.error());
    }
    auto prepared = prepare(slot, **frame);
    if (prepared) {
        slot.private_memory = std::move(*frame);
    }
    return prepared;
}

// PREPARE_BUF maps the dma-buf for the device: if that cannot be, it shows before anything of a
// picture is queued.
Result<> DecodeSession::prepare(CaptureSlot& slot, const FrameMemory& memory) {
    if (!can_prepare_) {
        return {};
    }
    BufferToQueue buffer;
    buffer.index = slot.index;
    for (uint32_t plane = 0; plane < kMaxPlanes; ++plane) {
        buffer.dma_bufs[plane] = memory.dma_buf(plane);
    }
    auto prepared = node_->prepare_capture(buffer, formats_.capture_layout());
    if (!prepared && prepared.error().sys_errno == ENOTTY) {
        can_prepare_ = false;
        return {};
    }
    if (!prepared) {
        // The kernel has dropped what the index held before.
        slot.private_memory.reset();
        gone_ = gone_ || prepared.error().sys_errno == ENODEV;
        return prepared;
    }
    slot.prepared = true;
    return {};
}

Result<std::shared_ptr<FrameMemory>> DecodeSession::allocate_private_frame() const {
    auto node = formats_.open_beside();
    if (!node) {
        return fail(node.error());
    }
    return export_new_frame(system_, *node, formats_.capture_layout(),
                            device_info_.quirks->needs_cpu_sync);
}

// The one way out when the queues hold what we do not want: what the device does not give back is
// taken from it, references lose their names, the next picture works. kTimeout when a job would
// make STREAMOFF wait.
Result<> DecodeSession::recover() {
    const Error reason = broken_.value_or(Error{ErrorCode::kDecoding, 0, "recover"});
    broken_ = reason;
    auto idle = wait_until_idle();
    if (!idle) {
        return idle;
    }
    open_frame_ = OpenFrame{};
    sent_controls_.forget();
    captures_.forget_contents();
    if (outputs_) {
        outputs_->release_all();
    }
    for (const QueueSide side : {QueueSide::kOutput, QueueSide::kCapture}) {
        auto off = node_->stream_off(side);
        if (!off) {
            gone_ = gone_ || off.error().sys_errno == ENODEV;
            return off;
        }
    }
    for (const QueueSide side : {QueueSide::kOutput, QueueSide::kCapture}) {
        auto on = node_->stream_on(side);
        if (!on) {
            gone_ = gone_ || on.error().sys_errno == ENODEV;
            return on;
        }
    }
    broken_.reset();
    return {};
}

}  // namespace v4l2va
