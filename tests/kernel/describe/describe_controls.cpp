// SPDX-License-Identifier: MIT
// Each control of a decoder.
#include <algorithm>
#include <string>
#include <vector>

#include "control_call.h"
#include "describe.h"
#include "described_node.h"

namespace {

std::string menu(const DescribedNode& node, const v4l2_query_ext_ctrl& control) {
    std::string items;
    const long long last = control.type == V4L2_CTRL_TYPE_MENU ? control.maximum + 1 : 1;
    for (long long i = control.minimum - 1; i <= last; ++i) {
        v4l2_querymenu item = {};
        item.id = control.id;
        item.index = static_cast<uint32_t>(i);
        if (!node.call(VIDIOC_QUERYMENU, item)) continue;
        items += text("%s%lld %s", items.empty() ? "" : ", ", i, item.name);
    }
    return items;
}

// Of a control's bytes: how many, and a number that changes with each of them (FNV-1a).
std::string digest(const ControlCall& call) {
    uint64_t hash = 0xcbf29ce484222325;
    for (const uint8_t byte : call.payload) hash = (hash ^ byte) * 0x100000001b3;
    return text("%zu bytes, %016llx", call.payload.size(), static_cast<unsigned long long>(hash));
}

std::string value(const DescribedNode& node, const v4l2_query_ext_ctrl& control, uint32_t which) {
    ControlCall call = {control.id, 0, std::vector<uint8_t>()};
    if (control.type >= V4L2_CTRL_COMPOUND_TYPES) {
        call.payload.resize(size_t{control.elem_size} * control.elems);
    }
    const std::string answer = get_controls(node, {&call, 1}, which);
    if (!answer.starts_with("0")) return answer;
    return call.payload.empty() ? text("%d", call.value) : digest(call);
}

void describe(const DescribedNode& node, const v4l2_query_ext_ctrl& control) {
    const std::string asked = text("control %#x %s", control.id, control.name);
    fact(asked + " range",
         text("type %u, %lld to %lld by %llu, default %lld", control.type,
              static_cast<long long>(control.minimum), static_cast<long long>(control.maximum),
              static_cast<unsigned long long>(control.step),
              static_cast<long long>(control.default_value)));
    fact(asked + " flags", text("%#x", control.flags));
    std::string dimensions;
    for (uint32_t i = 0; i < control.nr_of_dims && i < V4L2_CTRL_MAX_DIMS; ++i) {
        dimensions += text(" [%u]", control.dims[i]);
    }
    fact(asked + " size",
         text("%u bytes, %u elements", control.elem_size, control.elems) + dimensions);
    fact(asked + " menu", menu(node, control));
    fact(asked + " value", value(node, control, V4L2_CTRL_WHICH_CUR_VAL));
    fact(asked + " default", value(node, control, V4L2_CTRL_WHICH_DEF_VAL));
    fact(asked + " minimum", value(node, control, kWhichMinimum));
    fact(asked + " maximum", value(node, control, kWhichMaximum));
    v4l2_queryctrl old = {};
    old.id = control.id;
    fact(asked + " QUERYCTRL",
         node.call(VIDIOC_QUERYCTRL, old)
             ? text("type %u, %d to %d by %d, default %d, flags %#x", old.type, old.minimum,
                    old.maximum, old.step, old.default_value, old.flags)
             : error_name());
    v4l2_control simple = {};
    simple.id = control.id;
    const std::string got = node.result(VIDIOC_G_CTRL, simple);
    fact(asked + " G_CTRL", got == "0" ? text("%d", simple.value) : got);
    fact(asked + " S_CTRL", node.result(VIDIOC_S_CTRL, simple));
}

}  // namespace

std::vector<v4l2_query_ext_ctrl> controls_of(const DescribedNode& node, uint32_t next) {
    std::vector<v4l2_query_ext_ctrl> found;
    v4l2_query_ext_ctrl control = {};
    for (control.id = next; node.call(VIDIOC_QUERY_EXT_CTRL, control); control.id |= next) {
        found.push_back(control);
    }
    return found;
}

void describe_controls(const DecoderPaths& paths) {
    const DescribedNode node(paths.video);
    for (const v4l2_query_ext_ctrl& control : controls_of(node)) describe(node, control);
    for (const auto next :
         {uint32_t{V4L2_CTRL_FLAG_NEXT_CTRL}, uint32_t{V4L2_CTRL_FLAG_NEXT_COMPOUND}}) {
        std::string ids;
        for (const v4l2_query_ext_ctrl& control : controls_of(node, next)) {
            ids += text(" %#x", control.id);
        }
        fact(text("controls behind %#x", next), ids);
    }
}
