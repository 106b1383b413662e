// SPDX-License-Identifier: MIT
// FrameBinding: which CAPTURE buffer a surface's frame is, and what happens where it cannot be one.
#include "decode/frame_binding.h"

#include <cerrno>
#include <utility>

#include "frame/allocation.h"
#include "frame/copy.h"
#include "v4l2/quirks.h"

namespace v4l2va {

FrameBinding::FrameBinding(System& system, const DeviceInfo& device, const Logger& log,
                           const DecoderFormats& formats, DecoderQueues& queues, JobQueue& jobs)
    : system_(system),
      device_info_(device),
      log_(log),
      formats_(formats),
      queues_(queues),
      jobs_(jobs) {}

// The format still suits what the slot was bound for.
bool FrameBinding::suits(const CaptureSlot& slot, const FrameMemory& target) const {
    const FrameMemory& memory = slot.private_memory ? *slot.private_memory : target;
    return layout_fits(formats_.capture_layout(), memory.layout());
}

Result<size_t> FrameBinding::bind(Mutex& mutex, const Submission& submission) {
    CaptureQueue& captures = queues_.captures();
    if (CaptureSlot* bound = captures.find(submission.target->id())) {
        if (suits(*bound, *submission.target)) {
            return captures.position_of(*bound);
        }
        *bound = CaptureSlot{.index = bound->index,
                             .min_sizes = bound->min_sizes,
                             .prepared = bound->prepared,
                             .queued = bound->queued};
    }
    auto slot = find_unbound_slot(mutex, submission);
    if (!slot) {
        return fail(slot.error());
    }
    auto bound = bind_slot(**slot, submission.target);
    if (!bound) {
        return fail(bound.error());
    }
    return captures.position_of(**slot);
}

void FrameBinding::mark_needed_slots(const Submission& submission) {
    CaptureQueue& captures = queues_.captures();
    captures.clear_needed();
    for (const std::shared_ptr<FrameMemory>& reference : submission.references) {
        if (reference) {
            captures.mark_needed(reference->id());
        }
    }
    jobs_.mark_needed_slots();
}

Result<CaptureSlot*> FrameBinding::find_unbound_slot(Mutex& mutex, const Submission& submission) {
    const bool fits = layout_fits(formats_.capture_layout(), submission.target->layout());
    const FrameLayout& memory = fits ? submission.target->layout() : formats_.capture_layout();
    CaptureQueue& captures = queues_.captures();
    if (CaptureSlot* dead = captures.find_dead(memory)) {
        return dead;
    }
    auto grown = captures.grow(queues_.node(), formats_.capture_layout());
    if (!grown || *grown != nullptr) {
        return grown;
    }
    while (true) {
        mark_needed_slots(submission);
        if (CaptureSlot* victim = captures.find_victim(memory)) {
            return victim;
        }
        if (jobs_.empty()) {
            captures.forget_shortage();
            auto again = captures.grow(queues_.node(), formats_.capture_layout());
            if (again && *again == nullptr) {
                return fail(ErrorCode::kNoMemory, "capture slots");
            }
            return again;
        }
        auto waited = jobs_.wait_oldest(mutex);
        if (!waited) {
            return fail(waited.error());
        }
    }
}

Result<> FrameBinding::bind_slot(CaptureSlot& slot, const std::shared_ptr<FrameMemory>& target) {
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

Result<> FrameBinding::bind_private(CaptureSlot& slot, const FrameMemory& target) {
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
Result<> FrameBinding::prepare(CaptureSlot& slot, const FrameMemory& memory) {
    if (!can_prepare_) {
        return {};
    }
    auto prepared = queues_.node().prepare_capture(capture_buffer(slot.index, memory),
                                                   formats_.capture_layout());
    if (!prepared && prepared.error().sys_errno == ENOTTY) {
        can_prepare_ = false;
        return {};
    }
    if (!prepared) {
        // The kernel has dropped what the index held before.
        slot.private_memory.reset();
        queues_.note(prepared.error());
        return prepared;
    }
    slot.prepared = true;
    return {};
}

Result<std::shared_ptr<FrameMemory>> FrameBinding::allocate_private_frame() const {
    auto node = formats_.open_beside();
    if (!node) {
        return fail(node.error());
    }
    return export_new_frame(system_, *node, formats_.capture_layout(),
                            device_info_.quirks->needs_cpu_sync);
}

}  // namespace v4l2va
