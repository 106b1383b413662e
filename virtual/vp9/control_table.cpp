// SPDX-License-Identifier: MIT
// The list of VP9 controls.
#include "vp9/control_table.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

namespace vdec::vp9 {
namespace {

constexpr const char* kLevels[] = {"1",   "1.1", "2",   "2.1", "3", "3.1", "4",
                                   "4.1", "5",   "5.1", "5.2", "6", "6.1", "6.2"};
constexpr const char* kProfiles[] = {"0", "1", "2", "3"};

}  // namespace

void add_controls(std::vector<ControlInfo>& list, const Personality& device) {
    if (device.vp9_profile_mask != 0) {
        list.push_back(profile_menu(V4L2_CID_MPEG_VIDEO_VP9_PROFILE, "VP9 Profile", kProfiles,
                                    device.vp9_profile_mask, V4L2_MPEG_VIDEO_VP9_PROFILE_0));
        if (device.vp9_profile_maximum >= 0) list.back().maximum = device.vp9_profile_maximum;
    }
    if (device.vp9_levels.maximum >= 0) {
        list.push_back(
            level_menu(V4L2_CID_MPEG_VIDEO_VP9_LEVEL, "VP9 Level", kLevels, device.vp9_levels));
    }
    v4l2_ctrl_vp9_frame frame = {};
    frame.bit_depth = 8;
    frame.flags = V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    list.push_back(compound_value(V4L2_CID_STATELESS_VP9_FRAME, "VP9 Frame Decode Parameters",
                                  V4L2_CTRL_TYPE_VP9_FRAME, frame));
    if (!device.vp9_compressed_header) return;
    list.push_back(compound_value(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR,
                                  "VP9 Probabilities Updates", V4L2_CTRL_TYPE_VP9_COMPRESSED_HDR,
                                  v4l2_ctrl_vp9_compressed_hdr{}));
}

}  // namespace vdec::vp9
