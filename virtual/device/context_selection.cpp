// SPDX-License-Identifier: MIT
// Selections, of which only mtk-vcodec-dec has some: of CAPTURE, what of a buffer is the picture.
#include <cerrno>

#include "device/context.h"

namespace vdec {
namespace {

bool is_capture(uint32_t type) {
    return type == V4L2_BUF_TYPE_VIDEO_CAPTURE || type == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
}

}  // namespace

// vidioc_vdec_g_selection(): of a node that was never given a bitstream, the smallest picture.
int Context::g_selection(VideoCall&, v4l2_selection& selection) {
    if (!is_capture(selection.type)) return -EINVAL;
    const Sizes& sizes = coded_format(output_format_.fourcc).sizes;
    selection.r = {0, 0, sizes.min_width, sizes.min_height};
    const bool started = output_.uses_requests || output_.sequence > 0;
    switch (selection.target) {
        case V4L2_SEL_TGT_COMPOSE_DEFAULT:
        case V4L2_SEL_TGT_COMPOSE:
            if (started) selection.r = {0, 0, output_format_.width, output_format_.height};
            return 0;
        case V4L2_SEL_TGT_COMPOSE_BOUNDS:
            if (started) selection.r = {0, 0, capture_format_.width, capture_format_.height};
            return 0;
        default:
            return -EINVAL;
    }
}

int Context::s_selection(VideoCall&, v4l2_selection& selection) {
    if (!is_capture(selection.type)) return -EINVAL;
    if (selection.target != V4L2_SEL_TGT_COMPOSE) return -EINVAL;
    selection.r = {0, 0, output_format_.width, output_format_.height};
    return 0;
}

// The core asks for them by selections that the driver has not.
int Context::no_crop(VideoCall&, v4l2_crop&) { return -EINVAL; }
int Context::no_cropcap(VideoCall&, v4l2_cropcap&) { return -EINVAL; }

}  // namespace vdec
