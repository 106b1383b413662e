// SPDX-License-Identifier: MIT
// Buffers of both queues: how many there can be, of which memory, what is told of one, and wrong
// calls of them.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "describe.h"
#include "described_node.h"
#include "uapi/buffers.h"

namespace {

constexpr uint32_t kCounts[] = {0, 1, 2, 31, 32, 33, 64, 65, 1000};
constexpr std::pair<const char*, uint32_t> kMemories[] = {{"MMAP", V4L2_MEMORY_MMAP},
                                                          {"USERPTR", V4L2_MEMORY_USERPTR},
                                                          {"OVERLAY", V4L2_MEMORY_OVERLAY},
                                                          {"DMABUF", V4L2_MEMORY_DMABUF},
                                                          {"unknown memory", 99}};

void set_small_format(const DescribedNode& node, uint32_t coded) {
    (void)node.format(VIDIOC_S_FMT, node.output(), coded, {64, 64}, 65536);
}

// The last of count, capabilities and flags that VIDIOC_REQBUFS tells.
std::string capabilities(const DescribedNode& node, uint32_t queue, uint32_t memory) {
    v4l2_requestbuffers asked = {};
    asked.type = queue;
    asked.memory = memory;
    asked.flags = V4L2_MEMORY_FLAG_NON_COHERENT;
    if (!node.call(VIDIOC_REQBUFS, asked)) return error_name();
    return text("capabilities %#x flags %#x", asked.capabilities, asked.flags);
}

std::string remove_buffers(const DescribedNode& node, uint32_t queue, uint32_t index,
                           uint32_t count) {
    vdec::RemoveBuffers asked = {};
    asked.index = index;
    asked.count = count;
    asked.type = queue;
    return node.result(vdec::kVidiocRemoveBufs, asked);
}

std::string export_buffer(const DescribedNode& node, uint32_t queue, uint32_t index, uint32_t plane,
                          uint32_t flags) {
    v4l2_exportbuffer asked = {};
    asked.type = queue;
    asked.index = index;
    asked.plane = plane;
    asked.flags = flags;
    if (!node.call(VIDIOC_EXPBUF, asked)) return error_name();
    const off_t size = lseek(asked.fd, 0, SEEK_END);
    const int mode = fcntl(asked.fd, F_GETFL) & O_ACCMODE;
    close(asked.fd);
    return text("%s bytes, mode %d", size > 0 ? "some" : "no", mode);
}

void describe_counts(const DecoderPaths& paths, uint32_t coded, bool output) {
    for (const auto& [memory_name, memory] : kMemories) {
        const DescribedNode node(paths.video);
        set_small_format(node, coded);
        const uint32_t queue = output ? node.output() : node.capture();
        const std::string name =
            text("%s %s of ", queue_name(node, queue), memory_name) + fourcc(coded);
        fact("REQBUFS " + name, capabilities(node, queue, memory));
        for (const uint32_t count : kCounts) {
            fact("REQBUFS " + name + text(", %u", count),
                 node.request_buffers(queue, count, memory));
        }
        fact("CREATE_BUFS full " + name, node.create_buffers(queue, 1, memory));
        fact("REQBUFS none " + name, node.request_buffers(queue, 0, memory));
        for (const uint32_t count : {0U, 2U, 1000U, 1U}) {
            fact("CREATE_BUFS " + name + text(", %u", count),
                 node.create_buffers(queue, count, memory));
        }
    }
}

void describe_created(const DecoderPaths& paths, uint32_t coded, bool output) {
    const DescribedNode node(paths.video);
    set_small_format(node, coded);
    const uint32_t queue = output ? node.output() : node.capture();
    const std::string name = text("%s of ", queue_name(node, queue)) + fourcc(coded);
    const auto create = [&](const std::string& what, const std::string& answer) {
        fact("CREATE_BUFS " + what + " " + name, answer);
    };
    create("first", node.create_buffers(queue, 1));
    create("after REQBUFS of other memory", node.request_buffers(queue, 1) + ", " +
                                                node.create_buffers(queue, 1, V4L2_MEMORY_DMABUF));
    create("smaller", node.create_buffers(queue, 1, V4L2_MEMORY_MMAP, -1));
    create("larger", node.create_buffers(queue, 1, V4L2_MEMORY_MMAP, 4096));
    create("of a plane more", node.create_buffers(queue, 1, V4L2_MEMORY_MMAP, 0, 1));
    create("of a plane less", node.create_buffers(queue, 1, V4L2_MEMORY_MMAP, 0, -1));
    create("of ten planes", node.create_buffers(queue, 1, V4L2_MEMORY_MMAP, 0, 9));
    create("none of a plane more", node.create_buffers(queue, 0, V4L2_MEMORY_MMAP, 0, 1));
    unsigned calls = 0;
    for (const auto& [index, count] : {std::pair{0U, 0U},
                                       {0U, 1U},
                                       {0U, 1U},
                                       {1U, 100U},
                                       {99U, 1U},
                                       {1U, 1U},
                                       {0U, 4U},
                                       {0xffffffffU, 2U}}) {
        fact("REMOVE_BUFS " + name + text(", call %u, %u from %u", ++calls, count, index),
             remove_buffers(node, queue, index, count));
    }
    fact("REMOVE_BUFS " + name + " of another type",
         remove_buffers(node, V4L2_BUF_TYPE_VBI_CAPTURE, 0, 1));
    create("in the gap", node.create_buffers(queue, 2));
}

void describe_mapping(const DescribedNode& node, uint32_t queue, const std::string& name) {
    v4l2_plane planes[VIDEO_MAX_PLANES] = {};
    v4l2_buffer buffer = {};
    buffer.type = queue;
    buffer.memory = V4L2_MEMORY_MMAP;
    buffer.length = VIDEO_MAX_PLANES;
    if (node.planar()) buffer.m.planes = planes;
    if (!node.call(VIDIOC_QUERYBUF, buffer)) return;
    const size_t length = node.planar() ? planes[0].length : buffer.length;
    const off_t offset = node.planar() ? planes[0].m.mem_offset : buffer.m.offset;
    const auto map = [&](const char* what, size_t bytes, int protection, int flags, off_t at) {
        void* const memory = mmap(nullptr, bytes, protection, flags, node.fd(), at);
        fact("mmap " + name + " " + what, memory != MAP_FAILED ? "0" : error_name());
        if (memory != MAP_FAILED) munmap(memory, bytes);
    };
    constexpr int kBoth = PROT_READ | PROT_WRITE;
    map("whole", length, kBoth, MAP_SHARED, offset);
    map("to read", length, PROT_READ, MAP_SHARED, offset);
    map("to write", length, PROT_WRITE, MAP_SHARED, offset);
    map("private", length, kBoth, MAP_PRIVATE, offset);
    map("part", 4096, kBoth, MAP_SHARED, offset);
    map("more", length + (1 << 20), kBoth, MAP_SHARED, offset);
    map("nowhere", 4096, kBoth, MAP_SHARED, 0x7ffff000);
}

void describe_told(const DecoderPaths& paths, uint32_t coded, bool output) {
    const DescribedNode node(paths.video);
    set_small_format(node, coded);
    const uint32_t queue = output ? node.output() : node.capture();
    const std::string name = text("%s of ", queue_name(node, queue)) + fourcc(coded);
    const auto told = [&](const std::string& what, const BufferCall& call) {
        fact("QUERYBUF " + name + " " + what, node.buffer(VIDIOC_QUERYBUF, call));
        fact("PREPARE_BUF " + name + " " + what, node.buffer(VIDIOC_PREPARE_BUF, call));
        fact("QUERYBUF after it " + name + " " + what, node.buffer(VIDIOC_QUERYBUF, {queue}));
    };
    told("without buffers", {queue});
    (void)node.request_buffers(queue, 2);
    told("right", {queue});
    told("again", {queue});
    told("index", {.type = queue, .index = 2});
    told("memory", {.type = queue, .index = 1, .memory = V4L2_MEMORY_DMABUF});
    told("for a request", {.type = queue, .index = 1, .flags = V4L2_BUF_FLAG_REQUEST_FD});
    told("type", {.type = V4L2_BUF_TYPE_VBI_CAPTURE, .index = 1});
    told("of one plane", {.type = queue, .index = 1, .planes = 1});
    told("of no plane", {.type = queue, .index = 1, .planes = 0});
    told("of nine planes", {.type = queue, .index = 1, .planes = VIDEO_MAX_PLANES + 1});
    told("without an array", {.type = queue, .index = 1, .no_array = true});
    describe_mapping(node, queue, name);
    const auto exported = [&](const std::string& what, uint32_t type, uint32_t index,
                              uint32_t plane, uint32_t flags) {
        fact("EXPBUF " + name + " " + what, export_buffer(node, type, index, plane, flags));
    };
    exported("right", queue, 0, 0, O_CLOEXEC | O_RDWR);
    exported("to read", queue, 0, 0, O_RDONLY);
    exported("to write", queue, 0, 0, O_WRONLY);
    exported("with flags", queue, 0, 0, O_NONBLOCK);
    exported("index", queue, 2, 0, 0);
    exported("second plane", queue, 0, 1, 0);
    exported("ninth plane", queue, 0, VIDEO_MAX_PLANES, 0);
    exported("type", V4L2_BUF_TYPE_VBI_CAPTURE, 0, 0, 0);
    (void)node.request_buffers(queue, 1, V4L2_MEMORY_DMABUF);
    exported("imported", queue, 0, 0, 0);
    fact("QUERYBUF " + name + " imported",
         node.buffer(VIDIOC_QUERYBUF, {.type = queue, .memory = V4L2_MEMORY_DMABUF}));
}

}  // namespace

void describe_buffers(const DecoderPaths& paths) {
    const DescribedNode node(paths.video);
    for (const v4l2_fmtdesc& one : node.formats(node.output())) {
        for (const bool output : {true, false}) {
            describe_counts(paths, one.pixelformat, output);
            describe_created(paths, one.pixelformat, output);
            describe_told(paths, one.pixelformat, output);
        }
    }
}
