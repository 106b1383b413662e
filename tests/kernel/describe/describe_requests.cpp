// SPDX-License-Identifier: MIT
// Queueing and dequeueing, right and wrong; requests in each of their states; polling. CAPTURE
// never has a buffer while OUTPUT streams with one: no job runs.
#include <linux/media.h>
#include <linux/v4l2-controls.h>
#include <poll.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "control_call.h"
#include "describe.h"
#include "described_node.h"
#include "media_requests.h"
#include "sequence_control.h"

namespace {

constexpr uint32_t kInRequest = V4L2_BUF_FLAG_REQUEST_FD;

// A node with formats and four buffers on each queue, and a media device.
struct Decoder {
    Decoder(const DecoderPaths& paths, uint32_t coded_format, bool streaming)
        : node(paths.video), media(paths.media), coded(coded_format) {
        (void)node.format(VIDIOC_S_FMT, node.output(), coded, {320, 240}, 65536);
        (void)node.request_buffers(node.output(), 4);
        (void)node.request_buffers(node.capture(), 4);
        if (!streaming) return;
        (void)node.stream(node.output(), true);
        (void)node.stream(node.capture(), true);
    }

    [[nodiscard]] std::string queue(const BufferCall& call) const {
        return node.buffer(VIDIOC_QBUF, call);
    }
    [[nodiscard]] std::string dequeue(uint32_t type) const {
        return node.buffer(VIDIOC_DQBUF, {type});
    }
    [[nodiscard]] BufferCall output(uint32_t index, int request) const {
        return {.type = node.output(), .index = index, .flags = kInRequest, .request = request};
    }
    [[nodiscard]] std::string polled() const {
        return poll_now(node.fd(), POLLIN) + " " + poll_now(node.fd(), POLLOUT) + " " +
               poll_now(node.fd(), POLLPRI);
    }

