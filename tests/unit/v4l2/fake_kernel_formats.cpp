// SPDX-License-Identifier: MIT
// FakeKernel: formats and controls.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "fake_kernel.h"

namespace v4l2va::test {

void from_user(const v4l2_format& format, v4l2_pix_format_mplane& pix) {
    if (V4L2_TYPE_IS_MULTIPLANAR(format.type)) {
        pix = format.fmt.pix_mp;
        return;
    }
    pix.width = format.fmt.pix.width;
    pix.height = format.fmt.pix.height;
    pix.pixelformat = format.fmt.pix.pixelformat;
    pix.num_planes = 1;
    pix.plane_fmt[0].sizeimage = format.fmt.pix.sizeimage;
    pix.plane_fmt[0].bytesperline = format.fmt.pix.bytesperline;
}

void to_user(const v4l2_pix_format_mplane& pix, v4l2_format& format) {
    if (V4L2_TYPE_IS_MULTIPLANAR(format.type)) {
        format.fmt.pix_mp = pix;
        return;
    }
    format.fmt.pix = {};
    format.fmt.pix.width = pix.width;
    format.fmt.pix.height = pix.height;
    format.fmt.pix.pixelformat = pix.pixelformat;
    format.fmt.pix.sizeimage = pix.plane_fmt[0].sizeimage;
    format.fmt.pix.bytesperline = pix.plane_fmt[0].bytesperline;
}

std::vector<uint32_t> FakeKernel::offered_capture(const Node& node) {
    return node.ten_bit ? node.device->ten_bit_capture : node.device->capture;
}

void FakeKernel::fill_capture_format(Node& node, uint32_t fourcc) {
    const FakeDevice& device = *node.device;
    v4l2_pix_format_mplane& pix = node.capture.format;
    const v4l2_pix_format_mplane& coded = node.output.format;
    pix = {};
    uint32_t tail = 0;
    uint32_t alignment = device.height_alignment;
    for (const FakeCodedFormat& format : device.coded) {
        if (format.fourcc == coded.pixelformat) {
            tail = format.tail;
            alignment = format.height_alignment != 0 ? format.height_alignment : alignment;
        }
    }
    pix.width = (coded.width + 15) / 16 * 16;
    pix.height = (coded.height + alignment - 1) / alignment * alignment;
    const std::vector<uint32_t> offered = offered_capture(node);
    if (offered.empty()) {
        return;
    }
    pix.pixelformat = std::find(offered.begin(), offered.end(), fourcc) != offered.end()
                          ? fourcc
                          : offered.front();
    pix.field = V4L2_FIELD_NONE;
    const uint32_t bytes = pix.pixelformat == V4L2_PIX_FMT_P010 ? 2 : 1;
    const uint32_t stride = (pix.width * bytes + device.stride_alignment - 1) /
                            device.stride_alignment * device.stride_alignment;
    if (pix.pixelformat == V4L2_PIX_FMT_MM21) {
        pix.num_planes = 2;
        pix.plane_fmt[0] = {stride * pix.height, stride, {}};
        pix.plane_fmt[1] = {stride * pix.height / 2, stride, {}};
    } else {
        pix.num_planes = 1;
        pix.plane_fmt[0] = {stride * pix.height * 3 / 2 + tail, stride, {}};
    }
}

int FakeKernel::set_format(Node& node, v4l2_format& format) {
    const bool output = V4L2_TYPE_IS_OUTPUT(format.type);
    v4l2_pix_format_mplane wanted{};
    from_user(format, wanted);
    if (!output) {
        if (!node.capture.buffers.empty() && !node.device->relaxed_formats) {
            return EBUSY;
        }
        fill_capture_format(node, wanted.pixelformat);
        to_user(node.capture.format, format);
        if (node.device->set_format_forgets_depth && node.ten_bit) {
            format.fmt.pix_mp.plane_fmt[0].sizeimage /= 2;
        }
        return 0;
    }
    if (!node.device->relaxed_formats &&
        (!node.output.buffers.empty() || !node.capture.buffers.empty())) {
        return EBUSY;
    }
    const FakeCodedFormat* chosen = nullptr;
    for (const FakeCodedFormat& coded : node.device->coded) {
        if (coded.fourcc == wanted.pixelformat) {
            chosen = &coded;
        }
    }
    if (wanted.plane_fmt[0].sizeimage == 0) {
        return EINVAL;  // mtk
    }
    chosen = chosen ? chosen : node.device->coded.data();
    v4l2_pix_format_mplane& pix = node.output.format;
    pix = {};
    pix.pixelformat = chosen->fourcc;
    pix.width = std::clamp(wanted.width, 48U, chosen->max_width);
    pix.height = std::clamp(wanted.height, 48U, chosen->max_height);
    pix.num_planes = 1;
    pix.plane_fmt[0].sizeimage = (wanted.plane_fmt[0].sizeimage + 4095) / 4096 * 4096;
    node.ten_bit = false;
    fill_capture_format(node, 0);
    to_user(pix, format);
    return 0;
}

int FakeKernel::get_format(const Node& node, v4l2_format& format) {
    to_user(V4L2_TYPE_IS_OUTPUT(format.type) ? node.output.format : node.capture.format, format);
    return 0;
}

int FakeKernel::enum_format(const Node& node, v4l2_fmtdesc& argument) const {
    std::vector<uint32_t> list = node.device->raw_output_fourccs;
    if (V4L2_TYPE_IS_OUTPUT(argument.type)) {
        for (const FakeCodedFormat& format : node.device->coded) {
            list.push_back(format.fourcc);
        }
    } else {
        list = offered_capture(node);
    }
    if (argument.index >= list.size()) {
        return EINVAL;
    }
    argument.pixelformat = list[argument.index];
    return 0;
}

int FakeKernel::frame_sizes(const Node& node, v4l2_frmsizeenum& argument) const {
    if (!node.device->lists_sizes) {
        return ENOTTY;
    }
    for (const FakeCodedFormat& format : node.device->coded) {
        if (format.fourcc == argument.pixel_format && argument.index == 0) {
            argument.type = V4L2_FRMSIZE_TYPE_STEPWISE;
            argument.stepwise = {48, format.max_width, 16, 48, format.max_height, 16};
            return 0;
        }
    }
    return EINVAL;
}

int FakeKernel::set_controls(Node& node, v4l2_ext_controls& argument) {
    Request* request = nullptr;
    if (argument.which == V4L2_CTRL_WHICH_REQUEST_VAL) {
        const auto found = requests.find(inode_of(argument.request_fd));
        if (found == requests.end()) {
            return EINVAL;
        }
        if (found->second.state != Request::State::kIdle) {
            violate("S_EXT_CTRLS into a request that is not idle");
            return EBUSY;
        }
        request = &found->second;
    }
    for (uint32_t i = 0; i < argument.count; ++i) {
        const v4l2_ext_control& control = argument.controls[i];
        if (!controls_of(*node.device).contains(control.id)) {
            return EINVAL;
        }
        if (request) {
            request->controls.insert(control.id);
        } else if (control.id == V4L2_CID_STATELESS_H264_SPS) {
            return set_sequence(node, control, control.p_h264_sps->bit_depth_luma_minus8);
        } else if (control.id == V4L2_CID_STATELESS_HEVC_SPS) {
            return set_sequence(node, control, control.p_hevc_sps->bit_depth_luma_minus8);
        }
    }
    return 0;
}

int FakeKernel::set_sequence(Node& node, const v4l2_ext_control& control, int bit_depth_minus8) {
    const bool ten = bit_depth_minus8 == 2;
    if (ten && node.device->ten_bit_capture.empty()) {
        return EINVAL;
    }
    // The control framework calls no driver for a value that the control has already.
    const std::string value(static_cast<const char*>(control.ptr), control.size);
    if (std::exchange(node.sequences[control.id], value) != value && ten != node.ten_bit) {
        node.ten_bit = ten;
        fill_capture_format(node, 0);
    }
    return 0;
}

int FakeKernel::query_control(const Node& node, v4l2_query_ext_ctrl& control) const {
    if (!controls_of(*node.device).contains(control.id)) {
        return EINVAL;
    }
    const uint32_t id = control.id;
    control = {};
    control.id = id;
    control.maximum = 1;
    if (id == V4L2_CID_STATELESS_H264_DECODE_MODE) {
        control.minimum = node.device->decode_mode_min;
    } else if (id == V4L2_CID_STATELESS_HEVC_SLICE_PARAMS) {
        control.nr_of_dims = 1;
        control.dims[0] = 600;
        control.elems = 1;
    } else if (id == V4L2_CID_MPEG_VIDEO_H264_PROFILE) {
        control.maximum = V4L2_MPEG_VIDEO_H264_PROFILE_HIGH;
    }
    return 0;
}

int FakeKernel::query_menu(const v4l2_querymenu& menu) {
    return menu.index == V4L2_MPEG_VIDEO_H264_PROFILE_EXTENDED ? EINVAL : 0;
}

}  // namespace v4l2va::test
