// SPDX-License-Identifier: MIT
// MediaDevice: an open /dev/mediaN, its topology and its request objects.
#include "v4l2/media_device.h"

#include <linux/media.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace v4l2va {

namespace {

// G_TOPOLOGY is asked for the counts, then for the arrays; drivers may register in between.
constexpr int kTopologyTries = 4;
// The link types of linux/media.h, which are signed there.
constexpr uint32_t kLinkTypeMask = 0xfU << 28;
constexpr uint32_t kDataLink = MEDIA_LNK_FL_DATA_LINK;
constexpr uint32_t kInterfaceLink = MEDIA_LNK_FL_INTERFACE_LINK;
// No real device comes near; a bound on what a count from outside may allocate.
constexpr uint32_t kMaxTopologyObjects = 4096;

struct Topology {
    std::vector<media_v2_entity> entities;
    std::vector<media_v2_interface> interfaces;
    std::vector<media_v2_pad> pads;
    std::vector<media_v2_link> links;
};

template <typename T>
uint64_t user_pointer(std::vector<T>& array) {
    uint64_t value = 0;
    T* const pointer = array.data();
    static_assert(sizeof(pointer) <= sizeof(value));
    std::memcpy(&value, &pointer, sizeof(pointer));
    // A 32-bit pointer on a big-endian machine would land in the wrong half.
    static_assert(sizeof(pointer) == sizeof(value) || __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    return value;
}

Result<Topology> read_topology(System& system, int fd) {
    for (int i = 0; i < kTopologyTries; ++i) {
        media_v2_topology counts = {};
        auto counted = system.ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &counts, "MEDIA_IOC_G_TOPOLOGY");
        if (!counted) {
            return fail(counted.error());
        }
        if (std::max({counts.num_entities, counts.num_interfaces, counts.num_pads,
                      counts.num_links}) > kMaxTopologyObjects) {
            return fail(ErrorCode::kUnsupported, "MEDIA_IOC_G_TOPOLOGY");
        }
        Topology topology;
        topology.entities.resize(counts.num_entities);
        topology.interfaces.resize(counts.num_interfaces);
        topology.pads.resize(counts.num_pads);
        topology.links.resize(counts.num_links);
        media_v2_topology arrays = {};
        arrays.num_entities = counts.num_entities;
        arrays.num_interfaces = counts.num_interfaces;
        arrays.num_pads = counts.num_pads;
        arrays.num_links = counts.num_links;
        arrays.ptr_entities = user_pointer(topology.entities);
        arrays.ptr_interfaces = user_pointer(topology.interfaces);
        arrays.ptr_pads = user_pointer(topology.pads);
        arrays.ptr_links = user_pointer(topology.links);
        auto read = system.ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &arrays, "MEDIA_IOC_G_TOPOLOGY");
        // ENOSPC: it grew since the counts were asked.
        if (read && arrays.topology_version == counts.topology_version &&
            arrays.num_entities == counts.num_entities && arrays.num_links == counts.num_links &&
            arrays.num_pads == counts.num_pads && arrays.num_interfaces == counts.num_interfaces) {
            return topology;
        }
        if (!read && read.error().code != ErrorCode::kNoMemory) {
            return fail(read.error());
        }
    }
    return fail(ErrorCode::kBusy, "MEDIA_IOC_G_TOPOLOGY");
}

const media_v2_entity* find_entity(const Topology& topology, uint32_t id) {
    for (const media_v2_entity& entity : topology.entities) {
        if (entity.id == id) {
            return &entity;
        }
    }
    return nullptr;
}

// The entity that owns a pad, else null.
const media_v2_entity* pad_owner(const Topology& topology, uint32_t pad_id) {
    for (const media_v2_pad& pad : topology.pads) {
        if (pad.id == pad_id) {
            return find_entity(topology, pad.entity_id);
        }
    }
    return nullptr;
}

// The I/O entities that data links connect with `decoder`, each once.
std::vector<uint32_t> linked_io_entities(const Topology& topology, const media_v2_entity& decoder) {
    std::vector<uint32_t> found;
    for (const media_v2_link& link : topology.links) {
        if ((link.flags & kLinkTypeMask) != kDataLink) {
            continue;
        }
        const media_v2_entity* source = pad_owner(topology, link.source_id);
        const media_v2_entity* sink = pad_owner(topology, link.sink_id);
        if (!source || !sink || (source->id == decoder.id) == (sink->id == decoder.id)) {
            continue;
        }
        const media_v2_entity& other = source->id == decoder.id ? *sink : *source;
        if (other.function == MEDIA_ENT_F_IO_V4L &&
            std::find(found.begin(), found.end(), other.id) == found.end()) {
            found.push_back(other.id);
        }
    }
    return found;
}

// The video node whose interface link ends in `entity_id`.
const media_v2_interface* video_interface(const Topology& topology, uint32_t entity_id) {
    for (const media_v2_link& link : topology.links) {
        if ((link.flags & kLinkTypeMask) != kInterfaceLink || link.sink_id != entity_id) {
            continue;
        }
        for (const media_v2_interface& interface : topology.interfaces) {
            if (interface.id == link.source_id && interface.intf_type == MEDIA_INTF_T_V4L_VIDEO) {
                return &interface;
            }
        }
    }
    return nullptr;
}

}  // namespace

Result<MediaDevice> MediaDevice::open(System& system, const char* path) {
    auto fd = system.open(path);
    if (!fd) {
        return fail(fd.error());
    }
    return MediaDevice(system, std::move(*fd));
}

Result<std::vector<NodeNumber>> MediaDevice::decoder_nodes() {
    auto topology = read_topology(*system_, fd_.get());
    if (!topology) {
        return fail(topology.error());
    }
    std::vector<NodeNumber> nodes;
    for (const media_v2_entity& entity : topology->entities) {
        if (entity.function != MEDIA_ENT_F_PROC_VIDEO_DECODER) {
            continue;
        }
        const std::vector<uint32_t> io = linked_io_entities(*topology, entity);
        if (io.size() != 2) {
            continue;
        }
        // Both I/O entities of a memory-to-memory device hang on the same node.
        const media_v2_interface* first = video_interface(*topology, io[0]);
        const media_v2_interface* second = video_interface(*topology, io[1]);
        if (first && (!second || first == second)) {
            nodes.push_back({first->devnode.major, first->devnode.minor});
        }
    }
    return nodes;
}

Result<UniqueFd> MediaDevice::allocate_request() {
    int fd = -1;
    auto done = system_->ioctl(fd_.get(), MEDIA_IOC_REQUEST_ALLOC, &fd, "MEDIA_IOC_REQUEST_ALLOC");
    if (!done) {
        return fail(done.error());
    }
    return UniqueFd(fd);
}

Result<std::string> find_video_path(System& system, NodeNumber number) {
    auto names = system.list("/dev");
    if (!names) {
        return fail(names.error());
    }
    for (const std::string& name : *names) {
        if (!std::string_view(name).starts_with("video")) {
            continue;
        }
        std::string path = "/dev/" + name;
        auto status = system.status(path.c_str());
        if (status && S_ISCHR(status->st_mode) && major(status->st_rdev) == number.major &&
            minor(status->st_rdev) == number.minor) {
            return path;
        }
    }
    return fail(ErrorCode::kNoDevice, kFindVideoNode);
}

}  // namespace v4l2va
