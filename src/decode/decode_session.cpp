// SPDX-License-Identifier: MIT
// DecodeSession: creation, and the way back: reaping, copying, failing.
#include "decode/decode_session.h"

#include <algorithm>
#include <cerrno>

#include "frame/copy.h"

namespace v4l2va {

DecodeSession::Job DecodeSession::JobQueue::pop() {
    Job job = std::move(front());
    front() = Job{};
    first_ = (first_ + 1) % jobs_.size();
    --count_;
    return job;
}

DecodeSession::Job DecodeSession::JobQueue::pop_back() {
    Job job = std::move(back());
    back() = Job{};
    --count_;
    return job;
}

DecodeSession::DecodeSession(System& system, const DeviceInfo& device, const SessionConfig& config,
                             const Logger& log, MediaDevice media, DecoderFormats formats,
                             Device node)
    : system_(system),
      device_info_(device),
      coded_info_(*device.find(config.coded_fourcc)),
      config_(config),
      log_(log),
      media_(std::move(media)),
      node_(std::move(node)),
      formats_(std::move(formats)),
      next_timestamp_(config.first_timestamp.microseconds()) {}

Result<std::shared_ptr<DecodeSession>> DecodeSession::create(System& system,
                                                             const DeviceInfo& device,
                                                             const SessionConfig& config,
                                                             const Logger& log) {
    if (device.find(config.coded_fourcc) == nullptr) {
        return fail(ErrorCode::kUnsupported, "coded format");
    }
    if (config.coded_size.width == 0 || config.coded_size.height == 0) {
        return fail(ErrorCode::kResolution, "coded size");
    }
    auto media = MediaDevice::open(system, device.media_path.c_str());
    if (!media) {
        return fail(media.error());
    }
    DecoderFormats formats(system, device, config.coded_fourcc, config.sequence_control,
                           config.coded_size);
    auto node = formats.open();
    if (!node) {
        return fail(node.error());
    }
    // Not make_shared: the constructor is private.
    return std::shared_ptr<DecodeSession>(new DecodeSession(
        system, device, config, log, std::move(*media), std::move(formats), std::move(*node)));
}

Timestamp DecodeSession::next_timestamp() const {
    const MutexLock lock(mutex_);
    return Timestamp(next_timestamp_);
}

Timestamp DecodeSession::reference_timestamp(const FrameMemory& memory) const {
    const MutexLock lock(mutex_);
    const CaptureSlot* slot = captures_.find(memory.id());
    return slot ? slot->content : Timestamp();
}

bool DecodeSession::has_references() const {
    const MutexLock lock(mutex_);
    return captures_.has_contents();
}

Result<> DecodeSession::usable() const {
    if (gone_) {
        return fail(ErrorCode::kNoDevice, "decoder", ENODEV);
    }
    if (broken_) {
        return fail(*broken_);
    }
    return {};
}

// Takes back what a poll of `request_fd` proved complete: its job and every older one. kTimeout
// when the time was over.
Result<> DecodeSession::reap_after_poll(const std::shared_ptr<RequestFd>& request_fd,
                                        const Result<PollResult>& polled) {
    if (!polled) {
        return fail(polled.error());
    }
    size_t count = 0;
    for (size_t i = 0; i < jobs_.size(); ++i) {
        if (jobs_[i].request_fd == request_fd) {
            count = i + 1;
        }
    }
    if (count == 0) {
        return {};  // another thread was faster
    }
    if (!polled->ready) {
        if (!polled->failed) {
            return fail(ErrorCode::kTimeout, "poll request");
        }
        // The kernel says that this request was never queued.
        const Error error{ErrorCode::kKernel, 0, "poll request"};
        lose_everything(error);
        return fail(error);
    }
    for (size_t i = 0; i < count; ++i) {
        auto reaped = reap_front();
        if (!reaped) {
            lose_everything(reaped.error());
            return reaped;
        }
    }
    return {};
}

// The oldest job is complete: exactly one DQBUF for each buffer that it gives back.
Result<> DecodeSession::reap_front() {
    Job& job = jobs_.front();
    auto output = node_->dequeue(QueueSide::kOutput);
    if (!output) {
        return fail(output.error());
    }
    if (output->index != job.output_index) {
        return fail(ErrorCode::kKernel, "VIDIOC_DQBUF output order");
    }
    if (OutputBuffer* buffer = outputs_->find(output->index)) {
        buffer->busy = false;
    }
    job.request->damaged_ = job.request->damaged_ || output->damaged;
    if (job.returns_capture) {
        auto taken = take_back_capture(job.slot, *job.request);
        if (!taken) {
            return taken;
        }
    }
    Job done = jobs_.pop();
    done.target = DeviceClaim();  // before anybody learns that the picture is done
    restart_clock();
    if (done.is_last) {
        finish(*done.request);
    }
    return {};
}

Result<> DecodeSession::take_back_capture(size_t slot_position, Request& request) {
    auto capture = node_->dequeue(QueueSide::kCapture);
    if (!capture) {
        return fail(capture.error());
    }
    CaptureSlot& slot = captures_.slot(slot_position);
    if (capture->index != slot.index) {
        return fail(ErrorCode::kKernel, "VIDIOC_DQBUF capture order");
    }
    slot.queued = false;
    // A job that failed before it started has no timestamp of its own.
    request.damaged_ =
        request.damaged_ || capture->damaged || capture->timestamp != request.timestamp();
    if (request.target_) {
        copy_to_target(slot, *request.target_);
    }
    return {};
}

void DecodeSession::copy_to_target(const CaptureSlot& slot, FrameMemory& target) const {
    if (!slot.private_memory) {
        return;
    }
    auto copied = copy_frame(*slot.private_memory, target);
    if (!copied) {
        log_.stream_failure("copy of a decoded frame", copied.error());
    }
}

void DecodeSession::finish(Request& request) {
    if (request.damaged_) {
        // The device may have skipped the picture's controls.
        resend_controls_ = true;
        fail_request(request, Error{ErrorCode::kDecoding, 0, "decode"});
        return;
    }
    request.request_fd_.reset();
    request.target_.reset();
    request.references_.clear();
    request.state_.store(RequestState::kDone, std::memory_order_release);
}

void DecodeSession::fail_request(Request& request, const Error& error) {
    if (request.state() != RequestState::kQueued) {
        return;
    }
    request.error_ = error;
    request.request_fd_.reset();
    request.target_.reset();
    request.references_.clear();
    request.state_.store(RequestState::kFailed, std::memory_order_release);
}

// Every picture in flight fails with `error`; the queues need recover().
void DecodeSession::lose_everything(const Error& error) {
    while (jobs_.size() != 0) {
        lost_jobs_.push_back(jobs_.pop());
        fail_request(*lost_jobs_.back().request, error);
    }
    restart_clock();
    broken_ = error;
    gone_ = gone_ || error.sys_errno == ENODEV;
}

}  // namespace v4l2va
