// SPDX-License-Identifier: MIT
// The buffer rules of videobuf2.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "device_file.h"

namespace {

TEST(Buffers, ReqbufsReplacesAndCreateBufsAppends) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    unsigned index = 77;
    EXPECT_EQ(video.create_bufs(kCapture, 0, 0, index), 0);
    EXPECT_EQ(index, 0U);
    EXPECT_EQ(video.create_bufs(kCapture, 2, 0, index), 0);
    EXPECT_EQ(index, 0U);
    EXPECT_EQ(video.create_bufs(kCapture, 1, 0, index), 0);
    EXPECT_EQ(index, 2U);
    EXPECT_EQ(video.create_bufs(kCapture, 1, 1000, index), EINVAL);
    EXPECT_EQ(video.create_bufs(kCapture, 1, 0, index, V4L2_MEMORY_DMABUF), EINVAL);
    EXPECT_EQ(video.create_bufs(kCapture, 1, 0, index, V4L2_MEMORY_USERPTR), EINVAL);
    EXPECT_EQ(video.reqbufs(kCapture, 1), 0);
    EXPECT_EQ(video.create_bufs(kCapture, 1, 0, index), 0);
    EXPECT_EQ(index, 1U);
}

TEST(Buffers, ReqbufsIsBusyOnlyWhileStreaming) {
    Video video;
    video.start();
    EXPECT_EQ(video.reqbufs(kCapture, 0), EBUSY);
    unsigned index = 0;
    EXPECT_EQ(video.create_bufs(kCapture, 1, 0, index), 0);
    EXPECT_EQ(index, 4U);
    ASSERT_EQ(video.stream(kCapture, false), 0);
    EXPECT_EQ(video.reqbufs(kCapture, 0), 0);
}

TEST(Buffers, PlaneIsExactlySizeimageAndSurvivesItsBuffer) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    ASSERT_EQ(video.reqbufs(kCapture, 1), 0);
    v4l2_buffer buffer;
    v4l2_plane plane;
    ASSERT_EQ(video.query(kCapture, 0, buffer, plane), 0);
    EXPECT_EQ(plane.length, video.format(kCapture).fmt.pix_mp.plane_fmt[0].sizeimage);
    EXPECT_EQ(video.query(kCapture, 1, buffer, plane), EINVAL);
    ASSERT_EQ(video.query(kCapture, 0, buffer, plane), 0);
    void* data = mmap(nullptr, plane.length, PROT_READ | PROT_WRITE, MAP_SHARED, video.fd(),
                      plane.m.mem_offset);
    ASSERT_NE(data, MAP_FAILED);
    v4l2_exportbuffer exported = {};
    exported.type = kCapture;
    exported.flags = O_RDWR | O_CLOEXEC;
    ASSERT_EQ(call(video.fd(), VIDIOC_EXPBUF, &exported), 0);
    EXPECT_EQ(video.reqbufs(kCapture, 0), 0);
    static_cast<char*>(data)[5] = 42;
    char byte = 0;
    EXPECT_EQ(pread(exported.fd, &byte, 1, 5), 1);
    EXPECT_EQ(byte, 42);
    dma_buf_sync sync = {DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ};
    EXPECT_EQ(call(exported.fd, DMA_BUF_IOCTL_SYNC, &sync), 0);
    EXPECT_GE(lseek(exported.fd, 0, SEEK_END), static_cast<off_t>(plane.length));
    munmap(data, plane.length);
    close(exported.fd);
}

TEST(Buffers, MmapChecksItsArguments) {
    Video video;
    ASSERT_EQ(video.reqbufs(kOutput, 1), 0);
    v4l2_buffer buffer;
    v4l2_plane plane;
    ASSERT_EQ(video.query(kOutput, 0, buffer, plane), 0);
    const off_t offset = plane.m.mem_offset;
    EXPECT_EQ(mmap(nullptr, plane.length, PROT_WRITE, MAP_PRIVATE, video.fd(), offset), MAP_FAILED);
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(mmap(nullptr, plane.length, PROT_READ, MAP_SHARED, video.fd(), offset), MAP_FAILED);
    EXPECT_EQ(mmap(nullptr, plane.length * 4, PROT_WRITE, MAP_SHARED, video.fd(), offset),
              MAP_FAILED);
}

TEST(Buffers, QueueingAnOwnedOrUnknownBufferIsInvalid) {
    Video video;
    video.start(2);
    EXPECT_EQ(video.queue_capture(0), 0);
    EXPECT_EQ(video.queue_capture(0), EINVAL);
    EXPECT_EQ(video.queue_capture(9), EINVAL);
    EXPECT_EQ(video.queue_capture(1, -1, 0, V4L2_BUF_FLAG_REQUEST_FD), EPERM);
    EXPECT_EQ(video.queue_output(0, -1, 1), EBADR);
    ASSERT_EQ(video.stream(kCapture, false), 0);
    EXPECT_EQ(video.queue_capture(0), 0);
}

TEST(Buffers, StreamingNeedsBuffers) {
    Video video;
    EXPECT_EQ(video.stream(kOutput, true), EINVAL);
    EXPECT_EQ(video.stream(kOutput, false), 0);
    v4l2_buffer buffer;
    EXPECT_EQ(video.dequeue(kCapture, buffer), EINVAL);
}

TEST(Buffers, ImportChecksTheDmaBuf) {
    Video video;
    video.start(2, V4L2_MEMORY_DMABUF);
    const unsigned size = video.format(kCapture).fmt.pix_mp.plane_fmt[0].sizeimage;
    const int memory = memfd_create("frame", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    ASSERT_EQ(ftruncate(memory, size + 4096), 0);
    EXPECT_EQ(video.queue_capture(0, 999, size), EINVAL);
    EXPECT_EQ(video.queue_capture(0, memory, size - 1), EINVAL);
    EXPECT_EQ(video.queue_capture(0, memory, size + 1000000), EFAULT);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    EXPECT_EQ(video.queue_capture(0, null, size), EINVAL);
    EXPECT_EQ(video.queue_capture(0, memory, size), 0);
    EXPECT_EQ(video.queue_capture(1), EINVAL);
    close(null);
    close(memory);
}

TEST(Buffers, CaptureBuffersOfASmallerFormatAreRefused) {
    Video video;
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    video.start(2);
    ASSERT_EQ(video.set_format(kOutput, 640, 480), 0) << "hantro's formats change under its queues";
    EXPECT_EQ(video.queue_capture(0), EINVAL);
    ASSERT_EQ(video.set_format(kOutput, 320, 240), 0);
    EXPECT_EQ(video.queue_capture(0), 0);
}

TEST(Buffers, NonBlockingDequeueAndPoll) {
    Video video(O_NONBLOCK);
    EXPECT_EQ(poll_file(video.fd(), POLLIN, 0), POLLERR);
    video.start(2);
    v4l2_buffer buffer;
    EXPECT_EQ(video.dequeue(kCapture, buffer), EAGAIN);
    EXPECT_EQ(poll_file(video.fd(), POLLIN | POLLOUT, 0), POLLERR);
    ASSERT_EQ(video.queue_capture(0), 0);
    EXPECT_EQ(poll_file(video.fd(), POLLIN | POLLOUT, 10), 0);
}

}  // namespace
