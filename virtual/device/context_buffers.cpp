// SPDX-License-Identifier: MIT
// Allocation, description and export of buffers.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "device/context.h"
#include "device/request.h"
#include "host/user_memory.h"

namespace vdec {
namespace {

constexpr uint32_t kCaptureOffset = 1U << 30;
constexpr uint32_t kIndexOffset = 1U << 16;
constexpr uint32_t kPlaneOffset = 1U << 12;
constexpr unsigned kMaxFrame = 32;  // VB2_MAX_FRAME

unsigned count_planes(const PlaneSizes& sizes) {
    unsigned count = 1;
    while (count < kMaxPlanes && sizes[count] > 0) ++count;
    return count;
}

}  // namespace

unsigned Context::max_buffers(const Queue& queue) const {
    return queue.output ? kMaxFrame : personality().max_capture_buffers;
}

uint32_t Context::memory_flags(uint32_t memory, uint32_t asked) const {
    if (!personality().cache_hints || memory != V4L2_MEMORY_MMAP) return 0;
    return asked & V4L2_MEMORY_FLAG_NON_COHERENT;
}

uint32_t Context::capabilities(const Queue& queue) const {
    uint32_t caps = V4L2_BUF_CAP_SUPPORTS_MMAP | V4L2_BUF_CAP_SUPPORTS_DMABUF |
                    V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS;
    if (personality().remove_bufs) caps |= kSupportsRemoveBufs;
    if (personality().cache_hints) caps |= V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS;
    if (!queue.output) return caps;
    caps |= V4L2_BUF_CAP_SUPPORTS_REQUESTS;
    if (coded_format(output_format_.fourcc).hold) {
        caps |= V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF;
    }
    return caps;
}

int Context::check_memory(const Queue&, uint32_t memory) const {
    return memory == V4L2_MEMORY_MMAP || memory == V4L2_MEMORY_DMABUF ? 0 : -EINVAL;
}

PlaneSizes Context::plane_sizes(const Queue& queue) const {
    const Format& format = queue.output ? output_format_ : capture_format_;
    PlaneSizes result = {format.sizeimage};
    for (unsigned i = 1; i <= format.chroma_planes; ++i) result[i] = format.chroma_sizeimage;
    return result;
}

unsigned Context::find_room(const Queue& queue, unsigned& count) const {
    const unsigned limit = max_buffers(queue);
    for (count = std::min(count, limit - queue.count()); count > 0; --count) {
        unsigned run = 0;
        for (unsigned i = 0; i < limit; ++i) {
            run = queue.has(i) ? 0 : run + 1;
            if (run == count) return i + 1 - count;
        }
    }
    return 0;
}

unsigned Context::allocate(Queue& queue, unsigned first, unsigned count, const PlaneSizes& lengths,
                           uint32_t memory) {
    unsigned made = 0;
    while (made < count) {
        Buffer buffer;
        buffer.num_planes = count_planes(lengths);
        bool complete = true;
        for (unsigned i = 0; i < buffer.num_planes; ++i) {
            BufferPlane& plane = buffer.planes[i];
            plane.min_length = lengths[i];
            if (memory != V4L2_MEMORY_MMAP) continue;
            plane.memory = SharedMemory::allocate(lengths[i]);
            plane.length = lengths[i];
            complete = complete && plane.memory != nullptr;
        }
        if (!complete) break;
        const size_t index = first + made;
        if (index >= queue.buffers.size()) queue.buffers.resize(index + 1, {.removed = true});
        queue.buffers[index] = std::move(buffer);
        ++made;
    }
    if (made > 0) queue.memory = memory;
    return made;
}

void Context::free_buffers(Queue& queue, int) {
    // Mappings and exports of the client keep the memory itself alive.
    for (unsigned i = 0; i < queue.buffers.size(); ++i) {
        Buffer& buffer = queue.buffers[i];
        if (buffer.request == nullptr) continue;
        complete_request(buffer.request);
        buffer.request->unbind_buffer(this, i);
    }
    queue.buffers.clear();
    queue.ready.clear();
    queue.done.clear();
    queue.memory = 0;
    queue.non_coherent = false;
    queue.uses_requests = false;
    queue.uses_qbuf = false;
}

int Context::reqbufs(VideoCall& call, v4l2_requestbuffers& req) {
    Queue* queue = queue_of(req.type);
    if (queue == nullptr) return -EINVAL;
    req.capabilities = capabilities(*queue);
    req.flags = static_cast<__u8>(memory_flags(req.memory, req.flags));
    std::ranges::fill(req.reserved, __u8{0});
    if (const int error = check_memory(*queue, req.memory); error != 0) return error;
    if (queue->streaming) return -EBUSY;
    free_buffers(*queue, call.fd);
    update_readiness(call.fd);
    if (req.count == 0) return 0;
    const PlaneSizes sizes = plane_sizes(*queue);
    if (sizes[0] == 0) return -EINVAL;
    queue->non_coherent = req.flags != 0;
    unsigned count = req.count;
    const unsigned first = find_room(*queue, count);
    req.count = allocate(*queue, first, count, sizes, req.memory);
    return req.count > 0 ? 0 : -ENOMEM;
}

int Context::create_bufs(VideoCall&, v4l2_create_buffers& create) {
    Queue* queue = queue_of(create.format.type);
    if (queue == nullptr) return -EINVAL;
    create.capabilities = capabilities(*queue);
    create.flags = memory_flags(create.memory, create.flags);
    std::ranges::fill(create.reserved, __u32{0});
    if (personality().tells_max_buffers) {
        create.capabilities |= kSupportsMaxNumBuffers;
        create.reserved[0] = max_buffers(*queue);  // max_num_buffers
    }
    create.index = queue->count();
    if (const int error = check_memory(*queue, create.memory); error != 0) return error;
    if (create.count == 0) return 0;
    const PlaneSizes needed = plane_sizes(*queue);
    PlaneSizes lengths = {};
    if (personality().multi_planar) {
        const v4l2_pix_format_mplane& pix = create.format.fmt.pix_mp;
        if (pix.num_planes != count_planes(needed)) return -EINVAL;
        for (unsigned i = 0; i < pix.num_planes; ++i) lengths[i] = pix.plane_fmt[i].sizeimage;
    } else {
        lengths[0] = create.format.fmt.pix.sizeimage;
    }
    if (lengths[0] == 0) return -EINVAL;
    for (unsigned i = 0; i < kMaxPlanes; ++i) {
        if (lengths[i] < needed[i]) return -EINVAL;
    }
    if (queue->count() >= max_buffers(*queue)) return -ENOBUFS;
    const bool non_coherent = create.flags != 0;
    if (queue->memory != 0 &&
        (queue->memory != create.memory || queue->non_coherent != non_coherent)) {
        return -EINVAL;
    }
    queue->non_coherent = non_coherent;
    unsigned count = create.count;
    create.index = find_room(*queue, count);
    create.count = allocate(*queue, create.index, count, lengths, create.memory);
    return create.count > 0 ? 0 : -ENOMEM;
}

int Context::remove_bufs(VideoCall&, RemoveBuffers& remove) {
    Queue* queue = queue_of(remove.type);
    if (queue == nullptr) return -EINVAL;
    if (remove.count == 0) return 0;
    if (remove.count > queue->count()) return -EINVAL;
    if (remove.index > max_buffers(*queue) - remove.count) return -EINVAL;
    for (unsigned i = remove.index; i < remove.index + remove.count; ++i) {
        if (!queue->has(i)) return -EINVAL;
        if (queue->buffers[i].state != BufferState::dequeued) return -EBUSY;
    }
    for (unsigned i = remove.index; i < remove.index + remove.count; ++i) {
        queue->buffers[i] = Buffer();
        queue->buffers[i].removed = true;
    }
    if (queue->count() == 0) queue->memory = 0;
    return 0;
}

int Context::read_planes(const Queue& queue, const v4l2_buffer& buffer, Planes& planes) const {
    planes = {};
    if (!personality().multi_planar) {
        planes[0].bytesused = buffer.bytesused;
        planes[0].length = buffer.length;
        planes[0].m.fd = buffer.m.fd;
        return 0;
    }
    const auto first = std::ranges::find(queue.buffers, false, &Buffer::removed);
    const unsigned count = first == queue.buffers.end() ? 1 : first->num_planes;
    if (buffer.length > VIDEO_MAX_PLANES) return -EINVAL;
    // video_usercopy() reads the whole array first.
    if (buffer.length > 0 && buffer.m.planes == nullptr) return -EFAULT;
    if (buffer.length < count) return -EINVAL;
    return copy_from_user(planes.data(), buffer.m.planes, count * sizeof planes[0]) ? 0 : -EFAULT;
}

uint32_t Context::buffer_flags(const Buffer& buffer) const {
    uint32_t flags = buffer.flags | V4L2_BUF_FLAG_TIMESTAMP_COPY;
    if (buffer.request_fd >= 0) flags |= V4L2_BUF_FLAG_REQUEST_FD;
    switch (buffer.state) {
        case BufferState::dequeued:
            break;
        case BufferState::in_request:
            flags |= V4L2_BUF_FLAG_IN_REQUEST;
            break;
        case BufferState::queued:
        case BufferState::active:
            flags |= V4L2_BUF_FLAG_QUEUED;
            break;
        case BufferState::done:
            flags |= V4L2_BUF_FLAG_DONE;
            break;
        case BufferState::error:
            flags |= V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_ERROR;
            break;
    }
    const bool at_rest =
        buffer.state == BufferState::dequeued || buffer.state == BufferState::in_request;
    if (buffer.prepared && at_rest) flags |= V4L2_BUF_FLAG_PREPARED;
    return flags;
}

int Context::write_buffer(const Queue& queue, unsigned index, v4l2_buffer& out) const {
    const Buffer& buffer = queue.buffers[index];
    Planes planes = {};
    for (unsigned i = 0; i < buffer.num_planes; ++i) {
        const BufferPlane& from = buffer.planes[i];
        v4l2_plane& plane = planes[i];
        plane.bytesused = from.bytesused;
        plane.length = queue.memory == V4L2_MEMORY_MMAP ? from.length : from.min_length;
        if (queue.memory == V4L2_MEMORY_DMABUF && from.length != 0) plane.length = from.length;
        if (queue.memory == V4L2_MEMORY_MMAP) {
            plane.m.mem_offset =
                index * kIndexOffset + i * kPlaneOffset + (queue.output ? 0 : kCaptureOffset);
        } else {
            plane.m.fd = from.dma_buf_fd;
        }
    }
    out.index = index;
    out.flags = buffer_flags(buffer);
    out.field = buffer.field;
    out.timestamp = timestamp_timeval(buffer.timestamp);
    out.sequence = buffer.sequence;
    out.memory = queue.memory;
    out.reserved2 = 0;
    out.request_fd = std::max(buffer.request_fd, 0);
    if (!personality().multi_planar) {
        out.bytesused = planes[0].bytesused;
        out.length = planes[0].length;
        out.m.offset = planes[0].m.mem_offset;
        return 0;
    }
    out.length = buffer.num_planes;
    out.bytesused = 0;
    const size_t size = buffer.num_planes * sizeof planes[0];
    return copy_to_user(out.m.planes, planes.data(), size) ? 0 : -EFAULT;
}

int Context::querybuf(VideoCall&, v4l2_buffer& buffer) {
    const Queue* queue = queue_of(buffer.type);
    if (queue == nullptr || !queue->has(buffer.index)) return -EINVAL;
    Planes planes;
    if (const int error = read_planes(*queue, buffer, planes); error != 0) return error;
    return write_buffer(*queue, buffer.index, buffer);
}

int Context::expbuf(VideoCall&, v4l2_exportbuffer& exp) {
    const Queue* queue = queue_of(exp.type);
    if (queue == nullptr || queue->memory != V4L2_MEMORY_MMAP) return -EINVAL;
    if ((exp.flags & ~static_cast<uint32_t>(O_CLOEXEC | O_ACCMODE)) != 0) return -EINVAL;
    if (!queue->has(exp.index)) return -EINVAL;
    const Buffer& buffer = queue->buffers[exp.index];
    if (exp.plane >= buffer.num_planes) return -EINVAL;
    const int fd = buffer.planes[exp.plane].memory->export_fd(static_cast<int>(exp.flags));
    if (fd < 0) return fd;
    exp.fd = fd;
    return 0;
}

}  // namespace vdec
