// SPDX-License-Identifier: MIT
// FakeSystem: media devices, m2m queues and requests as the kernel has them, without a kernel.
#include "fake_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>

namespace v4l2va::test {

thread_local int fake_depth = 0;

namespace {

class FakeScope {
  public:
    FakeScope() { ++fake_depth; }
    ~FakeScope() { --fake_depth; }
    FakeScope(const FakeScope&) = delete;
    FakeScope& operator=(const FakeScope&) = delete;
};

constexpr uint32_t kMajor = 81;
constexpr uint32_t kEntitySource = 1;
constexpr uint32_t kEntityDecoder = 3;
constexpr uint32_t kEntitySink = 6;
constexpr uint32_t kInterface = 12;

uint64_t inode_of(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

UniqueFd make_memory(size_t size) {
    UniqueFd fd(::memfd_create("fake", MFD_CLOEXEC));
    if (size != 0 && ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) {
        return UniqueFd();
    }
    return fd;
}

struct Buffer {
    uint32_t memory = V4L2_MEMORY_MMAP;
    std::vector<uint32_t> lengths;
    std::vector<UniqueFd> planes;  // MMAP: own; DMABUF: what QBUF or PREPARE_BUF bound
    enum class State { kDequeued, kInRequest, kQueued, kDone } state = State::kDequeued;
    bool prepared = false;
    bool hold = false;
    bool damaged = false;
    uint64_t timestamp_us = 0;
    uint32_t bytes_used = 0;
    uint64_t request = 0;  // inode
    size_t device_index = 0;
};

struct Queue {
    v4l2_pix_format_mplane format{};
    std::vector<std::unique_ptr<Buffer>> buffers;
    std::deque<uint32_t> waiting;
    std::deque<uint32_t> done;
    bool streaming = false;
};

struct Request {
    int fd = -1;
    enum class State { kIdle, kQueued, kComplete } state = State::kIdle;
    uint64_t node = 0;  // inode of the video node, once something of it is in the request
    int output = -1;    // buffer index
    std::set<uint32_t> controls;
};

struct Node {
    int fd = -1;
    FakeDevice* device = nullptr;
    Queue output;
    Queue capture;
    int held = -1;  // CAPTURE index
    bool ten_bit = false;
    std::map<uint32_t, std::string> sequences;  // the latest value of a sequence control
};

const std::set<uint32_t> kH264Controls = {
    V4L2_CID_STATELESS_H264_DECODE_MODE,
    V4L2_CID_STATELESS_H264_START_CODE,
    V4L2_CID_STATELESS_H264_SPS,
    V4L2_CID_STATELESS_H264_PPS,
    V4L2_CID_STATELESS_H264_SCALING_MATRIX,
    V4L2_CID_STATELESS_H264_DECODE_PARAMS,
    V4L2_CID_MPEG_VIDEO_H264_PROFILE,
};

}  // namespace

struct FakeSystem::Impl {
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::unique_ptr<FakeDevice>> devices;
    std::map<uint64_t, std::unique_ptr<Node>> nodes;        // by inode
    std::map<uint64_t, std::pair<int, FakeDevice*>> media;  // inode -> fd, device
    std::map<uint64_t, Request> requests;
    std::set<uint64_t> unmappable;
    bool automatic = true;
    bool damage = false;
    bool unplugged = false;
    unsigned long fail_request = 0;
    int fail_countdown = 0;
    int fail_errno = 0;
    std::map<unsigned long, uint64_t> counts;
    uint64_t ioctl_count = 0;
    uint64_t poll_count = 0;
    uint64_t failed_count = 0;
    bool injected = false;
    std::vector<Decoded> decoded;
    std::vector<std::string> violations;

    // Closing is not seen; a descriptor whose inode changed is closed.
    void sweep() {
        std::erase_if(nodes,
                      [](const auto& entry) { return inode_of(entry.second->fd) != entry.first; });
        std::erase_if(
            media, [](const auto& entry) { return inode_of(entry.second.first) != entry.first; });
        for (auto it = requests.begin(); it != requests.end();) {
            if (inode_of(it->second.fd) == it->first ||
                it->second.state == Request::State::kQueued) {
                ++it;
                continue;
            }
            give_back_output(it->second);
            it = requests.erase(it);
        }
    }

    void violate(const std::string& what) {
        if (!injected) {
            violations.push_back(what);
        }
    }

    void give_back_output(Request& request) {
        const auto node = nodes.find(request.node);
        if (node != nodes.end() && request.output >= 0) {
            Buffer& buffer = *node->second->output.buffers[static_cast<size_t>(request.output)];
            if (buffer.state == Buffer::State::kInRequest) {
                buffer.state = Buffer::State::kDequeued;
            }
        }
        request.output = -1;
    }

    const std::set<uint32_t>& controls_of(const FakeDevice& device) const {
        return device.controls.empty() ? kH264Controls : device.controls;
    }

