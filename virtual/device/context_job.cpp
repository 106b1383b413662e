// SPDX-License-Identifier: MIT
// Jobs: when one can run, what it sees, and how it completes.
#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "device/context.h"
#include "device/create_backend.h"
#include "device/mutation.h"
#include "device/request.h"
#include "host/options.h"
#include "report/judge.h"
#include "report/report.h"

namespace vdec {
namespace {

bool fails_by_option(uint64_t frame) {
    return std::ranges::any_of(options().faults, [&](const Fault& fault) {
        return fault.kind == Fault::Kind::error_every && frame % fault.number == 0;
    });
}

bool happens_to(Fault::Kind kind, uint64_t frame) {
    return std::ranges::any_of(options().faults, [&](const Fault& fault) {
        return fault.kind == kind && fault.number == frame;
    });
}

// After this drivers take a frame back from the hardware.
constexpr std::chrono::seconds kWatchdog{2};

}  // namespace

void Context::finish_capture(unsigned index, BufferState state) {
    capture_.buffers[index].state = state;
    capture_.done.push_back(index);
    report().frame_done(device_.node.video, coded_format(output_format_.fourcc).codec,
                        capture_format_.fourcc);
}

void Context::release_held_buffer() {
    if (capture_.ready.empty()) return;
    const unsigned index = capture_.ready.front();
    Buffer& buffer = capture_.buffers[index];
    if (!buffer.is_held) return;
    const bool failed = backend_ != nullptr && backend_->release_held() == DecodeStatus::error;
    buffer.is_held = false;
    capture_.ready.pop_front();
    finish_capture(index, failed ? BufferState::error : BufferState::done);
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
    target.field = source.field;  // v4l2_m2m_buf_copy_metadata()
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
    if (personality().format_is_size_of_picture) {
        job.sizes = &coded_format(output_format_.fourcc).sizes;
        job.format_width = output_format_.width;
        job.format_height = output_format_.height;
    }
    // A relaxed driver lets the format grow over buffers that exist.
    const BufferPlane& plane = target.planes[0];
    const size_t size = std::min<size_t>(capture_format_.sizeimage, plane.memory->size());
    job.target = {.data = plane.memory->data(),
                  .size = size,
                  .fourcc = capture_format_.fourcc,
                  .width = capture_format_.width,
                  .height = capture_format_.height,
                  .stride = capture_format_.stride,
                  .high_bits_only = personality().high_bits_only};
    if (target.num_planes > 1) {
        job.target.chroma = target.planes[1].memory->data();
        job.target.chroma_size = target.planes[1].memory->size();
    }
    if (target.num_planes > 2) job.target.second_chroma = target.planes[2].memory->data();
}

DecodeStatus Context::decode_now(const DecodeJob& job, Lock& lock) {
    if (happens_to(Fault::Kind::hang_at, job.number)) return DecodeStatus::hang;
    if (happens_to(Fault::Kind::stall_at, job.number)) {
        lock.unlock();
        std::this_thread::sleep_for(kWatchdog);
        lock.lock();
        return DecodeStatus::error;
    }
    if (backend_ == nullptr || backend_fourcc_ != output_format_.fourcc) {
        backend_ = create_backend(output_format_.fourcc, personality());
        backend_fourcc_ = output_format_.fourcc;
    }
    lock.unlock();
    DecodeStatus status = DecodeStatus::error;
    try {
        if (backend_ != nullptr) status = backend_->decode(job);
    } catch (const std::exception& error) {
        judge().stream_error("backend-exception", "job %llu: %s",
                             static_cast<unsigned long long>(job.number), error.what());
    }
    if (options().delay_ms > 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(options().delay_ms));
    }
    lock.lock();
    return status == DecodeStatus::done && fails_by_option(job.number) ? DecodeStatus::error
                                                                       : status;
}

bool Context::run_job(Lock& lock) {
    const RunningJob running = {output_.ready.front(), capture_.ready.front(),
                                output_.buffers[output_.ready.front()].hold,
                                output_.buffers[output_.ready.front()].request};
    output_.ready.pop_front();
    // Copies keep the memory alive whatever happens to the buffers.
    const auto source_planes = output_.buffers[running.source].planes;
    const auto target_planes = capture_.buffers[running.target].planes;
    DecodeJob job;
    ControlValues values;
    start_job(output_.buffers[running.source], capture_.buffers[running.target], job, values);
    mutate_controls(values, job.number);
    job_running_ = true;
    std::vector<uint8_t> bitstream;
    if (output_comes_early()) {
        // The client may write the next picture while this one is decoded.
        bitstream.assign(job.bitstream.begin(), job.bitstream.end());
        job.bitstream = bitstream;
        return_output(running, BufferState::done);
        device_.changed.notify_all();
    }
    const DecodeStatus status = decode_now(job, lock);
    if (status == DecodeStatus::hang) {
        hung_ = true;
        report().job_hung();
        return false;
    }
    job_running_ = false;
    finish_job(running, status);
    return true;
}

// v4l2_m2m_cancel_job(), which STREAMOFF and the last close() call, waits without a limit for the
// job that runs, with the locks of the node and of the media device's requests held: no call on
// another open file of the device returns meanwhile.
void Context::wait_for_hardware(Lock& lock) {
    device_.changed.wait(lock, [this] { return !job_running_ || hung_; });
    if (!hung_) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(options().hang_block_ms));
    hung_ = false;
    job_running_ = false;
    device_.hardware_answered();
}

bool Context::output_comes_early() const {
    return personality().early_output && output_format_.fourcc != V4L2_PIX_FMT_VP8_FRAME;
}

void Context::return_output(const RunningJob& running, BufferState state) {
    output_.buffers[running.source].state = state;
    output_.done.push_back(running.source);
    update_readiness(-1);
}

void Context::finish_job(const RunningJob& running, DecodeStatus status) {
    Buffer& target = capture_.buffers[running.target];
    const BufferState state = status == DecodeStatus::done ? BufferState::done : BufferState::error;
    // CAPTURE first, then OUTPUT, then the request: the order that v4l2-mem2mem promises.
    target.is_held = running.hold;
    if (target.is_held) {
        target.state = BufferState::queued;
    } else {
        std::erase(capture_.ready, running.target);
        finish_capture(running.target, state);
    }
    if (!output_comes_early()) return_output(running, state);
    if (status == DecodeStatus::lost_request) {
        report().job_hung();
    } else {
        complete_request(running.request);
    }
    update_readiness(-1);
}

}  // namespace vdec
