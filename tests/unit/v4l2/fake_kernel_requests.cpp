// SPDX-License-Identifier: MIT
// FakeKernel: requests and the jobs that they become.
#include <unistd.h>

#include <cerrno>

#include "fake_kernel.h"

namespace v4l2va::test {

void FakeKernel::give_back_output(Request& request) {
    const auto node = nodes.find(request.node);
    if (node != nodes.end() && request.output >= 0) {
        Buffer& buffer = *node->second->output.buffers[static_cast<size_t>(request.output)];
        if (buffer.state == Buffer::State::kInRequest) {
            buffer.state = Buffer::State::kDequeued;
        }
    }
    request.output = -1;
}

int FakeKernel::queue_request(uint64_t inode) {
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

int FakeKernel::reinit_request(uint64_t inode) {
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

void FakeKernel::run_if_automatic() {
    if (automatic) {
        while (run_one()) {
        }
    }
}

void FakeKernel::finish_capture(Node& node, uint32_t index, bool damaged) {
    Buffer& buffer = *node.capture.buffers[index];
    buffer.state = Buffer::State::kDone;
    buffer.damaged = damaged;
    node.capture.done.push_back(index);
}

bool FakeKernel::has_job(const Node& node) const {
    return !unplugged && node.output.streaming && node.capture.streaming &&
           !node.output.waiting.empty() && (node.held >= 0 || !node.capture.waiting.empty());
}

bool FakeKernel::run_one() {
    for (auto& [inode, node] : nodes) {
        if (run_job(*node)) {
            changed.notify_all();
            return true;
        }
    }
    return false;
}

bool FakeKernel::run_job(Node& node) {
    if (!node.output.streaming || !node.capture.streaming || node.output.waiting.empty()) {
        return false;
    }
    const uint32_t output_index = node.output.waiting.front();
    Buffer& output = *node.output.buffers[output_index];
    if (node.held >= 0 &&
        node.capture.buffers[static_cast<size_t>(node.held)]->timestamp_us != output.timestamp_us) {
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
void FakeKernel::decode(const Buffer& output, const Buffer& capture, uint32_t capture_index) {
    for (size_t plane = 0; plane < capture.planes.size(); ++plane) {
        const std::vector<uint8_t> pixels(capture.lengths[plane],
                                          static_cast<uint8_t>(output.timestamp_us));
        (void)!::pwrite(capture.planes[plane].get(), pixels.data(), pixels.size(), 0);
    }
    FakeSystem::Decoded entry;
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

int FakeKernel::flush(Node& node) {
    if (!node.output.waiting.empty()) {
        node.output.buffers[node.output.waiting.back()]->hold = false;
    } else if (node.held >= 0) {
        finish_capture(node, static_cast<uint32_t>(node.held), false);
        node.held = -1;
    }
    return 0;
}

}  // namespace v4l2va::test
