// SPDX-License-Identifier: MIT
// DecodeSession: the node, its queues and the frames that are bound to its CAPTURE buffers.
#include <algorithm>
#include <cerrno>

#include "base/checked.h"
#include "decode/decode_session.h"
#include "frame/allocation.h"
#include "frame/copy.h"
#include "v4l2/pixel_format.h"
#include "v4l2/quirks.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {

namespace {

// A bound on the list that a driver makes us walk.
constexpr size_t kMaxFormats = 64;

struct ModeControls {
    uint32_t decode_mode = 0;
    uint32_t start_code = 0;
};

ModeControls mode_controls(uint32_t coded_fourcc) {
    switch (coded_fourcc) {
        case V4L2_PIX_FMT_H264_SLICE:
            return {V4L2_CID_STATELESS_H264_DECODE_MODE, V4L2_CID_STATELESS_H264_START_CODE};
        case V4L2_PIX_FMT_HEVC_SLICE:
            return {V4L2_CID_STATELESS_HEVC_DECODE_MODE, V4L2_CID_STATELESS_HEVC_START_CODE};
        default:
            return {};
    }
}

v4l2_ext_control menu_control(uint32_t id, int32_t value) {
    v4l2_ext_control control = {};
    control.id = id;
    control.value = value;
    return control;
}

Result<> set_modes(const Device& node, const CodedFormatInfo& format) {
    const ModeControls ids = mode_controls(format.fourcc);
    std::array<v4l2_ext_control, 2> controls{};
    size_t count = 0;
    if (ids.decode_mode != 0 && format.has_control(ids.decode_mode)) {
        controls[count++] =
            menu_control(ids.decode_mode, static_cast<int32_t>(format.traits.decode_mode));
    }
    if (ids.start_code != 0 && format.has_control(ids.start_code)) {
        controls[count++] =
            menu_control(ids.start_code, static_cast<int32_t>(format.traits.start_code));
    }
    if (count == 0) {
        return {};
    }
    return node.set_controls(std::span(controls).first(count), -1);
}

uint32_t preferred_capture(std::span<const uint32_t> listed, uint32_t preferred_fourcc) {
    const auto lists = [listed](uint32_t fourcc) {
        return std::find(listed.begin(), listed.end(), fourcc) != listed.end();
    };
    if (lists(preferred_fourcc)) {
        return preferred_fourcc;
    }
    const PixelFormat* preferred = find_pixel_format(preferred_fourcc);
    if (const PixelFormat* similar =
            preferred ? choose_format(listed, preferred->va_fourcc) : nullptr) {
        return similar->v4l2_fourcc;
    }
    if (lists(V4L2_PIX_FMT_NV12)) {
        return V4L2_PIX_FMT_NV12;
    }
    return listed.empty() ? 0 : listed.front();
}

}  // namespace

// The sequence control decides what CAPTURE offers. EINVAL: a depth or chroma format that the
// device does not decode.
Result<> DecodeSession::set_sequence(const Device& node) const {
    if (sequence_.empty()) {
        return {};
    }
    std::vector<std::byte> bytes = sequence_;  // the ioctl takes a pointer to non-const
    v4l2_ext_control control = {};
    control.id = config_.sequence_control;
    control.size = static_cast<uint32_t>(bytes.size());
    control.ptr = bytes.data();
    auto set = node.set_controls({&control, 1}, -1);
    if (!set && set.error().sys_errno == EINVAL) {
        return fail(ErrorCode::kUnsupported, "VIDIOC_S_EXT_CTRLS sequence", EINVAL);
    }
    return set;
}

