// SPDX-License-Identifier: MIT
// DecodeSession: waiting for the device, and what is left to do when a job does not end.
#include <algorithm>

#include "decode/decode_session.h"
#include "v4l2/stuck_jobs.h"

namespace v4l2va {

namespace {

using Clock = std::chrono::steady_clock;

// Clamped to a day, so that no clock overflows.
Clock::time_point after(uint64_t timeout_ns) {
    constexpr uint64_t kLongest = 86'400'000'000'000;
    return Clock::now() + std::chrono::nanoseconds(std::min(timeout_ns, kLongest));
}

uint64_t time_until(Clock::time_point deadline) {
    const auto left = std::chrono::nanoseconds(deadline - Clock::now()).count();
    return left > 0 ? static_cast<uint64_t>(left) : 0;
}

}  // namespace

DecodeSession::~DecodeSession() {
    const bool closes = is_idle();
    const MutexLock lock(mutex_);
    lose_everything(Error{ErrorCode::kDecoding, 0, "session closed"});
    if (!closes && node_) {
        log_.warning("%s: left open until the process ends: closing it would wait for a picture",
                     device_info_.video_path.c_str());
        node_->leave_open();
    }
}

Result<> DecodeSession::wait(const std::shared_ptr<Request>& request, uint64_t timeout_ns) {
    const MutexLock lock(mutex_);
    // The copy keeps the pool from re-using the object while it is polled.
    if (const std::shared_ptr<RequestFd> request_fd = request->request_fd_) {
        auto waited = wait_for(request_fd, after(timeout_ns));
        if (!waited) {
            return waited;
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
        (void)wait_for(newest, after(timeout_ns));
    }
    if (jobs_.size() == 0 && !lost_jobs_.empty()) {
        (void)wait_until_idle();
    }
    if (jobs_.size() == 0 && !broken_) {
        auto closed = close_open_frame();
        if (!closed) {
            log_.stream_failure("drain", closed.error());
        }
    }
}

bool DecodeSession::is_stuck() {
    const MutexLock lock(mutex_);
    const auto progress = check_progress();
    return !progress && progress.error().code == ErrorCode::kTimeout;
}

bool DecodeSession::is_idle() {
    const MutexLock lock(mutex_);
    while (jobs_.size() != 0) {
        const std::shared_ptr<RequestFd> oldest = jobs_.front().request_fd;
        const auto reaped = reap_after_poll(oldest, look_at(oldest));
        if (!reaped && jobs_.size() != 0) {
            return false;
        }
    }
    return forget_lost_jobs();
}

bool DecodeSession::in_flight(const std::shared_ptr<RequestFd>& request_fd) {
    for (size_t i = 0; i < jobs_.size(); ++i) {
        if (jobs_[i].request_fd == request_fd) {
            return true;
        }
    }
    return false;
}

// Another job is the oldest now.
void DecodeSession::restart_clock() {
    time_limit_ = after(config_.job_timeout_ns);
    stuck_ = false;
}

// Lets go of the lock while it polls. A second thread that wants the same request (a decoder that
// is out of OUTPUT buffers beside a reader, say) waits for the first one's poll instead of a poll
// of its own. Ready without a poll when the request was taken back in the meantime.
Result<PollResult> DecodeSession::poll_request(const std::shared_ptr<RequestFd>& request_fd,
                                               Clock::time_point deadline) {
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
    auto polled = system_.poll(request_fd->get(), PollFor::kRequestDone, time_until(deadline));
    mutex_.lock();
    request_fd->polled = false;
    polled_.notify_all();
    return polled;
}

// Without a wait, whoever else polls it: that thread may be late, the device not.
Result<PollResult> DecodeSession::look_at(const std::shared_ptr<RequestFd>& request_fd) const {
    return system_.poll(request_fd->get(), PollFor::kRequestDone, 0);
}

// Takes back the job of `request_fd` and every older one. kTimeout when the deadline is over or the
// session is stuck.
Result<> DecodeSession::wait_for(const std::shared_ptr<RequestFd>& request_fd,
                                 Clock::time_point deadline) {
    while (in_flight(request_fd)) {
        // The limit is the oldest one's, and starts anew with the one behind it.
        const std::shared_ptr<RequestFd> oldest = jobs_.front().request_fd;
        auto reaped =
            reap_after_poll(oldest, poll_request(oldest, std::min(deadline, time_limit_)));
        if (reaped) {
            continue;
        }
        if (reaped.error().code != ErrorCode::kTimeout) {
            return reaped;
        }
        auto progress = check_progress();
        if (!progress || Clock::now() >= deadline) {
            return progress ? reaped : progress;
        }
    }
    return {};
}

// kTimeout when the oldest job is over its limit and still not complete: a matter of a look, no
// wait. Takes back what is complete.
Result<> DecodeSession::check_progress() {
    while (jobs_.size() != 0 && Clock::now() >= time_limit_) {
        const std::shared_ptr<RequestFd> oldest = jobs_.front().request_fd;
        auto reaped = reap_after_poll(oldest, look_at(oldest));
        if (!reaped) {
            if (reaped.error().code == ErrorCode::kTimeout) {
                note_stuck(oldest);
            }
            return reaped;
        }
    }
    if (jobs_.size() == 0 && Clock::now() >= time_limit_ && !forget_lost_jobs()) {
        note_stuck(lost_jobs_.front().request_fd);
        return fail(ErrorCode::kTimeout, "poll request");
    }
    return {};
}

// What STREAMOFF must not be called before. kTimeout when the device keeps a job.
Result<> DecodeSession::wait_until_idle() {
    while (jobs_.size() != 0) {
        auto waited = wait_for(jobs_.back().request_fd, Clock::time_point::max());
        if (!waited && waited.error().code == ErrorCode::kTimeout) {
            return waited;
        }
        if (!waited) {
            lose_everything(waited.error());
        }
    }
    while (!forget_lost_jobs()) {
        const std::shared_ptr<RequestFd> oldest = lost_jobs_.front().request_fd;
        const uint64_t left = time_until(time_limit_);
        if (left == 0) {
            note_stuck(oldest);
            return fail(ErrorCode::kTimeout, "poll request");
        }
        mutex_.unlock();
        (void)system_.poll(oldest->get(), PollFor::kRequestDone, left);
        mutex_.lock();
    }
    return {};
}

// Those that are complete. True when none is left.
bool DecodeSession::forget_lost_jobs() {
    std::erase_if(lost_jobs_, [this](const Job& job) {
        const auto polled = look_at(job.request_fd);
        return !polled || polled->ready || polled->failed;
    });
    return lost_jobs_.empty();
}

void DecodeSession::note_stuck(const std::shared_ptr<RequestFd>& request_fd) {
    if (stuck_) {
        return;
    }
    stuck_ = true;
    device_info_.stuck_jobs->add(request_fd);
    log_.warning("%s: stuck: a picture is not done after %u ms", device_info_.video_path.c_str(),
                 static_cast<unsigned>(config_.job_timeout_ns / 1'000'000));
}

}  // namespace v4l2va
