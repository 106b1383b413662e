// SPDX-License-Identifier: MIT
// The list of HEVC controls.
#include "hevc/control_table.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <cstdint>

#include "uapi/hevc.h"

namespace vdec::hevc {
namespace {

constexpr const char* kLevels[] = {"1", "2",   "2.1", "3", "3.1", "4",  "4.1",
                                   "5", "5.1", "5.2", "6", "6.1", "6.2"};
constexpr const char* kProfiles[] = {"Main", "Main Still Picture", "Main 10"};

}  // namespace

void add_controls(std::vector<ControlInfo>& list, const HevcStyle& style) {
    if (style.profile_mask != 0) {
        list.push_back(profile_menu(V4L2_CID_MPEG_VIDEO_HEVC_PROFILE, "HEVC Profile", kProfiles,
                                    style.profile_mask, V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN));
    }
    if (style.levels.maximum >= 0) {
        list.push_back(
            level_menu(V4L2_CID_MPEG_VIDEO_HEVC_LEVEL, "HEVC Level", kLevels, style.levels));
    }
    list.push_back(menu(V4L2_CID_STATELESS_HEVC_DECODE_MODE, "HEVC Decode Mode", kDecodeModes,
                        style.decode_mode));
    list.push_back(
        menu(V4L2_CID_STATELESS_HEVC_START_CODE, "HEVC Start Code", kStartCodes, style.start_code));
    v4l2_ctrl_hevc_sps sps = {};
    sps.chroma_format_idc = 1;
    list.push_back(compound_value(V4L2_CID_STATELESS_HEVC_SPS, "HEVC Sequence Parameter Set",
                                  V4L2_CTRL_TYPE_HEVC_SPS, sps));
    list.push_back(compound(V4L2_CID_STATELESS_HEVC_PPS, "HEVC Picture Parameter Set",
                            V4L2_CTRL_TYPE_HEVC_PPS, sizeof(v4l2_ctrl_hevc_pps)));
    list.push_back(compound(V4L2_CID_STATELESS_HEVC_SCALING_MATRIX, "HEVC Scaling Matrix",
                            V4L2_CTRL_TYPE_HEVC_SCALING_MATRIX,
                            sizeof(v4l2_ctrl_hevc_scaling_matrix)));
    list.push_back(compound(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, "HEVC Decode Parameters",
                            V4L2_CTRL_TYPE_HEVC_DECODE_PARAMS,
                            sizeof(v4l2_ctrl_hevc_decode_params)));
    if (style.max_slices > 0) {
        list.push_back(dynamic_array(V4L2_CID_STATELESS_HEVC_SLICE_PARAMS, "HEVC Slice Parameters",
                                     V4L2_CTRL_TYPE_HEVC_SLICE_PARAMS,
                                     sizeof(v4l2_ctrl_hevc_slice_params), style.max_slices));
    }
    if (style.max_entry_points > 0) {
        list.push_back(dynamic_array(V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS,
                                     "HEVC Entry Point Offsets", V4L2_CTRL_TYPE_U32,
                                     sizeof(uint32_t), style.max_entry_points));
        list.back().maximum = UINT32_MAX;
        list.back().step = 1;
    }
    if (!style.ext_sps_rps) return;
    list.push_back(dynamic_array(kCidExtSpsStRps, "HEVC Short Term Ref Sets", kTypeExtSpsStRps,
                                 sizeof(ExtSpsStRps), kMaxExtSpsStRps));
    list.push_back(dynamic_array(kCidExtSpsLtRps, "HEVC Long Term Ref Sets", kTypeExtSpsLtRps,
                                 sizeof(ExtSpsLtRps), kMaxExtSpsLtRps));
}

}  // namespace vdec::hevc