    // --- formats ---
    void fill_capture_format(Node& node, uint32_t fourcc) {
        const FakeDevice& device = *node.device;
        v4l2_pix_format_mplane& pix = node.capture.format;
        const v4l2_pix_format_mplane& coded = node.output.format;
        pix = {};
        uint32_t tail = 0;
        uint32_t alignment = device.height_alignment;
        for (const FakeCodedFormat& format : device.coded) {
            if (format.fourcc == coded.pixelformat) {
                tail = format.tail;
                alignment = format.height_alignment != 0 ? format.height_alignment : alignment;
            }
        }
        pix.width = (coded.width + 15) / 16 * 16;
        pix.height = (coded.height + alignment - 1) / alignment * alignment;
        const std::vector<uint32_t> offered = offered_capture(node);
        if (offered.empty()) {
            return;
        }
        pix.pixelformat = std::find(offered.begin(), offered.end(), fourcc) != offered.end()
                              ? fourcc
                              : offered.front();
        pix.field = V4L2_FIELD_NONE;
        const uint32_t bytes = pix.pixelformat == V4L2_PIX_FMT_P010 ? 2 : 1;
        const uint32_t stride = (pix.width * bytes + device.stride_alignment - 1) /
                                device.stride_alignment * device.stride_alignment;
        if (pix.pixelformat == V4L2_PIX_FMT_MM21) {
            pix.num_planes = 2;
            pix.plane_fmt[0] = {stride * pix.height, stride, {}};
            pix.plane_fmt[1] = {stride * pix.height / 2, stride, {}};
        } else {
            pix.num_planes = 1;
            pix.plane_fmt[0] = {stride * pix.height * 3 / 2 + tail, stride, {}};
        }
    }

    static std::vector<uint32_t> offered_capture(const Node& node) {
        return node.ten_bit ? node.device->ten_bit_capture : node.device->capture;
    }

    int set_format(Node& node, v4l2_format& format) {
        const bool output = V4L2_TYPE_IS_OUTPUT(format.type);
        v4l2_pix_format_mplane wanted{};
        from_user(format, wanted);
        if (!output) {
            if (!node.capture.buffers.empty() && !node.device->relaxed_formats) {
                return EBUSY;
            }
            fill_capture_format(node, wanted.pixelformat);
            to_user(node.capture.format, format);
            return 0;
        }
        if (!node.device->relaxed_formats &&
            (!node.output.buffers.empty() || !node.capture.buffers.empty())) {
            return EBUSY;
        }
        const FakeCodedFormat* chosen = nullptr;
        for (const FakeCodedFormat& coded : node.device->coded) {
            if (coded.fourcc == wanted.pixelformat) {
                chosen = &coded;
            }
        }
        if (wanted.plane_fmt[0].sizeimage == 0) {
            return EINVAL;  // mtk
        }
        chosen = chosen ? chosen : node.device->coded.data();
        v4l2_pix_format_mplane& pix = node.output.format;
        pix = {};
        pix.pixelformat = chosen->fourcc;
        pix.width = std::clamp(wanted.width, 48U, chosen->max_width);
        pix.height = std::clamp(wanted.height, 48U, chosen->max_height);
        pix.num_planes = 1;
        pix.plane_fmt[0].sizeimage = (wanted.plane_fmt[0].sizeimage + 4095) / 4096 * 4096;
        node.ten_bit = false;
        fill_capture_format(node, 0);
        to_user(pix, format);
        return 0;
    }

    static void from_user(const v4l2_format& format, v4l2_pix_format_mplane& pix) {
        if (V4L2_TYPE_IS_MULTIPLANAR(format.type)) {
            pix = format.fmt.pix_mp;
            return;
        }
        pix.width = format.fmt.pix.width;
        pix.height = format.fmt.pix.height;
        pix.pixelformat = format.fmt.pix.pixelformat;
        pix.num_planes = 1;
        pix.plane_fmt[0].sizeimage = format.fmt.pix.sizeimage;
        pix.plane_fmt[0].bytesperline = format.fmt.pix.bytesperline;
    }

    static void to_user(const v4l2_pix_format_mplane& pix, v4l2_format& format) {
        if (V4L2_TYPE_IS_MULTIPLANAR(format.type)) {
            format.fmt.pix_mp = pix;
            return;
        }
        format.fmt.pix = {};
        format.fmt.pix.width = pix.width;
        format.fmt.pix.height = pix.height;
        format.fmt.pix.pixelformat = pix.pixelformat;
        format.fmt.pix.sizeimage = pix.plane_fmt[0].sizeimage;
        format.fmt.pix.bytesperline = pix.plane_fmt[0].bytesperline;
    }

    // --- buffers ---
    uint32_t queue_capabilities(const Node& node, bool output) const {
        uint32_t caps = V4L2_BUF_CAP_SUPPORTS_MMAP | V4L2_BUF_CAP_SUPPORTS_DMABUF;
        if (output && node.device->requests_supported) {
            caps |= V4L2_BUF_CAP_SUPPORTS_REQUESTS;
        }
        for (const FakeCodedFormat& format : node.device->coded) {
            if (output && format.supports_hold && format.fourcc == node.output.format.pixelformat) {
                caps |= V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF;
            }
        }
        return caps;
    }

    void add_buffer(Queue& queue, uint32_t memory, const v4l2_pix_format_mplane& format) {
        auto buffer = std::make_unique<Buffer>();
        buffer->memory = memory;
        for (uint32_t plane = 0; plane < queue.format.num_planes; ++plane) {
            const uint32_t length = format.plane_fmt[plane].sizeimage;
            buffer->lengths.push_back(length);
            buffer->planes.push_back(memory == V4L2_MEMORY_MMAP ? make_memory(length) : UniqueFd());
        }
        queue.buffers.push_back(std::move(buffer));
    }

