// SPDX-License-Identifier: MIT
// Selections, events, commands of the decoder, and calls that decoders do not have.
#include <linux/v4l2-controls.h>
#include <poll.h>

#include <array>
#include <string>
#include <utility>

#include "control_call.h"
#include "describe.h"
#include "described_node.h"
#include "media_requests.h"

namespace {

constexpr std::pair<const char*, uint32_t> kTypes[] = {
    {"CAPTURE", V4L2_BUF_TYPE_VIDEO_CAPTURE},
    {"OUTPUT", V4L2_BUF_TYPE_VIDEO_OUTPUT},
    {"CAPTURE_MPLANE", V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE},
    {"OUTPUT_MPLANE", V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE},
    {"VBI", V4L2_BUF_TYPE_VBI_CAPTURE},
};
constexpr std::pair<const char*, uint32_t> kTargets[] = {
    {"CROP", V4L2_SEL_TGT_CROP},
    {"CROP_DEFAULT", V4L2_SEL_TGT_CROP_DEFAULT},
    {"CROP_BOUNDS", V4L2_SEL_TGT_CROP_BOUNDS},
    {"COMPOSE", V4L2_SEL_TGT_COMPOSE},
    {"COMPOSE_DEFAULT", V4L2_SEL_TGT_COMPOSE_DEFAULT},
    {"COMPOSE_BOUNDS", V4L2_SEL_TGT_COMPOSE_BOUNDS},
    {"COMPOSE_PADDED", V4L2_SEL_TGT_COMPOSE_PADDED},
    {"NATIVE_SIZE", V4L2_SEL_TGT_NATIVE_SIZE},
};

std::string name_of(const v4l2_rect& rectangle) {
    return text("%ux%u at %d,%d", rectangle.width, rectangle.height, rectangle.left, rectangle.top);
}

void describe_selections(const DescribedNode& node) {
    for (const auto& [type_name, type] : kTypes) {
        for (const auto& [target_name, target] : kTargets) {
            v4l2_selection selection = {};
            selection.type = type;
            selection.target = target;
            const std::string asked = text("selection %s %s", type_name, target_name);
            const std::string got = node.result(VIDIOC_G_SELECTION, selection);
            fact(asked, got == "0" ? name_of(selection.r) : got);
            selection.r = {0, 0, 100, 90};
            selection.flags = 0;
            const std::string set = node.result(VIDIOC_S_SELECTION, selection);
            fact(asked + " set", set == "0" ? name_of(selection.r) : set);
        }
        v4l2_crop crop = {};
        crop.type = type;
        const std::string got = node.result(VIDIOC_G_CROP, crop);
        fact(text("G_CROP %s", type_name), got == "0" ? name_of(crop.c) : got);
        crop.c = {0, 0, 100, 90};
        fact(text("S_CROP %s", type_name), node.result(VIDIOC_S_CROP, crop));
        v4l2_cropcap limits = {};
        limits.type = type;
        const std::string told = node.result(VIDIOC_CROPCAP, limits);
        fact(text("CROPCAP %s", type_name),
             told == "0"
                 ? name_of(limits.bounds) + text(", pixels %u/%u", limits.pixelaspect.numerator,
                                                 limits.pixelaspect.denominator)
                 : told);
    }
}

void describe_events(const DescribedNode& node) {
    const auto controls = controls_of(node);
    const uint32_t some = controls.empty() ? 0 : controls.front().id;
    const uint32_t last = controls.empty() ? 0 : controls.back().id;
    const auto subscribe = [&](const std::string& name, uint32_t type, uint32_t id,
                               uint32_t flags = 0) {
        v4l2_event_subscription subscription = {};
        subscription.type = type;
        subscription.id = id;
        subscription.flags = flags;
        fact("subscribe " + name, node.result(VIDIOC_SUBSCRIBE_EVENT, subscription));
        v4l2_event event = {};
        fact("event of " + name, node.call(VIDIOC_DQEVENT, event)
                                     ? text("type %u id %#x", event.type, event.id)
                                     : error_name());
        fact("poll with " + name, poll_now(node.fd(), POLLPRI));
        fact("unsubscribe " + name, node.result(VIDIOC_UNSUBSCRIBE_EVENT, subscription));
    };
    subscribe("EOS", V4L2_EVENT_EOS, 0);
    subscribe("SOURCE_CHANGE", V4L2_EVENT_SOURCE_CHANGE, 0);
    subscribe("ALL", V4L2_EVENT_ALL, 0);
    subscribe("first control", V4L2_EVENT_CTRL, some);
    subscribe("first control's value", V4L2_EVENT_CTRL, some, V4L2_EVENT_SUB_FL_SEND_INITIAL);
    subscribe("last control", V4L2_EVENT_CTRL, last, V4L2_EVENT_SUB_FL_SEND_INITIAL);
    subscribe("unknown control", V4L2_EVENT_CTRL, V4L2_CID_BRIGHTNESS);
    subscribe("unknown event", 99, 0);
}

void describe_commands(const DescribedNode& node) {
    constexpr std::pair<const char*, uint32_t> kCommands[] = {
        {"START", V4L2_DEC_CMD_START}, {"STOP", V4L2_DEC_CMD_STOP},
        {"PAUSE", V4L2_DEC_CMD_PAUSE}, {"RESUME", V4L2_DEC_CMD_RESUME},
        {"FLUSH", V4L2_DEC_CMD_FLUSH}, {"unknown", 99},
    };
    for (const auto& [name, number] : kCommands) {
        v4l2_decoder_cmd command = {};
        command.cmd = number;
        command.flags = 0xff;
        const std::string tried = node.result(VIDIOC_TRY_DECODER_CMD, command);
        fact(text("TRY_DECODER_CMD %s", name), tried + text(", flags %#x", command.flags));
        fact(text("DECODER_CMD %s", name), node.result(VIDIOC_DECODER_CMD, command));
    }
    v4l2_encoder_cmd command = {};
    fact("ENCODER_CMD", node.result(VIDIOC_ENCODER_CMD, command));
    fact("TRY_ENCODER_CMD", node.result(VIDIOC_TRY_ENCODER_CMD, command));
}

struct OtherCall {
    const char* name;
    unsigned long request;
};
constexpr OtherCall kOthers[] = {
    {"G_STD", VIDIOC_G_STD},
    {"S_STD", VIDIOC_S_STD},
    {"QUERYSTD", VIDIOC_QUERYSTD},
    {"ENUMSTD", VIDIOC_ENUMSTD},
    {"ENUMINPUT", VIDIOC_ENUMINPUT},
    {"G_INPUT", VIDIOC_G_INPUT},
    {"S_INPUT", VIDIOC_S_INPUT},
    {"ENUMOUTPUT", VIDIOC_ENUMOUTPUT},
    {"G_OUTPUT", VIDIOC_G_OUTPUT},
    {"G_PARM", VIDIOC_G_PARM},
    {"S_PARM", VIDIOC_S_PARM},
    {"G_FBUF", VIDIOC_G_FBUF},
    {"OVERLAY", VIDIOC_OVERLAY},
    {"G_TUNER", VIDIOC_G_TUNER},
    {"ENUMAUDIO", VIDIOC_ENUMAUDIO},
    {"G_JPEGCOMP", VIDIOC_G_JPEGCOMP},
    {"G_ENC_INDEX", VIDIOC_G_ENC_INDEX},
    {"G_EDID", VIDIOC_G_EDID},
    {"ENUM_FRAMEINTERVALS", VIDIOC_ENUM_FRAMEINTERVALS},
    {"G_DV_TIMINGS", VIDIOC_G_DV_TIMINGS},
    {"ENUM_DV_TIMINGS", VIDIOC_ENUM_DV_TIMINGS},
    {"G_SLICED_VBI_CAP", VIDIOC_G_SLICED_VBI_CAP},
    {"LOG_STATUS", VIDIOC_LOG_STATUS},
    {"G_PRIORITY", VIDIOC_G_PRIORITY},
    {"a number of no call", _IOWR('V', 200, int)},
    {"a private number", _IOWR('V', 192, int)},
    {"another letter", _IOWR('U', 1, int)},
    {"an old number", _IOWR('V', 1, int)},
};

void describe_others(const DescribedNode& node) {
    for (const auto& [name, request] : kOthers) {
        std::array<uint8_t, 1024> argument = {};
        fact(name, node.result(request, argument));
    }
    for (const int priority : {V4L2_PRIORITY_RECORD, V4L2_PRIORITY_DEFAULT}) {
        int value = priority;
        fact(text("S_PRIORITY %d", priority), node.result(VIDIOC_S_PRIORITY, value));
        fact(text("G_PRIORITY after %d", priority),
             node.result(VIDIOC_G_PRIORITY, value) + text(", %d", value));
    }
    int value = 99;
    fact("S_PRIORITY 99", node.result(VIDIOC_S_PRIORITY, value));
}

}  // namespace

void describe_other_calls(const DecoderPaths& paths) {
    const DescribedNode node(paths.video);
    const auto coded = node.formats(node.output());
    (void)node.format(VIDIOC_S_FMT, node.output(), coded.front().pixelformat, {320, 240}, 65536);
    describe_selections(node);
    fact("CAPTURE after selections", node.format(VIDIOC_G_FMT, node.capture(), 0, {0, 0}));
    describe_events(DescribedNode(paths.video));
    describe_commands(DescribedNode(paths.video));
    describe_others(DescribedNode(paths.video));
}
