// SPDX-License-Identifier: MIT
// Raw V4L2 calls.
#include "device_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

int call(int fd, unsigned long request, void* arg) {
    return ioctl(fd, request, arg) == 0 ? 0 : errno;
}

File::File(const char* path, int flags) : fd_(open(path, O_RDWR | O_CLOEXEC | flags)) {}

File::~File() { reset(); }

void File::reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
}

v4l2_format Video::format(uint32_t type) {
    v4l2_format result = {};
    result.type = type;
    EXPECT_EQ(call(fd(), VIDIOC_G_FMT, &result), 0);
    return result;
}

int Video::set_format(uint32_t type, unsigned width, unsigned height, uint32_t fourcc,
                      unsigned sizeimage) {
    v4l2_format wanted = {};
    wanted.type = type;
    wanted.fmt.pix_mp.width = width;
    wanted.fmt.pix_mp.height = height;
    wanted.fmt.pix_mp.pixelformat = fourcc;
    wanted.fmt.pix_mp.num_planes = 1;
    wanted.fmt.pix_mp.plane_fmt[0].sizeimage = sizeimage;
    return call(fd(), VIDIOC_S_FMT, &wanted);
}

int Video::reqbufs(uint32_t type, unsigned count, uint32_t memory) {
    v4l2_requestbuffers req = {};
    req.count = count;
    req.type = type;
    req.memory = memory;
    return call(fd(), VIDIOC_REQBUFS, &req);
}

int Video::create_bufs(uint32_t type, unsigned count, unsigned sizeimage, unsigned& index,
                       uint32_t memory) {
    v4l2_create_buffers create = {};
    create.count = count;
    create.memory = memory;
    create.format = format(type);
    if (sizeimage != 0) create.format.fmt.pix_mp.plane_fmt[0].sizeimage = sizeimage;
    const int error = call(fd(), VIDIOC_CREATE_BUFS, &create);
    index = create.index;
    return error;
}

int Video::queue_output(unsigned index, int request, uint64_t timestamp_us, uint32_t flags,
                        unsigned bytesused) {
    v4l2_plane plane = {};
    plane.bytesused = bytesused;
    v4l2_buffer buffer = {};
    buffer.type = kOutput;
    buffer.memory = V4L2_MEMORY_MMAP;
    buffer.index = index;
    buffer.flags = flags;
    if (request >= 0) {
        buffer.flags |= V4L2_BUF_FLAG_REQUEST_FD;
        buffer.request_fd = request;
    }
    buffer.timestamp.tv_sec = static_cast<time_t>(timestamp_us / 1000000);
    buffer.timestamp.tv_usec = static_cast<suseconds_t>(timestamp_us % 1000000);
    buffer.length = 1;
    buffer.m.planes = &plane;
    return call(fd(), VIDIOC_QBUF, &buffer);
}

int Video::queue_capture(unsigned index, int dma_buf, unsigned length, uint32_t flags) {
    v4l2_plane plane = {};
    plane.m.fd = dma_buf;
    plane.length = length;
    v4l2_buffer buffer = {};
    buffer.type = kCapture;
    buffer.memory = dma_buf >= 0 ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP;
    buffer.index = index;
    buffer.flags = flags;
    buffer.length = 1;
    buffer.m.planes = &plane;
    return call(fd(), VIDIOC_QBUF, &buffer);
}

int Video::dequeue(uint32_t type, v4l2_buffer& buffer) {
    v4l2_plane plane = {};
    buffer = {};
    buffer.type = type;
    buffer.memory = V4L2_MEMORY_MMAP;
    buffer.length = 1;
    buffer.m.planes = &plane;
    return call(fd(), VIDIOC_DQBUF, &buffer);
}

int Video::query(uint32_t type, unsigned index, v4l2_buffer& buffer, v4l2_plane& plane) {
    plane = {};
    buffer = {};
    buffer.type = type;
    buffer.index = index;
    buffer.length = 1;
    buffer.m.planes = &plane;
    return call(fd(), VIDIOC_QUERYBUF, &buffer);
}

int Video::stream(uint32_t type, bool on) {
    int arg = static_cast<int>(type);
    return call(fd(), on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &arg);
}

int Video::set_control(uint32_t id, void* payload, unsigned size, int request) {
    v4l2_ext_control control = {};
    control.id = id;
    control.size = size;
    control.ptr = payload;
    v4l2_ext_controls controls = {};
    controls.count = 1;
    controls.controls = &control;
    if (request >= 0) {
        controls.which = V4L2_CTRL_WHICH_REQUEST_VAL;
        controls.request_fd = request;
    }
    return call(fd(), VIDIOC_S_EXT_CTRLS, &controls);
}

void Video::start(unsigned buffers, uint32_t capture_memory) {
    ASSERT_EQ(set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(reqbufs(kOutput, buffers), 0);
    ASSERT_EQ(reqbufs(kCapture, buffers, capture_memory), 0);
    ASSERT_EQ(stream(kOutput, true), 0);
    ASSERT_EQ(stream(kCapture, true), 0);
}

void Video::write_slice(unsigned index) {
    v4l2_buffer buffer;
    v4l2_plane plane;
    ASSERT_EQ(query(kOutput, index, buffer, plane), 0);
    void* data =
        mmap(nullptr, plane.length, PROT_READ | PROT_WRITE, MAP_SHARED, fd(), plane.m.mem_offset);
    ASSERT_NE(data, MAP_FAILED);
    static constexpr unsigned char kSlice[16] = {0, 0, 1, 0x65, 0x88, 0x84, 0x21, 0xa0};
    std::memcpy(data, kSlice, sizeof kSlice);
    munmap(data, plane.length);
}

int Media::allocate_request() {
    int request = -1;
    EXPECT_EQ(call(fd(), MEDIA_IOC_REQUEST_ALLOC, &request), 0);
    return request;
}

int queue_request(int request) { return call(request, MEDIA_REQUEST_IOC_QUEUE, nullptr); }

int reinit_request(int request) { return call(request, MEDIA_REQUEST_IOC_REINIT, nullptr); }

short poll_file(int fd, short events, int timeout_ms) {
    pollfd entry = {fd, events, 0};
    poll(&entry, 1, timeout_ms);
    return entry.revents;
}