    int request_buffers(Node& node, v4l2_requestbuffers& request) {
        const bool output = V4L2_TYPE_IS_OUTPUT(request.type);
        Queue& queue = output ? node.output : node.capture;
        request.capabilities = queue_capabilities(node, output);
        if (queue.streaming) {
            return EBUSY;
        }
        queue.buffers.clear();
        request.count = std::min(request.count, node.device->max_buffers);
        for (uint32_t i = 0; i < request.count; ++i) {
            add_buffer(queue, request.memory, queue.format);
        }
        return 0;
    }

    int create_buffers(Node& node, v4l2_create_buffers& create) {
        const bool output = V4L2_TYPE_IS_OUTPUT(create.format.type);
        Queue& queue = output ? node.output : node.capture;
        create.capabilities = queue_capabilities(node, output);
        create.index = static_cast<uint32_t>(queue.buffers.size());
        if (queue.buffers.size() >= node.device->max_buffers) {
            return ENOBUFS;
        }
        if (!queue.buffers.empty() && queue.buffers[0]->memory != create.memory) {
            return EINVAL;
        }
        v4l2_pix_format_mplane format{};
        from_user(create.format, format);
        for (uint32_t plane = 0; plane < queue.format.num_planes; ++plane) {
            if (format.plane_fmt[plane].sizeimage < queue.format.plane_fmt[plane].sizeimage) {
                return EINVAL;
            }
        }
        for (uint32_t i = 0; i < create.count; ++i) {
            add_buffer(queue, create.memory, format);
        }
        return 0;
    }

