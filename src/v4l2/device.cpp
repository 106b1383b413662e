// SPDX-License-Identifier: MIT
// Device: an open video node; the V4L2 ioctls as typed calls, single- and multi-planar alike.
#include "v4l2/device.h"

#include <fcntl.h>
#include <linux/media.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/checked.h"
#include "v4l2/stuck_jobs.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {

namespace {

constexpr const char* kQbufNames[] = {"VIDIOC_QBUF output", "VIDIOC_QBUF capture"};
constexpr const char* kDqbufNames[] = {"VIDIOC_DQBUF output", "VIDIOC_DQBUF capture"};
constexpr const char* kSetFormatNames[] = {"VIDIOC_S_FMT output", "VIDIOC_S_FMT capture"};
constexpr const char* kGetFormatNames[] = {"VIDIOC_G_FMT output", "VIDIOC_G_FMT capture"};
constexpr const char* kReqbufsNames[] = {"VIDIOC_REQBUFS output", "VIDIOC_REQBUFS capture"};
constexpr const char* kCreateNames[] = {"VIDIOC_CREATE_BUFS output", "VIDIOC_CREATE_BUFS capture"};
constexpr const char* kStreamOnNames[] = {"VIDIOC_STREAMON output", "VIDIOC_STREAMON capture"};
constexpr const char* kStreamOffNames[] = {"VIDIOC_STREAMOFF output", "VIDIOC_STREAMOFF capture"};

constexpr size_t side_index(QueueSide side) { return side == QueueSide::kOutput ? 0 : 1; }

constexpr uint32_t memory_type(BufferMemory memory) {
    return memory == BufferMemory::kMmap ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF;
}

// A string field of the uAPI; it need not be terminated.
template <size_t N>
std::string text_of(const __u8 (&field)[N]) {
    std::string text;
    for (size_t i = 0; i < N && field[i] != 0; ++i) {
        text.push_back(static_cast<char>(field[i]));
    }
    return text;
}

v4l2_format to_format(uint32_t type, const FrameLayout& layout) {
    v4l2_format format = {};
    format.type = type;
    if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
        v4l2_pix_format_mplane& pix = format.fmt.pix_mp;
        pix.width = layout.size.width;
        pix.height = layout.size.height;
        pix.pixelformat = layout.fourcc;
        pix.field = V4L2_FIELD_NONE;
        pix.num_planes = static_cast<__u8>(std::clamp(layout.num_planes, 1U, kMaxPlanes));
        for (uint32_t i = 0; i < pix.num_planes; ++i) {
            pix.plane_fmt[i].sizeimage = layout.planes[i].sizeimage;
            pix.plane_fmt[i].bytesperline = layout.planes[i].bytesperline;
        }
    } else {
        v4l2_pix_format& pix = format.fmt.pix;
        pix.width = layout.size.width;
        pix.height = layout.size.height;
        pix.pixelformat = layout.fourcc;
        pix.field = V4L2_FIELD_NONE;
        pix.sizeimage = layout.planes[0].sizeimage;
        pix.bytesperline = layout.planes[0].bytesperline;
    }
    return format;
}

Result<FrameLayout> to_layout(const v4l2_format& format, const char* op) {
    FrameLayout layout;
    if (V4L2_TYPE_IS_MULTIPLANAR(format.type)) {
        const v4l2_pix_format_mplane& pix = format.fmt.pix_mp;
        if (pix.num_planes < 1 || pix.num_planes > kMaxPlanes) {
            return fail(ErrorCode::kUnsupported, op);
        }
        layout.fourcc = pix.pixelformat;
        layout.size = {pix.width, pix.height};
        layout.num_planes = pix.num_planes;
        for (uint32_t i = 0; i < pix.num_planes; ++i) {
            layout.planes[i] = {pix.plane_fmt[i].bytesperline, pix.plane_fmt[i].sizeimage};
        }
    } else {
        const v4l2_pix_format& pix = format.fmt.pix;
        layout.fourcc = pix.pixelformat;
        layout.size = {pix.width, pix.height};
        layout.num_planes = 1;
        layout.planes[0] = {pix.bytesperline, pix.sizeimage};
    }
    return layout;
}

Result<> discard_value(const Result<int>& result) {
    if (!result) {
        return fail(result.error());
    }
    return {};
}

}  // namespace

