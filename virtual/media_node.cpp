// SPDX-License-Identifier: MIT
// MEDIA_IOC_* of the virtual media device.
#include "media_node.h"

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

#include "device.h"
#include "ioctl_call.h"
#include "request.h"
#include "user_memory.h"

namespace vdec {
namespace {

// Object ids; any distinct numbers do.
enum Id : uint32_t {
    kSource = 1,
    kSourcePad,
    kProcessor,
    kProcessorSink,
    kProcessorSource,
    kSink,
    kSinkPad,
    kInterface,
    kInLink,
    kOutLink,
    kSourceInterfaceLink,
    kSinkInterfaceLink,
};

media_v2_entity entity(uint32_t id, const char* driver, const char* suffix, uint32_t function) {
    media_v2_entity result = {};
    result.id = id;
    std::snprintf(result.name, sizeof result.name, "%s-dec-%s", driver, suffix);
    result.function = function;
    return result;
}

media_v2_pad pad(uint32_t id, uint32_t owner, uint32_t flags, uint32_t index) {
    media_v2_pad result = {};
    result.id = id;
    result.entity_id = owner;
    result.flags = flags;
    result.index = index;
    return result;
}

media_v2_link link(uint32_t id, uint32_t source, uint32_t sink, uint32_t flags) {
    media_v2_link result = {};
    result.id = id;
    result.source_id = source;
    result.sink_id = sink;
    result.flags = flags;
    return result;
}

// Both passes of MEDIA_IOC_G_TOPOLOGY: counts always, arrays where the caller gave room.
template <typename T>
int put(std::span<const T> items, uint64_t pointer, uint32_t room) {
    if (pointer == 0) return 0;
    if (room < items.size()) return -ENOSPC;
    return copy_to_user(reinterpret_cast<void*>(pointer), items.data(), items.size_bytes())
               ? 0
               : -EFAULT;
}

int get_topology(media_v2_topology& topology) {
    const char* driver = Device::instance().personality.driver;
    const media_v2_entity entities[] = {
        entity(kSource, driver, "source", MEDIA_ENT_F_IO_V4L),
        entity(kProcessor, driver, "proc", MEDIA_ENT_F_PROC_VIDEO_DECODER),
        entity(kSink, driver, "sink", MEDIA_ENT_F_IO_V4L),
    };
    const media_v2_pad pads[] = {
        pad(kSourcePad, kSource, MEDIA_PAD_FL_SOURCE, 0),
        pad(kProcessorSink, kProcessor, MEDIA_PAD_FL_SINK, 0),
        pad(kProcessorSource, kProcessor, MEDIA_PAD_FL_SOURCE, 1),
        pad(kSinkPad, kSink, MEDIA_PAD_FL_SINK, 0),
    };
    constexpr uint32_t kFixed = MEDIA_LNK_FL_IMMUTABLE | MEDIA_LNK_FL_ENABLED;
    constexpr uint32_t kToInterface = kFixed | MEDIA_LNK_FL_INTERFACE_LINK;
    const media_v2_link links[] = {
        link(kInLink, kSourcePad, kProcessorSink, kFixed),
        link(kOutLink, kProcessorSource, kSinkPad, kFixed),
        link(kSourceInterfaceLink, kInterface, kSource, kToInterface),
        link(kSinkInterfaceLink, kInterface, kSink, kToInterface),
    };
    media_v2_interface interface = {};
    interface.id = kInterface;
    interface.intf_type = MEDIA_INTF_T_V4L_VIDEO;
    interface.devnode = {kVideoMajor, 0};
    // Passed by value: the struct is packed.
    const media_v2_topology room = topology;
    topology.topology_version = 1;
    topology.num_entities = std::size(entities);
    topology.num_interfaces = 1;
    topology.num_pads = std::size(pads);
    topology.num_links = std::size(links);
    const int results[] = {
        put<media_v2_entity>(entities, room.ptr_entities, room.num_entities),
        put<media_v2_interface>({&interface, 1}, room.ptr_interfaces, room.num_interfaces),
        put<media_v2_pad>(pads, room.ptr_pads, room.num_pads),
        put<media_v2_link>(links, room.ptr_links, room.num_links),
    };
    const auto* const failed =
        std::ranges::find_if(results, [](int result) { return result != 0; });
    return failed == std::end(results) ? 0 : *failed;
}

media_device_info device_info() {
    const Personality& device = Device::instance().personality;
    media_device_info info = {};
    std::snprintf(info.driver, sizeof info.driver, "%s", device.driver);
    std::snprintf(info.model, sizeof info.model, "%s", device.model);
    std::snprintf(info.bus_info, sizeof info.bus_info, "%s", device.bus_info);
    info.media_version = KERNEL_VERSION(6, 12, 0);
    info.driver_version = KERNEL_VERSION(6, 12, 0);
    return info;
}

int allocate_request(void* arg) {
    int client = -1;
    auto socket = ReadySocket::create(O_CLOEXEC, client);
    if (socket == nullptr) return -errno;
    NodeTable::instance().add(std::make_shared<Request>(std::move(socket)));
    return copy_to_user(arg, &client, sizeof client) ? 0 : -EFAULT;
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

int serve(uint32_t request, void* arg) {
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

}  // namespace

dev_t MediaNode::device_number() const { return makedev(kMediaMajor, 0); }

int MediaNode::ioctl(int, uint32_t request, void* arg) {
    const Lock lock(Device::instance().mutex);
    IoctlCall call(name_of(request), Device::instance().streamed());
    if (call.injected_error() != 0) return call.done(-call.injected_error());
    return call.done(serve(request, arg));
}

}  // namespace vdec
