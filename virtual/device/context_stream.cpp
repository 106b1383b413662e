// SPDX-License-Identifier: MIT
// Queueing and dequeueing of buffers, and streaming.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "device/context.h"
#include "device/request.h"
#include "report/judge.h"
#include "report/report.h"

namespace vdec {
int Context::check_queueing(const Queue& queue, const v4l2_buffer& buffer, Planes& planes) const {
    if (!queue.has(buffer.index)) return -EINVAL;
    if (buffer.memory != queue.memory) return -EINVAL;
    return read_planes(queue, buffer, planes);
}

void Context::forget_name(Buffer& buffer) {
    if (buffer.copied_timestamp) buffer.forgotten_timestamp = buffer.timestamp;
    buffer.copied_timestamp = false;
}

std::shared_ptr<Request> Context::find_request(int fd) const {
    auto request = std::dynamic_pointer_cast<Request>(NodeTable::instance().find(fd));
    return request != nullptr && &request->device() == &device_ ? request : nullptr;
}

int Context::queue_in_request(VideoCall&, Queue& queue, v4l2_buffer& from, const Planes& planes) {
    Buffer& buffer = queue.buffers[from.index];
    if (buffer.state != BufferState::dequeued) {
        judge().violation("double-qbuf", "OUTPUT buffer %u queued while the driver owns it",
                          from.index);
        return -EINVAL;
    }
    if (!buffer.prepared) {
        if (const int error = fill(queue, buffer, from, planes); error != 0) return error;
    }
    if (queue.uses_qbuf) return -EBUSY;
    const std::shared_ptr<Request> request = find_request(from.request_fd);
    if (request == nullptr) return -EINVAL;
    if (request->state() != RequestState::idle) return -EBUSY;
    buffer.timestamp = timestamp_ns(from.timestamp);
    buffer.hold = (from.flags & V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF) != 0 && holds();
    buffer.state = BufferState::in_request;
    buffer.request = request;
    buffer.request_fd = from.request_fd;
    queue.uses_requests = true;
    request->bind_buffer(shared_from_this(), from.index);
    return write_buffer(queue, from.index, from);
}

int Context::queue_directly(VideoCall& call, Queue& queue, v4l2_buffer& from,
                            const Planes& planes) {
    if (queue.output && personality().requires_requests) return -EBADR;
    if (queue.uses_requests) return -EBUSY;
    Buffer& buffer = queue.buffers[from.index];
    if (buffer.state != BufferState::dequeued) {
        judge().violation("double-qbuf", "%s buffer %u queued while the driver owns it",
                          queue.output ? "OUTPUT" : "CAPTURE", from.index);
        return -EINVAL;
    }
    if (!buffer.prepared) {
        int error = fill(queue, buffer, from, planes);
        if (error == 0) error = prepare(queue, buffer);
        if (error != 0) return error;
    }
    if (queue.output) {
        buffer.timestamp = timestamp_ns(from.timestamp);
        buffer.hold = (from.flags & V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF) != 0 && holds();
    } else {
        forget_name(buffer);
        report().frame_queued();
    }
    buffer.state = BufferState::queued;
    queue.uses_qbuf = true;
    queue.ready.push_back(from.index);
    const int error = write_buffer(queue, from.index, from);
    device_.kick(call.lock);
    return error;
}

int Context::qbuf(VideoCall& call, v4l2_buffer& from) {
    Queue* queue = queue_of(from.type);
    if (queue == nullptr) return -EINVAL;
    const bool with_request = (from.flags & V4L2_BUF_FLAG_REQUEST_FD) != 0;
    if (with_request && !queue->output) return -EPERM;
    Planes planes;
    if (const int error = check_queueing(*queue, from, planes); error != 0) return error;
    return with_request ? queue_in_request(call, *queue, from, planes)
                        : queue_directly(call, *queue, from, planes);
}

int Context::prepare_requested_buffer(unsigned index) {
    Buffer& buffer = output_.buffers[index];
    return buffer.prepared ? 0 : prepare(output_, buffer);
}

void Context::queue_requested_buffer(unsigned index) {
    output_.buffers[index].state = BufferState::queued;
    output_.ready.push_back(index);
}

void Context::release_requested_buffer(unsigned index) {
    if (index >= output_.buffers.size()) return;
    Buffer& buffer = output_.buffers[index];
    if (buffer.state != BufferState::in_request) return;
    buffer.state = BufferState::dequeued;
    buffer.request.reset();
    buffer.request_fd = -1;
}

int Context::dqbuf(VideoCall& call, v4l2_buffer& out) {
    Queue* queue = queue_of(out.type);
    if (queue == nullptr) return -EINVAL;
    if (!queue->streaming) return -EINVAL;
    if (queue->done.empty()) {
        if ((fcntl(call.fd, F_GETFL) & O_NONBLOCK) != 0) {
            call.booking.expected();
            return -EAGAIN;
        }
        const unsigned off_count = queue->off_count;
        device_.changed.wait(call.lock,
                             [&] { return !queue->done.empty() || queue->off_count != off_count; });
        if (queue->off_count != off_count) {
            call.booking.expected();
            return -EINVAL;
        }
    }
    Planes planes;
    if (const int error = read_planes(*queue, out, planes); error != 0) return error;
    const unsigned index = queue->done.front();
    queue->done.pop_front();
    Buffer& buffer = queue->buffers[index];
    const bool failed = buffer.state == BufferState::error;
    buffer.state = BufferState::dequeued;
    buffer.prepared = false;
    buffer.request.reset();
    update_readiness(call.fd);
    const int error = write_buffer(*queue, index, out);
    buffer.request_fd = -1;
    if (failed) out.flags |= V4L2_BUF_FLAG_ERROR;
    return error;
}

int Context::streamon(VideoCall& call, int& type) {
    Queue* queue = queue_of(static_cast<uint32_t>(type));
    if (queue == nullptr) return -EINVAL;
    if (queue->streaming) return 0;
    if (queue->count() == 0) return -EINVAL;
    if (queue->output && personality().sequence_check == SequenceCheck::at_streamon) {
        for (const auto& [id, payload] : controls_.all()) {
            if (!sequence_fits(id, payload)) return -EINVAL;
        }
    }
    queue->streaming = true;
    queue->sequence = 0;
    streamed_ = true;
    device_.start_worker();
    device_.kick(call.lock);
    return 0;
}

void Context::complete_request(const std::shared_ptr<Request>& request) {
    if (request == nullptr || request->state() != RequestState::queued) return;
    request->complete(this, controls_);
}

void Context::stream_off(Queue& queue, VideoCall& call) {
    wait_for_hardware(call.lock);
    queue.streaming = false;
    ++queue.off_count;
    queue.ready.clear();
    queue.done.clear();
    for (unsigned i = 0; i < queue.buffers.size(); ++i) {
        Buffer& buffer = queue.buffers[i];
        complete_request(buffer.request);
        if (buffer.request != nullptr) buffer.request->unbind_buffer(this, i);
        buffer.request.reset();
        buffer.request_fd = -1;
        buffer.state = BufferState::dequeued;
        buffer.prepared = false;
        buffer.is_held = false;
        buffer.copied_timestamp = false;
        buffer.forgotten_timestamp = 0;
    }
    queue.uses_requests = false;
    queue.uses_qbuf = false;
    // A hung job of the other side gets its buffers back into its list, in order.
    Queue& other = queue.output ? capture_ : output_;
    for (unsigned i = 0; i < other.buffers.size(); ++i) {
        if (other.buffers[i].state != BufferState::active) continue;
        other.buffers[i].state = BufferState::queued;
        if (other.output) other.ready.push_front(i);
    }
    update_readiness(call.fd);
    device_.changed.notify_all();
}

int Context::streamoff(VideoCall& call, int& type) {
    Queue* queue = queue_of(static_cast<uint32_t>(type));
    if (queue == nullptr) return -EINVAL;
    stream_off(*queue, call);
    return 0;
}

int Context::try_decoder_cmd(VideoCall&, v4l2_decoder_cmd& command) {
    command.flags = 0;
    return command.cmd == V4L2_DEC_CMD_FLUSH ? 0 : -EINVAL;
}

int Context::decoder_cmd(VideoCall& call, v4l2_decoder_cmd& command) {
    if (const int error = try_decoder_cmd(call, command); error != 0) return error;
    if (!output_.ready.empty()) {
        output_.buffers[output_.ready.back()].hold = false;
        return 0;
    }
    device_.changed.wait(call.lock, [this] { return !job_running_ || hung_; });
    release_held_buffer();
    device_.changed.notify_all();
    return 0;
}

}  // namespace vdec
