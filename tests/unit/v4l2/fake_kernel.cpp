// SPDX-License-Identifier: MIT
// FakeKernel: finds who is called, and tells the topology.
#include "fake_kernel.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace v4l2va::test {

namespace {

constexpr uint32_t kEntitySource = 1;
constexpr uint32_t kEntityDecoder = 3;
constexpr uint32_t kEntitySink = 6;
constexpr uint32_t kInterface = 12;

const std::set<uint32_t> kH264Controls = {
    V4L2_CID_STATELESS_H264_DECODE_MODE,
    V4L2_CID_STATELESS_H264_START_CODE,
    V4L2_CID_STATELESS_H264_SPS,
    V4L2_CID_STATELESS_H264_PPS,
    V4L2_CID_STATELESS_H264_SCALING_MATRIX,
    V4L2_CID_STATELESS_H264_DECODE_PARAMS,
    V4L2_CID_MPEG_VIDEO_H264_PROFILE,
};

void* pointer_of(uint64_t value) {
    void* pointer = nullptr;
    std::memcpy(&pointer, &value, sizeof(pointer));
    return pointer;
}

}  // namespace

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

void FakeKernel::sweep() {
    std::erase_if(nodes, [this](const auto& entry) {
        const bool closed = inode_of(entry.second->fd) != entry.first;
        blocking_calls += closed && has_job(*entry.second) ? 1 : 0;
        return closed;
    });
    std::erase_if(media,
                  [](const auto& entry) { return inode_of(entry.second.first) != entry.first; });
    for (auto it = requests.begin(); it != requests.end();) {
        if (inode_of(it->second.fd) == it->first || it->second.state == Request::State::kQueued) {
            ++it;
            continue;
        }
        give_back_output(it->second);
        it = requests.erase(it);
    }
}

void FakeKernel::violate(const std::string& what) {
    if (!injected) {
        violations.push_back(what);
    }
}

const std::set<uint32_t>& FakeKernel::controls_of(const FakeDevice& device) const {
    return device.controls.empty() ? kH264Controls : device.controls;
}

int FakeKernel::query_capabilities(const FakeDevice& device, v4l2_capability& argument) const {
    std::strncpy(reinterpret_cast<char*>(argument.driver), device.driver.c_str(), 15);
    std::strncpy(reinterpret_cast<char*>(argument.card), "a card", 31);
    const uint32_t m2m = device.multiplanar ? V4L2_CAP_VIDEO_M2M_MPLANE : V4L2_CAP_VIDEO_M2M;
    argument.device_caps =
        device.capabilities != 0 ? device.capabilities : (m2m | V4L2_CAP_STREAMING);
    argument.capabilities = argument.device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

int FakeKernel::topology(FakeDevice& device, media_v2_topology& argument) {
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

void FakeKernel::fill_topology(const FakeDevice& device, const media_v2_topology& argument) const {
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
    auto* const interfaces = static_cast<media_v2_interface*>(pointer_of(argument.ptr_interfaces));
    interfaces[0].id = kInterface;
    interfaces[0].intf_type = MEDIA_INTF_T_V4L_VIDEO;
    interfaces[0].devnode = {kVideoMajor, device.minor};
    auto* const links = static_cast<media_v2_link*>(pointer_of(argument.ptr_links));
    links[0] = {20, 100, 101, MEDIA_LNK_FL_ENABLED | MEDIA_LNK_FL_IMMUTABLE, {}};
    links[1] = {21, 102, 103, MEDIA_LNK_FL_ENABLED | MEDIA_LNK_FL_IMMUTABLE, {}};
    if (device.has_interface_link) {
        links[2] = {22, kInterface, kEntitySource, MEDIA_LNK_FL_INTERFACE_LINK, {}};
        links[3] = {23, kInterface, kEntitySink, MEDIA_LNK_FL_INTERFACE_LINK, {}};
    }
}

int FakeKernel::video_ioctl(Node& node, unsigned long request, void* argument) {
    switch (request) {
        case VIDIOC_QUERYCAP:
            return query_capabilities(*node.device, *static_cast<v4l2_capability*>(argument));
        case VIDIOC_ENUM_FMT:
            return enum_format(node, *static_cast<v4l2_fmtdesc*>(argument));
        case VIDIOC_ENUM_FRAMESIZES:
            return frame_sizes(node, *static_cast<v4l2_frmsizeenum*>(argument));
        case VIDIOC_G_FMT:
            return get_format(node, *static_cast<v4l2_format*>(argument));
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

int FakeKernel::media_ioctl(FakeDevice& device, unsigned long request, void* argument) {
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

int FakeKernel::dispatch(int fd, unsigned long request, void* argument) {
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

}  // namespace v4l2va::test
