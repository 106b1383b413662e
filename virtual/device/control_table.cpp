// SPDX-License-Identifier: MIT
// Builds the control list of a personality.
#include "device/control_table.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>

#include "av1/control_table.h"
#include "h264/control_table.h"
#include "hevc/control_table.h"
#include "mpeg2/control_table.h"
#include "uapi/av1.h"
#include "vp8/control_table.h"
#include "vp9/control_table.h"

namespace vdec {
namespace {

bool offers(const Personality& device, uint32_t fourcc) {
    return std::ranges::any_of(device.coded_formats,
                               [&](const CodedFormat& format) { return format.fourcc == fourcc; });
}

ControlInfo class_control(uint32_t id, const char* name) {
    ControlInfo info;
    info.id = id;
    info.name = name;
    info.type = V4L2_CTRL_TYPE_CTRL_CLASS;
    info.flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_WRITE_ONLY;
    info.elem_size = 0;
    return info;
}

}  // namespace

std::vector<ControlInfo> controls_of(const Personality& device) {
    std::vector<ControlInfo> list;
    list.push_back(class_control(V4L2_CID_CODEC_CLASS, "Codec Controls"));
    list.push_back(class_control(V4L2_CID_CODEC_STATELESS_CLASS, "Stateless Codec Controls"));
    if (offers(device, V4L2_PIX_FMT_H264_SLICE)) h264::add_controls(list, device);
    if (offers(device, V4L2_PIX_FMT_HEVC_SLICE)) hevc::add_controls(list, device.hevc);
    if (offers(device, V4L2_PIX_FMT_MPEG2_SLICE)) mpeg2::add_controls(list);
    if (offers(device, V4L2_PIX_FMT_VP8_FRAME)) vp8::add_controls(list, device);
    if (offers(device, V4L2_PIX_FMT_VP9_FRAME)) vp9::add_controls(list, device);
    if (offers(device, av1::kPixelFormat)) av1::add_controls(list, device.av1);
    std::ranges::sort(list, {}, &ControlInfo::id);
    return list;
}

const char* menu_text(const ControlInfo& info, uint32_t index) {
    if (index >= info.menu_items.size() || ((info.menu_mask >> index) & 1) == 0) return nullptr;
    return info.menu_items[index];
}

}  // namespace vdec
