// SPDX-License-Identifier: MIT
// JobQueue: what a session has in flight, and how it comes back from the device, or does not.
#include "decode/job_queue.h"

#include <algorithm>
#include <utility>

#include "v4l2/stuck_jobs.h"

namespace v4l2va {

namespace {

uint64_t time_until(JobQueue::Clock::time_point deadline) {
    const auto left = std::chrono::nanoseconds(deadline - JobQueue::Clock::now()).count();
    return left > 0 ? static_cast<uint64_t>(left) : 0;
}

}  // namespace

JobQueue::JobQueue(System& system, const DeviceInfo& device, const Logger& log,
                   DecoderQueues& queues, uint64_t job_timeout_ns)
    : system_(system),
      device_info_(device),
      log_(log),
      queues_(queues),
      job_timeout_ns_(job_timeout_ns) {}

// So that no clock overflows.
JobQueue::Clock::time_point JobQueue::after(uint64_t timeout_ns) {
    constexpr uint64_t kLongest = 86'400'000'000'000;
    return Clock::now() + std::chrono::nanoseconds(std::min(timeout_ns, kLongest));
}

void JobQueue::push(Job job) {
    if (empty()) {
        restart_clock();
    }
    jobs_[position(count_++)] = std::move(job);
}

Job JobQueue::pop() {
    Job job = std::exchange(jobs_[first_], Job{});
    first_ = position(1);
    --count_;
    return job;
}

Job JobQueue::pop_back() { return std::exchange(jobs_[position(--count_)], Job{}); }

// How many jobs there are up to that of `request_fd`, with it; 0 when there is none of it.
size_t JobQueue::count_to(const std::shared_ptr<RequestFd>& request_fd) const {
    for (size_t i = 0; i < size(); ++i) {
        if ((*this)[i].request_fd == request_fd) {
            return i + 1;
        }
    }
    return 0;
}

// Another job is the oldest now.
void JobQueue::restart_clock() {
    time_limit_ = after(job_timeout_ns_);
    stuck_ = false;
}

// Lets go of the lock while it polls. A second thread that wants the same request (a decoder that
// is out of OUTPUT buffers beside a reader, say) waits for the first one's poll instead of a poll
// of its own. Ready without a poll when the request was taken back in the meantime.
Result<PollResult> JobQueue::poll(Mutex& mutex, const std::shared_ptr<RequestFd>& request_fd,
                                  Clock::time_point deadline) {
    while (request_fd->polled) {
        if (polled_.wait_until(mutex, deadline) == std::cv_status::timeout) {
            return PollResult{};
        }
    }
    if (count_to(request_fd) == 0) {
        return PollResult{.ready = true};
    }
    request_fd->polled = true;
    mutex.unlock();
    auto polled = system_.poll(request_fd->get(), PollFor::kRequestDone, time_until(deadline));
    mutex.lock();
    request_fd->polled = false;
    polled_.notify_all();
    return polled;
}

// Without a wait, whoever else polls it: that thread may be late, the device not.
Result<PollResult> JobQueue::look_at(const std::shared_ptr<RequestFd>& request_fd) const {
    return system_.poll(request_fd->get(), PollFor::kRequestDone, 0);
}

Result<> JobQueue::wait_for(Mutex& mutex, const std::shared_ptr<RequestFd>& request_fd,
                            Clock::time_point deadline) {
    while (count_to(request_fd) != 0) {
        // The limit is the oldest one's, and starts anew with the one behind it.
        const std::shared_ptr<RequestFd> oldest = front().request_fd;
        auto reaped = reap_after_poll(oldest, poll(mutex, oldest, std::min(deadline, time_limit_)));
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

Result<> JobQueue::wait_oldest(Mutex& mutex) {
    if (empty()) {
        return queues_.usable();
    }
    const std::shared_ptr<RequestFd> oldest = front().request_fd;
    auto waited = wait_for(mutex, oldest, Clock::time_point::max());
    return waited ? queues_.usable() : waited;
}

Result<> JobQueue::wait_all(Mutex& mutex) {
    while (!empty()) {
        auto waited = wait_oldest(mutex);
        if (!waited) {
            return waited;
        }
    }
    return queues_.usable();
}

Result<> JobQueue::wait_until_unused(Mutex& mutex, const FrameMemory& memory) {
    const auto uses = [&memory](const Request& request) {
        return std::any_of(request.references_.begin(), request.references_.end(),
                           [&memory](const std::shared_ptr<FrameMemory>& reference) {
                               return reference.get() == &memory;
                           });
    };
    std::shared_ptr<RequestFd> newest;
    for (size_t i = 0; i < size(); ++i) {
        if ((*this)[i].target.frame() == &memory || uses(*(*this)[i].request)) {
            newest = (*this)[i].request_fd;
        }
    }
    if (newest) {
        auto waited = wait_for(mutex, newest, Clock::time_point::max());
        if (!waited) {
            return waited;
        }
    }
    if (memory.is_claimed()) {
        return fail(ErrorCode::kBusy, "target of another decoder's picture");
    }
    return queues_.usable();
}

Result<> JobQueue::wait_until_idle(Mutex& mutex) {
    while (!empty()) {
        const std::shared_ptr<RequestFd> newest = back().request_fd;
        auto waited = wait_for(mutex, newest, Clock::time_point::max());
        if (!waited && waited.error().code == ErrorCode::kTimeout) {
            return waited;
        }
        if (!waited) {
            lose_everything(waited.error());
        }
    }
    while (!forget_lost()) {
        const std::shared_ptr<RequestFd> oldest = lost_.front().request_fd;
        const uint64_t left = time_until(time_limit_);
        if (left == 0) {
            note_stuck(oldest);
            return fail(ErrorCode::kTimeout, "poll request");
        }
        mutex.unlock();
        (void)system_.poll(oldest->get(), PollFor::kRequestDone, left);
        mutex.lock();
    }
    return {};
}

Result<> JobQueue::check_progress() {
    while (!empty() && Clock::now() >= time_limit_) {
        const std::shared_ptr<RequestFd> oldest = front().request_fd;
        auto reaped = reap_after_poll(oldest, look_at(oldest));
        if (!reaped) {
            if (reaped.error().code == ErrorCode::kTimeout) {
                note_stuck(oldest);
            }
            return reaped;
        }
    }
    if (empty() && Clock::now() >= time_limit_ && !forget_lost()) {
        note_stuck(lost_.front().request_fd);
        return fail(ErrorCode::kTimeout, "poll request");
    }
    return {};
}

bool JobQueue::is_idle() {
    while (!empty()) {
        const std::shared_ptr<RequestFd> oldest = front().request_fd;
        const auto reaped = reap_after_poll(oldest, look_at(oldest));
        if (!reaped && !empty()) {
            return false;
        }
    }
    return forget_lost();
}

// Takes back what a poll of `request_fd` proved complete: its job and every older one. kTimeout
// when the time was over.
Result<> JobQueue::reap_after_poll(const std::shared_ptr<RequestFd>& request_fd,
                                   const Result<PollResult>& polled) {
    if (!polled) {
        return fail(polled.error());
    }
    const size_t count = count_to(request_fd);
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
Result<> JobQueue::reap_front() {
    const Job& job = front();
    Request& request = *job.request;
    auto output = queues_.take_back_output(job.output_index);
    if (!output) {
        return fail(output.error());
    }
    request.damaged_ = request.damaged_ || output->damaged;
    if (job.returns_capture) {
        auto capture = queues_.take_back_capture(job.slot, request.target_.get());
        if (!capture) {
            return fail(capture.error());
        }
        // A job that failed before it started has no timestamp of its own.
        request.damaged_ =
            request.damaged_ || capture->damaged || capture->timestamp != request.timestamp();
    }
    Job done = pop();
    done.target = DeviceClaim();  // before anybody learns that the picture is done
    restart_clock();
    if (done.is_last) {
        finish(*done.request);
    }
    return {};
}

void JobQueue::finish(Request& request) {
    if (request.damaged_) {
        // The device may have skipped the picture's controls.
        damage_ = true;
        request.fail(Error{ErrorCode::kDecoding, 0, "decode"});
        return;
    }
    request.end(OperationState::kDone);
}

void JobQueue::lose_everything(const Error& error) {
    while (!empty()) {
        lost_.push_back(pop());
        lost_.back().request->fail(error);
    }
    restart_clock();
    queues_.set_broken(error);
}

void JobQueue::mark_needed_slots() {
    const auto mark = [this](const std::shared_ptr<FrameMemory>& memory) {
        if (memory) {
            queues_.captures().mark_needed(memory->id());
        }
    };
    for (size_t i = 0; i < size(); ++i) {
        const Request& request = *(*this)[i].request;
        mark(request.target_);
        std::for_each(request.references_.begin(), request.references_.end(), mark);
    }
}

// Those that are complete. True when none is left.
bool JobQueue::forget_lost() {
    std::erase_if(lost_, [this](const Job& job) {
        const auto polled = look_at(job.request_fd);
        return !polled || polled->ready || polled->failed;
    });
    return lost_.empty();
}

void JobQueue::note_stuck(const std::shared_ptr<RequestFd>& request_fd) {
    if (stuck_) {
        return;
    }
    stuck_ = true;
    device_info_.stuck_jobs->add(request_fd);
    log_.warning("%s: stuck: a picture is not done after %u ms", device_info_.video_path.c_str(),
                 static_cast<unsigned>(job_timeout_ns_ / 1'000'000));
}

}  // namespace v4l2va
