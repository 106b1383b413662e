// SPDX-License-Identifier: MIT
// JobQueue: what a session has in flight, and how it comes back from the device, or does not.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "decode/decoder_queues.h"
#include "decode/job.h"
#include "v4l2/device_info.h"
#include "v4l2/system.h"

namespace v4l2va {

// The session's lock serialises. Functions that take it let go of it while they wait, and nothing
// else does: `mutex` is that lock, always the same.
//
// The oldest job has a time limit, from when it is the oldest. Over that the queue is stuck: it
// waits for nothing any more, every wait ends with kTimeout, and the decoder is not opened again
// (StuckJobs), until the job is complete after all. Where a queue's answers make no sense, every
// job is lost: its picture fails, the queues are broken, but the kernel may still work on it.
class JobQueue {
  public:
    using Clock = std::chrono::steady_clock;

    // All of them outlive this.
    JobQueue(System& system, const DeviceInfo& device, const Logger& log, DecoderQueues& queues,
             uint64_t job_timeout_ns);

    [[nodiscard]] size_t size() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    // Oldest first.
    [[nodiscard]] const Job& operator[](size_t i) const { return jobs_[position(i)]; }
    [[nodiscard]] const Job& front() const { return (*this)[0]; }
    [[nodiscard]] const Job& back() const { return (*this)[count_ - 1]; }

    // Each job has an OUTPUT buffer, so there are never more than those.
    void push(Job job);
    // The newest one, which cannot start.
    Job pop_back();

    // Takes back the job of `request_fd`, and every older one. kTimeout: the deadline is over, or
    // the queue is stuck.
    [[nodiscard]] Result<> wait_for(Mutex& mutex, const std::shared_ptr<RequestFd>& request_fd,
                                    Clock::time_point deadline) V4L2VA_REQUIRES(mutex);
    // No deadline but the jobs' limit. Errors, too, when the queues are not usable afterwards.
    [[nodiscard]] Result<> wait_oldest(Mutex& mutex) V4L2VA_REQUIRES(mutex);
    [[nodiscard]] Result<> wait_all(Mutex& mutex) V4L2VA_REQUIRES(mutex);
    // Until no job decodes into the frame or refers to it. kBusy: another session's does.
    [[nodiscard]] Result<> wait_until_unused(Mutex& mutex, const FrameMemory& memory)
        V4L2VA_REQUIRES(mutex);
    // What STREAMOFF must not be called before: no job, no lost one. kTimeout: the device keeps
    // one.
    [[nodiscard]] Result<> wait_until_idle(Mutex& mutex) V4L2VA_REQUIRES(mutex);

    // These never block.
    // kTimeout when the oldest job is over its limit and still not complete. Takes back what is.
    [[nodiscard]] Result<> check_progress();
    // True when the device has given everything back. Takes back what is complete.
    [[nodiscard]] bool is_idle();
    [[nodiscard]] bool has_lost() const { return !lost_.empty(); }

    // Every picture in flight fails with `error`, and the queues are broken.
    void lose_everything(const Error& error);

    // CaptureQueue::mark_needed() for every target and reference.
    void mark_needed_slots();

    // True once after a picture came back damaged.
    [[nodiscard]] bool take_damage() { return std::exchange(damage_, false); }

    // A time_point `timeout_ns` from now, at most a day.
    [[nodiscard]] static Clock::time_point after(uint64_t timeout_ns);

  private:
    [[nodiscard]] size_t position(size_t i) const { return (first_ + i) % jobs_.size(); }
    Job pop();
    void restart_clock();
    [[nodiscard]] size_t count_to(const std::shared_ptr<RequestFd>& request_fd) const;
    Result<PollResult> poll(Mutex& mutex, const std::shared_ptr<RequestFd>& request_fd,
                            Clock::time_point deadline) V4L2VA_REQUIRES(mutex);
    Result<PollResult> look_at(const std::shared_ptr<RequestFd>& request_fd) const;
    Result<> reap_after_poll(const std::shared_ptr<RequestFd>& request_fd,
                             const Result<PollResult>& polled);
    Result<> reap_front();
    void finish(Request& request);
    bool forget_lost();
    void note_stuck(const std::shared_ptr<RequestFd>& request_fd);

    System& system_;
    const DeviceInfo& device_info_;
    const Logger& log_;
    DecoderQueues& queues_;
    const uint64_t job_timeout_ns_;
    std::array<Job, DecoderQueues::kOutputBuffers> jobs_;
    size_t first_ = 0;
    size_t count_ = 0;
    // What the queues lost track of: the kernel may still work on these.
    std::vector<Job> lost_;
    Clock::time_point time_limit_;        // of the oldest job
    bool stuck_ = false;                  // the oldest job was told to be
    bool damage_ = false;                 // see take_damage()
    std::condition_variable_any polled_;  // with the lock: a thread came back from its poll
};

}  // namespace v4l2va
