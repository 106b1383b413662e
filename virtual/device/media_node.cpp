// SPDX-License-Identifier: MIT
// MEDIA_IOC_* of a media device.
#include "device/media_node.h"

#include <fcntl.h>
#include <linux/media.h>
#include <linux/version.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <memory>
#include <span>

#include "device/device.h"
#include "device/ioctl_call.h"
#include "device/request.h"
#include "host/user_memory.h"
#include "node/media_topology.h"

namespace vdec {
namespace {

// Both passes of MEDIA_IOC_G_TOPOLOGY: counts always, arrays where the caller gave room.
template <typename T>
int put(std::span<const T> items, uint64_t pointer, uint32_t room) {
    if (pointer == 0) return 0;
    if (room < items.size()) return -ENOSPC;
    return copy_to_user(reinterpret_cast<void*>(pointer), items.data(), items.size_bytes())
               ? 0
               : -EFAULT;
}

const char* name_of(uint32_t request) {
    switch (request) {
        case MEDIA_IOC_DEVICE_INFO:
            return "MEDIA_IOC_DEVICE_INFO";
        case MEDIA_IOC_G_TOPOLOGY:
            return "MEDIA_IOC_G_TOPOLOGY";
        case MEDIA_IOC_REQUEST_ALLOC:
            return "MEDIA_IOC_REQUEST_ALLOC";
        default:
            return "unknown media ioctl";
    }
}

}  // namespace

MediaNode::MediaNode(std::unique_ptr<ReadySocket> socket, unsigned media)
    : Node(std::move(socket)), media_(media), decoder_(Device::of_media(media)) {
    for (const NodeRow& row : machine().nodes) {
        if (row.media == static_cast<int>(media)) rows_.push_back(&row);
    }
}

int MediaNode::get_topology(media_v2_topology& topology) const {
    const MediaTopology parts = make_topology(rows_);
    // Passed by value: the struct is packed.
    const media_v2_topology room = topology;
    topology.topology_version = 1;
    topology.num_entities = static_cast<uint32_t>(parts.entities.size());
    topology.num_interfaces = static_cast<uint32_t>(parts.interfaces.size());
    topology.num_pads = static_cast<uint32_t>(parts.pads.size());
    topology.num_links = static_cast<uint32_t>(parts.links.size());
    const int results[] = {
        put<media_v2_entity>(parts.entities, room.ptr_entities, room.num_entities),
        put<media_v2_interface>(parts.interfaces, room.ptr_interfaces, room.num_interfaces),
        put<media_v2_pad>(parts.pads, room.ptr_pads, room.num_pads),
        put<media_v2_link>(parts.links, room.ptr_links, room.num_links),
    };
    const auto* const failed =
        std::ranges::find_if(results, [](int result) { return result != 0; });
    return failed == std::end(results) ? 0 : *failed;
}

media_device_info MediaNode::device_info() const {
    const DeviceFile& file = *find_device_file(device_number());
    media_device_info info = {};
    std::snprintf(info.driver, sizeof info.driver, "%s", file.driver.c_str());
    std::snprintf(info.model, sizeof info.model, "%s", file.label.c_str());
    std::snprintf(info.bus_info, sizeof info.bus_info, "%s", bus_info_of(*rows_.front()));
    info.media_version = KERNEL_VERSION(6, 12, 0);
    info.driver_version = KERNEL_VERSION(6, 12, 0);
    return info;
}

int MediaNode::allocate_request(void* arg) {
    // A driver without request operations.
    if (decoder_ == nullptr) return -ENOTTY;
    int client = -1;
    auto socket = ReadySocket::create(O_CLOEXEC, client);
    if (socket == nullptr) return -errno;
    NodeTable::instance().add(std::make_shared<Request>(std::move(socket), *decoder_));
    return copy_to_user(arg, &client, sizeof client) ? 0 : -EFAULT;
}

int MediaNode::serve(uint32_t request, void* arg) {
    if (request == MEDIA_IOC_DEVICE_INFO) {
        const media_device_info info = device_info();
        return copy_to_user(arg, &info, sizeof info) ? 0 : -EFAULT;
    }
    if (request == MEDIA_IOC_G_TOPOLOGY) {
        media_v2_topology topology;
        if (!copy_from_user(&topology, arg, sizeof topology)) return -EFAULT;
        const int error = get_topology(topology);
        if (!copy_to_user(arg, &topology, sizeof topology)) return -EFAULT;
        return error;
    }
    if (request == MEDIA_IOC_REQUEST_ALLOC) return allocate_request(arg);
    return -ENOTTY;
}

dev_t MediaNode::device_number() const { return makedev(kMediaMajor, media_); }

int MediaNode::ioctl(int, uint32_t request, void* arg) {
    if (decoder_ == nullptr) return serve(request, arg);
    const Lock lock(decoder_->mutex);
    IoctlCall call(name_of(request), decoder_->streamed());
    if (call.injected_error() != 0) return call.done(-call.injected_error());
    return call.done(serve(request, arg));
}

}  // namespace vdec
