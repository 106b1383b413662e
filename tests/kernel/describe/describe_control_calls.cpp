// SPDX-License-Identifier: MIT
// Control calls that are wrong, and sequence controls that a decoder may not take.
#include <linux/media.h>
#include <linux/v4l2-controls.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "control_call.h"
#include "describe.h"
#include "described_node.h"
#include "media_requests.h"
#include "sequence_control.h"

namespace {

constexpr uint32_t kUnknownControl = V4L2_CID_CODEC_STATELESS_BASE + 999;
// More than V4L2_CID_MAX_CTRLS.
constexpr uint32_t kTooMany = 1025;

using Calls = std::vector<ControlCall>;

// All three calls.
void facts(const DescribedNode& node, const std::string& asked, const Calls& calls,
           uint32_t which = V4L2_CTRL_WHICH_CUR_VAL, int request = 0) {
    Calls own = calls;
    fact("controls TRY " + asked, try_controls(node, own, which, request));
    own = calls;
    fact("controls S " + asked, set_controls(node, own, which, request));
    own = calls;
    fact("controls G " + asked, get_controls(node, own, which, request));
}

ControlCall right_call(const v4l2_query_ext_ctrl& control) {
    if (control.type < V4L2_CTRL_COMPOUND_TYPES) {
        return {control.id, static_cast<int32_t>(control.default_value)};
    }
    return {control.id, 0, std::vector<uint8_t>(size_t{control.elem_size} * control.elems)};
}

void describe_menu(const DescribedNode& node, const v4l2_query_ext_ctrl& control,
                   const ControlCall& before) {
    for (int64_t value = control.minimum - 1; value <= control.maximum + 1; ++value) {
        const auto number = static_cast<int32_t>(value);
        const std::string name = text("%s = %d", control.name, number);
        facts(node, name, {{control.id, number}});
        v4l2_control simple = {control.id, number};
        fact("S_CTRL " + name, node.result(VIDIOC_S_CTRL, simple));
        if (value < control.minimum) facts(node, name + " second", {before, {control.id, number}});
    }
}

void describe_payload(const DescribedNode& node, const v4l2_query_ext_ctrl& control,
                      const ControlCall& before) {
    const std::string name = control.name;
    const size_t size = size_t{control.elem_size} * control.elems;
    const auto sized = [&](size_t bytes, int64_t told = -1) {
        return ControlCall{control.id, 0, std::vector<uint8_t>(bytes), told};
    };
    facts(node, name + " without a size", {sized(size, 0)});
    facts(node, name + " short", {sized(size, static_cast<int64_t>(size) - 1)});
    facts(node, name + " short second", {before, sized(size, static_cast<int64_t>(size) - 1)});
    facts(node, name + " long", {sized(size + 8)});
    facts(node, name + " of zeros", {sized(size)});
    facts(node, name + " without memory", {{control.id, 0, {}, static_cast<int64_t>(size)}});
    if ((control.flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY) == 0) return;
    facts(node, name + " of two elements", {sized(2 * size_t{control.elem_size})});
    facts(node, name + " of all elements", {sized(size_t{control.elem_size} * control.dims[0])});
    facts(node, name + " of too many", {sized(size_t{control.elem_size} * (control.dims[0] + 1))});
}

void describe_lists(const DescribedNode& node, const ControlCall& good) {
    facts(node, "none", {});
    facts(node, "none of stateless", {}, V4L2_CTRL_CLASS_CODEC_STATELESS);
    facts(node, "none of codec", {}, V4L2_CTRL_CLASS_CODEC);
    facts(node, "none of cameras", {}, V4L2_CTRL_CLASS_CAMERA);
    facts(node, "unknown", {{kUnknownControl}});
    facts(node, "unknown second", {good, {kUnknownControl}});
    facts(node, "unknown first", {{kUnknownControl}, good});
    facts(node, "of stateless", {good}, V4L2_CTRL_CLASS_CODEC_STATELESS);
    facts(node, "of another class", {good}, V4L2_CTRL_CLASS_CAMERA);
    facts(node, "default", {good}, V4L2_CTRL_WHICH_DEF_VAL);
    facts(node, "minimum", {good}, kWhichMinimum);
    facts(node, "twice", {good, good});
    facts(node, "private", {{V4L2_CID_PRIVATE_BASE}});
    facts(node, "too many", Calls(kTooMany, good));
    for (const uint32_t id : {kUnknownControl, uint32_t{V4L2_CID_BRIGHTNESS}}) {
        v4l2_control simple = {id, 0};
        fact(text("G_CTRL %#x", id), node.result(VIDIOC_G_CTRL, simple));
        fact(text("S_CTRL %#x", id), node.result(VIDIOC_S_CTRL, simple));
        v4l2_queryctrl old = {};
        old.id = id;
        fact(text("QUERYCTRL %#x", id), node.result(VIDIOC_QUERYCTRL, old));
        v4l2_query_ext_ctrl query = {};
        query.id = id;
        fact(text("QUERY_EXT_CTRL %#x", id), node.result(VIDIOC_QUERY_EXT_CTRL, query));
        v4l2_querymenu item = {};
        item.id = id;
        fact(text("QUERYMENU %#x", id), node.result(VIDIOC_QUERYMENU, item));
    }
}

void describe_sequences(const DecoderPaths& paths, uint32_t coded) {
    constexpr std::array<std::pair<const char*, Sequence>, 16> kSequences = {{
        {"same", {}},
        {"smaller", {.size = {160, 128}}},
        {"wider", {.size = {336, 240}}},
        {"higher", {.size = {320, 256}}},
        {"tiny", {.size = {16, 16}}},
        {"huge", {.size = {16384, 16384}}},
        {"ten bits", {.luma_bits = 10, .chroma_bits = 10}},
        {"ten bits, larger", {.size = {640, 480}, .luma_bits = 10, .chroma_bits = 10}},
        {"nine bits", {.luma_bits = 9, .chroma_bits = 9}},
        {"twelve bits", {.luma_bits = 12, .chroma_bits = 12}},
        {"luma of ten bits", {.luma_bits = 10}},
        {"chroma of ten bits", {.chroma_bits = 10}},
        {"4:0:0", {.chroma_format_idc = 0}},
        {"4:2:2", {.chroma_format_idc = 2}},
        {"4:4:4", {.chroma_format_idc = 3}},
        {"profile 2 of ten bits", {.luma_bits = 10, .chroma_bits = 10, .profile = 2}},
    }};
    for (const auto& [name, sequence] : kSequences) {
        const SequenceControl control = sequence_control(coded, sequence);
        if (control.id == 0) return;
        const std::string asked = "sequence " + fourcc(coded) + " " + name;
        const DescribedNode node(paths.video);
        (void)node.format(VIDIOC_S_FMT, node.output(), coded, {320, 240}, 65536);
        ControlCall call = {control.id, 0, control.payload};
        fact(asked + " tried", try_controls(node, {&call, 1}));
        fact(asked + " tried, CAPTURE", node.format(VIDIOC_G_FMT, node.capture(), 0, {0, 0}));
        call.payload = control.payload;
        fact(asked + " set", set_controls(node, {&call, 1}));
        fact(asked + " set, CAPTURE", node.format(VIDIOC_G_FMT, node.capture(), 0, {0, 0}));
        std::string names;
        for (const v4l2_fmtdesc& one : node.formats(node.capture())) {
            names += fourcc(one.pixelformat) + " ";
        }
        fact(asked + " set, list", names);
        const std::string made =
            node.request_buffers(node.output(), 1) + ", " + node.stream(node.output(), true);
        fact(asked + " set, STREAMON", made);
    }
}

void describe_in_requests(const DecoderPaths& paths, const DescribedNode& node,
                          const ControlCall& good) {
    const MediaRequests media(paths.media);
    const int request = media.allocate();
    constexpr uint32_t kRequest = V4L2_CTRL_WHICH_REQUEST_VAL;
    for (const auto& [name, fd] : {std::pair{"request -1", -1}, {"request 999", 999}}) {
        facts(node, name, {good}, kRequest, fd);
    }
    facts(node, "of the node for a request", {good}, kRequest, node.fd());
    facts(node, "of the media device for a request", {good}, kRequest, media.fd());
    facts(node, "in a request", {good}, kRequest, request);
    facts(node, "in a request, unknown", {{kUnknownControl}}, kRequest, request);
    facts(node, "in a request, none", {}, kRequest, request);
    fact("request with controls alone", request_result(request, MEDIA_REQUEST_IOC_QUEUE));
    close(request);
}

}  // namespace

void describe_control_calls(const DecoderPaths& paths) {
    const DescribedNode node(paths.video);
    const auto controls = controls_of(node);
    const auto first = std::ranges::find_if(controls, [](const v4l2_query_ext_ctrl& control) {
        return control.type == V4L2_CTRL_TYPE_MENU;
    });
    const auto compound = std::ranges::find_if(controls, [](const v4l2_query_ext_ctrl& control) {
        return control.type >= V4L2_CTRL_COMPOUND_TYPES;
    });
    if (compound == controls.end()) return;
    const ControlCall good = right_call(first != controls.end() ? *first : *compound);
    describe_lists(node, good);
    for (const v4l2_query_ext_ctrl& control : controls) {
        if (control.type == V4L2_CTRL_TYPE_MENU) describe_menu(node, control, good);
        if (control.type == V4L2_CTRL_TYPE_CTRL_CLASS) facts(node, control.name, {{control.id}});
        if (control.type >= V4L2_CTRL_COMPOUND_TYPES) describe_payload(node, control, good);
    }
    describe_in_requests(paths, node, right_call(*compound));
    for (const v4l2_fmtdesc& coded : node.formats(node.output())) {
        describe_sequences(paths, coded.pixelformat);
    }
}
