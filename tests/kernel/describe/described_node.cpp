// SPDX-License-Identifier: MIT
// The calls of a video node, and their answers as text.
#include "described_node.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

std::string text(const char* format, ...) {
    std::array<char, 256> line = {};
    va_list values;
    va_start(values, format);
    (void)std::vsnprintf(line.data(), line.size(), format, values);
    va_end(values);
    return line.data();
}

void fact(const std::string& asked, const std::string& answer) {
    std::printf("%s\t%s\n", asked.c_str(), answer.c_str());
}

std::string fourcc(uint32_t value) {
    std::string name;
    for (int shift = 0; shift < 32; shift += 8) name += static_cast<char>(value >> shift & 0x7f);
    return name;
}

std::string error_name() {
    const char* name = strerrorname_np(errno);
    return name != nullptr ? name : text("errno %d", errno);
}

std::string name_of(Size size) { return text("%ux%u", size.width, size.height); }

const char* queue_name(const DescribedNode& node, uint32_t queue) {
    return queue == node.output() ? "OUTPUT" : "CAPTURE";
}

DescribedNode::DescribedNode(const std::string& path)
    : fd_(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK)) {
    if (fd_ < 0 || !call(VIDIOC_QUERYCAP, capability_)) {
        std::fprintf(stderr, "%s: %s\n", path.c_str(), error_name().c_str());
        std::exit(1);
    }
    planar_ = (capability_.device_caps & V4L2_CAP_VIDEO_M2M_MPLANE) != 0;
    output_ = planar_ ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
    capture_ = planar_ ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

DescribedNode::~DescribedNode() { close(fd_); }

std::vector<v4l2_fmtdesc> DescribedNode::formats(uint32_t queue) const {
    std::vector<v4l2_fmtdesc> found;
    for (v4l2_fmtdesc next = {}; next.index < 64; ++next.index) {
        next.type = queue;
        if (!call(VIDIOC_ENUM_FMT, next)) break;
        found.push_back(next);
    }
    return found;
}

v4l2_format DescribedNode::asked_format(uint32_t queue, uint32_t pixel_format, Size size,
                                        uint32_t sizeimage) const {
    v4l2_format made = {};
    made.type = queue;
    if (planar_) {
        made.fmt.pix_mp.width = size.width;
        made.fmt.pix_mp.height = size.height;
        made.fmt.pix_mp.pixelformat = pixel_format;
        made.fmt.pix_mp.num_planes = 1;
        made.fmt.pix_mp.plane_fmt[0].sizeimage = sizeimage;
    } else {
        made.fmt.pix.width = size.width;
        made.fmt.pix.height = size.height;
        made.fmt.pix.pixelformat = pixel_format;
        made.fmt.pix.sizeimage = sizeimage;
    }
    return made;
}

std::string DescribedNode::told(const v4l2_format& format) const {
    if (!planar_) {
        const v4l2_pix_format& pixels = format.fmt.pix;
        return fourcc(pixels.pixelformat) + text(" %ux%u field %u size %u stride %u", pixels.width,
                                                 pixels.height, pixels.field, pixels.sizeimage,
                                                 pixels.bytesperline);
    }
    const v4l2_pix_format_mplane& pixels = format.fmt.pix_mp;
    std::string line = fourcc(pixels.pixelformat) +
                       text(" %ux%u field %u", pixels.width, pixels.height, pixels.field);
    for (uint32_t plane = 0; plane < std::min<uint32_t>(pixels.num_planes, VIDEO_MAX_PLANES);
         ++plane) {
        const v4l2_plane_pix_format& own = pixels.plane_fmt[plane];
        line += text(" size %u stride %u", own.sizeimage, own.bytesperline);
    }
    return line;
}

std::string DescribedNode::format(unsigned long request, uint32_t queue, uint32_t pixel_format,
                                  Size size, uint32_t sizeimage) const {
    v4l2_format asked = asked_format(queue, pixel_format, size, sizeimage);
    return call(request, asked) ? told(asked) : error_name();
}

std::string DescribedNode::sizes(uint32_t pixel_format, uint32_t index) const {
    v4l2_frmsizeenum sizes = {};
    sizes.index = index;
    sizes.pixel_format = pixel_format;
    if (!call(VIDIOC_ENUM_FRAMESIZES, sizes)) return error_name();
    const v4l2_frmsize_stepwise& range = sizes.stepwise;
    return text("type %u, %u-%u by %u, %u-%u by %u", sizes.type, range.min_width, range.max_width,
                range.step_width, range.min_height, range.max_height, range.step_height);
}

std::string DescribedNode::request_buffers(uint32_t queue, uint32_t count, uint32_t memory) const {
    v4l2_requestbuffers asked = {};
    asked.type = queue;
    asked.count = count;
    asked.memory = memory;
    return call(VIDIOC_REQBUFS, asked) ? text("%u buffers", asked.count) : error_name();
}

std::string DescribedNode::create_buffers(uint32_t queue, uint32_t count, uint32_t memory, int more,
                                          int more_planes) const {
    v4l2_create_buffers asked = {};
    asked.count = count;
    asked.memory = memory;
    asked.format.type = queue;
    if (!call(VIDIOC_G_FMT, asked.format)) return error_name();
    if (planar_) {
        v4l2_pix_format_mplane& pixels = asked.format.fmt.pix_mp;
        pixels.plane_fmt[0].sizeimage += static_cast<uint32_t>(more);
        pixels.num_planes = static_cast<uint8_t>(pixels.num_planes + more_planes);
    } else {
        asked.format.fmt.pix.sizeimage += static_cast<uint32_t>(more);
    }
    if (!call(VIDIOC_CREATE_BUFS, asked)) return error_name();
    return text("%u buffers from %u, capabilities %#x, at most %u", asked.count, asked.index,
                asked.capabilities, asked.reserved[0]);
}

std::string DescribedNode::buffer(unsigned long request, const BufferCall& told) const {
    std::array<v4l2_plane, VIDEO_MAX_PLANES + 1> planes = {};
    v4l2_buffer asked = {};
    asked.type = told.type;
    asked.index = told.index;
    asked.memory = told.memory;
    asked.flags = told.flags;
    asked.field = told.field;
    asked.request_fd = told.request;
    asked.timestamp.tv_sec = 1;
    asked.bytesused = told.bytesused;
    if (planar_) {
        planes[0].bytesused = told.bytesused;
        planes[0].data_offset = told.data_offset;
        asked.length = told.planes;
        asked.m.planes = told.no_array ? nullptr : planes.data();
    }
    if (!call(request, asked)) return error_name();
    std::string line = text("buffer %u flags %#x field %u memory %u", asked.index, asked.flags,
                            asked.field, asked.memory);
    if (!planar_) return line + text(" length %u bytesused %u", asked.length, asked.bytesused);
    for (uint32_t plane = 0; plane < std::min<uint32_t>(asked.length, VIDEO_MAX_PLANES); ++plane) {
        line += text(" length %u bytesused %u", planes[plane].length, planes[plane].bytesused);
    }
    return line;
}

std::string DescribedNode::stream(uint32_t queue, bool on) const {
    int type = static_cast<int>(queue);
    return result(on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, type);
}
