// SPDX-License-Identifier: MIT
// FakeKernel: buffers of the two queues.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "fake_kernel.h"

namespace v4l2va::test {

uint32_t FakeKernel::queue_capabilities(const Node& node, bool output) const {
    uint32_t caps = V4L2_BUF_CAP_SUPPORTS_MMAP | V4L2_BUF_CAP_SUPPORTS_DMABUF;
    if (output && node.device->requests_supported) {
        caps |= V4L2_BUF_CAP_SUPPORTS_REQUESTS;
    }
    for (const FakeCodedFormat& format : node.device->coded) {
        if (output && format.supports_hold && format.fourcc == node.output.format.pixelformat) {
            caps |= V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF;
        }
    }
    return caps;
}

void FakeKernel::add_buffer(Queue& queue, uint32_t memory, const v4l2_pix_format_mplane& format) {
    auto buffer = std::make_unique<Buffer>();
    buffer->memory = memory;
    for (uint32_t plane = 0; plane < queue.format.num_planes; ++plane) {
        const uint32_t length = format.plane_fmt[plane].sizeimage;
        buffer->lengths.push_back(length);
        buffer->planes.push_back(memory == V4L2_MEMORY_MMAP ? make_memory(length) : UniqueFd());
    }
    queue.buffers.push_back(std::move(buffer));
}

int FakeKernel::request_buffers(Node& node, v4l2_requestbuffers& request) {
    const bool output = V4L2_TYPE_IS_OUTPUT(request.type);
    Queue& queue = output ? node.output : node.capture;
    request.capabilities = queue_capabilities(node, output);
    if (queue.streaming) {
        return EBUSY;
    }
    queue.buffers.clear();
    request.count = std::min(request.count, node.device->max_buffers);
    for (uint32_t i = 0; i < request.count; ++i) {
        add_buffer(queue, request.memory, queue.format);
    }
    return 0;
}

int FakeKernel::create_buffers(Node& node, v4l2_create_buffers& create) {
    const bool output = V4L2_TYPE_IS_OUTPUT(create.format.type);
    Queue& queue = output ? node.output : node.capture;
    create.capabilities = queue_capabilities(node, output);
    create.index = static_cast<uint32_t>(queue.buffers.size());
    if (queue.buffers.size() >= node.device->max_buffers) {
        return ENOBUFS;
    }
    if (!queue.buffers.empty() && queue.buffers[0]->memory != create.memory) {
        return EINVAL;
    }
    v4l2_pix_format_mplane format{};
    from_user(create.format, format);
    for (uint32_t plane = 0; plane < queue.format.num_planes; ++plane) {
        if (format.plane_fmt[plane].sizeimage < queue.format.plane_fmt[plane].sizeimage) {
            return EINVAL;
        }
    }
    for (uint32_t i = 0; i < create.count; ++i) {
        add_buffer(queue, create.memory, format);
    }
    return 0;
}

int FakeKernel::query_buffer(Node& node, v4l2_buffer& argument) {
    Queue& queue = V4L2_TYPE_IS_OUTPUT(argument.type) ? node.output : node.capture;
    if (argument.index >= queue.buffers.size()) {
        return EINVAL;
    }
    const uint32_t length = queue.buffers[argument.index]->lengths[0];
    const uint32_t offset = argument.index << 12;
    if (node.device->multiplanar) {
        argument.m.planes[0].length = length;
        argument.m.planes[0].m.mem_offset = offset;
    } else {
        argument.length = length;
        argument.m.offset = offset;
    }
    return 0;
}

int FakeKernel::export_buffer(Node& node, v4l2_exportbuffer& argument) {
    Queue& queue = V4L2_TYPE_IS_OUTPUT(argument.type) ? node.output : node.capture;
    if (argument.index >= queue.buffers.size() ||
        argument.plane >= queue.buffers[argument.index]->planes.size()) {
        return EINVAL;
    }
    argument.fd =
        ::fcntl(queue.buffers[argument.index]->planes[argument.plane].get(), F_DUPFD_CLOEXEC, 0);
    return 0;
}

int FakeKernel::bind(Buffer& buffer, const v4l2_buffer& argument, bool multiplanar) {
    for (size_t plane = 0; plane < buffer.planes.size(); ++plane) {
        const int fd = multiplanar ? argument.m.planes[plane].m.fd : argument.m.fd;
        const uint32_t length = multiplanar ? argument.m.planes[plane].length : argument.length;
        const off_t size = ::lseek(fd, 0, SEEK_END);
        if (size < 0 || length < buffer.lengths[plane] || size < off_t{buffer.lengths[plane]}) {
            return EINVAL;
        }
        if (unmappable.contains(inode_of(fd))) {
            return EFAULT;
        }
        if (inode_of(fd) != inode_of(buffer.planes[plane].get())) {
            buffer.planes[plane].reset(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
        }
    }
    return 0;
}

int FakeKernel::prepare(Node& node, const v4l2_buffer& argument) {
    if (!node.device->has_prepare) {
        return ENOTTY;
    }
    if (argument.index >= node.capture.buffers.size()) {
        return EINVAL;
    }
    Buffer& buffer = *node.capture.buffers[argument.index];
    if (buffer.state != Buffer::State::kDequeued || buffer.prepared) {
        violate("PREPARE_BUF of a buffer in use");
        return EINVAL;
    }
    const int bound = bind(buffer, argument, node.device->multiplanar);
    buffer.prepared = bound == 0;
    return bound;
}

int FakeKernel::queue_buffer(Node& node, v4l2_buffer& argument) {
    const bool output = V4L2_TYPE_IS_OUTPUT(argument.type);
    Queue& queue = output ? node.output : node.capture;
    if (argument.index >= queue.buffers.size()) {
        return EINVAL;
    }
    Buffer& buffer = *queue.buffers[argument.index];
    if (buffer.state != Buffer::State::kDequeued) {
        violate("QBUF of a buffer that is not dequeued");
        return EINVAL;
    }
    if (!output) {
        if ((argument.flags & V4L2_BUF_FLAG_REQUEST_FD) != 0) {
            return EPERM;
        }
        if (!buffer.prepared) {
            const int bound = bind(buffer, argument, node.device->multiplanar);
            if (bound != 0) {
                return bound;
            }
        } else if (inode_of(node.device->multiplanar ? argument.m.planes[0].m.fd : argument.m.fd) !=
                   inode_of(buffer.planes[0].get())) {
            violate("QBUF of another dma-buf than was prepared");
        }
        buffer.prepared = false;
        buffer.timestamp_us = 0;
        buffer.state = Buffer::State::kQueued;
        queue.waiting.push_back(argument.index);
        run_if_automatic();
        return 0;
    }
    const auto request = requests.find(inode_of(argument.request_fd));
    if ((argument.flags & V4L2_BUF_FLAG_REQUEST_FD) == 0) {
        return EBADR;
    }
    if (request == requests.end() || request->second.state != Request::State::kIdle ||
        request->second.output >= 0) {
        violate("QBUF into a request that is not idle or has a buffer");
        return EBUSY;
    }
    const uint32_t used =
        node.device->multiplanar ? argument.m.planes[0].bytesused : argument.bytesused;
    if (used == 0 || used > buffer.lengths[0]) {
        return EINVAL;
    }
    buffer.bytes_used = used;
    buffer.hold =
        (argument.flags & V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF) != 0 &&
        (queue_capabilities(node, true) & V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF) != 0;
    buffer.timestamp_us = static_cast<uint64_t>(argument.timestamp.tv_sec) * 1'000'000 +
                          static_cast<uint64_t>(argument.timestamp.tv_usec);
    buffer.state = Buffer::State::kInRequest;
    buffer.request = request->first;
    request->second.output = static_cast<int>(argument.index);
    request->second.node = inode_of(node.fd);
    return 0;
}

int FakeKernel::dequeue_buffer(Node& node, v4l2_buffer& argument) {
    const bool output = V4L2_TYPE_IS_OUTPUT(argument.type);
    Queue& queue = output ? node.output : node.capture;
    if (!queue.streaming) {
        return EINVAL;
    }
    if (queue.done.empty()) {
        violate(output ? "DQBUF output: EAGAIN" : "DQBUF capture: EAGAIN");
        return EAGAIN;
    }
    argument.index = queue.done.front();
    queue.done.pop_front();
    Buffer& buffer = *queue.buffers[argument.index];
    buffer.state = Buffer::State::kDequeued;
    argument.flags = buffer.damaged ? V4L2_BUF_FLAG_ERROR : 0U;
    argument.timestamp.tv_sec = static_cast<time_t>(buffer.timestamp_us / 1'000'000);
    argument.timestamp.tv_usec = static_cast<suseconds_t>(buffer.timestamp_us % 1'000'000);
    return 0;
}

int FakeKernel::stream(Node& node, uint32_t type, bool on) {
    const bool output = V4L2_TYPE_IS_OUTPUT(type);
    Queue& queue = output ? node.output : node.capture;
    if (on) {
        if (queue.buffers.empty()) {
            return EINVAL;
        }
        queue.streaming = true;
        run_if_automatic();
        return 0;
    }
    blocking_calls += has_job(node) ? 1 : 0;
    queue.streaming = false;
    queue.waiting.clear();
    queue.done.clear();
    for (const auto& buffer : queue.buffers) {
        if (output && buffer->state == Buffer::State::kQueued) {
            const auto request = requests.find(buffer->request);
            if (request != requests.end()) {
                request->second.state = Request::State::kComplete;
            }
        }
        if (buffer->state != Buffer::State::kInRequest) {
            buffer->state = Buffer::State::kDequeued;
        }
        buffer->prepared = false;
        buffer->timestamp_us = 0;
    }
    if (!output) {
        node.held = -1;
    }
    changed.notify_all();
    return 0;
}

}  // namespace v4l2va::test
