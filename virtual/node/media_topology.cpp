// SPDX-License-Identifier: MIT
// Builds the topology of a media device; ids are handed out in the order of the objects.
#include "node/media_topology.h"

#include <cstdio>

namespace vdec {
namespace {

constexpr uint32_t kFixed = MEDIA_LNK_FL_IMMUTABLE | MEDIA_LNK_FL_ENABLED;

class Builder {
  public:
    void memory_to_memory(const NodeRow& row, uint32_t function) {
        const uint32_t source = entity(row, "source", MEDIA_ENT_F_IO_V4L);
        const uint32_t source_pad = pad(source, MEDIA_PAD_FL_SOURCE, 0);
        const uint32_t processor = entity(row, "proc", function);
        const uint32_t processor_sink = pad(processor, MEDIA_PAD_FL_SINK, 0);
        const uint32_t processor_source = pad(processor, MEDIA_PAD_FL_SOURCE, 1);
        const uint32_t sink = entity(row, "sink", MEDIA_ENT_F_IO_V4L);
        const uint32_t sink_pad = pad(sink, MEDIA_PAD_FL_SINK, 0);
        link(source_pad, processor_sink, kFixed);
        link(processor_source, sink_pad, kFixed);
        const uint32_t node = interface(row);
        link(node, source, kFixed | MEDIA_LNK_FL_INTERFACE_LINK);
        link(node, sink, kFixed | MEDIA_LNK_FL_INTERFACE_LINK);
    }

    void camera(const NodeRow& row) {
        const uint32_t sensor = entity(row, "sensor", MEDIA_ENT_F_CAM_SENSOR);
        const uint32_t sensor_pad = pad(sensor, MEDIA_PAD_FL_SOURCE, 0);
        const uint32_t sink = entity(row, "capture", MEDIA_ENT_F_IO_V4L);
        const uint32_t sink_pad = pad(sink, MEDIA_PAD_FL_SINK, 0);
        link(sensor_pad, sink_pad, kFixed);
        link(interface(row), sink, kFixed | MEDIA_LNK_FL_INTERFACE_LINK);
    }

    MediaTopology take() { return std::move(topology_); }

  private:
    uint32_t entity(const NodeRow& row, const char* part, uint32_t function) {
        media_v2_entity result = {};
        result.id = ++last_id_;
        std::snprintf(result.name, sizeof result.name, "%s-%s", node_name_of(row), part);
        result.function = function;
        topology_.entities.push_back(result);
        return last_id_;
    }

    uint32_t pad(uint32_t owner, uint32_t flags, uint32_t index) {
        media_v2_pad result = {};
        result.id = ++last_id_;
        result.entity_id = owner;
        result.flags = flags;
        result.index = index;
        topology_.pads.push_back(result);
        return last_id_;
    }

    void link(uint32_t source, uint32_t sink, uint32_t flags) {
        media_v2_link result = {};
        result.id = ++last_id_;
        result.source_id = source;
        result.sink_id = sink;
        result.flags = flags;
        topology_.links.push_back(result);
    }

    uint32_t interface(const NodeRow& row) {
        media_v2_interface result = {};
        result.id = ++last_id_;
        result.intf_type = MEDIA_INTF_T_V4L_VIDEO;
        result.devnode = {kVideoMajor, static_cast<uint32_t>(row.video)};
        topology_.interfaces.push_back(result);
        return last_id_;
    }

    MediaTopology topology_;
    uint32_t last_id_ = 0;
};

}  // namespace

MediaTopology make_topology(std::span<const NodeRow* const> rows) {
    Builder builder;
    for (const NodeRow* row : rows) {
        switch (row->kind) {
            case NodeKind::stateless_decoder:
            case NodeKind::stateful_decoder:
                builder.memory_to_memory(*row, MEDIA_ENT_F_PROC_VIDEO_DECODER);
                break;
            case NodeKind::encoder:
                builder.memory_to_memory(*row, MEDIA_ENT_F_PROC_VIDEO_ENCODER);
                break;
            case NodeKind::converter:
                builder.memory_to_memory(*row, MEDIA_ENT_F_PROC_VIDEO_SCALER);
                break;
            case NodeKind::camera:
                builder.camera(*row);
                break;
        }
    }
    return builder.take();
}

}  // namespace vdec
