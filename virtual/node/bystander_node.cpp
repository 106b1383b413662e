// SPDX-License-Identifier: MIT
// What encoders, stateful decoders, converters and cameras answer to the question what they are.
#include "node/bystander_node.h"

#include <linux/version.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "host/user_memory.h"

namespace vdec {
namespace {

const NodeRow& row_of(unsigned video) {
    const auto nodes = machine().nodes;
    return *std::ranges::find(nodes, static_cast<int>(video), &NodeRow::video);
}

uint32_t device_caps(NodeKind kind) {
    const uint32_t caps = V4L2_CAP_STREAMING | V4L2_CAP_EXT_PIX_FORMAT;
    return caps |
           (kind == NodeKind::camera ? V4L2_CAP_VIDEO_CAPTURE_MPLANE : V4L2_CAP_VIDEO_M2M_MPLANE);
}

// One format for each queue is enough to be recognised by; 0: there is no such queue.
uint32_t format_of(NodeKind kind, uint32_t type) {
    const bool output = type == V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE;
    if (!output && type != V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE) return 0;
    switch (kind) {
        case NodeKind::stateful_decoder:
            return output ? V4L2_PIX_FMT_H264 : V4L2_PIX_FMT_NV12;
        case NodeKind::encoder:
            return output ? V4L2_PIX_FMT_NV12 : V4L2_PIX_FMT_JPEG;
        case NodeKind::converter:
            return output ? V4L2_PIX_FMT_NV12 : V4L2_PIX_FMT_XBGR32;
        default:
            return output ? 0 : V4L2_PIX_FMT_NV12;
    }
}

template <size_t size>
void set_text(__u8 (&to)[size], const char* text) {
    std::snprintf(reinterpret_cast<char*>(to), size, "%s", text);
}

template <typename T, typename Function>
int serve(void* arg, Function function) {
    T value;
    if (!copy_from_user(&value, arg, sizeof value)) return -EFAULT;
    const int result = function(value);
    if (result != 0) return result;
    return copy_to_user(arg, &value, sizeof value) ? 0 : -EFAULT;
}

}  // namespace

BystanderNode::BystanderNode(std::unique_ptr<ReadySocket> socket, unsigned video)
    : Node(std::move(socket)), row_(row_of(video)) {}

dev_t BystanderNode::device_number() const {
    return makedev(kVideoMajor, static_cast<unsigned>(row_.video));
}

int BystanderNode::querycap(v4l2_capability& cap) const {
    cap = {};
    set_text(cap.driver, driver_of(row_));
    set_text(cap.card, card_of(row_));
    set_text(cap.bus_info, bus_info_of(row_));
    cap.version = KERNEL_VERSION(6, 12, 0);
    cap.device_caps = device_caps(row_.kind);
    cap.capabilities = cap.device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

int BystanderNode::enum_fmt(v4l2_fmtdesc& desc) const {
    const uint32_t type = desc.type;
    const uint32_t fourcc = format_of(row_.kind, type);
    if (fourcc == 0 || desc.index != 0) return -EINVAL;
    desc = {};
    desc.type = type;
    desc.pixelformat = fourcc;
    return 0;
}

int BystanderNode::ioctl(int, uint32_t request, void* arg) {
    if (request == VIDIOC_QUERYCAP) {
        return serve<v4l2_capability>(arg, [&](v4l2_capability& cap) { return querycap(cap); });
    }
    if (request == VIDIOC_ENUM_FMT) {
        return serve<v4l2_fmtdesc>(arg, [&](v4l2_fmtdesc& desc) { return enum_fmt(desc); });
    }
    return -ENOTTY;
}

}  // namespace vdec
