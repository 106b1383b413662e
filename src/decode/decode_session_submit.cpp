// SPDX-License-Identifier: MIT
// DecodeSession: the way of one picture into the kernel.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/checked.h"
#include "decode/decode_session.h"

namespace v4l2va {

namespace {

bool is_valid(const Submission& submission) {
    return submission.target && !submission.units.empty() &&
           std::all_of(submission.units.begin(), submission.units.end(),
                       [](const DecodeUnit& unit) { return unit.controls && unit.bytes != 0; });
}

}  // namespace

Result<std::shared_ptr<Request>> DecodeSession::submit(const Submission& submission) {
    if (!is_valid(submission)) {
        return fail(ErrorCode::kInvalidParameter, "submit");
    }
    const Size frame = submission.target->layout().size;
    if (submission.coded_size.width > frame.width || submission.coded_size.height > frame.height) {
        return fail(ErrorCode::kResolution, "picture larger than its surface");
    }
    const MutexLock submission_lock(submission_mutex_);
    const MutexLock lock(mutex_);
    Picture picture{submission};
    auto submitted = submit_picture(picture);
    if (submitted) {
        return submitted;
    }
    sent_controls_.forget();
    queues_.note(submitted.error());
    if (picture.request) {
        picture.request->fail(submitted.error());
    }
    if (open_frame_.held && open_frame_.timestamp == picture.timestamp && queues_.usable()) {
        // Some parts are in the kernel and hold the CAPTURE buffer.
        auto closed = close_open_frame();
        if (!closed) {
            queues_.set_broken(closed.error());
        }
    }
    return submitted;
}

Result<std::shared_ptr<Request>> DecodeSession::submit_picture(Picture& picture) {
    if (queues_.is_gone()) {
        return fail(ErrorCode::kNoDevice, "submit", ENODEV);
    }
    auto progress = jobs_.check_progress();
    if (!progress && progress.error().code == ErrorCode::kTimeout) {
        return fail(progress.error());
    }
    if (queues_.broken() && queues_.is_streaming()) {
        auto recovered = recover();
        if (!recovered) {
            return fail(recovered.error());
        }
    }
    if (formats_.must_change(picture.submission, queues_.is_streaming())) {
        auto resized = resize(picture.submission);
        if (!resized) {
            return fail(resized.error());
        }
    }
    if (!queues_.is_streaming()) {
        auto ready = set_up(picture.submission);
        if (!ready) {
            return fail(ready.error());
        }
    }
    auto begun = begin_picture(picture);
    if (!begun) {
        return fail(begun.error());
    }
    for (size_t i = 0; i < picture.submission.units.size(); ++i) {
        auto queued = submit_unit(picture, i);
        if (!queued) {
            return fail(queued.error());
        }
    }
    queues_.captures().mark_used(picture.submission.target->id());
    for (const std::shared_ptr<FrameMemory>& reference : picture.submission.references) {
        if (reference) {
            queues_.captures().mark_used(reference->id());
        }
    }
    return std::move(picture.request);
}

// Timestamp, CAPTURE slot and Request; waits until the target's memory is free.
Result<> DecodeSession::begin_picture(Picture& picture) {
    const Submission& submission = picture.submission;
    picture.continues = submission.part == PicturePart::kSecondField &&
                        open_frame_.timestamp.valid() && open_frame_.target == submission.target;
    if (picture.continues) {
        picture.timestamp = open_frame_.timestamp;
        picture.slot = open_frame_.slot;
    } else {
        auto closed = close_open_frame();
        if (!closed) {
            return closed;
        }
        auto unused = jobs_.wait_until_unused(mutex_, *submission.target);
        if (!unused) {
            return unused;
        }
        auto slot = binding_.bind(mutex_, submission);
        if (!slot) {
            return fail(slot.error());
        }
        picture.slot = *slot;
        picture.timestamp = Timestamp(next_timestamp_++);
    }
    picture.request = take_request();
    picture.request->damaged_ = submission.damaged;
    Request& request = *picture.request;
    request.timestamp_ = picture.timestamp;
    request.target_ = submission.target;
    request.references_.assign(submission.references.begin(), submission.references.end());
    return {};
}

// One request. The CAPTURE buffer goes with the first part of a frame; without HOLD support every
// part needs it again, after the one before has given it back.
Result<> DecodeSession::submit_unit(const Picture& picture, size_t unit_index) {
    const Submission& submission = picture.submission;
    const DecodeUnit& unit = submission.units[unit_index];
    const bool is_last = unit_index + 1 == submission.units.size();
    const bool can_hold = coded_info_.traits.supports_hold;
    const bool starts_frame = unit_index == 0 && !picture.continues;
    const bool hold = can_hold && (!is_last || submission.part == PicturePart::kFirstField);
    if (!starts_frame && !can_hold) {
        auto waited = jobs_.wait_all(mutex_);
        if (!waited) {
            return waited;
        }
    }
    auto output = take_output(unit.bytes);
    if (!output) {
        return fail(output.error());
    }
    const uint32_t output_index = (*output)->index;
    auto request_fd = request_fds_.acquire(system_, media_);
    if (!request_fd) {
        (*output)->busy = false;
        return fail(request_fd.error());
    }
    Job job{.request_fd = std::move(*request_fd),
            .request = picture.request,
            .output_index = output_index,
            .slot = picture.slot,
            .returns_capture = !hold,
            .is_last = is_last,
            .target = DeviceClaim(submission.target)};
    // The copy of the bitstream may take long, and nobody else touches a busy buffer.
    const std::span<std::byte> payload = (*output)->mapping.bytes();
    mutex_.unlock();
    write_payload(payload, unit);
    mutex_.lock();
    auto queued = queue_unit(picture, job, unit, hold);
    if (!queued) {
        request_fds_.abandon(system_, job.request_fd);
        if (OutputBuffer* buffer = queues_.outputs().find(output_index)) {
            buffer->busy = false;
        }
        return queued;
    }
    if (is_last) {
        picture.request->request_fd_ = job.request_fd;
    }
    jobs_.push(std::move(job));
    // After the request: one that fails validation has then not swallowed a CAPTURE buffer, which
    // only STREAMOFF would give back.
    if (starts_frame || !can_hold) {
        auto captured = queues_.queue_capture(picture.slot, *submission.target,
                                              formats_.capture_layout(), picture.timestamp);
        if (!captured) {
            (void)jobs_.pop_back();  // without a CAPTURE buffer it cannot start
            queues_.set_broken(captured.error());
            auto recovered = recover();
            if (!recovered) {
                log_.stream_failure("recovery", recovered.error());
            }
            return captured;
        }
    }
    if (hold) {
        open_frame_ = OpenFrame{picture.timestamp, picture.slot, true, submission.target};
    } else if (submission.part == PicturePart::kFirstField) {
        open_frame_ = OpenFrame{picture.timestamp, picture.slot, false, submission.target};
    } else {
        open_frame_ = OpenFrame{};
    }
    return {};
}

// Controls, OUTPUT buffer, QUEUE: all that REINIT can take back.
Result<> DecodeSession::queue_unit(const Picture& picture, const Job& job, const DecodeUnit& unit,
                                   bool hold) {
    auto fine = queues_.usable();  // it may have changed while the payload was written
    if (!fine) {
        return fine;
    }
    if (jobs_.take_damage()) {
        sent_controls_.forget();
    }
    auto sent = send_unit(picture, job, unit, hold);
    if (!sent && sent.error().sys_errno == ENOENT && sent_controls_.omits()) {
        // cedrus before Linux 5.19 wants every control in every request.
        sent_controls_.send_all();
        if (reinit_request(system_, job.request_fd->get())) {
            sent = send_unit(picture, job, unit, hold);
        }
    }
    if (sent) {
        sent_controls_.note_sent(*unit.controls);
    }
    return sent;
}

Result<> DecodeSession::send_unit(const Picture& picture, const Job& job, const DecodeUnit& unit,
                                  bool hold) {
    const int request_fd = job.request_fd->get();
    auto controls = sent_controls_.choose(*unit.controls);
    if (!controls) {
        return fail(controls.error());
    }
    auto set = queues_.node().set_controls(*controls, request_fd);
    if (!set) {
        return set;
    }
    BufferToQueue buffer;
    buffer.index = job.output_index;
    buffer.bytes_used = narrow<uint32_t>(unit.bytes);
    buffer.request_fd = request_fd;
    buffer.timestamp = picture.timestamp;
    buffer.hold = hold;
    auto queued = queues_.node().queue_output(buffer);
    if (!queued) {
        return queued;
    }
    return queue_request(system_, request_fd);
}

// A free OUTPUT buffer with room for `bytes`, marked busy. Waits for the oldest picture when all
// are in use.
Result<OutputBuffer*> DecodeSession::take_output(size_t bytes) {
    OutputBuffer* buffer = queues_.outputs().find_free();
    while (buffer == nullptr) {
        auto waited = jobs_.wait_oldest(mutex_);
        if (!waited) {
            return fail(waited.error());
        }
        buffer = queues_.outputs().find_free();
        if (buffer == nullptr && jobs_.empty()) {
            return fail(ErrorCode::kNoMemory, "output buffers");
        }
    }
    auto grown = queues_.outputs().ensure_capacity(queues_.node(), *buffer, bytes);
    if (!grown) {
        return fail(grown.error());
    }
    buffer->busy = true;
    return buffer;
}

// A Request that nobody else holds, else a new one. Taking the copy orders what its last holder did
// before our writes.
std::shared_ptr<Request> DecodeSession::take_request() {
    for (const std::shared_ptr<Request>& pooled : requests_) {
        if (pooled.use_count() == 1) {
            std::shared_ptr<Request> request = pooled;
            request->damaged_ = false;
            request->state_.store(OperationState::kQueued, std::memory_order_relaxed);
            return request;
        }
    }
    requests_.push_back(std::make_shared<Request>(weak_from_this()));
    return requests_.back();
}

bool DecodeSession::is_own(const PendingOperation& operation) {
    const MutexLock lock(submission_mutex_);
    return std::any_of(requests_.begin(), requests_.end(),
                       [&operation](const std::shared_ptr<Request>& request) {
                           return request.get() == &operation;
                       });
}

// Ends a frame whose other field did not come: the kernel gives its CAPTURE buffer back.
Result<> DecodeSession::close_open_frame() {
    if (!open_frame_.held) {
        open_frame_ = OpenFrame{};
        return {};
    }
    auto waited = jobs_.wait_all(mutex_);
    if (!waited) {
        return waited;
    }
    const OpenFrame frame = std::exchange(open_frame_, OpenFrame{});
    if (queues_.release_held_capture(frame.slot, frame.target.get())) {
        return {};
    }
    return recover();
}

}  // namespace v4l2va
