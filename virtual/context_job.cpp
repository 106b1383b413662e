// SPDX-License-Identifier: MIT
// Jobs: when one can run, what it sees, and how it completes.
#include <algorithm>
#include <chrono>
#include <thread>

#include "context.h"
#include "judge.h"
#include "mutation.h"
#include "options.h"
#include "report.h"
#include "request.h"

namespace vdec {
namespace {

bool fails_by_option(uint64_t frame) {
    return std::ranges::any_of(options().faults, [&](const Fault& fault) {
        return fault.kind == Fault::Kind::error_every && frame % fault.number == 0;
    });
}

bool hangs_by_option(uint64_t frame) {
    return std::ranges::any_of(options().faults, [&](const Fault& fault) {
        return fault.kind == Fault::Kind::hang_at && fault.number == frame;
    });
}

}  // namespace

void Context::release_held_buffer() {
    if (capture_.ready.empty()) return;
    const unsigned index = capture_.ready.front();
    Buffer& buffer = capture_.buffers[index];
    if (!buffer.is_held) return;
    const bool failed = backend_ != nullptr && backend_->release_held() == DecodeStatus::error;
    buffer.is_held = false;
    capture_.ready.pop_front();
    buffer.state = failed ? BufferState::error : BufferState::done;
    capture_.done.push_back(index);
    report().frame_done(device_.node.video, coded_format(output_format_.fourcc).codec);
    update_readiness(-1);
}

bool Context::job_ready() {
    if (closed_ || job_running_ || !output_.streaming || !capture_.streaming) return false;
    if (output_.ready.empty() || capture_.ready.empty()) return false;
    const Buffer& source = output_.buffers[output_.ready.front()];
    const Buffer& target = capture_.buffers[capture_.ready.front()];
    // A part of another picture: the held one is finished.
    if (target.is_held && target.timestamp != source.timestamp) {
        release_held_buffer();
        device_.changed.notify_all();
    }
    return !capture_.ready.empty();
}

void Context::start_job(Buffer& source, Buffer& target, DecodeJob& job, ControlValues& values) {
    if (source.request != nullptr) {
        for (const auto& [id, payload] : source.request->controls_for(this).all()) {
            controls_.set(id, payload);
        }
    }
    job.new_picture = !target.is_held;
    job.held = source.hold;
    target.timestamp = source.timestamp;
    target.copied_timestamp = true;
    source.state = BufferState::active;
    target.state = BufferState::active;
    if (job.new_picture) target.sequence = capture_.sequence++;
    source.sequence = output_.sequence++;
    values = controls_;
    names_.clear();
    for (const Buffer& buffer : capture_.buffers) {
        names_.push_back({buffer.timestamp, buffer.copied_timestamp, buffer.forgotten_timestamp});
    }
    job.number = ++jobs_;
    job.timestamp = source.timestamp;
    job.bitstream = {source.planes[0].memory->data(), source.planes[0].bytesused};
    job.controls = &values;
    job.names = names_;
    // A relaxed driver lets the format grow over buffers that exist.
    const BufferPlane& plane = target.planes[0];
    const size_t size = std::min<size_t>(capture_format_.sizeimage, plane.memory->size());
    job.target = {.data = plane.memory->data(),
                  .size = size,
                  .fourcc = capture_format_.fourcc,
                  .width = capture_format_.width,
                  .height = capture_format_.height,
                  .stride = capture_format_.stride};
    if (target.num_planes > 1) {
        job.target.chroma = target.planes[1].memory->data();
        job.target.chroma_size = target.planes[1].memory->size();
    }
}

bool Context::decode_now(const DecodeJob& job, Lock& lock) {
    if (backend_ == nullptr || backend_fourcc_ != output_format_.fourcc) {
        backend_ = create_backend(output_format_.fourcc, personality());
        backend_fourcc_ = output_format_.fourcc;
    }
    lock.unlock();
    bool failed = true;
    try {
        if (backend_ != nullptr) failed = backend_->decode(job) == DecodeStatus::error;
    } catch (const std::exception& error) {
        judge().stream_error("backend-exception", "job %llu: %s",
                             static_cast<unsigned long long>(job.number), error.what());
    }
    if (options().delay_ms > 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(options().delay_ms));
    }
    lock.lock();
    return failed || fails_by_option(job.number);
}

void Context::run_job(Lock& lock) {
    const unsigned source_index = output_.ready.front();
    const unsigned target_index = capture_.ready.front();
    output_.ready.pop_front();
    // Copies keep the memory alive whatever happens to the buffers.
    const auto source_planes = output_.buffers[source_index].planes;
    const auto target_planes = capture_.buffers[target_index].planes;
    DecodeJob job;
    ControlValues values;
    start_job(output_.buffers[source_index], capture_.buffers[target_index], job, values);
    mutate_controls(values, job.number);
    job_running_ = true;
    if (hangs_by_option(job.number)) {
        hung_ = true;
        return;
    }
    const bool failed = decode_now(job, lock);
    job_running_ = false;
    finish_job(source_index, target_index, failed);
}

void Context::finish_job(unsigned source_index, unsigned target_index, bool failed) {
    Buffer& source = output_.buffers[source_index];
    Buffer& target = capture_.buffers[target_index];
    const BufferState state = failed ? BufferState::error : BufferState::done;
    // CAPTURE first, then OUTPUT, then the request: the order that v4l2-mem2mem promises.
    target.is_held = source.hold;
    if (target.is_held) {
        target.state = BufferState::queued;
    } else {
        std::erase(capture_.ready, target_index);
        target.state = state;
        capture_.done.push_back(target_index);
        report().frame_done(device_.node.video, coded_format(output_format_.fourcc).codec);
    }
    source.state = state;
    output_.done.push_back(source_index);
    complete_request(source);
    update_readiness(-1);
}

}  // namespace vdec
