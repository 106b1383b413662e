// SPDX-License-Identifier: MIT
// The job scheduler of the virtual device and its behaviour at fork.
#include "device/device.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <new>
#include <thread>

#include "device/context.h"
#include "host/options.h"
#include "node/node.h"
#include "report/judge.h"
#include "report/report.h"

namespace vdec {

Device::Device(const NodeRow& row) : node(row), personality(find_personality(row.name)) {}

std::vector<Device*>& Device::all() {
    // Never destroyed: the worker threads may outlive the exit handlers.
    static std::vector<Device*>* const devices = [] {
        auto* list = new std::vector<Device*>;
        for (const NodeRow& row : machine().nodes) {
            if (row.is_decoder()) list->push_back(new Device(row));
        }
        return list;
    }();
    return *devices;
}

Device* Device::of_media(unsigned media) {
    const auto found = std::ranges::find_if(all(), [media](const Device* device) {
        return device->node.media == static_cast<int>(media);
    });
    return found == all().end() ? nullptr : *found;
}

Device* Device::of_video(unsigned video) {
    const auto found = std::ranges::find_if(all(), [video](const Device* device) {
        return device->node.video == static_cast<int>(video);
    });
    return found == all().end() ? nullptr : *found;
}

void Device::opened() {
    static std::once_flag once;
    std::call_once(once,
                   [] { pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child); });
    report().device_opened(driver_of(machine().nodes[0]));
}

void Device::add(const std::shared_ptr<Context>& context) {
    std::erase_if(contexts_, [](const auto& entry) { return entry.expired(); });
    contexts_.push_back(context);
    report().context_opened(node.video);
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
        if (context->run_job(lock)) hardware_answered();
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

void Device::before_fork() {
    for (Device* device : all()) device->mutex.lock();
}

void Device::after_fork_in_parent() {
    for (Device* device : all()) device->mutex.unlock();
}

void Device::restart_in_child() {
    new (&mutex) std::mutex;
    new (&changed) std::condition_variable;
    for (auto& entry : contexts_) {
        // Leaked on purpose: a job of the parent may be in the middle of it.
        const std::shared_ptr<Context> context = entry.lock();
        if (context != nullptr) new std::shared_ptr<Context>(context);
    }
    contexts_.clear();
    worker_started_ = false;
    hardware_busy_ = false;
}

void Device::after_fork_in_child() {
    for (Device* device : all()) device->restart_in_child();
    NodeTable::instance().restart_in_child();
    judge().restart_in_child();
    report().restart_in_child();
}

}  // namespace vdec
