// SPDX-License-Identifier: MIT
// The list of VP8 controls.
#include "vp8/control_table.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

namespace vdec::vp8 {
namespace {

constexpr const char* kProfiles[] = {"0", "1", "2", "3"};

}  // namespace

void add_controls(std::vector<ControlInfo>& list, const Personality& device) {
    if (device.vp8_profile_mask != 0) {
        list.push_back(profile_menu(V4L2_CID_MPEG_VIDEO_VP8_PROFILE, "VP8 Profile", kProfiles,
                                    device.vp8_profile_mask, V4L2_MPEG_VIDEO_VP8_PROFILE_0));
    }
    v4l2_ctrl_vp8_frame frame = {};
    frame.num_dct_parts = 1;
    list.push_back(compound_value(V4L2_CID_STATELESS_VP8_FRAME, "VP8 Frame Parameters",
                                  V4L2_CTRL_TYPE_VP8_FRAME, frame));
}

}  // namespace vdec::vp8
