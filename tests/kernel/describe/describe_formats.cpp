// SPDX-License-Identifier: MIT
// Who a decoder is, and what formats become at many sizes.
#include <fcntl.h>
#include <linux/media.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "describe.h"
#include "described_node.h"

namespace {

constexpr std::array kSizes = {
    Size{0, 0},           Size{1, 1},         Size{15, 17},       Size{16, 16},
    Size{17, 33},         Size{33, 17},       Size{47, 49},       Size{48, 48},
    Size{63, 65},         Size{65, 63},       Size{64, 64},       Size{100, 50},
    Size{50, 100},        Size{176, 144},     Size{144, 176},     Size{318, 238},
    Size{320, 240},       Size{321, 241},     Size{719, 577},     Size{1279, 719},
    Size{1280, 720},      Size{720, 1280},    Size{1281, 721},    Size{1920, 1080},
    Size{1080, 1920},     Size{1920, 1088},   Size{1921, 1089},   Size{2048, 1088},
    Size{2049, 1089},     Size{3840, 2160},   Size{2160, 3840},   Size{3841, 2161},
    Size{4096, 2304},     Size{2304, 4096},   Size{4095, 2303},   Size{4097, 2305},
    Size{8192, 4320},     Size{16384, 16384}, Size{65535, 65535}, Size{16, 0x7fffffff},
    Size{0xffffffff, 16},
};
// The sizes at which every CAPTURE format is asked for.
constexpr std::array kCaptureSizes = {Size{16, 16},   Size{178, 146},   Size{320, 240},
                                      Size{638, 478}, Size{1920, 1080}, Size{3840, 2160}};
constexpr std::array kOutputSizes = {1U, 1000U, 1U << 20, 1U << 30};
constexpr uint32_t kUnknown = v4l2_fourcc('?', '?', '?', '?');

void describe_coded(const DescribedNode& node, uint32_t coded) {
    const std::string name = fourcc(coded);
    fact("sizes " + name, node.sizes(coded));
    fact("sizes " + name + ", second", node.sizes(coded, 1));
    for (const Size size : kSizes) {
        const std::string asked = name + " " + name_of(size);
        fact("OUTPUT " + asked, node.format(VIDIOC_S_FMT, node.output(), coded, size));
        fact("CAPTURE of " + asked, node.format(VIDIOC_G_FMT, node.capture(), 0, {0, 0}));
        fact("OUTPUT again " + asked, node.format(VIDIOC_G_FMT, node.output(), 0, {0, 0}));
    }
    for (const uint32_t bytes : kOutputSizes) {
        fact("OUTPUT " + name + text(" of %u bytes", bytes),
             node.format(VIDIOC_TRY_FMT, node.output(), coded, {320, 240}, bytes));
    }
    fact("OUTPUT " + name + " of no bytes",
         node.format(VIDIOC_TRY_FMT, node.output(), coded, {320, 240}));
}

void describe_capture(const DescribedNode& node, uint32_t coded, Size size) {
    const std::string of = " of " + fourcc(coded) + " " + name_of(size);
    (void)node.format(VIDIOC_S_FMT, node.output(), coded, size);
    std::string names;
    for (const v4l2_fmtdesc& one : node.formats(node.capture())) {
        const std::string own = fourcc(one.pixelformat);
        names += (names.empty() ? "" : " ") + own;
        const auto answer = [&](unsigned long request, Size asked) {
            return node.format(request, node.capture(), one.pixelformat, asked);
        };
        fact("CAPTURE " + own + of, answer(VIDIOC_TRY_FMT, size));
        fact("CAPTURE " + own + " smaller" + of, answer(VIDIOC_TRY_FMT, {16, 16}));
        fact("CAPTURE " + own + " larger" + of,
             answer(VIDIOC_TRY_FMT, {size.width + 100, size.height + 100}));
        fact("CAPTURE " + own + " set" + of, answer(VIDIOC_S_FMT, size));
        fact("CAPTURE " + own + " told" + of, answer(VIDIOC_G_FMT, size));
        fact("CAPTURE " + own + " sizes" + of, node.sizes(one.pixelformat));
        fact("CAPTURE " + own + " second size" + of, node.sizes(one.pixelformat, 1));
    }
    fact("CAPTURE list" + of, names);
    fact("CAPTURE unknown" + of, node.format(VIDIOC_TRY_FMT, node.capture(), kUnknown, size));
    fact("CAPTURE coded" + of, node.format(VIDIOC_TRY_FMT, node.capture(), coded, size));
}

}  // namespace