    int bind(Buffer& buffer, const v4l2_buffer& argument, bool multiplanar) {
        for (size_t plane = 0; plane < buffer.planes.size(); ++plane) {
            const int fd = multiplanar ? argument.m.planes[plane].m.fd : argument.m.fd;
            const uint32_t length = multiplanar ? argument.m.planes[plane].length : argument.length;
            const off_t size = ::lseek(fd, 0, SEEK_END);
            if (size < 0 || length < buffer.lengths[plane] || size < off_t{buffer.lengths[plane]}) {
                return EINVAL;
            }
            if (unmappable.contains(inode_of(fd))) {
                return EFAULT;
            }
            if (inode_of(fd) != inode_of(buffer.planes[plane].get())) {
                buffer.planes[plane].reset(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
            }
        }
        return 0;
    }

    int prepare(Node& node, const v4l2_buffer& argument) {
        if (!node.device->has_prepare) {
            return ENOTTY;
        }
        if (argument.index >= node.capture.buffers.size()) {
            return EINVAL;
        }
        Buffer& buffer = *node.capture.buffers[argument.index];
        if (buffer.state != Buffer::State::kDequeued || buffer.prepared) {
            violate("PREPARE_BUF of a buffer in use");
            return EINVAL;
        }
        const int bound = bind(buffer, argument, node.device->multiplanar);
        buffer.prepared = bound == 0;
        return bound;
    }

    int queue_buffer(Node& node, v4l2_buffer& argument) {
        const bool output = V4L2_TYPE_IS_OUTPUT(argument.type);
        Queue& queue = output ? node.output : node.capture;
        if (argument.index >= queue.buffers.size()) {
            return EINVAL;
        }
        Buffer& buffer = *queue.buffers[argument.index];
        if (buffer.state != Buffer::State::kDequeued) {
            violate("QBUF of a buffer that is not dequeued");
            return EINVAL;
        }
        if (!output) {
            if ((argument.flags & V4L2_BUF_FLAG_REQUEST_FD) != 0) {
                return EPERM;
            }
            if (!buffer.prepared) {
                const int bound = bind(buffer, argument, node.device->multiplanar);
                if (bound != 0) {
                    return bound;
                }
            } else if (inode_of(node.device->multiplanar
                                    ? argument.m.planes[0].m.fd
                                    : argument.m.fd) != inode_of(buffer.planes[0].get())) {
                violate("QBUF of another dma-buf than was prepared");
            }
            buffer.prepared = false;
            buffer.timestamp_us = 0;
            buffer.state = Buffer::State::kQueued;
            queue.waiting.push_back(argument.index);
            run_if_automatic();
            return 0;
        }
        const auto request = requests.find(inode_of(argument.request_fd));
        if ((argument.flags & V4L2_BUF_FLAG_REQUEST_FD) == 0) {
            return EBADR;
        }
        if (request == requests.end() || request->second.state != Request::State::kIdle ||
            request->second.output >= 0) {
            violate("QBUF into a request that is not idle or has a buffer");
            return EBUSY;
        }
        const uint32_t used =
            node.device->multiplanar ? argument.m.planes[0].bytesused : argument.bytesused;
        if (used == 0 || used > buffer.lengths[0]) {
            return EINVAL;
        }
        buffer.bytes_used = used;
        buffer.hold =
            (argument.flags & V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF) != 0 &&
            (queue_capabilities(node, true) & V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF) != 0;
        buffer.timestamp_us = static_cast<uint64_t>(argument.timestamp.tv_sec) * 1'000'000 +
                              static_cast<uint64_t>(argument.timestamp.tv_usec);
        buffer.state = Buffer::State::kInRequest;
        buffer.request = request->first;
        request->second.output = static_cast<int>(argument.index);
        request->second.node = inode_of(node.fd);
        return 0;
    }

    int dequeue_buffer(Node& node, v4l2_buffer& argument) {
        const bool output = V4L2_TYPE_IS_OUTPUT(argument.type);
        Queue& queue = output ? node.output : node.capture;
        if (!queue.streaming) {
            return EINVAL;
        }
        if (queue.done.empty()) {
            violate(output ? "DQBUF output: EAGAIN" : "DQBUF capture: EAGAIN");
            return EAGAIN;
        }
        argument.index = queue.done.front();
        queue.done.pop_front();
        Buffer& buffer = *queue.buffers[argument.index];
        buffer.state = Buffer::State::kDequeued;
        argument.flags = buffer.damaged ? V4L2_BUF_FLAG_ERROR : 0U;
        argument.timestamp.tv_sec = static_cast<time_t>(buffer.timestamp_us / 1'000'000);
        argument.timestamp.tv_usec = static_cast<suseconds_t>(buffer.timestamp_us % 1'000'000);
        return 0;
    }

    int stream(Node& node, uint32_t type, bool on) {
        const bool output = V4L2_TYPE_IS_OUTPUT(type);
        Queue& queue = output ? node.output : node.capture;
        if (on) {
            if (queue.buffers.empty()) {
                return EINVAL;
            }
            queue.streaming = true;
            run_if_automatic();
            return 0;
        }
        queue.streaming = false;
        queue.waiting.clear();
        queue.done.clear();
        for (const auto& buffer : queue.buffers) {
            if (output && buffer->state == Buffer::State::kQueued) {
                const auto request = requests.find(buffer->request);
                if (request != requests.end()) {
                    request->second.state = Request::State::kComplete;
                }
            }
            if (buffer->state != Buffer::State::kInRequest) {
                buffer->state = Buffer::State::kDequeued;
            }
            buffer->prepared = false;
            buffer->timestamp_us = 0;
        }
        if (!output) {
            node.held = -1;
        }
        changed.notify_all();
        return 0;
    }

    // --- requests and jobs ---
    int queue_request(uint64_t inode) {
        Request& request = requests.at(inode);
        if (request.state != Request::State::kIdle) {
            violate("REQUEST_QUEUE of a request that is not idle");
            return EBUSY;
        }
        const auto node = nodes.find(request.node);
        if (node == nodes.end() || request.output < 0) {
            return ENOENT;
        }
        const FakeDevice& device = *node->second->device;
        if (device.wants_all_controls && !request.controls.contains(V4L2_CID_STATELESS_H264_PPS)) {
            return ENOENT;
        }
        request.state = Request::State::kQueued;
        Queue& queue = node->second->output;
        const auto index = static_cast<uint32_t>(request.output);
        queue.buffers[index]->state = Buffer::State::kQueued;
        queue.waiting.push_back(index);
        run_if_automatic();
        return 0;
    }

    int reinit_request(uint64_t inode) {
        Request& request = requests.at(inode);
        if (request.state == Request::State::kQueued) {
            violate("REINIT of a queued request");
            return EBUSY;
        }
        give_back_output(request);
        request.state = Request::State::kIdle;
        request.controls.clear();
        return 0;
    }

    void run_if_automatic() {
        if (automatic) {
            while (run_one()) {
            }
        }
    }

    void finish_capture(Node& node, uint32_t index, bool damaged) {
        Buffer& buffer = *node.capture.buffers[index];
        buffer.state = Buffer::State::kDone;
        buffer.damaged = damaged;
        node.capture.done.push_back(index);
    }

    bool run_one() {
        for (auto& [inode, node] : nodes) {
            if (run_job(*node)) {
                changed.notify_all();
                return true;
            }
        }
        return false;
    }

    bool run_job(Node& node) {
        if (!node.output.streaming || !node.capture.streaming || node.output.waiting.empty()) {
            return false;
        }
        const uint32_t output_index = node.output.waiting.front();
        Buffer& output = *node.output.buffers[output_index];
        if (node.held >= 0 && node.capture.buffers[static_cast<size_t>(node.held)]->timestamp_us !=
                                  output.timestamp_us) {
            finish_capture(node, static_cast<uint32_t>(node.held), false);
            node.held = -1;
        }
        if (node.held < 0) {
            if (node.capture.waiting.empty()) {
                return false;
            }
            node.held = static_cast<int>(node.capture.waiting.front());
            node.capture.waiting.pop_front();
        }
        node.output.waiting.pop_front();
        Buffer& capture = *node.capture.buffers[static_cast<size_t>(node.held)];
        capture.timestamp_us = output.timestamp_us;
        decode(output, capture, static_cast<uint32_t>(node.held));
        output.damaged = damage;
        if (!output.hold) {
            finish_capture(node, static_cast<uint32_t>(node.held), damage);
            node.held = -1;
        }
        damage = false;
        output.state = Buffer::State::kDone;
        node.output.done.push_back(output_index);
        const auto request = requests.find(output.request);
        if (request != requests.end()) {
            request->second.state = Request::State::kComplete;
            request->second.output = -1;
        }
        return true;
    }

    // "Decodes": every byte of the picture becomes the low byte of the timestamp.
    void decode(const Buffer& output, const Buffer& capture, uint32_t capture_index) {
        for (size_t plane = 0; plane < capture.planes.size(); ++plane) {
            const std::vector<uint8_t> pixels(capture.lengths[plane],
                                              static_cast<uint8_t>(output.timestamp_us));
            (void)!::pwrite(capture.planes[plane].get(), pixels.data(), pixels.size(), 0);
        }
        Decoded entry;
        entry.timestamp_us = output.timestamp_us;
        entry.capture_index = capture_index;
        entry.capture_inode = inode_of(capture.planes[0].get());
        entry.bitstream.resize(output.bytes_used);
        (void)!::pread(output.planes[0].get(), entry.bitstream.data(), output.bytes_used, 0);
        entry.held = output.hold;
        const auto request = requests.find(output.request);
        if (request != requests.end()) {
            entry.controls = request->second.controls;
        }
        decoded.push_back(std::move(entry));
    }

    int flush(Node& node) {
        if (!node.output.waiting.empty()) {
            node.output.buffers[node.output.waiting.back()]->hold = false;
        } else if (node.held >= 0) {
            finish_capture(node, static_cast<uint32_t>(node.held), false);
            node.held = -1;
        }
        return 0;
    }

    // --- controls ---
    int set_controls(Node& node, v4l2_ext_controls& argument) {
        Request* request = nullptr;
        if (argument.which == V4L2_CTRL_WHICH_REQUEST_VAL) {
            const auto found = requests.find(inode_of(argument.request_fd));
            if (found == requests.end()) {
                return EINVAL;
            }
            if (found->second.state != Request::State::kIdle) {
                violate("S_EXT_CTRLS into a request that is not idle");
                return EBUSY;
            }
            request = &found->second;
        }
        for (uint32_t i = 0; i < argument.count; ++i) {
            const v4l2_ext_control& control = argument.controls[i];
            if (!controls_of(*node.device).contains(control.id)) {
                return EINVAL;
            }
            if (request) {
                request->controls.insert(control.id);
            } else if (control.id == V4L2_CID_STATELESS_H264_SPS) {
                return set_sequence(node, control, control.p_h264_sps->bit_depth_luma_minus8);
            } else if (control.id == V4L2_CID_STATELESS_HEVC_SPS) {
                return set_sequence(node, control, control.p_hevc_sps->bit_depth_luma_minus8);
            }
        }
        return 0;
    }

    int set_sequence(Node& node, const v4l2_ext_control& control, int bit_depth_minus8) {
        const bool ten = bit_depth_minus8 == 2;
        if (ten && node.device->ten_bit_capture.empty()) {
            return EINVAL;
        }
        // The control framework calls no driver for a value that the control has already.
        const std::string value(static_cast<const char*>(control.ptr), control.size);
        if (std::exchange(node.sequences[control.id], value) != value && ten != node.ten_bit) {
            node.ten_bit = ten;
            fill_capture_format(node, 0);
        }
        return 0;
    }

    int query_control(const Node& node, v4l2_query_ext_ctrl& control) const {
        if (!controls_of(*node.device).contains(control.id)) {
            return EINVAL;
        }
        const uint32_t id = control.id;
        control = {};
        control.id = id;
        control.maximum = 1;
        if (id == V4L2_CID_STATELESS_H264_DECODE_MODE) {
            control.minimum = node.device->decode_mode_min;
        } else if (id == V4L2_CID_STATELESS_HEVC_SLICE_PARAMS) {
            control.nr_of_dims = 1;
            control.dims[0] = 600;
            control.elems = 1;
        } else if (id == V4L2_CID_MPEG_VIDEO_H264_PROFILE) {
            control.maximum = V4L2_MPEG_VIDEO_H264_PROFILE_HIGH;
        }
        return 0;
    }

    static int query_menu(const v4l2_querymenu& menu) {
        return menu.index == V4L2_MPEG_VIDEO_H264_PROFILE_EXTENDED ? EINVAL : 0;
    }

    // --- topology ---
    int topology(FakeDevice& device, media_v2_topology& argument) {
        const bool first = argument.ptr_entities == 0;
        if (!first && device.topology_moves > 0) {
            --device.topology_moves;
            argument.topology_version = 99;
            return ENOSPC;
        }
        const uint32_t links = device.has_interface_link ? 4 : 2;
        if (!first) {
            fill_topology(device, argument);
        }
        argument.topology_version = 1;
        argument.num_entities = 3;
        argument.num_interfaces = 1;
        argument.num_pads = 4;
        argument.num_links = links;
        return 0;
    }

    static void* pointer_of(uint64_t value) {
        void* pointer = nullptr;
        std::memcpy(&pointer, &value, sizeof(pointer));
        return pointer;
    }

    void fill_topology(const FakeDevice& device, const media_v2_topology& argument) const {
        auto* const entities = static_cast<media_v2_entity*>(pointer_of(argument.ptr_entities));
        entities[0].id = kEntitySource;
        entities[0].function = MEDIA_ENT_F_IO_V4L;
        entities[1].id = kEntityDecoder;
        entities[1].function = device.entity_function;
        entities[2].id = kEntitySink;
        entities[2].function = MEDIA_ENT_F_IO_V4L;
        auto* const pads = static_cast<media_v2_pad*>(pointer_of(argument.ptr_pads));
        const uint32_t owners[] = {kEntitySource, kEntityDecoder, kEntityDecoder, kEntitySink};
        for (uint32_t i = 0; i < 4; ++i) {
            pads[i].id = 100 + i;
            pads[i].entity_id = owners[i];
        }
        auto* const interfaces =
            static_cast<media_v2_interface*>(pointer_of(argument.ptr_interfaces));
        interfaces[0].id = kInterface;
        interfaces[0].intf_type = MEDIA_INTF_T_V4L_VIDEO;
        interfaces[0].devnode = {kMajor, device.minor};
        auto* const links = static_cast<media_v2_link*>(pointer_of(argument.ptr_links));
        links[0] = {20, 100, 101, MEDIA_LNK_FL_ENABLED | MEDIA_LNK_FL_IMMUTABLE, {}};
        links[1] = {21, 102, 103, MEDIA_LNK_FL_ENABLED | MEDIA_LNK_FL_IMMUTABLE, {}};
        if (device.has_interface_link) {
            links[2] = {22, kInterface, kEntitySource, MEDIA_LNK_FL_INTERFACE_LINK, {}};
            links[3] = {23, kInterface, kEntitySink, MEDIA_LNK_FL_INTERFACE_LINK, {}};
        }
    }

    int query_capabilities(const FakeDevice& device, v4l2_capability& argument) const {
        std::strncpy(reinterpret_cast<char*>(argument.driver), device.driver.c_str(), 15);
        std::strncpy(reinterpret_cast<char*>(argument.card), "a card", 31);
        const uint32_t m2m = device.multiplanar ? V4L2_CAP_VIDEO_M2M_MPLANE : V4L2_CAP_VIDEO_M2M;
        argument.device_caps =
            device.capabilities != 0 ? device.capabilities : (m2m | V4L2_CAP_STREAMING);
        argument.capabilities = argument.device_caps | V4L2_CAP_DEVICE_CAPS;
        return 0;
    }

    int enum_format(const Node& node, v4l2_fmtdesc& argument) const {
        std::vector<uint32_t> list = node.device->raw_output_fourccs;
        if (V4L2_TYPE_IS_OUTPUT(argument.type)) {
            for (const FakeCodedFormat& format : node.device->coded) {
                list.push_back(format.fourcc);
            }
        } else {
            list = offered_capture(node);
        }
        if (argument.index >= list.size()) {
            return EINVAL;
        }
        argument.pixelformat = list[argument.index];
        return 0;
    }

    int frame_sizes(const Node& node, v4l2_frmsizeenum& argument) const {
        for (const FakeCodedFormat& format : node.device->coded) {
            if (format.fourcc == argument.pixel_format && argument.index == 0) {
                argument.type = V4L2_FRMSIZE_TYPE_STEPWISE;
                argument.stepwise = {48, format.max_width, 16, 48, format.max_height, 16};
                return 0;
            }
        }
        return EINVAL;
    }

    int query_buffer(Node& node, v4l2_buffer& argument) {
        Queue& queue = V4L2_TYPE_IS_OUTPUT(argument.type) ? node.output : node.capture;
        if (argument.index >= queue.buffers.size()) {
            return EINVAL;
        }
        const uint32_t length = queue.buffers[argument.index]->lengths[0];
        const uint32_t offset = argument.index << 12;
        if (node.device->multiplanar) {
            argument.m.planes[0].length = length;
            argument.m.planes[0].m.mem_offset = offset;
        } else {
            argument.length = length;
            argument.m.offset = offset;
        }
        return 0;
    }

    int export_buffer(Node& node, v4l2_exportbuffer& argument) {
        Queue& queue = V4L2_TYPE_IS_OUTPUT(argument.type) ? node.output : node.capture;
        if (argument.index >= queue.buffers.size() ||
            argument.plane >= queue.buffers[argument.index]->planes.size()) {
            return EINVAL;
        }
        argument.fd = ::fcntl(queue.buffers[argument.index]->planes[argument.plane].get(),
                              F_DUPFD_CLOEXEC, 0);
        return 0;
    }

    int video_ioctl(Node& node, unsigned long request, void* argument) {
        switch (request) {
            case VIDIOC_QUERYCAP:
                return query_capabilities(*node.device, *static_cast<v4l2_capability*>(argument));
            case VIDIOC_ENUM_FMT:
                return enum_format(node, *static_cast<v4l2_fmtdesc*>(argument));
            case VIDIOC_ENUM_FRAMESIZES:
                return frame_sizes(node, *static_cast<v4l2_frmsizeenum*>(argument));
            case VIDIOC_S_FMT:
                return set_format(node, *static_cast<v4l2_format*>(argument));
            case VIDIOC_REQBUFS:
                return request_buffers(node, *static_cast<v4l2_requestbuffers*>(argument));
            case VIDIOC_CREATE_BUFS:
                return create_buffers(node, *static_cast<v4l2_create_buffers*>(argument));
            case VIDIOC_QUERYBUF:
                return query_buffer(node, *static_cast<v4l2_buffer*>(argument));
            case VIDIOC_EXPBUF:
                return export_buffer(node, *static_cast<v4l2_exportbuffer*>(argument));
            case VIDIOC_PREPARE_BUF:
                return prepare(node, *static_cast<v4l2_buffer*>(argument));
            case VIDIOC_QBUF:
                return queue_buffer(node, *static_cast<v4l2_buffer*>(argument));
            case VIDIOC_DQBUF:
                return dequeue_buffer(node, *static_cast<v4l2_buffer*>(argument));
            case VIDIOC_STREAMON:
                return stream(node, *static_cast<uint32_t*>(argument), true);
            case VIDIOC_STREAMOFF:
                return stream(node, *static_cast<uint32_t*>(argument), false);
            case VIDIOC_S_EXT_CTRLS:
                return set_controls(node, *static_cast<v4l2_ext_controls*>(argument));
            case VIDIOC_QUERY_EXT_CTRL:
                return query_control(node, *static_cast<v4l2_query_ext_ctrl*>(argument));
            case VIDIOC_QUERYMENU:
                return query_menu(*static_cast<v4l2_querymenu*>(argument));
            case VIDIOC_DECODER_CMD:
                return flush(node);
            default:
                return ENOTTY;
        }
    }

    int media_ioctl(FakeDevice& device, unsigned long request, void* argument) {
        if (request == MEDIA_IOC_G_TOPOLOGY) {
            return topology(device, *static_cast<media_v2_topology*>(argument));
        }
        if (request == MEDIA_IOC_REQUEST_ALLOC) {
            UniqueFd fd = make_memory(0);
            Request made;
            made.fd = fd.get();
            requests[inode_of(fd.get())] = made;
            *static_cast<int*>(argument) = fd.release();
            return 0;
        }
        return ENOTTY;
    }

    int dispatch(int fd, unsigned long request, void* argument) {
        const uint64_t inode = inode_of(fd);
        if (const auto node = nodes.find(inode); node != nodes.end()) {
            return video_ioctl(*node->second, request, argument);
        }
        if (const auto found = media.find(inode); found != media.end()) {
            return media_ioctl(*found->second.second, request, argument);
        }
        if (requests.contains(inode)) {
            return request == MEDIA_REQUEST_IOC_QUEUE    ? queue_request(inode)
                   : request == MEDIA_REQUEST_IOC_REINIT ? reinit_request(inode)
                                                         : ENOTTY;
        }
        return fd >= 0 ? 0 : EBADF;  // DMA_BUF_IOCTL_SYNC
    }
};

FakeSystem::FakeSystem() : impl_(std::make_unique<Impl>()) {}
FakeSystem::~FakeSystem() = default;

FakeDevice& FakeSystem::add_device(FakeDevice device) {
    impl_->devices.push_back(std::make_unique<FakeDevice>(std::move(device)));
    return *impl_->devices.back();
}

void FakeSystem::set_automatic(bool automatic) {
    const std::lock_guard lock(impl_->mutex);
    impl_->automatic = automatic;
    impl_->run_if_automatic();
}

void FakeSystem::complete_jobs(size_t count) {
    const std::lock_guard lock(impl_->mutex);
    for (size_t i = 0; i < count && impl_->run_one(); ++i) {
    }
}

void FakeSystem::damage_next() {
    const std::lock_guard lock(impl_->mutex);
    impl_->damage = true;
}

void FakeSystem::fail_call(unsigned long request, int nth, int sys_errno) {
    const std::lock_guard lock(impl_->mutex);
    impl_->fail_request = request;
    impl_->fail_countdown = nth;
    impl_->fail_errno = sys_errno;
    impl_->injected = true;
}

void FakeSystem::unplug() {
    const std::lock_guard lock(impl_->mutex);
    impl_->unplugged = true;
    impl_->injected = true;
    for (auto& [inode, request] : impl_->requests) {
        if (request.state == Request::State::kQueued) {
            request.state = Request::State::kComplete;
        }
    }
    impl_->changed.notify_all();
}

void FakeSystem::make_unmappable(int dma_buf) {
    const std::lock_guard lock(impl_->mutex);
    impl_->unmappable.insert(inode_of(dma_buf));
}

void FakeSystem::reset_counts() {
    const std::lock_guard lock(impl_->mutex);
    for (auto& [request, count] : impl_->counts) {
        count = 0;
    }
    impl_->ioctl_count = impl_->poll_count = impl_->failed_count = 0;
}

uint64_t FakeSystem::ioctls() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->ioctl_count;
}

uint64_t FakeSystem::calls(unsigned long request) const {
    const std::lock_guard lock(impl_->mutex);
    const auto found = impl_->counts.find(request);
    return found == impl_->counts.end() ? 0 : found->second;
}

uint64_t FakeSystem::polls() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->poll_count;
}

uint64_t FakeSystem::failed_ioctls() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->failed_count;
}