// What the target has if the device offers it, else what can be copied to it, else NV12, else the
// device's first.
Result<FrameLayout> DecodeSession::choose_capture_format(const Device& node,
                                                         uint32_t preferred_fourcc) const {
    std::array<uint32_t, kMaxFormats> listed{};
    size_t count = 0;
    while (count < listed.size()) {
        auto fourcc = node.enum_format(QueueSide::kCapture, narrow<uint32_t>(count));
        if (!fourcc) {
            return fail(fourcc.error());
        }
        if (*fourcc == 0) {
            break;
        }
        listed[count++] = *fourcc;
    }
    FrameLayout wanted;
    wanted.fourcc = preferred_capture(std::span(listed).first(count), preferred_fourcc);
    wanted.size = coded_layout_.size;
    wanted.num_planes = 1;
    auto layout = node.set_format(QueueSide::kCapture, wanted);
    if (layout && (wanted.fourcc == 0 || layout->fourcc != wanted.fourcc)) {
        return fail(ErrorCode::kUnsupported, "VIDIOC_S_FMT capture");
    }
    return layout;
}

// Everything between the open node and two streaming queues. After a failure the node is closed, so
// that the next submit() starts from a clean one: a driver does not notice a sequence control that
// is set to the value that it already has.
Result<> DecodeSession::set_up(const Submission& first) {
    if (!node_) {
        auto opened = open_node();
        if (!opened) {
            return opened;
        }
    }
    const auto sequence = first.units[0].controls->find(config_.sequence_control);
    sequence_.assign(sequence.begin(), sequence.end());
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
    streaming_ = false;
    resize_refused_ = false;
}

Result<> DecodeSession::open_node() {
    auto node = Device::open(system_, device_info_);
    if (!node) {
        return fail(node.error());
    }
    auto coded = set_coded_format(*node, config_.coded_fourcc, coded_size_);
    if (!coded) {
        return fail(coded.error());
    }
    coded_layout_ = *coded;
    node_ = std::move(*node);
    return {};
}

Result<> DecodeSession::start(const Submission& first) {
    auto modes = set_modes(*node_, coded_info_);
    if (!modes) {
        return modes;
    }
    auto sequence = set_sequence(*node_);
    if (!sequence) {
        return sequence;
    }
    auto capture = choose_capture_format(*node_, first.target->layout().fourcc);
    if (!capture) {
        return fail(capture.error());
    }
    capture_layout_ = *capture;
    auto outputs = OutputQueue::create(*node_, coded_layout_, kOutputBuffers);
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

// The format still suits what the slot was bound for.
bool DecodeSession::suits(const CaptureSlot& slot, const FrameMemory& target) const {
    const FrameMemory& memory = slot.private_memory ? *slot.private_memory : target;
    return layout_fits(capture_layout_, memory.layout());
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
    const bool fits = layout_fits(capture_layout_, submission.target->layout());
    const FrameLayout& memory = fits ? submission.target->layout() : capture_layout_;
    if (CaptureSlot* dead = captures_.find_dead(memory)) {
        return dead;
    }
    auto grown = captures_.grow(*node_, capture_layout_);
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
            auto again = captures_.grow(*node_, capture_layout_);
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
    if (layout_fits(capture_layout_, target->layout())) {
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
    if (!can_copy_frame(capture_layout_, target.layout())) {
        return fail(ErrorCode::kUnsupported, "frame layout");
    }
    if (!copy_logged_) {
        copy_logged_ = true;
        log_.info("%s: surface memory does not suit this stream, frames are copied",
                  device_info_.driver_name.c_str());
    }
    if (slot.private_memory && layout_fits(capture_layout_, slot.private_memory->layout())) {
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
    auto prepared = node_->prepare_capture(buffer, capture_layout_);
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
    auto node = Device::open(system_, device_info_);
    if (!node) {
        return fail(node.error());
    }
    auto coded = set_coded_format(*node, config_.coded_fourcc, coded_size_);
    if (!coded) {
        return fail(coded.error());
    }
    auto sequence = set_sequence(*node);
    if (!sequence) {
        return fail(sequence.error());
    }
    auto layout = choose_capture_format(*node, capture_layout_.fourcc);
    if (!layout) {
        return fail(layout.error());
    }
    return export_new_frame(system_, *node, capture_layout_, device_info_.quirks->needs_cpu_sync);
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