void describe_identity(const DecoderPaths& paths) {
    const DescribedNode node(paths.video);
    const v4l2_capability& capability = node.capability();
    fact("driver", reinterpret_cast<const char*>(capability.driver));
    // Addresses are those of a device tree.
    const std::string bus = reinterpret_cast<const char*>(capability.bus_info);
    const size_t dot = bus.find('.');
    fact("bus_info", dot == std::string::npos ? bus : bus.substr(dot, 12));
    fact("capabilities", text("%#x %#x", capability.capabilities, capability.device_caps));
    for (const v4l2_fmtdesc& coded : node.formats(node.output())) {
        fact("coded " + fourcc(coded.pixelformat),
             text("flags %#x %s", coded.flags, coded.description));
    }
    for (const v4l2_fmtdesc& format : node.formats(node.capture())) {
        fact("first CAPTURE " + fourcc(format.pixelformat),
             text("flags %#x %s", format.flags, format.description));
    }
    fact("first OUTPUT", node.format(VIDIOC_G_FMT, node.output(), 0, {0, 0}));
    fact("first CAPTURE", node.format(VIDIOC_G_FMT, node.capture(), 0, {0, 0}));

    const int media = open(paths.media.c_str(), O_RDWR | O_CLOEXEC);
    media_device_info info = {};
    if (media < 0 || ioctl(media, MEDIA_IOC_DEVICE_INFO, &info) != 0) {
        fact("media", error_name());
        return;
    }
    fact("media", text("%s, %s", info.driver, info.model));
    std::array<media_v2_entity, 32> entities = {};
    media_v2_topology topology = {};
    topology.num_entities = entities.size();
    topology.ptr_entities = reinterpret_cast<uintptr_t>(entities.data());
    if (ioctl(media, MEDIA_IOC_G_TOPOLOGY, &topology) != 0) fact("topology", error_name());
    fact("topology", text("%u entities, %u interfaces, %u pads, %u links", topology.num_entities,
                          topology.num_interfaces, topology.num_pads, topology.num_links));
    for (uint32_t i = 0; i < topology.num_entities && i < entities.size(); ++i) {
        fact(text("entity %s", entities[i].name),
             text("function %#x flags %#x", entities[i].function, entities[i].flags));
    }
    close(media);
}

void describe_formats(const DecoderPaths& paths) {
    const DescribedNode node(paths.video);
    const auto coded = node.formats(node.output());
    for (const v4l2_fmtdesc& one : coded) describe_coded(node, one.pixelformat);
    for (const v4l2_fmtdesc& one : coded) {
        for (const Size size : kCaptureSizes) describe_capture(node, one.pixelformat, size);
    }
    fact("OUTPUT unknown", node.format(VIDIOC_TRY_FMT, node.output(), kUnknown, {320, 240}, 65536));
    fact("OUTPUT unknown set",
         node.format(VIDIOC_S_FMT, node.output(), kUnknown, {320, 240}, 65536));
    fact("OUTPUT of a picture",
         node.format(VIDIOC_TRY_FMT, node.output(), V4L2_PIX_FMT_NV12, {320, 240}, 65536));
    fact("sizes unknown", node.sizes(kUnknown));
    for (const uint32_t type :
         {V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_BUF_TYPE_VIDEO_OUTPUT,
          V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE,
          V4L2_BUF_TYPE_VBI_CAPTURE, V4L2_BUF_TYPE_META_CAPTURE}) {
        if (type == node.output() || type == node.capture()) continue;
        v4l2_format format = {};
        format.type = type;
        fact(text("G_FMT of type %u", type), node.result(VIDIOC_G_FMT, format));
        fact(text("TRY_FMT of type %u", type), node.result(VIDIOC_TRY_FMT, format));
        v4l2_fmtdesc listed = {};
        listed.type = type;
        fact(text("ENUM_FMT of type %u", type), node.result(VIDIOC_ENUM_FMT, listed));
    }
}
