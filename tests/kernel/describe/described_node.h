// SPDX-License-Identifier: MIT
// DescribedNode: an open video node, whose answers are lines of text; and how a line is printed.
#pragma once

#include <linux/videodev2.h>
#include <sys/ioctl.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

struct Size {
    uint32_t width, height;
};

// As printf does, at most 255 characters.
[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...);
// Prints `asked`, a tab, `answer`, and ends the line.
void fact(const std::string& asked, const std::string& answer);
// Four characters; the sign of a big endian format is left out.
std::string fourcc(uint32_t value);
// "EINVAL" of errno.
std::string error_name();
// "1920x1080".
std::string name_of(Size size);

// What a v4l2_buffer says in a call; all but `type` as a client would have it that is right.
struct BufferCall {
    uint32_t type;
    uint32_t index = 0;
    uint32_t memory = V4L2_MEMORY_MMAP;
    uint32_t flags = 0;
    int request = -1;
    uint32_t field = V4L2_FIELD_NONE;
    uint32_t bytesused = 16;
    uint32_t data_offset = 0;            // of devices with v4l2_plane
    uint32_t planes = VIDEO_MAX_PLANES;  // of devices with v4l2_plane: how many there is room for
    bool no_array = false;               // of devices with v4l2_plane: the array is a null pointer
};

class DescribedNode {
  public:
    // Not blocking. Ends the program where it cannot be opened.
    explicit DescribedNode(const std::string& path);
    ~DescribedNode();
    DescribedNode(const DescribedNode&) = delete;
    DescribedNode& operator=(const DescribedNode&) = delete;

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] const v4l2_capability& capability() const { return capability_; }
    [[nodiscard]] bool planar() const { return planar_; }
    [[nodiscard]] uint32_t output() const { return output_; }
    [[nodiscard]] uint32_t capture() const { return capture_; }

    // False and errno where it fails.
    template <typename Argument>
    bool call(unsigned long request, Argument& argument) const {
        return ioctl(fd_, request, &argument) == 0;
    }
    // "0", or the error's name.
    template <typename Argument>
    std::string result(unsigned long request, Argument& argument) const {
        return call(request, argument) ? "0" : error_name();
    }

    [[nodiscard]] std::vector<v4l2_fmtdesc> formats(uint32_t queue) const;
    // What VIDIOC_G_FMT, VIDIOC_TRY_FMT or VIDIOC_S_FMT makes of a format: all that clients read.
    [[nodiscard]] std::string format(unsigned long request, uint32_t queue, uint32_t pixel_format,
                                     Size size, uint32_t sizeimage = 0) const;
    // What VIDIOC_ENUM_FRAMESIZES says.
    [[nodiscard]] std::string sizes(uint32_t pixel_format, uint32_t index = 0) const;
    // The count, or the error's name.
    [[nodiscard]] std::string request_buffers(uint32_t queue, uint32_t count,
                                              uint32_t memory = V4L2_MEMORY_MMAP) const;
    // VIDIOC_CREATE_BUFS with the format of the queue, whose first plane is `more` bytes larger and
    // which has `more_planes` planes more.
    [[nodiscard]] std::string create_buffers(uint32_t queue, uint32_t count,
                                             uint32_t memory = V4L2_MEMORY_MMAP, int more = 0,
                                             int more_planes = 0) const;
    // Any call that takes a v4l2_buffer: what it says of the buffer, or the error's name.
    [[nodiscard]] std::string buffer(unsigned long request, const BufferCall& told) const;
    [[nodiscard]] std::string stream(uint32_t queue, bool on) const;

  private:
    [[nodiscard]] v4l2_format asked_format(uint32_t queue, uint32_t pixel_format, Size size,
                                           uint32_t sizeimage) const;
    [[nodiscard]] std::string told(const v4l2_format& format) const;

    int fd_;
    v4l2_capability capability_ = {};
    bool planar_ = false;
    uint32_t output_ = 0;
    uint32_t capture_ = 0;
};

// "OUTPUT" or "CAPTURE".
const char* queue_name(const DescribedNode& node, uint32_t queue);
