// SPDX-License-Identifier: MIT
// DecodeSession: its life: creation, questions and waits; the node, set up, resized, recovered.
#include "decode/decode_session.h"

#include <cerrno>
#include <utility>

namespace v4l2va {

DecodeSession::DecodeSession(System& system, const DeviceInfo& device, const SessionConfig& config,
                             const Logger& log, MediaDevice media, DecoderFormats formats,
                             Device node)
    : system_(system),
      device_info_(device),
      coded_info_(*device.find(config.coded_fourcc)),
      config_(config),
      log_(log),
      media_(std::move(media)),
      formats_(std::move(formats)),
      queues_(log),
      jobs_(system, device, log, queues_, config.job_timeout_ns),
      binding_(system, device, log, formats_, queues_, jobs_),
      next_timestamp_(config.first_timestamp.microseconds()) {
    queues_.open(std::move(node));
}

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
    const CaptureSlot* slot = queues_.captures().find(memory.id());
    return slot ? slot->content : Timestamp();
}

bool DecodeSession::has_references() const {
    const MutexLock lock(mutex_);
    return queues_.captures().has_contents();
}

DecodeSession::~DecodeSession() {
    const bool closes = is_idle();
    const MutexLock lock(mutex_);
    jobs_.lose_everything(Error{ErrorCode::kDecoding, 0, "session closed"});
    if (!closes && queues_.is_open()) {
        log_.warning("%s: left open until the process ends: closing it would wait for a picture",
                     device_info_.video_path.c_str());
        queues_.leave_open();
    }
}

Result<> DecodeSession::wait(const std::shared_ptr<Request>& request, uint64_t timeout_ns) {
    const MutexLock lock(mutex_);
    // The copy keeps the pool from re-using the object while it is polled.
    if (const std::shared_ptr<RequestFd> request_fd = request->request_fd_) {
        auto waited = jobs_.wait_for(mutex_, request_fd, JobQueue::after(timeout_ns));
        if (!waited) {
            return waited;
        }
    }
    switch (request->state()) {
        case OperationState::kDone:
            return {};
        case OperationState::kFailed:
            return fail(request->error_);
        case OperationState::kQueued:
            break;
    }
    return fail(ErrorCode::kTimeout, "poll request");
}

bool DecodeSession::is_done(const std::shared_ptr<Request>& request) {
    if (request->state() != OperationState::kQueued) {
        return true;
    }
    (void)wait(request, 0);
    return request->state() != OperationState::kQueued;
}

void DecodeSession::drain(uint64_t timeout_ns) {
    const MutexLock submission_lock(submission_mutex_);
    const MutexLock lock(mutex_);
    if (!jobs_.empty()) {
        // The newest completes last.
        const std::shared_ptr<RequestFd> newest = jobs_.back().request_fd;
        (void)jobs_.wait_for(mutex_, newest, JobQueue::after(timeout_ns));
    }
    if (jobs_.empty() && jobs_.has_lost()) {
        (void)jobs_.wait_until_idle(mutex_);
    }
    if (jobs_.empty() && !queues_.broken()) {
        auto closed = close_open_frame();
        if (!closed) {
            log_.stream_failure("drain", closed.error());
        }
    }
}

bool DecodeSession::is_stuck() {
    const MutexLock lock(mutex_);
    const auto progress = jobs_.check_progress();
    return !progress && progress.error().code == ErrorCode::kTimeout;
}

bool DecodeSession::is_idle() {
    const MutexLock lock(mutex_);
    return jobs_.is_idle();
}

// Everything between the open node and two streaming queues. After a failure the node is closed, so
// that the next submit() starts from a clean one: a driver does not notice a sequence control that
// is set to the value that it already has.
Result<> DecodeSession::set_up(const Submission& first) {
    if (!queues_.is_open()) {
        auto node = formats_.open();
        if (!node) {
            return fail(node.error());
        }
        queues_.open(std::move(*node));
    }
    auto started = start(first);
    if (!started) {
        close_node();
    }
    return started;
}

// Nothing is in flight. The next submit() opens another one; references lose their names.
void DecodeSession::close_node() {
    queues_.close();
    formats_.forget_node();
    sent_controls_.forget();
    open_frame_ = OpenFrame{};
}

Result<> DecodeSession::start(const Submission& first) {
    auto formats = formats_.set_up(queues_.node(), first);
    if (!formats) {
        return formats;
    }
    auto outputs = queues_.create_outputs(formats_.coded_layout());
    if (!outputs) {
        return outputs;
    }
    // STREAMON wants a queue that is not empty.
    auto slot = binding_.bind(mutex_, first);
    if (!slot) {
        return fail(slot.error());
    }
    return queues_.start();
}

Result<> DecodeSession::resize(const Submission& submission) {
    if (formats_.refuses_change() && !submission.references.empty()) {
        return fail(ErrorCode::kUnsupported, "size change between key frames", EBUSY);
    }
    auto closed = close_open_frame();
    if (!closed) {
        return closed;
    }
    auto idle = jobs_.wait_all(mutex_);
    if (!idle) {
        return idle;
    }
    if (!queues_.is_streaming()) {
        formats_.set_coded_size(submission.coded_size);
        close_node();  // set_up() opens one with the new size
        return {};
    }
    auto change = formats_.change(queues_.node(), submission);
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

// The one way out when the queues hold what we do not want: what the device does not give back is
// taken from it, references lose their names, the next picture works. kTimeout when a job would
// make STREAMOFF wait.
Result<> DecodeSession::recover() {
    queues_.set_broken(queues_.broken().value_or(Error{ErrorCode::kDecoding, 0, "recover"}));
    auto idle = jobs_.wait_until_idle(mutex_);
    if (!idle) {
        return idle;
    }
    open_frame_ = OpenFrame{};
    sent_controls_.forget();
    return queues_.restart();
}

}  // namespace v4l2va