    DescribedNode node;
    MediaRequests media;
    uint32_t coded;
};

std::string driver_of(const DescribedNode& node) {
    return reinterpret_cast<const char*>(node.capability().driver);
}

void describe_wrong_output(const Decoder& on, const std::string& name) {
    const uint32_t type = on.node.output();
    const int request = on.media.allocate();
    const auto wrong = [&](const std::string& what, BufferCall call) {
        fact("QBUF " + name + " " + what, on.queue(call));
    };
    const BufferCall right = on.output(0, request);
    wrong("without a request", {.type = type});
    wrong("request -1", on.output(0, -1));
    wrong("request 999", on.output(0, 999));
    wrong("the node for a request", on.output(0, on.node.fd()));
    wrong("the media device for a request", on.output(0, on.media.fd()));
    wrong("index", on.output(4, request));
    wrong("large index", on.output(0xffffffff, request));
    BufferCall call = right;
    call.memory = V4L2_MEMORY_USERPTR;
    wrong("memory of the client", call);
    call.memory = V4L2_MEMORY_DMABUF;
    wrong("a dma-buf", call);
    call = right;
    call.planes = 0;
    wrong("no plane", call);
    call.planes = VIDEO_MAX_PLANES + 1;
    wrong("nine planes", call);
    call = right;
    call.no_array = true;
    wrong("without an array", call);
    call = right;
    call.bytesused = 1 << 20;
    wrong("more bytes than there are", call);
    call = right;
    call.data_offset = 16;
    wrong("an offset as large as its bytes", call);
    call.data_offset = 1 << 20;
    wrong("an offset behind its bytes", call);
    call = right;
    call.type = V4L2_BUF_TYPE_VBI_CAPTURE;
    wrong("type", call);
    close(request);
    fact("QBUF " + name + " a closed request", on.queue(on.output(0, request)));
}

void describe_wrong_capture(const Decoder& on, const std::string& name) {
    const uint32_t type = on.node.capture();
    const int request = on.media.allocate();
    const auto wrong = [&](const std::string& what, const BufferCall& call) {
        fact("QBUF CAPTURE " + name + " " + what, on.queue(call));
    };
    wrong("in a request", {.type = type, .flags = kInRequest, .request = request});
    wrong("index", {.type = type, .index = 4});
    wrong("memory", {.type = type, .memory = V4L2_MEMORY_DMABUF});
    wrong("no plane", {.type = type, .planes = 0});
    wrong("flags", {.type = type, .index = 2, .flags = 0xffffffff & ~kInRequest});
    wrong("right", {.type = type});
    wrong("again", {.type = type});
    wrong("field", {.type = type, .index = 1, .field = V4L2_FIELD_TOP});
    fact("DQBUF CAPTURE " + name, on.dequeue(type));
    fact("PREPARE_BUF CAPTURE " + name + " queued", on.node.buffer(VIDIOC_PREPARE_BUF, {type}));
    fact("poll " + name + " with CAPTURE buffers", on.polled());
    close(request);
}

void describe_states(const Decoder& on, const std::string& name) {
    const int request = on.media.allocate();
    const auto said = [&](const std::string& what, const std::string& answer) {
        fact("request " + name + " " + what, answer);
    };
    const SequenceControl sequence = sequence_control(on.coded, {});
    const auto controls = [&](bool set) {
        if (sequence.id == 0) return std::string("none");
        ControlCall call = {sequence.id, 0, sequence.payload};
        constexpr uint32_t kRequest = V4L2_CTRL_WHICH_REQUEST_VAL;
        return set ? set_controls(on.node, {&call, 1}, kRequest, request)
                   : get_controls(on.node, {&call, 1}, kRequest, request);
    };
    const auto queue = [&] { return request_result(request, MEDIA_REQUEST_IOC_QUEUE); };
    const auto reinit = [&] { return request_result(request, MEDIA_REQUEST_IOC_REINIT); };
    const auto polled = [&] {
        return poll_now(request, POLLPRI) + " " + poll_now(request, POLLIN);
    };
    said("new, poll", polled());
    said("new, QUEUE", queue());
    said("new, REINIT", reinit());
    said("new, another call", request_result(request, _IO('|', 0xc0)));
    said("new, G_EXT_CTRLS", controls(false));
    said("new, S_EXT_CTRLS", controls(true));
    BufferCall call = on.output(0, request);
    call.field = V4L2_FIELD_TOP;
    said("QBUF", on.queue(call));
    said("QBUF again", on.queue(call));
    said("QBUF without a request", on.queue({.type = on.node.output(), .index = 1}));
    said("bound, QUERYBUF", on.node.buffer(VIDIOC_QUERYBUF, {on.node.output()}));
    said("bound, PREPARE_BUF", on.node.buffer(VIDIOC_PREPARE_BUF, {on.node.output()}));
    const int other = on.media.allocate();
    said("QBUF in another", on.queue(on.output(0, other)));
    // hantro 7.3 takes such a request, completes its controls twice at STREAMOFF, and warns.
    if (driver_of(on.node) != "hantro-vpu") {
        said("second buffer", on.queue(on.output(1, request)));
        said("of two buffers, QUEUE", queue());
    }
    said("not queued, REINIT", reinit());
    said("REINIT, QUERYBUF", on.node.buffer(VIDIOC_QUERYBUF, {on.node.output()}));
    said("REINIT, QUEUE", queue());
    call.flags |= V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
    said("REINIT, QBUF", on.queue(call));
    said("QUEUE", queue());
    said("QUEUE again", queue());
    said("queued, poll", polled());
    said("queued, REINIT", reinit());
    said("queued, QBUF", on.queue(on.output(2, request)));
    said("queued, S_EXT_CTRLS", controls(true));
    said("queued, G_EXT_CTRLS", controls(false));
    said("queued, QUERYBUF", on.node.buffer(VIDIOC_QUERYBUF, {on.node.output()}));
    said("queued, DQBUF", on.dequeue(on.node.output()));
    said("queued, poll of the node", on.polled());
    said("queued, REQBUFS", on.node.request_buffers(on.node.output(), 2));
    said("STREAMOFF", on.node.stream(on.node.output(), false));
    said("STREAMOFF, poll", polled());
    said("STREAMOFF, QUERYBUF", on.node.buffer(VIDIOC_QUERYBUF, {on.node.output()}));
    said("STREAMOFF, G_EXT_CTRLS", controls(false));
    said("STREAMOFF, S_EXT_CTRLS", controls(true));
    said("STREAMOFF, QUEUE", queue());
    said("STREAMOFF, DQBUF", on.dequeue(on.node.output()));
    said("STREAMOFF, REINIT", reinit());
    said("STREAMOFF, QBUF", on.queue(on.output(0, request)));
    said("bound, REQBUFS", on.node.request_buffers(on.node.output(), 2));
    said("without its buffer, QUEUE", queue());
    close(other);
    close(request);
}

void describe_streaming(const DecoderPaths& paths, uint32_t coded) {
    const DescribedNode node(paths.video);
    const std::string name = fourcc(coded);
    (void)node.format(VIDIOC_S_FMT, node.output(), coded, {320, 240}, 65536);
    const auto polled = [&] {
        return poll_now(node.fd(), POLLIN) + " " + poll_now(node.fd(), POLLOUT) + " " +
               poll_now(node.fd(), POLLPRI) + " " + poll_now(node.fd(), 0);
    };
    fact("poll " + name + " without buffers", polled());
    for (const uint32_t queue : {node.output(), node.capture()}) {
        const std::string of = text("%s of ", queue_name(node, queue)) + name;
        fact("STREAMON " + of + " without buffers", node.stream(queue, true));
        fact("STREAMOFF " + of + " without buffers", node.stream(queue, false));
        fact("DQBUF " + of + " without buffers", node.buffer(VIDIOC_DQBUF, {queue}));
        fact("QBUF " + of + " without buffers", node.buffer(VIDIOC_QBUF, {queue}));
        fact("REQBUFS " + of, node.request_buffers(queue, 2));
        fact("DQBUF " + of + " not streaming", node.buffer(VIDIOC_DQBUF, {queue}));
        fact("poll " + name + " not streaming " + of, polled());
        fact("STREAMON " + of, node.stream(queue, true));
        fact("STREAMON " + of + " again", node.stream(queue, true));
        fact("DQBUF " + of + " streaming", node.buffer(VIDIOC_DQBUF, {queue}));
        fact("poll " + name + " streaming " + of, polled());
        fact("REQBUFS " + of + " streaming", node.request_buffers(queue, 2));
        fact("REQBUFS " + of + " none streaming", node.request_buffers(queue, 0));
    }
    for (const uint32_t type : {V4L2_BUF_TYPE_VIDEO_OVERLAY, V4L2_BUF_TYPE_VBI_CAPTURE}) {
        fact("STREAMON " + name + text(" of type %u", type), node.stream(type, true));
        fact("STREAMOFF " + name + text(" of type %u", type), node.stream(type, false));
        fact("DQBUF " + name + text(" of type %u", type), node.buffer(VIDIOC_DQBUF, {type}));
    }
    for (const uint32_t queue : {node.output(), node.capture()}) {
        const std::string of = text("%s of ", queue_name(node, queue)) + name;
        fact("STREAMOFF " + of, node.stream(queue, false));
        fact("STREAMOFF " + of + " again", node.stream(queue, false));
    }
}

}  // namespace

void describe_requests(const DecoderPaths& paths) {
    const DescribedNode node(paths.video);
    for (const v4l2_fmtdesc& one : node.formats(node.output())) {
        const uint32_t coded = one.pixelformat;
        const std::string name = fourcc(coded);
        describe_streaming(paths, coded);
        describe_wrong_output(Decoder(paths, coded, false), name);
        describe_wrong_capture(Decoder(paths, coded, false), name);
        describe_wrong_capture(Decoder(paths, coded, true), name + " streaming");
        // mtk-vcodec-dec 7.3 warns when a queue that does not stream has a queued request and ends.
        if (driver_of(node) != "mtk-vcodec-dec") {
            describe_states(Decoder(paths, coded, false), name);
        }
        describe_states(Decoder(paths, coded, true), name + " streaming");
    }
}
