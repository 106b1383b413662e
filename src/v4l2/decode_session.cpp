// SPDX-License-Identifier: MIT
// DecodeSession: creation, and the way back: waiting, reaping, copying, failing.
#include "v4l2/decode_session.h"

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "v4l2/frame_allocation.h"
#include "v4l2/frame_copy.h"

namespace v4l2va {

DecodeSession::Job DecodeSession::JobQueue::pop() {
    Job job = std::move(front());
    front() = Job{};
    first_ = (first_ + 1) % jobs_.size();
    --count_;
    return job;
}

DecodeSession::DecodeSession(System& system, const DeviceInfo& device, const SessionConfig& config,
                             const Logger& log, MediaDevice media, Device node,
                             const FrameLayout& coded)
    : system_(system),
      device_info_(device),
      coded_info_(*device.find(config.coded_fourcc)),
      config_(config),
      log_(log),
      media_(std::move(media)),
      node_(std::move(node)),
      coded_size_(config.coded_size),
      coded_layout_(coded) {}

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
    auto node = Device::open(system, device.video_path.c_str(), device.multiplanar);
    if (!node) {
        return fail(node.error());
    }
    auto coded = set_coded_format(*node, config.coded_fourcc, config.coded_size);
    if (!coded) {
        return fail(coded.error());
    }
    // Not make_shared: the constructor is private.
    return std::shared_ptr<DecodeSession>(new DecodeSession(
        system, device, config, log, std::move(*media), std::move(*node), *coded));
}

DecodeSession::~DecodeSession() {
    const MutexLock lock(mutex_);
    if (streaming_ && node_) {
        // Closing would do, but only STREAMOFF waits for the running job: after it no device writes
        // into the frames any more.
        (void)node_->stream_off(QueueSide::kOutput);
        (void)node_->stream_off(QueueSide::kCapture);
    }
    lose_everything(Error{ErrorCode::kDecoding, 0, "session closed"});
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

Result<> DecodeSession::wait(const std::shared_ptr<Request>& request, uint64_t timeout_ns) {
    const MutexLock lock(mutex_);
    // The copy keeps the pool from re-using the object while it is polled.
    if (const std::shared_ptr<RequestFd> request_fd = request->request_fd_) {
        auto polled = poll_request(request_fd, timeout_ns);
        if (request->state() == RequestState::kQueued) {
            auto reaped = reap_after_poll(request_fd, polled);
            if (!reaped) {
                return reaped;
            }
        }
    }
    switch (request->state()) {
        case RequestState::kDone:
            return {};
        case RequestState::kFailed:
            return fail(request->error_);
        case RequestState::kQueued:
            break;
    }
    return fail(ErrorCode::kTimeout, "poll request");
}

bool DecodeSession::is_done(const std::shared_ptr<Request>& request) {
    if (request->state() != RequestState::kQueued) {
        return true;
    }
    (void)wait(request, 0);
    return request->state() != RequestState::kQueued;
}

void DecodeSession::drain(uint64_t timeout_ns) {
    const MutexLock submission_lock(submission_mutex_);
    const MutexLock lock(mutex_);
    if (jobs_.size() != 0) {
        // The newest completes last.
        const std::shared_ptr<RequestFd> newest = jobs_.back().request_fd;
        auto polled = poll_request(newest, timeout_ns);
        (void)reap_after_poll(newest, polled);
    }
    if (jobs_.size() == 0 && !broken_) {
        auto closed = close_open_frame();
        if (!closed) {
            log_.stream_failure("drain", closed.error());
        }
    }
}

bool DecodeSession::in_flight(const std::shared_ptr<RequestFd>& request_fd) {
    for (size_t i = 0; i < jobs_.size(); ++i) {
        if (jobs_[i].request_fd == request_fd) {
            return true;
        }
    }
    return false;
}

// Lets go of the lock while it polls. A second thread that wants the same request (a decoder that
// is out of OUTPUT buffers beside a reader, say) waits for the first one's poll instead of a poll
// of its own. Ready without a poll when the request was taken back in the meantime.
Result<PollResult> DecodeSession::poll_request(const std::shared_ptr<RequestFd>& request_fd,
                                               uint64_t timeout_ns) {
    constexpr uint64_t kLongest = 86'400'000'000'000;  // a day: no clock overflows
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::nanoseconds(std::min(timeout_ns, kLongest));
    while (request_fd->polled) {
        if (polled_.wait_until(mutex_, deadline) == std::cv_status::timeout) {
            return PollResult{};
        }
    }
    if (!in_flight(request_fd)) {
        return PollResult{.ready = true};
    }
    request_fd->polled = true;
    mutex_.unlock();
    auto polled = system_.poll(request_fd->get(), PollFor::kRequestDone, timeout_ns);
    mutex_.lock();
    request_fd->polled = false;
    polled_.notify_all();
    return polled;
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
    const Job done = jobs_.pop();
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
        const Job job = jobs_.pop();
        fail_request(*job.request, error);
    }
    broken_ = error;
    gone_ = gone_ || error.sys_errno == ENODEV;
}

}  // namespace v4l2va
