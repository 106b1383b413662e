// SPDX-License-Identifier: MIT
// Device: a virtual decoder of the machine: its lock, its contexts and its job worker.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "machines/machine.h"
#include "machines/personality.h"

namespace vdec {

class Context;
using Lock = std::unique_lock<std::mutex>;

// One lock for the whole device, as most drivers have. It guards all contexts and requests. Jobs
// decode with the lock released; one job runs at a time, contexts take turns.
class Device {
  public:
    // The decoder of a media device, or behind a video node, by the number in the file's name;
    // nullptr when there is none. They live as long as the process.
    static Device* of_media(unsigned media);
    static Device* of_video(unsigned video);

    const NodeRow& node;
    const Personality& personality;
    std::mutex mutex;
    // Signalled whenever a buffer, a job or a queue changed state.
    std::condition_variable changed;

    // All below with `lock` held.
    void add(const std::shared_ptr<Context>& context);
    // A queue started streaming; starts the worker thread when there is none.
    void start_worker();
    // The job that took the hardware for good is over.
    void hardware_answered() { hardware_busy_ = false; }
    // Some job may have become ready: wakes the worker, or runs the jobs here (option sync).
    void kick(Lock& lock);
    [[nodiscard]] size_t streaming_contexts() const;
    [[nodiscard]] bool streamed() const { return worker_started_; }

    // Registers the fork handlers and the report once.
    static void opened();

  private:
    explicit Device(const NodeRow& row);
    static std::vector<Device*>& all();
    void restart_in_child();
    bool run_one_job(Lock& lock);
    void worker();
    static void before_fork();
    static void after_fork_in_parent();
    static void after_fork_in_child();

    std::vector<std::weak_ptr<Context>> contexts_;
    size_t turn_ = 0;
    bool worker_started_ = false;
    bool hardware_busy_ = false;
};

}  // namespace vdec
