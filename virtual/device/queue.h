// SPDX-License-Identifier: MIT
// Queue and Buffer: the state that videobuf2 keeps of one side of an m2m context.
#pragma once

#include <linux/videodev2.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "host/shared_memory.h"
#include "image/format.h"

namespace vdec {

class Request;

enum class BufferState { dequeued, in_request, queued, active, done, error };

inline constexpr unsigned kMaxPlanes = 3;

struct BufferPlane {
    std::shared_ptr<SharedMemory> memory;  // empty: DMABUF memory not queued yet
    unsigned length = 0;                   // exactly sizeimage for MMAP
    unsigned min_length = 0;               // what DMABUF memory must have at least
    int dma_buf_fd = -1;                   // number the client gave, only to report it
    unsigned bytesused = 0;
};

struct Buffer {
    bool removed = false;  // VIDIOC_REMOVE_BUFS: there is no buffer of this index
    BufferState state = BufferState::dequeued;
    std::array<BufferPlane, kMaxPlanes> planes;
    unsigned num_planes = 1;
    uint64_t timestamp = 0;           // ns
    uint32_t field = V4L2_FIELD_ANY;  // of CAPTURE until a frame is in it
    uint32_t flags = 0;               // what the client gave, of those that vb2 keeps
    int request_fd = -1;              // number the client gave, only to report it
    // What the client said in VIDIOC_QBUF; taken over when the buffer is prepared.
    std::array<v4l2_plane, kMaxPlanes> said = {};
    uint32_t sequence = 0;
    bool prepared = false;
    bool hold = false;              // OUTPUT: M2M_HOLD_CAPTURE_BUF was given
    bool is_held = false;           // CAPTURE: waits for further parts
    bool copied_timestamp = false;  // CAPTURE: can be found as a reference
    uint64_t forgotten_timestamp = 0;
    std::shared_ptr<Request> request;
};

struct Queue {
    bool output = false;
    bool streaming = false;
    uint32_t memory = 0;  // V4L2_MEMORY_*, 0 while there are no buffers
    bool non_coherent = false;
    bool uses_requests = false;
    bool uses_qbuf = false;
    uint32_t sequence = 0;
    unsigned off_count = 0;  // STREAMOFFs so far; a waiting DQBUF notices one by it
    std::vector<Buffer> buffers;
    std::deque<unsigned> ready;  // queued, in order
    std::deque<unsigned> done;   // completed, in order

    [[nodiscard]] bool has(size_t index) const {
        return index < buffers.size() && !buffers[index].removed;
    }
    [[nodiscard]] unsigned count() const {
        unsigned result = 0;
        for (const Buffer& buffer : buffers) result += buffer.removed ? 0 : 1;
        return result;
    }
    // True when no buffer waits to be processed or dequeued (vb2's queued_list).
    [[nodiscard]] bool idle() const {
        for (const Buffer& buffer : buffers) {
            if (buffer.state != BufferState::dequeued && buffer.state != BufferState::in_request) {
                return false;
            }
        }
        return true;
    }
};

constexpr uint64_t timestamp_ns(const timeval& time) {
    return static_cast<uint64_t>(time.tv_sec) * 1000000000ULL +
           static_cast<uint64_t>(time.tv_usec) * 1000ULL;
}

constexpr timeval timestamp_timeval(uint64_t ns) {
    return {static_cast<time_t>(ns / 1000000000ULL),
            static_cast<suseconds_t>(ns % 1000000000ULL / 1000ULL)};
}

}  // namespace vdec
