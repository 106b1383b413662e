// SPDX-License-Identifier: MIT
// The job scheduler of the virtual device and its behaviour at fork.
#include "device.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <new>
#include <thread>

#include "context.h"
#include "judge.h"
#include "node.h"
#include "options.h"
#include "report.h"

namespace vdec {

Device::Device() : personality(find_personality(options().personality)) {}

Device& Device::instance() {
    // Never destroyed: the worker thread may outlive the exit handlers.
    static Device* const device = new Device;
    return *device;
}

void Device::opened() {
    static std::once_flag once;
    std::call_once(once,
                   [] { pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child); });
    report().device_opened(instance().personality.driver);
}

void Device::add(const std::shared_ptr<Context>& context) {
    std::erase_if(contexts_, [](const auto& entry) { return entry.expired(); });
    contexts_.push_back(context);
    report().context_opened();
}

size_t Device::streaming_contexts() const {
    return static_cast<size_t>(std::ranges::count_if(contexts_, [](const auto& entry) {
        const std::shared_ptr<Context> context = entry.lock();
        return context != nullptr && context->is_streaming();
    }));
}

void Device::start_worker() {
    if (worker_started_) return;
    worker_started_ = true;
    if (options().sync) return;
    // The program's signals belong to its own threads.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([this] { worker(); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

bool Device::run_one_job(Lock& lock) {
    if (hardware_busy_) return false;
    for (size_t i = 0; i < contexts_.size(); ++i) {
        const size_t index = (turn_ + i) % contexts_.size();
        const std::shared_ptr<Context> context = contexts_[index].lock();
        if (context == nullptr || !context->job_ready()) continue;
        turn_ = index + 1;
        hardware_busy_ = true;
        context->run_job(lock);
        hardware_busy_ = false;
        changed.notify_all();
        return true;
    }
    return false;
}

void Device::worker() {
    Lock lock(mutex);
    for (;;) {
        while (run_one_job(lock)) {
        }
        changed.wait(lock);
    }
}

void Device::kick(Lock& lock) {
    if (options().sync) {
        while (run_one_job(lock)) {
        }
    }
    changed.notify_all();
}

void Device::before_fork() { instance().mutex.lock(); }

void Device::after_fork_in_parent() { instance().mutex.unlock(); }

void Device::after_fork_in_child() {
    Device& device = instance();
    new (&device.mutex) std::mutex;
    new (&device.changed) std::condition_variable;
    for (auto& entry : device.contexts_) {
        // Leaked on purpose: a job of the parent may be in the middle of it.
        const std::shared_ptr<Context> context = entry.lock();
        if (context != nullptr) new std::shared_ptr<Context>(context);
    }
    device.contexts_.clear();
    device.worker_started_ = false;
    device.hardware_busy_ = false;
    NodeTable::instance().restart_in_child();
    judge().restart_in_child();
    report().restart_in_child();
}

}  // namespace vdec
