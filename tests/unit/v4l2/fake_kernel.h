// SPDX-License-Identifier: MIT
// FakeKernel: what is behind FakeSystem's calls: nodes, queues, requests and jobs.
#pragma once

#include <sys/stat.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fake_system.h"

namespace v4l2va::test {

inline constexpr uint32_t kVideoMajor = 81;

// 0 when it is closed.
[[nodiscard]] uint64_t inode_of(int fd);
[[nodiscard]] UniqueFd make_memory(size_t size);
// Between the two APIs; a format of one memory plane for the single-planar one.
void from_user(const v4l2_format& format, v4l2_pix_format_mplane& pix);
void to_user(const v4l2_pix_format_mplane& pix, v4l2_format& format);

// Callers hold `mutex`. Calls return an errno, 0 for none.
struct FakeKernel {
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

    // --- calls ---
    int dispatch(int fd, unsigned long request, void* argument);
    int video_ioctl(Node& node, unsigned long request, void* argument);
    int media_ioctl(FakeDevice& device, unsigned long request, void* argument);
    // Closing is not seen; a descriptor whose inode changed is closed.
    void sweep();
    void violate(const std::string& what);
    const std::set<uint32_t>& controls_of(const FakeDevice& device) const;

    // --- topology ---
    int topology(FakeDevice& device, media_v2_topology& argument);
    void fill_topology(const FakeDevice& device, const media_v2_topology& argument) const;
    int query_capabilities(const FakeDevice& device, v4l2_capability& argument) const;

    // --- formats ---
    static std::vector<uint32_t> offered_capture(const Node& node);
    void fill_capture_format(Node& node, uint32_t fourcc);
    int set_format(Node& node, v4l2_format& format);
    static int get_format(const Node& node, v4l2_format& format);
    int enum_format(const Node& node, v4l2_fmtdesc& argument) const;
    int frame_sizes(const Node& node, v4l2_frmsizeenum& argument) const;

    // --- controls ---
    int set_controls(Node& node, v4l2_ext_controls& argument);
    int set_sequence(Node& node, const v4l2_ext_control& control, int bit_depth_minus8);
    int query_control(const Node& node, v4l2_query_ext_ctrl& control) const;
    static int query_menu(const v4l2_querymenu& menu);

    // --- buffers ---
    uint32_t queue_capabilities(const Node& node, bool output) const;
    void add_buffer(Queue& queue, uint32_t memory, const v4l2_pix_format_mplane& format);
    int request_buffers(Node& node, v4l2_requestbuffers& request);
    int create_buffers(Node& node, v4l2_create_buffers& create);
    int query_buffer(Node& node, v4l2_buffer& argument);
    int export_buffer(Node& node, v4l2_exportbuffer& argument);
    int bind(Buffer& buffer, const v4l2_buffer& argument, bool multiplanar);
    int prepare(Node& node, const v4l2_buffer& argument);
    int queue_buffer(Node& node, v4l2_buffer& argument);
    int dequeue_buffer(Node& node, v4l2_buffer& argument);
    int stream(Node& node, uint32_t type, bool on);

    // --- requests and jobs ---
    void give_back_output(Request& request);
    int queue_request(uint64_t inode);
    int reinit_request(uint64_t inode);
    void run_if_automatic();
    void finish_capture(Node& node, uint32_t index, bool damaged);
    bool run_one();
    bool run_job(Node& node);
    // "Decodes": every byte of the picture becomes the low byte of the timestamp.
    void decode(const Buffer& output, const Buffer& capture, uint32_t capture_index);
    int flush(Node& node);
    [[nodiscard]] bool has_job(const Node& node) const;

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
    uint64_t poll_time_ns = 0;
    uint64_t failed_count = 0;
    size_t blocking_calls = 0;
    bool injected = false;
    std::vector<FakeSystem::Decoded> decoded;
    std::vector<std::string> violations;
};

}  // namespace v4l2va::test