uint32_t Device::buffer_type(QueueSide side) const {
    if (side == QueueSide::kOutput) {
        return multiplanar_ ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
    }
    return multiplanar_ ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

Result<Device> Device::open(System& system, const DeviceInfo& decoder) {
    if (decoder.stuck_jobs->any(system)) {
        return fail(ErrorCode::kBusy, "open of a decoder that is stuck");
    }
    auto fd = system.open(decoder.video_path.c_str());
    if (!fd) {
        return fail(fd.error());
    }
    return Device(system, std::move(*fd), decoder.multiplanar);
}

Result<Device> Device::probe(System& system, const char* path, std::string& driver_name,
                             std::string& card) {
    auto fd = system.open(path);
    if (!fd) {
        return fail(fd.error());
    }
    v4l2_capability capability = {};
    auto asked = system.ioctl(fd->get(), VIDIOC_QUERYCAP, &capability, "VIDIOC_QUERYCAP");
    if (!asked) {
        return fail(asked.error());
    }
    const uint32_t caps = (capability.capabilities & V4L2_CAP_DEVICE_CAPS) != 0
                              ? capability.device_caps
                              : capability.capabilities;
    if ((caps & (V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_VIDEO_M2M)) == 0 ||
        (caps & V4L2_CAP_STREAMING) == 0) {
        return fail(ErrorCode::kUnsupported, "VIDIOC_QUERYCAP");
    }
    driver_name = text_of(capability.driver);
    card = text_of(capability.card);
    return Device(system, std::move(*fd), (caps & V4L2_CAP_VIDEO_M2M_MPLANE) != 0);
}

Result<uint32_t> Device::enum_format(QueueSide side, uint32_t index) const {
    v4l2_fmtdesc description = {};
    description.index = index;
    description.type = buffer_type(side);
    auto done = system_->ioctl(fd_.get(), VIDIOC_ENUM_FMT, &description, "VIDIOC_ENUM_FMT");
    if (!done) {
        if (done.error().sys_errno == EINVAL) {
            return 0U;
        }
        return fail(done.error());
    }
    return description.pixelformat;
}

Result<SizeRange> Device::frame_sizes(uint32_t fourcc) const {
    v4l2_frmsizeenum sizes = {};
    sizes.pixel_format = fourcc;
    auto done = system_->ioctl(fd_.get(), VIDIOC_ENUM_FRAMESIZES, &sizes, "VIDIOC_ENUM_FRAMESIZES");
    if (!done) {
        return fail(done.error());
    }
    SizeRange range;
    if (sizes.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
        range.min = range.max = {sizes.discrete.width, sizes.discrete.height};
        return range;
    }
    const v4l2_frmsize_stepwise& step = sizes.stepwise;
    range.min = {step.min_width, step.min_height};
    range.max = {step.max_width, step.max_height};
    range.step = {std::max(step.step_width, 1U), std::max(step.step_height, 1U)};
    return range;
}

Result<FrameLayout> Device::set_format(QueueSide side, const FrameLayout& wanted) const {
    const char* const op = kSetFormatNames[side_index(side)];
    FrameLayout asked = wanted;
    for (PlaneLayout& plane : asked.planes) {
        plane.bytesperline = 0;  // the driver's choice
    }
    v4l2_format format = to_format(buffer_type(side), asked);
    auto done = system_->ioctl(fd_.get(), VIDIOC_S_FMT, &format, op);
    if (!done) {
        return fail(done.error());
    }
    return side == QueueSide::kCapture ? get_format(side) : to_layout(format, op);
}

Result<FrameLayout> Device::get_format(QueueSide side) const {
    const char* const op = kGetFormatNames[side_index(side)];
    v4l2_format format = {};
    format.type = buffer_type(side);
    auto done = system_->ioctl(fd_.get(), VIDIOC_G_FMT, &format, op);
    if (!done) {
        return fail(done.error());
    }
    return to_layout(format, op);
}

Result<BufferRange> Device::request_buffers(QueueSide side, BufferMemory memory,
                                            uint32_t count) const {
    v4l2_requestbuffers request = {};
    request.count = count;
    request.type = buffer_type(side);
    request.memory = memory_type(memory);
    auto done =
        system_->ioctl(fd_.get(), VIDIOC_REQBUFS, &request, kReqbufsNames[side_index(side)]);
    if (!done) {
        return fail(done.error());
    }
    BufferRange range;
    range.count = request.count;
    range.capabilities = request.capabilities;
    return range;
}

Result<BufferRange> Device::create_buffers(QueueSide side, BufferMemory memory, uint32_t count,
                                           const FrameLayout& layout) const {
    v4l2_create_buffers create = {};
    create.count = count;
    create.memory = memory_type(memory);
    create.format = to_format(buffer_type(side), layout);
    auto done =
        system_->ioctl(fd_.get(), VIDIOC_CREATE_BUFS, &create, kCreateNames[side_index(side)]);
    if (!done) {
        return fail(done.error());
    }
    BufferRange range;
    range.index = create.index;
    range.count = create.count;
    range.capabilities = create.capabilities;
    if ((create.capabilities & V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS) != 0) {
        range.max_buffers = V4L2VA_CREATE_BUFFERS_MAX(create);
    }
    return range;
}

Result<BufferLocation> Device::query_buffer(QueueSide side, uint32_t index) const {
    std::array<v4l2_plane, kMaxPlanes> planes{};
    v4l2_buffer buffer = {};
    buffer.type = buffer_type(side);
    buffer.index = index;
    if (multiplanar_) {
        buffer.m.planes = planes.data();
        buffer.length = kMaxPlanes;
    }
    auto done = system_->ioctl(fd_.get(), VIDIOC_QUERYBUF, &buffer, "VIDIOC_QUERYBUF");
    if (!done) {
        return fail(done.error());
    }
    if (multiplanar_) {
        return BufferLocation{planes[0].length, planes[0].m.mem_offset};
    }
    return BufferLocation{buffer.length, buffer.m.offset};
}

Result<UniqueFd> Device::export_buffer(QueueSide side, uint32_t index, uint32_t plane) const {
    v4l2_exportbuffer request = {};
    request.type = buffer_type(side);
    request.index = index;
    request.plane = plane;
    request.flags = O_RDWR | O_CLOEXEC;
    auto done = system_->ioctl(fd_.get(), VIDIOC_EXPBUF, &request, "VIDIOC_EXPBUF");
    if (!done) {
        return fail(done.error());
    }
    return UniqueFd(request.fd);
}

Result<Mapping> Device::map(const BufferLocation& location) const {
    return system_->map(fd_.get(), location.length, location.offset, "mmap output");
}

Result<> Device::queue_output(const BufferToQueue& buffer) const {
    v4l2_plane plane = {};
    v4l2_buffer request = {};
    request.type = buffer_type(QueueSide::kOutput);
    request.memory = V4L2_MEMORY_MMAP;
    request.index = buffer.index;
    request.field = V4L2_FIELD_NONE;
    request.flags =
        V4L2_BUF_FLAG_REQUEST_FD | (buffer.hold ? V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF : 0U);
    request.request_fd = buffer.request_fd;
    const uint64_t us = buffer.timestamp.microseconds();
    request.timestamp.tv_sec = static_cast<decltype(request.timestamp.tv_sec)>(us / 1'000'000);
    request.timestamp.tv_usec = static_cast<decltype(request.timestamp.tv_usec)>(us % 1'000'000);
    if (multiplanar_) {
        plane.bytesused = buffer.bytes_used;
        request.m.planes = &plane;
        request.length = 1;
    } else {
        request.bytesused = buffer.bytes_used;
    }
    return discard_value(system_->ioctl(fd_.get(), VIDIOC_QBUF, &request, kQbufNames[0]));
}

Result<> Device::buffer_ioctl_capture(unsigned long request, const BufferToQueue& buffer,
                                      const FrameLayout& layout, const char* op) const {
    std::array<v4l2_plane, kMaxPlanes> planes{};
    v4l2_buffer argument = {};
    argument.type = buffer_type(QueueSide::kCapture);
    argument.memory = V4L2_MEMORY_DMABUF;
    argument.index = buffer.index;
    argument.field = V4L2_FIELD_NONE;
    if (multiplanar_) {
        for (uint32_t i = 0; i < layout.num_planes; ++i) {
            planes[i].m.fd = buffer.dma_bufs[i];
            planes[i].length = layout.planes[i].sizeimage;
        }
        argument.m.planes = planes.data();
        argument.length = layout.num_planes;
    } else {
        argument.m.fd = buffer.dma_bufs[0];
        argument.length = layout.planes[0].sizeimage;
    }
    return discard_value(system_->ioctl(fd_.get(), request, &argument, op));
}

Result<> Device::queue_capture(const BufferToQueue& buffer, const FrameLayout& layout) const {
    return buffer_ioctl_capture(VIDIOC_QBUF, buffer, layout, kQbufNames[1]);
}

Result<> Device::prepare_capture(const BufferToQueue& buffer, const FrameLayout& layout) const {
    return buffer_ioctl_capture(VIDIOC_PREPARE_BUF, buffer, layout, "VIDIOC_PREPARE_BUF capture");
}

Result<DequeuedBuffer> Device::dequeue(QueueSide side) const {
    std::array<v4l2_plane, kMaxPlanes> planes{};
    v4l2_buffer buffer = {};
    buffer.type = buffer_type(side);
    buffer.memory = side == QueueSide::kOutput ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF;
    if (multiplanar_) {
        buffer.m.planes = planes.data();
        buffer.length = kMaxPlanes;
    }
    auto done = system_->ioctl(fd_.get(), VIDIOC_DQBUF, &buffer, kDqbufNames[side_index(side)]);
    if (!done) {
        return fail(done.error());
    }
    DequeuedBuffer result;
    result.index = buffer.index;
    result.timestamp = Timestamp(static_cast<uint64_t>(buffer.timestamp.tv_sec) * 1'000'000 +
                                 static_cast<uint64_t>(buffer.timestamp.tv_usec));
    result.damaged = (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0;
    return result;
}

Result<> Device::stream_on(QueueSide side) const {
    uint32_t type = buffer_type(side);
    return discard_value(
        system_->ioctl(fd_.get(), VIDIOC_STREAMON, &type, kStreamOnNames[side_index(side)]));
}

Result<> Device::stream_off(QueueSide side) const {
    uint32_t type = buffer_type(side);
    return discard_value(
        system_->ioctl(fd_.get(), VIDIOC_STREAMOFF, &type, kStreamOffNames[side_index(side)]));
}

Result<> Device::flush() const {
    v4l2_decoder_cmd command = {};
    command.cmd = V4L2_DEC_CMD_FLUSH;
    return discard_value(
        system_->ioctl(fd_.get(), VIDIOC_DECODER_CMD, &command, "VIDIOC_DECODER_CMD flush"));
}

Result<> Device::set_controls(std::span<v4l2_ext_control> controls, int request_fd) const {
    v4l2_ext_controls request = {};
    request.which = request_fd >= 0 ? V4L2_CTRL_WHICH_REQUEST_VAL : V4L2_CTRL_WHICH_CUR_VAL;
    request.count = static_cast<uint32_t>(controls.size());
    request.request_fd = request_fd >= 0 ? request_fd : 0;
    request.controls = controls.data();
    return discard_value(
        system_->ioctl(fd_.get(), VIDIOC_S_EXT_CTRLS, &request, "VIDIOC_S_EXT_CTRLS"));
}

bool Device::query_control(uint32_t id, v4l2_query_ext_ctrl& out) const {
    out = {};
    out.id = id;
    auto asked = system_->ioctl(fd_.get(), VIDIOC_QUERY_EXT_CTRL, &out, "VIDIOC_QUERY_EXT_CTRL");
    return asked.has_value() && (out.flags & V4L2_CTRL_FLAG_DISABLED) == 0;
}

uint64_t Device::query_menu(uint32_t id, int64_t minimum, int64_t maximum) const {
    uint64_t mask = 0;
    for (int64_t item = std::max<int64_t>(minimum, 0); item <= std::min<int64_t>(maximum, 63);
         ++item) {
        v4l2_querymenu menu = {};
        menu.id = id;
        menu.index = static_cast<uint32_t>(item);
        if (system_->ioctl(fd_.get(), VIDIOC_QUERYMENU, &menu, "VIDIOC_QUERYMENU")) {
            mask |= uint64_t{1} << item;
        }
    }
    return mask;
}

Result<> queue_request(System& system, int request_fd) {
    return discard_value(
        system.ioctl(request_fd, MEDIA_REQUEST_IOC_QUEUE, nullptr, "MEDIA_REQUEST_IOC_QUEUE"));
}

Result<> reinit_request(System& system, int request_fd) {
    return discard_value(
        system.ioctl(request_fd, MEDIA_REQUEST_IOC_REINIT, nullptr, "MEDIA_REQUEST_IOC_REINIT"));
}

}  // namespace v4l2va
