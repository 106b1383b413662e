// SPDX-License-Identifier: MIT
// What becomes of a buffer before it is queued.
#include <algorithm>
#include <cerrno>

#include "device/context.h"
#include "report/judge.h"

namespace vdec {
namespace {

// V4L2_BUFFER_MASK_FLAGS and V4L2_BUFFER_OUT_FLAGS of videobuf2-v4l2.c.
constexpr uint32_t kStateFlags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE |
                                 V4L2_BUF_FLAG_ERROR | V4L2_BUF_FLAG_PREPARED |
                                 V4L2_BUF_FLAG_IN_REQUEST | V4L2_BUF_FLAG_REQUEST_FD |
                                 V4L2_BUF_FLAG_TIMESTAMP_MASK;
constexpr uint32_t kOutputFlags = V4L2_BUF_FLAG_PFRAME | V4L2_BUF_FLAG_BFRAME |
                                  V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_TIMECODE |
                                  V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;

}  // namespace

int Context::attach_dma_buf(BufferPlane& plane, int fd, unsigned length) {
    const size_t size = dma_buf_size(fd);
    if (size == 0) return -EINVAL;
    const unsigned wanted = length != 0 ? length : static_cast<unsigned>(size);
    if (wanted < plane.min_length) return -EINVAL;
    // The mapping is kept as long as the same file comes with this index.
    const bool same = plane.memory != nullptr && plane.memory->is_same_file(fd);
    if (!same || plane.length != wanted) {
        int error = 0;
        std::shared_ptr<SharedMemory> memory = SharedMemory::import(fd, wanted, error);
        if (memory == nullptr) return -error;
        plane.memory = std::move(memory);
    }
    plane.length = wanted;
    plane.dma_buf_fd = fd;
    return 0;
}

// vb2_fill_vb2_v4l2_buffer(): what the client says is kept until the buffer is prepared.
int Context::fill(const Queue& queue, Buffer& buffer, const v4l2_buffer& from,
                  const Planes& planes) const {
    for (unsigned i = 0; i < buffer.num_planes && queue.output; ++i) {
        const bool dma_buf = queue.memory == V4L2_MEMORY_DMABUF;
        const unsigned length = dma_buf ? planes[i].length : buffer.planes[i].length;
        const unsigned bytesused = planes[i].bytesused != 0 ? planes[i].bytesused : length;
        if (planes[i].bytesused > length) return -EINVAL;
        if (planes[i].data_offset > 0 && planes[i].data_offset >= bytesused) return -EINVAL;
    }
    std::copy_n(planes.begin(), kMaxPlanes, buffer.said.begin());
    uint32_t dropped = kStateFlags;
    if (queue.output) {
        dropped |= V4L2_BUF_FLAG_TIMECODE;
        if (!holds()) dropped |= V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
        // Drivers' buf_out_validate: a decoder takes frames, whatever the client says.
        buffer.field = V4L2_FIELD_NONE;
    } else {
        dropped |= V4L2_BUF_FLAG_TSTAMP_SRC_MASK | kOutputFlags | V4L2_BUF_FLAG_LAST;
    }
    if (!personality().cache_hints) {
        dropped |= V4L2_BUF_FLAG_NO_CACHE_INVALIDATE | V4L2_BUF_FLAG_NO_CACHE_CLEAN;
    }
    buffer.flags = from.flags & ~dropped;
    return 0;
}

int Context::prepare(Queue& queue, Buffer& buffer) {
    const auto& planes = buffer.said;
    for (unsigned i = 0; i < buffer.num_planes; ++i) {
        if (queue.memory != V4L2_MEMORY_DMABUF) break;
        const int error = attach_dma_buf(buffer.planes[i], planes[i].m.fd, planes[i].length);
        if (error != 0) return error;
    }
    if (queue.output) {
        const unsigned bytesused = planes[0].bytesused;
        BufferPlane& plane = buffer.planes[0];
        if (bytesused > plane.length) return -EINVAL;
        if (bytesused == 0) {
            judge().violation("bytesused-zero", "an OUTPUT buffer queued with bytesused 0");
        }
        plane.bytesused = bytesused != 0 ? bytesused : plane.length;
        const OutputSize& size = personality().output_size;
        const uint64_t padded = uint64_t{plane.bytesused} + size.padding + size.alignment - 1;
        if (size.padding > 0 && padded / size.alignment * size.alignment > plane.length) {
            return -EINVAL;
        }
        if (size.padding == 0 && plane.length < output_format_.sizeimage) return -EINVAL;
    } else {
        // Drivers' buf_prepare: the format may have grown since the buffer was made.
        const PlaneSizes wanted = plane_sizes(queue);
        for (unsigned i = 0; i < buffer.num_planes; ++i) {
            if (buffer.planes[i].length < wanted[i]) return -EINVAL;
        }
        for (unsigned i = 0; i < buffer.num_planes; ++i) buffer.planes[i].bytesused = wanted[i];
    }
    buffer.prepared = true;
    return 0;
}

int Context::prepare_buf(VideoCall&, v4l2_buffer& from) {
    Queue* queue = queue_of(from.type);
    if (queue == nullptr || (from.flags & V4L2_BUF_FLAG_REQUEST_FD) != 0) return -EINVAL;
    Planes planes;
    if (const int error = check_queueing(*queue, from, planes); error != 0) return error;
    Buffer& buffer = queue->buffers[from.index];
    if (buffer.state != BufferState::dequeued || buffer.prepared) return -EINVAL;
    int error = fill(*queue, buffer, from, planes);
    if (error == 0) error = prepare(*queue, buffer);
    return error != 0 ? error : write_buffer(*queue, from.index, from);
}

}  // namespace vdec
