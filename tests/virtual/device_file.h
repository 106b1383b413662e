// SPDX-License-Identifier: MIT
// Raw V4L2 calls for the tests of the virtual decoder; each returns 0 or the errno.
#pragma once

#include <linux/media.h>
#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <cstdint>
#include <vector>

constexpr uint32_t kOutput = V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE;
constexpr uint32_t kCapture = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;

// 0 or errno.
int call(int fd, unsigned long request, void* arg);

class File {
  public:
    explicit File(int fd) : fd_(fd) {}
    explicit File(const char* path, int flags = 0);
    ~File();
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] int fd() const { return fd_; }
    void reset();  // closes it

  private:
    int fd_;
};

// A video node with the few calls that a decode needs.
class Video : public File {
  public:
    explicit Video(int flags = 0) : File("/dev/video0", flags) {}
    explicit Video(const char* path) : File(path) {}

    v4l2_format format(uint32_t type);
    int set_format(uint32_t type, unsigned width, unsigned height,
                   uint32_t fourcc = V4L2_PIX_FMT_H264_SLICE, unsigned sizeimage = 0);
    int reqbufs(uint32_t type, unsigned count, uint32_t memory = V4L2_MEMORY_MMAP);
    int create_bufs(uint32_t type, unsigned count, unsigned sizeimage, unsigned& index,
                    uint32_t memory = V4L2_MEMORY_MMAP);
    int queue_output(unsigned index, int request, uint64_t timestamp_us, uint32_t flags = 0,
                     unsigned bytesused = 16);
    int queue_capture(unsigned index, int dma_buf = -1, unsigned length = 0, uint32_t flags = 0);
    int dequeue(uint32_t type, v4l2_buffer& buffer);
    int query(uint32_t type, unsigned index, v4l2_buffer& buffer, v4l2_plane& plane);
    int stream(uint32_t type, bool on);
    int set_control(uint32_t id, void* payload, unsigned size, int request = -1);
    // 320x240 formats, `buffers` buffers each, both queues streaming.
    void start(unsigned buffers = 4, uint32_t capture_memory = V4L2_MEMORY_MMAP);
    // Writes a slice NAL unit that is damaged after its header into OUTPUT buffer `index`.
    void write_slice(unsigned index);
};

class Media : public File {
  public:
    explicit Media(const char* path = "/dev/media0") : File(path) {}
    int allocate_request();
};

int queue_request(int request);
int reinit_request(int request);
// Revents after at most `timeout_ms`.
short poll_file(int fd, short events, int timeout_ms);
