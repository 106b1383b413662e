// SPDX-License-Identifier: MIT
// Dispatch of the video node's ioctls, mmap and poll.
#include "device/context.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "device/request.h"
#include "host/user_memory.h"

namespace vdec {
namespace {

// Offsets that QUERYBUF hands out and mmap takes: one page per index, CAPTURE far above OUTPUT.
constexpr off_t kCaptureOffset = 1 << 30;
constexpr off_t kIndexOffset = 1 << 16;
constexpr off_t kPlaneOffset = 1 << 12;

using Handler = int (*)(Context&, VideoCall&, void*);

template <typename T, int (Context::*method)(VideoCall&, T&)>
int thunk(Context& context, VideoCall& call, void* arg) {
    return (context.*method)(call, *static_cast<T*>(arg));
}

struct IoctlEntry {
    uint32_t request;
    const char* name;
    Handler handler;
};

#define VDEC_ENTRY(ioctl_number, type, method) \
    { static_cast<uint32_t>(ioctl_number), #ioctl_number, thunk<type, &Context::method> }

constexpr IoctlEntry kIoctls[] = {
    VDEC_ENTRY(VIDIOC_QUERYCAP, v4l2_capability, querycap),
    VDEC_ENTRY(VIDIOC_ENUM_FMT, v4l2_fmtdesc, enum_fmt),
    VDEC_ENTRY(VIDIOC_ENUM_FRAMESIZES, v4l2_frmsizeenum, enum_framesizes),
    VDEC_ENTRY(VIDIOC_G_FMT, v4l2_format, g_fmt),
    VDEC_ENTRY(VIDIOC_TRY_FMT, v4l2_format, try_fmt),
    VDEC_ENTRY(VIDIOC_S_FMT, v4l2_format, s_fmt),
    VDEC_ENTRY(VIDIOC_REQBUFS, v4l2_requestbuffers, reqbufs),
    VDEC_ENTRY(VIDIOC_CREATE_BUFS, v4l2_create_buffers, create_bufs),
    {kVidiocRemoveBufs, "VIDIOC_REMOVE_BUFS", thunk<RemoveBuffers, &Context::remove_bufs>},
    VDEC_ENTRY(VIDIOC_QUERYBUF, v4l2_buffer, querybuf),
    VDEC_ENTRY(VIDIOC_EXPBUF, v4l2_exportbuffer, expbuf),
    VDEC_ENTRY(VIDIOC_PREPARE_BUF, v4l2_buffer, prepare_buf),
    VDEC_ENTRY(VIDIOC_QBUF, v4l2_buffer, qbuf),
    VDEC_ENTRY(VIDIOC_DQBUF, v4l2_buffer, dqbuf),
    VDEC_ENTRY(VIDIOC_STREAMON, int, streamon),
    VDEC_ENTRY(VIDIOC_STREAMOFF, int, streamoff),
    VDEC_ENTRY(VIDIOC_DECODER_CMD, v4l2_decoder_cmd, decoder_cmd),
    VDEC_ENTRY(VIDIOC_TRY_DECODER_CMD, v4l2_decoder_cmd, try_decoder_cmd),
    VDEC_ENTRY(VIDIOC_G_SELECTION, v4l2_selection, g_selection),
    VDEC_ENTRY(VIDIOC_S_SELECTION, v4l2_selection, s_selection),
    VDEC_ENTRY(VIDIOC_G_CROP, v4l2_crop, no_crop),
    VDEC_ENTRY(VIDIOC_S_CROP, v4l2_crop, no_crop),
    VDEC_ENTRY(VIDIOC_CROPCAP, v4l2_cropcap, no_cropcap),
    VDEC_ENTRY(VIDIOC_SUBSCRIBE_EVENT, v4l2_event_subscription, subscribe_event),
    VDEC_ENTRY(VIDIOC_UNSUBSCRIBE_EVENT, v4l2_event_subscription, unsubscribe_event),
    VDEC_ENTRY(VIDIOC_DQEVENT, v4l2_event, dqevent),
    VDEC_ENTRY(VIDIOC_G_PRIORITY, uint32_t, g_priority),
    VDEC_ENTRY(VIDIOC_S_PRIORITY, uint32_t, s_priority),
    VDEC_ENTRY(VIDIOC_QUERYCTRL, v4l2_queryctrl, queryctrl),
    VDEC_ENTRY(VIDIOC_QUERY_EXT_CTRL, v4l2_query_ext_ctrl, query_ext_ctrl),
    VDEC_ENTRY(VIDIOC_QUERYMENU, v4l2_querymenu, querymenu),
    VDEC_ENTRY(VIDIOC_G_CTRL, v4l2_control, g_ctrl),
    VDEC_ENTRY(VIDIOC_S_CTRL, v4l2_control, s_ctrl),
    VDEC_ENTRY(VIDIOC_G_EXT_CTRLS, v4l2_ext_controls, g_ext_ctrls),
    VDEC_ENTRY(VIDIOC_S_EXT_CTRLS, v4l2_ext_controls, s_ext_ctrls),
    VDEC_ENTRY(VIDIOC_TRY_EXT_CTRLS, v4l2_ext_controls, try_ext_ctrls),
};

#undef VDEC_ENTRY

// What the driver's table of ioctls lacks, or has disabled.
bool lacks(const Personality& device, uint32_t request) {
    switch (request) {
        case VIDIOC_DECODER_CMD:
        case VIDIOC_TRY_DECODER_CMD:
            return !device.decoder_cmd;
        case VIDIOC_G_SELECTION:
        case VIDIOC_S_SELECTION:
        case VIDIOC_G_CROP:
        case VIDIOC_S_CROP:
        case VIDIOC_CROPCAP:
            return !device.selections;
        case VIDIOC_PREPARE_BUF:
            return !device.prepare_buf;
        case kVidiocRemoveBufs:
            return !device.remove_bufs;
        default:
            return false;
    }
}

// error_idx comes back even when the call fails.
bool copies_back_on_error(uint32_t request) {
    return request == VIDIOC_G_EXT_CTRLS || request == VIDIOC_S_EXT_CTRLS ||
           request == VIDIOC_TRY_EXT_CTRLS;
}

}  // namespace

Context::Context(std::unique_ptr<ReadySocket> socket, Device& device)
    : Node(std::move(socket)), device_(device), control_infos_(controls_of(device_.personality)) {
    output_.output = true;
    for (const ControlInfo& info : control_infos_) {
        if (!info.initial.empty()) controls_.set(info.id, info.initial);
    }
    output_format_.fourcc = personality().coded_formats[0].fourcc;
    adjust(output_format_, true);
    if (output_format_.sizeimage == 0) {
        output_format_.sizeimage = output_format_.width * output_format_.height;
    }
    reset_capture_format();
}

dev_t Context::device_number() const {
    return makedev(kVideoMajor, static_cast<unsigned>(device_.node.video));
}

bool Context::is_type(uint32_t type, bool output) const { return type == type_of(output); }

uint32_t Context::type_of(bool output) const {
    if (personality().multi_planar) {
        return output ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
    }
    return output ? V4L2_BUF_TYPE_VIDEO_OUTPUT : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

Queue* Context::queue_of(uint32_t type) {
    if (is_type(type, true)) return &output_;
    return is_type(type, false) ? &capture_ : nullptr;
}

int Context::ioctl(int fd, uint32_t request, void* arg) {
    const auto* const entry =
        std::ranges::find(kIoctls, request, [](const IoctlEntry& e) { return e.request; });
    Lock lock(device_.mutex);
    IoctlCall booking(entry == std::end(kIoctls) ? "unknown video ioctl" : entry->name, streamed_);
    if (entry == std::end(kIoctls)) return booking.done(-ENOTTY);
    if (lacks(personality(), request)) {
        booking.expected();  // a client has no other way to know
        return booking.done(-ENOTTY);
    }
    if (!is_streaming()) booking.refuse_when_full(device_.streaming_contexts());
    if (booking.injected_error() != 0) return booking.done(-booking.injected_error());
    alignas(16) unsigned char local[512] = {};
    const size_t size = _IOC_SIZE(request);
    if ((_IOC_DIR(request) & _IOC_WRITE) != 0 && !copy_from_user(local, arg, size)) {
        return booking.done(-EFAULT);
    }
    VideoCall call = {fd, lock, booking};
    const int result = entry->handler(*this, call, local);
    const bool copy_back =
        (_IOC_DIR(request) & _IOC_READ) != 0 && (result >= 0 || copies_back_on_error(request));
    if (copy_back && !copy_to_user(arg, local, size)) return booking.done(-EFAULT);
    return booking.done(result);
}

int Context::memory_for_mmap(size_t length, int prot, int flags, off_t offset) {
    const Lock lock(device_.mutex);
    const bool from_capture = offset >= kCaptureOffset;
    const Queue& queue = from_capture ? capture_ : output_;
    const off_t index = (offset - (from_capture ? kCaptureOffset : 0)) / kIndexOffset;
    if (queue.memory != V4L2_MEMORY_MMAP) return -EINVAL;
    if ((flags & MAP_TYPE) == MAP_PRIVATE) return -EINVAL;
    if ((prot & (queue.output ? PROT_WRITE : PROT_READ)) == 0) return -EINVAL;
    if (offset < 0 || !queue.has(static_cast<size_t>(index))) return -EINVAL;
    const Buffer& buffer = queue.buffers[static_cast<size_t>(index)];
    const off_t plane = offset % kIndexOffset / kPlaneOffset;
    if (offset % kPlaneOffset != 0 || plane >= buffer.num_planes) return -EINVAL;
    const SharedMemory& memory = *buffer.planes[static_cast<size_t>(plane)].memory;
    if (length > memory.size()) return -EINVAL;
    return memory.fd();
}

short Context::adjust_poll(short events, short) {
    const Lock lock(device_.mutex);
    constexpr short kIn = POLLIN | POLLRDNORM;
    constexpr short kOut = POLLOUT | POLLWRNORM;
    int ready = events_.empty() ? 0 : events & POLLPRI;
    if ((events & (kIn | kOut)) == 0) return static_cast<short>(ready);
    const bool output_dead = !output_.streaming || output_.idle();
    const bool capture_dead = !capture_.streaming || capture_.idle();
    if (output_dead && capture_dead) return static_cast<short>(ready | POLLERR);
    if (!capture_.done.empty()) ready |= events & kIn;
    if (!output_.done.empty()) ready |= events & kOut;
    return static_cast<short>(ready);
}

void Context::update_readiness(int fd) {
    // Without a file descriptor only raising is possible; the dequeuing call clears.
    if (fd >= 0 || !capture_.done.empty()) socket().set_in(!capture_.done.empty(), fd);
    if (fd >= 0 || !output_.done.empty()) socket().set_out(!output_.done.empty(), fd);
}

void Context::closed() {
    Lock lock(device_.mutex);
    closed_ = true;
    IoctlCall booking("close", false);
    VideoCall call = {-1, lock, booking};
    stream_off(output_, call);
    stream_off(capture_, call);
    free_buffers(output_, -1);
    free_buffers(capture_, -1);
    Node::closed();
}

}  // namespace vdec
