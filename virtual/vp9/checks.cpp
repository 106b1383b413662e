// SPDX-License-Identifier: MIT
// The std_validate rules of the VP9 control types.
#include "vp9/checks.h"

#include <cerrno>
#include <cstddef>

#include "backend/field_checks.h"

namespace vdec::vp9 {
namespace {

int check(v4l2_vp9_loop_filter& lf) {
    constexpr unsigned kFlags =
        V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED | V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE;
    if ((lf.flags & ~kFlags) != 0 || lf.level > 63 || lf.sharpness > 7) return -EINVAL;
    for (const int delta : lf.ref_deltas) {
        if (outside(delta, -63, 63)) return -EINVAL;
    }
    for (const int delta : lf.mode_deltas) {
        if (outside(delta, -63, 63)) return -EINVAL;
    }
    zero(lf.reserved);
    return 0;
}

int check(v4l2_vp9_quantization& quant) {
    for (const int delta : {quant.delta_q_y_dc, quant.delta_q_uv_dc, quant.delta_q_uv_ac}) {
        if (outside(delta, -15, 15)) return -EINVAL;
    }
    zero(quant.reserved);
    return 0;
}

int check(v4l2_vp9_segmentation& seg) {
    constexpr int kRange[V4L2_VP9_SEG_LVL_MAX] = {255, 63, 3, 0};
    if ((seg.flags & ~0x1fU) != 0) return -EINVAL;
    for (const unsigned enabled : seg.feature_enabled) {
        if ((enabled & ~unsigned{V4L2_VP9_SEGMENT_FEATURE_ENABLED_MASK}) != 0) return -EINVAL;
    }
    for (const auto& features : seg.feature_data) {
        for (size_t i = 0; i < V4L2_VP9_SEG_LVL_MAX; ++i) {
            if (outside(features[i], -kRange[i], kRange[i])) return -EINVAL;
        }
    }
    zero(seg.reserved);
    return 0;
}

int check_format(const v4l2_ctrl_vp9_frame& frame, const Personality& device) {
    const unsigned depth = frame.bit_depth;
    if (frame.profile > V4L2_VP9_PROFILE_MAX) return -EINVAL;
    if (frame.profile < 2 ? depth != 8 : depth != 10 && depth != 12) return -EINVAL;
    constexpr unsigned kBoth =
        V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    const bool is_420 = (frame.flags & kBoth) == kBoth;
    if (is_420 != (frame.profile % 2 == 0)) return -EINVAL;
    // The driver's own limits, not the core's.
    return is_420 && depth <= device.vp9_max_bit_depth ? 0 : -EINVAL;
}

}  // namespace

int check(v4l2_ctrl_vp9_frame& frame, const Personality& device) {
    if ((frame.flags & ~0x3ffU) != 0) return -EINVAL;
    constexpr unsigned kNeverBoth =
        V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT | V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX;
    if ((frame.flags & kNeverBoth) == kNeverBoth) return -EINVAL;
    if (frame.reset_frame_context > V4L2_VP9_RESET_FRAME_CTX_ALL) return -EINVAL;
    if (frame.frame_context_idx >= V4L2_VP9_NUM_FRAME_CTX) return -EINVAL;
    if (const int error = check_format(frame, device); error != 0) return error;
    if (frame.interpolation_filter > V4L2_VP9_INTERP_FILTER_SWITCHABLE) return -EINVAL;
    if (frame.tile_cols_log2 > 6) return -EINVAL;
    if (frame.reference_mode > V4L2_VP9_REFERENCE_MODE_SELECT) return -EINVAL;
    if (const int error = check(frame.lf); error != 0) return error;
    if (const int error = check(frame.quant); error != 0) return error;
    if (const int error = check(frame.seg); error != 0) return error;
    zero(frame.reserved);
    return 0;
}

int check(const v4l2_ctrl_vp9_compressed_hdr& header) {
    return header.tx_mode > V4L2_VP9_TX_MODE_SELECT ? -EINVAL : 0;
}

}  // namespace vdec::vp9
