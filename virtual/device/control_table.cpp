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
#include "uapi/controls.h"
#include "vp8/control_table.h"
#include "vp9/control_table.h"

namespace vdec {
namespace {

bool offers(const Personality& device, uint32_t fourcc) {
    if (device.controls_of_every_codec && fourcc != V4L2_PIX_FMT_MPEG2_SLICE) return true;
    return std::ranges::any_of(device.coded_formats,
                               [&](const CodedFormat& format) { return format.fourcc == fourcc; });
}

ControlInfo class_control(uint32_t id, const char* name) {
    ControlInfo info;
    info.id = id;
    info.name = name;
    info.type = V4L2_CTRL_TYPE_CTRL_CLASS;
    info.flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_WRITE_ONLY;
    return info;
}

// A class is a control where one of its controls is no compound one (handler_new_ref()).
void add_class(std::vector<ControlInfo>& list, uint32_t id, const char* name) {
    const bool any = std::ranges::any_of(list, [id](const ControlInfo& info) {
        return !info.compound() && V4L2_CTRL_ID2WHICH(info.id) == V4L2_CTRL_ID2WHICH(id);
    });
    if (any) list.push_back(class_control(id, name));
}

}  // namespace

std::vector<ControlInfo> controls_of(const Personality& device) {
    std::vector<ControlInfo> list;
    if (offers(device, V4L2_PIX_FMT_H264_SLICE)) h264::add_controls(list, device);
    if (offers(device, V4L2_PIX_FMT_HEVC_SLICE)) hevc::add_controls(list, device.hevc);
    if (offers(device, V4L2_PIX_FMT_MPEG2_SLICE)) mpeg2::add_controls(list);
    if (offers(device, V4L2_PIX_FMT_VP8_FRAME)) vp8::add_controls(list, device);
    if (offers(device, V4L2_PIX_FMT_VP9_FRAME)) vp9::add_controls(list, device);
    if (offers(device, av1::kPixelFormat)) av1::add_controls(list, device.av1);
    if (device.limits_of_controls) {
        for (ControlInfo& info : list) {
            if (!info.compound()) info.flags |= kHasWhichMinMax;
        }
    }
    add_class(list, V4L2_CID_CODEC_CLASS, "Codec Controls");
    add_class(list, V4L2_CID_CODEC_STATELESS_CLASS, "Stateless Codec Controls");
    std::ranges::sort(list, {}, &ControlInfo::id);
    return list;
}

const char* menu_text(const ControlInfo& info, uint32_t index) {
    if (index >= info.menu_items.size() || ((info.menu_mask >> index) & 1) == 0) return nullptr;
    return info.menu_items[index];
}

}  // namespace vdec