std::vector<FakeSystem::Decoded> FakeSystem::decoded() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->decoded;
}

size_t FakeSystem::open_nodes() const {
    const std::lock_guard lock(impl_->mutex);
    impl_->sweep();
    return impl_->nodes.size();
}

size_t FakeSystem::queued_buffers() const {
    const std::lock_guard lock(impl_->mutex);
    impl_->sweep();
    size_t count = 0;
    for (const auto& [inode, node] : impl_->nodes) {
        for (const Queue* queue : {&node->output, &node->capture}) {
            for (const auto& buffer : queue->buffers) {
                count += buffer->state != Buffer::State::kDequeued ? 1 : 0;
            }
        }
    }
    return count;
}

std::vector<std::string> FakeSystem::violations() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->violations;
}

Result<std::vector<std::string>> FakeSystem::list(const char* directory) {
    if (std::string(directory) != "/dev") {
        return fail(ErrorCode::kNoDevice, "opendir", ENOENT);
    }
    std::vector<std::string> names = {"null", "mediatek", "video-notes"};
    for (const auto& device : impl_->devices) {
        names.push_back(device->media_path.substr(5));
        names.push_back(device->video_path.substr(5));
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<struct stat> FakeSystem::status(const char* path) {
    for (const auto& device : impl_->devices) {
        if (device->video_path == path) {
            struct stat result {};
            result.st_mode = S_IFCHR | 0660;
            result.st_rdev = makedev(kMajor, device->minor);
            return result;
        }
    }
    return fail(ErrorCode::kNoDevice, "stat", ENOENT);
}

Result<UniqueFd> FakeSystem::open(const char* path) {
    const std::lock_guard lock(impl_->mutex);
    impl_->sweep();
    for (const auto& device : impl_->devices) {
        const bool is_video = device->video_path == path;
        if (!is_video && device->media_path != path) {
            continue;
        }
        const int sys_errno = impl_->unplugged ? ENODEV
                              : is_video       ? device->open_errno
                                               : device->media_open_errno;
        if (sys_errno != 0) {
            return fail(error_code_from_errno(sys_errno), "open", sys_errno);
        }
        UniqueFd fd = make_memory(0);
        if (is_video) {
            auto node = std::make_unique<Node>();
            node->fd = fd.get();
            node->device = device.get();
            impl_->nodes[inode_of(fd.get())] = std::move(node);
        } else {
            impl_->media[inode_of(fd.get())] = {fd.get(), device.get()};
        }
        return fd;
    }
    return fail(ErrorCode::kNoDevice, "open", ENOENT);
}

Result<int> FakeSystem::ioctl(int fd, unsigned long request, void* argument, const char* op) {
    const FakeScope scope;
    const std::lock_guard lock(impl_->mutex);
    ++impl_->ioctl_count;
    ++impl_->counts[request];
    int sys_errno = 0;
    if (impl_->unplugged) {
        sys_errno = ENODEV;
    } else if (impl_->fail_countdown > 0 &&
               (impl_->fail_request == 0 || impl_->fail_request == request) &&
               --impl_->fail_countdown == 0) {
        sys_errno = impl_->fail_errno;
    } else {
        sys_errno = impl_->dispatch(fd, request, argument);
    }
    if (sys_errno != 0) {
        ++impl_->failed_count;
        return fail(error_code_from_errno(sys_errno), op, sys_errno);
    }
    return 0;
}

Result<Mapping> FakeSystem::map(int fd, size_t size, uint64_t offset, const char* op) {
    int memory = fd;
    {
        const std::lock_guard lock(impl_->mutex);
        const auto node = impl_->nodes.find(inode_of(fd));
        if (node != impl_->nodes.end()) {
            const auto index = static_cast<size_t>(offset >> 12);
            memory = node->second->output.buffers.at(index)->planes[0].get();
        }
    }
    void* const data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (data == MAP_FAILED) {
        return fail(error_code_from_errno(errno), op, errno);
    }
    return Mapping(data, size);
}

Result<PollResult> FakeSystem::poll(int fd, PollFor event, uint64_t timeout_ns) {
    const FakeScope scope;
    std::unique_lock lock(impl_->mutex);
    ++impl_->poll_count;
    PollResult result;
    const auto found = impl_->requests.find(inode_of(fd));
    if (event != PollFor::kRequestDone || found == impl_->requests.end()) {
        result.ready = true;
        return result;
    }
    const auto is_over = [&] { return found->second.state != Request::State::kQueued; };
    // No test waits longer than this on purpose.
    const auto bound = std::chrono::nanoseconds(std::min<uint64_t>(timeout_ns, 20'000'000'000));
    if (timeout_ns != 0) {
        impl_->changed.wait_for(lock, bound, is_over);
    }
    result.ready = found->second.state == Request::State::kComplete;
    result.failed = found->second.state == Request::State::kIdle;
    return result;
}

Result<UniqueFd> FakeSystem::duplicate(int fd) {
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        return fail(ErrorCode::kKernel, "F_DUPFD_CLOEXEC", errno);
    }
    return UniqueFd(copy);
}

Result<uint64_t> FakeSystem::size_of(int fd) {
    return static_cast<uint64_t>(::lseek(fd, 0, SEEK_END));
}

size_t open_descriptors() {
    size_t count = 0;
    DIR* const directory = ::opendir("/proc/self/fd");
    while (directory && ::readdir(directory)) {
        ++count;
    }
    if (directory) {
        ::closedir(directory);
    }
    return count;
}

}  // namespace v4l2va::test
