// SPDX-License-Identifier: MIT
// Device: an open video node; the V4L2 ioctls as typed calls, single- and multi-planar alike.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "v4l2/device_info.h"
#include "v4l2/system.h"

struct v4l2_ext_control;
struct v4l2_query_ext_ctrl;

namespace v4l2va {

// OUTPUT carries the bitstream to the device, CAPTURE the frames back.
enum class QueueSide : uint8_t { kOutput, kCapture };
enum class BufferMemory : uint8_t { kMmap, kDmaBuf };

// What REQBUFS and CREATE_BUFS answer.
struct BufferRange {
    uint32_t index = 0;         // of the first new buffer; 0 after REQBUFS
    uint32_t count = 0;         // really allocated, may be less than asked
    uint32_t capabilities = 0;  // V4L2_BUF_CAP_*
    uint32_t max_buffers = 32;  // of the queue (VB2_MAX_FRAME unless the kernel says more)
};

// What DQBUF gave back.
struct DequeuedBuffer {
    uint32_t index = 0;
    Timestamp timestamp;
    bool damaged = false;  // V4L2_BUF_FLAG_ERROR
};

// A buffer to queue. For OUTPUT: `bytes_used`, `request_fd`, `timestamp`, `hold`. For CAPTURE:
// `dma_bufs`, one per memory plane, with the queue's layout for their lengths.
struct BufferToQueue {
    uint32_t index = 0;
    uint32_t bytes_used = 0;
    int request_fd = -1;
    Timestamp timestamp;
    bool hold = false;  // V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF
    std::array<int, kMaxPlanes> dma_bufs{-1, -1, -1};
};

// Where the single plane of an MMAP buffer lies.
struct BufferLocation {
    uint32_t length = 0;
    uint32_t offset = 0;
};

// Move-only; closing it ends the decoder instance. One ioctl per call, none hidden, so that the
// budget of a frame can be read off the caller. Thread-safe as far as the kernel is.
class Device {
  public:
    // Opens the node of a decoder, without QUERYCAP. kBusy, without a system call, while a job of
    // this display is stuck on it.
    [[nodiscard]] static Result<Device> open(System& system, const DeviceInfo& decoder);
    // Opens the node and asks QUERYCAP. kUnsupported when it is no memory-to-memory device.
    [[nodiscard]] static Result<Device> probe(System& system, const char* path,
                                              std::string& driver_name, std::string& card);

    [[nodiscard]] bool multiplanar() const { return multiplanar_; }

    // Gives the descriptor up without closing it, where closing would wait for a job.
    void leave_open() { (void)fd_.release(); }

    // VIDIOC_ENUM_FMT; 0 at the end of the list.
    [[nodiscard]] Result<uint32_t> enum_format(QueueSide side, uint32_t index) const;
    // VIDIOC_ENUM_FRAMESIZES; ENOTTY where the driver has no such call.
    [[nodiscard]] Result<SizeRange> frame_sizes(uint32_t fourcc) const;
    // The driver's answer, which may differ from what was asked. Of `wanted`, the fourcc, the size
    // and the first plane's sizeimage are used. Of CAPTURE, G_FMT's answer: that of S_FMT has
    // MediaTek's sizes of 8 bits when there are 10, and no buffers can be made of it.
    [[nodiscard]] Result<FrameLayout> set_format(QueueSide side, const FrameLayout& wanted) const;
    [[nodiscard]] Result<FrameLayout> get_format(QueueSide side) const;

    [[nodiscard]] Result<BufferRange> request_buffers(QueueSide side, BufferMemory memory,
                                                      uint32_t count) const;
    [[nodiscard]] Result<BufferRange> create_buffers(QueueSide side, BufferMemory memory,
                                                     uint32_t count,
                                                     const FrameLayout& layout) const;
    [[nodiscard]] Result<BufferLocation> query_buffer(QueueSide side, uint32_t index) const;
    [[nodiscard]] Result<UniqueFd> export_buffer(QueueSide side, uint32_t index,
                                                 uint32_t plane) const;
    [[nodiscard]] Result<Mapping> map(const BufferLocation& location) const;

    [[nodiscard]] Result<> queue_output(const BufferToQueue& buffer) const;
    [[nodiscard]] Result<> queue_capture(const BufferToQueue& buffer,
                                         const FrameLayout& layout) const;
    [[nodiscard]] Result<> prepare_capture(const BufferToQueue& buffer,
                                           const FrameLayout& layout) const;
    [[nodiscard]] Result<DequeuedBuffer> dequeue(QueueSide side) const;
    [[nodiscard]] Result<> stream_on(QueueSide side) const;
    [[nodiscard]] Result<> stream_off(QueueSide side) const;
    // VIDIOC_DECODER_CMD FLUSH: gives back a CAPTURE buffer that waits for a further part.
    [[nodiscard]] Result<> flush() const;

    // VIDIOC_S_EXT_CTRLS: into a request, or with `request_fd` -1 into the device's own state.
    [[nodiscard]] Result<> set_controls(std::span<v4l2_ext_control> controls, int request_fd) const;
    // False when the device does not have the control.
    [[nodiscard]] bool query_control(uint32_t id, v4l2_query_ext_ctrl& out) const;
    // Bit n set: menu item n exists. Asks only `minimum`..`maximum`, within 0..63.
    [[nodiscard]] uint64_t query_menu(uint32_t id, int64_t minimum, int64_t maximum) const;

  private:
    Device(System& system, UniqueFd fd, bool multiplanar)
        : system_(&system), fd_(std::move(fd)), multiplanar_(multiplanar) {}

    [[nodiscard]] uint32_t buffer_type(QueueSide side) const;
    Result<> buffer_ioctl_capture(unsigned long request, const BufferToQueue& buffer,
                                  const FrameLayout& layout, const char* op) const;

    System* system_;
    UniqueFd fd_;
    bool multiplanar_;
};

// MEDIA_REQUEST_IOC_QUEUE and _REINIT on a request's descriptor.
[[nodiscard]] Result<> queue_request(System& system, int request_fd);
[[nodiscard]] Result<> reinit_request(System& system, int request_fd);

}  // namespace v4l2va
