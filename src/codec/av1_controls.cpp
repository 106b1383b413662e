// SPDX-License-Identifier: MIT
// The V4L2 controls of AV1. What VA-API lacks and what is sent instead:
//  sequence: enable_warped_motion, enable_superres, enable_restoration, enable_ref_frame_mvs,
//    separate_uv_delta_q    set wherever they may be: they only decide whether header bits exist
//    max_frame_width/height the context's size, or that of a larger picture
//  frame: refresh_frame_flags, and so all slot numbers    Av1RefreshFlags, Av1Slots
//    tile_size_bytes        Av1TileTable
//    order_hints[]          remembered with each frame (Av1Slots)
//    skip_mode_frame[]      computed as the standard does
//    frame_size_override_flag  set if the size is not the context's
//    render_width/height    the frame's size
//    current_frame_id, buffer_removal_time[], frame_refs_short_signaling: 0, no driver needs them
//  film grain: update_grain 1, for VA carries the resulting parameters, never a reference to others
#include "codec/av1_controls.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>

#include "base/checked.h"

namespace v4l2va {
namespace {

constexpr uint8_t kSuperresNum = 8;
constexpr uint8_t kSuperresDenomMax = 16;
constexpr uint8_t kMaxFilterLevel = 63;
constexpr int kMaxDelta = 63;
constexpr int kSegLvlRefFrame = 5;
constexpr int32_t kWarpedModelOne = 1 << 16;  // 1 << WARPEDMODEL_PREC_BITS

static_assert(kAv1Slots == V4L2_AV1_TOTAL_REFS_PER_FRAME);
static_assert(kAv1RefsPerFrame == V4L2_AV1_REFS_PER_FRAME);

using Picture = VADecPictureParameterBufferAV1;

// Sets `flag` in `flags` if `condition`.
template <typename Flags>
void set_if(uint32_t condition, uint32_t flag, Flags& flags) {
    if (condition != 0) {
        flags = static_cast<Flags>(flags | flag);
    }
}

bool is_delta(int value) { return value >= -kMaxDelta - 1 && value <= kMaxDelta; }

bool uses_superres(const Picture& picture) {
    return picture.pic_info_fields.bits.use_superres != 0;
}

// The client may have put any number there: to read it as the enum would be undefined.
uint32_t warp_type(const VAWarpedMotionParamsAV1& warp) {
    uint32_t type = 0;
    static_assert(sizeof(type) == sizeof(warp.wmtype));
    std::memcpy(&type, &warp.wmtype, sizeof(type));
    return type;
}

bool uses_restoration(const Picture& picture) {
    const auto& bits = picture.loop_restoration_fields.bits;
    return bits.yframe_restoration_type != 0 || bits.cbframe_restoration_type != 0 ||
           bits.crframe_restoration_type != 0;
}

uint8_t bit_depth(const Picture& picture) {
    return static_cast<uint8_t>(8 + 2 * picture.bit_depth_idx);
}

Result<> check_sequence(const Picture& picture, uint32_t max_bit_depth) {
    const auto& seq = picture.seq_info_fields.fields;
    if (picture.profile != 0 || picture.bit_depth_idx > 1 ||
        (seq.mono_chrome == 0 && (seq.subsampling_x == 0 || seq.subsampling_y == 0))) {
        return fail(ErrorCode::kUnsupported, "AV1 profile");
    }
    if (bit_depth(picture) > max_bit_depth) {
        return fail(ErrorCode::kUnsupported, "AV1 bit depth");
    }
    if (picture.pic_info_fields.bits.large_scale_tile != 0) {
        return fail(ErrorCode::kUnsupported, "AV1 large scale tile");
    }
    if (seq.enable_order_hint != 0 && picture.order_hint_bits_minus_1 > 7) {
        return fail(ErrorCode::kInvalidParameter, "AV1 order_hint_bits");
    }
    return {};
}

Result<> check_superres(const Picture& picture) {
    if (uses_superres(picture) && (picture.superres_scale_denominator <= kSuperresNum ||
                                   picture.superres_scale_denominator > kSuperresDenomMax)) {
        return fail(ErrorCode::kInvalidParameter, "AV1 superres");
    }
    return {};
}

Result<> check_references(const Picture& picture) {
    if (picture.primary_ref_frame > kAv1PrimaryRefNone) {
        return fail(ErrorCode::kInvalidParameter, "AV1 primary_ref_frame");
    }
    if (!av1_is_intra(picture) &&
        std::any_of(std::begin(picture.ref_frame_idx), std::end(picture.ref_frame_idx),
                    [](uint8_t index) { return index >= kAv1Slots; })) {
        return fail(ErrorCode::kInvalidParameter, "AV1 ref_frame_idx");
    }
    for (const VAWarpedMotionParamsAV1& warp : picture.wm) {
        if (warp_type(warp) > VAAV1TransformationAffine) {
            return fail(ErrorCode::kInvalidParameter, "AV1 global motion");
        }
    }
    return {};
}

Result<> check_filters(const Picture& picture) {
    const auto is_level = [](uint8_t level) { return level <= kMaxFilterLevel; };
    const bool levels =
        std::all_of(std::begin(picture.filter_level), std::end(picture.filter_level), is_level) &&
        is_level(picture.filter_level_u) && is_level(picture.filter_level_v);
    const bool deltas =
        std::all_of(std::begin(picture.ref_deltas), std::end(picture.ref_deltas), is_delta) &&
        std::all_of(std::begin(picture.mode_deltas), std::end(picture.mode_deltas), is_delta);
    if (!levels || !deltas) {
        return fail(ErrorCode::kInvalidParameter, "AV1 loop filter");
    }
    if (picture.cdef_damping_minus_3 > 3 || picture.cdef_bits > 3) {
        return fail(ErrorCode::kInvalidParameter, "AV1 cdef");
    }
    for (size_t i = 0; i < size_t{1} << picture.cdef_bits; ++i) {
        if (picture.cdef_y_strengths[i] > 63 || picture.cdef_uv_strengths[i] > 63) {
            return fail(ErrorCode::kInvalidParameter, "AV1 cdef");
        }
    }
    if (uses_restoration(picture) && picture.loop_restoration_fields.bits.lr_unit_shift > 2) {
        return fail(ErrorCode::kInvalidParameter, "AV1 loop restoration");
    }
    return {};
}

Result<> check_modes(const Picture& picture) {
    const std::array<int, 5> deltas = {picture.y_dc_delta_q, picture.u_dc_delta_q,
                                       picture.u_ac_delta_q, picture.v_dc_delta_q,
                                       picture.v_ac_delta_q};
    if (!std::all_of(deltas.begin(), deltas.end(), is_delta)) {
        return fail(ErrorCode::kInvalidParameter, "AV1 quantizer");
    }
    if (picture.mode_control_fields.bits.tx_mode > V4L2_AV1_TX_MODE_SELECT ||
        picture.interp_filter > V4L2_AV1_INTERPOLATION_FILTER_SWITCHABLE) {
        return fail(ErrorCode::kInvalidParameter, "AV1 modes");
    }
    const VAFilmGrainStructAV1& grain = picture.film_grain_info;
    if (grain.film_grain_info_fields.bits.apply_grain != 0 &&
        (grain.num_y_points > std::size(grain.point_y_value) ||
         grain.num_cb_points > std::size(grain.point_cb_value) ||
         grain.num_cr_points > std::size(grain.point_cr_value))) {
        return fail(ErrorCode::kInvalidParameter, "AV1 film grain");
    }
    return {};
}

v4l2_av1_quantization quantization(const Picture& picture) {
    const auto& qm = picture.qmatrix_fields.bits;
    const auto& modes = picture.mode_control_fields.bits;
    v4l2_av1_quantization control = {};
    set_if(picture.u_dc_delta_q != picture.v_dc_delta_q ||
               picture.u_ac_delta_q != picture.v_ac_delta_q,
           V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA, control.flags);
    set_if(qm.using_qmatrix, V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX, control.flags);
    set_if(modes.delta_q_present_flag, V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT, control.flags);
    control.base_q_idx = picture.base_qindex;
    control.delta_q_y_dc = picture.y_dc_delta_q;
    control.delta_q_u_dc = picture.u_dc_delta_q;
    control.delta_q_u_ac = picture.u_ac_delta_q;
    control.delta_q_v_dc = picture.v_dc_delta_q;
    control.delta_q_v_ac = picture.v_ac_delta_q;
    if (qm.using_qmatrix != 0) {
        control.qm_y = static_cast<uint8_t>(qm.qm_y);
        control.qm_u = static_cast<uint8_t>(qm.qm_u);
        control.qm_v = static_cast<uint8_t>(qm.qm_v);
    }
    control.delta_q_res = static_cast<uint8_t>(modes.log2_delta_q_res);
    return control;
}

v4l2_av1_segmentation segmentation(const Picture& picture) {
    const VASegmentationStructAV1& info = picture.seg_info;
    const auto& bits = info.segment_info_fields.bits;
    v4l2_av1_segmentation control = {};
    // va_dec_av1.h: without it all else is to be ignored.
    if (bits.enabled == 0) {
        return control;
    }
    control.flags = V4L2_AV1_SEGMENTATION_FLAG_ENABLED;
    set_if(bits.update_map, V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP, control.flags);
    set_if(bits.temporal_update, V4L2_AV1_SEGMENTATION_FLAG_TEMPORAL_UPDATE, control.flags);
    set_if(bits.update_data, V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA, control.flags);
    for (size_t segment = 0; segment < V4L2_AV1_MAX_SEGMENTS; ++segment) {
        const uint8_t enabled = info.feature_mask[segment];
        control.feature_enabled[segment] = enabled;
        for (size_t feature = 0; feature < V4L2_AV1_SEG_LVL_MAX; ++feature) {
            if (((enabled >> feature) & 1) != 0) {
                control.feature_data[segment][feature] = info.feature_data[segment][feature];
            }
        }
        // LastActiveSegId and SegIdPreSkip of 5.9.14.
        if (enabled != 0) {
            control.last_active_seg_id = static_cast<uint8_t>(segment);
        }
        set_if(enabled >> kSegLvlRefFrame, V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP,
               control.flags);
    }
    return control;
}

v4l2_av1_loop_filter loop_filter(const Picture& picture) {
    const auto& bits = picture.loop_filter_info_fields.bits;
    const auto& modes = picture.mode_control_fields.bits;
    v4l2_av1_loop_filter control = {};
    set_if(bits.mode_ref_delta_enabled, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED, control.flags);
    set_if(bits.mode_ref_delta_update, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_UPDATE, control.flags);
    set_if(modes.delta_lf_present_flag, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT, control.flags);
    set_if(modes.delta_lf_multi, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI, control.flags);
    control.level[0] = picture.filter_level[0];
    control.level[1] = picture.filter_level[1];
    control.level[2] = picture.filter_level_u;
    control.level[3] = picture.filter_level_v;
    control.sharpness = bits.sharpness_level;
    std::copy(std::begin(picture.ref_deltas), std::end(picture.ref_deltas), control.ref_deltas);
    std::copy(std::begin(picture.mode_deltas), std::end(picture.mode_deltas), control.mode_deltas);
    control.delta_lf_res = static_cast<uint8_t>(modes.log2_delta_lf_res);
    return control;
}

v4l2_av1_cdef cdef(const Picture& picture) {
    // cdef_params() (5.9.19): a coded secondary strength of 3 means 4; VA has the coded one.
    const auto secondary = [](uint8_t strength) {
        return static_cast<uint8_t>((strength & 3) == 3 ? 4 : strength & 3);
    };
    v4l2_av1_cdef control = {};
    control.damping_minus_3 = picture.cdef_damping_minus_3;
    control.bits = picture.cdef_bits;
    for (size_t i = 0; i < size_t{1} << picture.cdef_bits; ++i) {
        control.y_pri_strength[i] = static_cast<uint8_t>(picture.cdef_y_strengths[i] >> 2);
        control.y_sec_strength[i] = secondary(picture.cdef_y_strengths[i]);
        control.uv_pri_strength[i] = static_cast<uint8_t>(picture.cdef_uv_strengths[i] >> 2);
        control.uv_sec_strength[i] = secondary(picture.cdef_uv_strengths[i]);
    }
    return control;
}

v4l2_av1_loop_restoration loop_restoration(const Picture& picture) {
    const auto& bits = picture.loop_restoration_fields.bits;
    v4l2_av1_loop_restoration control = {};
    if (!uses_restoration(picture)) {
        return control;
    }
    control.flags = V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR;
    set_if(bits.cbframe_restoration_type != 0 || bits.crframe_restoration_type != 0,
           V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR, control.flags);
    control.lr_unit_shift = static_cast<uint8_t>(bits.lr_unit_shift);
    control.lr_uv_shift = static_cast<uint8_t>(bits.lr_uv_shift);
    // Both APIs count as FrameRestorationType does, not as the coded lr_type.
    const auto type = [](uint32_t value) {
        return static_cast<v4l2_av1_frame_restoration_type>(value);
    };
    control.frame_restoration_type[0] = type(bits.yframe_restoration_type);
    control.frame_restoration_type[1] = type(bits.cbframe_restoration_type);
    control.frame_restoration_type[2] = type(bits.crframe_restoration_type);
    // RESTORATION_TILESIZE_MAX >> (2 - lr_unit_shift), 5.9.20.
    control.loop_restoration_size[0] = 64U << bits.lr_unit_shift;
    control.loop_restoration_size[1] = control.loop_restoration_size[0] >> bits.lr_uv_shift;
    control.loop_restoration_size[2] = control.loop_restoration_size[1];
    return control;
}

void set_warp(const VAWarpedMotionParamsAV1& warp, size_t reference,
              v4l2_av1_global_motion& control) {
    const auto type = static_cast<v4l2_av1_warp_model>(warp_type(warp));
    control.type[reference] = type;
    set_if(type != V4L2_AV1_WARP_MODEL_IDENTITY, V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL,
           control.flags[reference]);
    set_if(type == V4L2_AV1_WARP_MODEL_ROTZOOM, V4L2_AV1_GLOBAL_MOTION_FLAG_IS_ROT_ZOOM,
           control.flags[reference]);
    set_if(type == V4L2_AV1_WARP_MODEL_TRANSLATION, V4L2_AV1_GLOBAL_MOTION_FLAG_IS_TRANSLATION,
           control.flags[reference]);
    if (type != V4L2_AV1_WARP_MODEL_IDENTITY) {
        std::copy_n(std::begin(warp.wmmat), std::size(control.params[reference]),
                    std::begin(control.params[reference]));
    }
    set_if(warp.invalid, 1U << reference, control.invalid);
}

v4l2_av1_global_motion global_motion(const Picture& picture) {
    v4l2_av1_global_motion control = {};
    for (auto& params : control.params) {
        params[2] = kWarpedModelOne;
        params[5] = kWarpedModelOne;
    }
    // 5.9.24: all identity in intra frames. V4L2's index 0 is the intra "reference".
    if (!av1_is_intra(picture)) {
        for (size_t i = 0; i < std::size(picture.wm); ++i) {
            set_warp(picture.wm[i], i + 1, control);
        }
    }
    return control;
}

uint32_t frame_flags(const Picture& picture, const Av1SkipMode& skip_mode, Size largest) {
    const auto& pic = picture.pic_info_fields.bits;
    const auto& modes = picture.mode_control_fields.bits;
    uint32_t flags = 0;
    set_if(pic.show_frame, V4L2_AV1_FRAME_FLAG_SHOW_FRAME, flags);
    set_if(pic.showable_frame, V4L2_AV1_FRAME_FLAG_SHOWABLE_FRAME, flags);
    // 5.9.2: inferred for these; ffmpeg leaves it 0 where the header is a reduced still picture's.
    set_if(av1_shown_key_or_switch_frame(picture) || pic.error_resilient_mode != 0 ? 1 : 0,
           V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE, flags);
    set_if(pic.disable_cdf_update, V4L2_AV1_FRAME_FLAG_DISABLE_CDF_UPDATE, flags);
    set_if(pic.allow_screen_content_tools, V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS, flags);
    // 5.9.2: 1 in intra frames whatever is coded, which is what ffmpeg has here.
    set_if(av1_is_intra(picture) || pic.force_integer_mv != 0 ? 1 : 0,
           V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV, flags);
    set_if(pic.allow_intrabc, V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC, flags);
    set_if(pic.use_superres, V4L2_AV1_FRAME_FLAG_USE_SUPERRES, flags);
    set_if(pic.allow_high_precision_mv, V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV, flags);
    set_if(pic.is_motion_mode_switchable, V4L2_AV1_FRAME_FLAG_IS_MOTION_MODE_SWITCHABLE, flags);
    set_if(pic.use_ref_frame_mvs, V4L2_AV1_FRAME_FLAG_USE_REF_FRAME_MVS, flags);
    set_if(pic.disable_frame_end_update_cdf, V4L2_AV1_FRAME_FLAG_DISABLE_FRAME_END_UPDATE_CDF,
           flags);
    set_if(pic.allow_warped_motion, V4L2_AV1_FRAME_FLAG_ALLOW_WARPED_MOTION, flags);
    set_if(modes.reference_select, V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT, flags);
    set_if(modes.reduced_tx_set_used, V4L2_AV1_FRAME_FLAG_REDUCED_TX_SET, flags);
    set_if(skip_mode.allowed ? 1 : 0, V4L2_AV1_FRAME_FLAG_SKIP_MODE_ALLOWED, flags);
    set_if(modes.skip_mode_present, V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT, flags);
    const Size size = {picture.frame_width_minus1 + 1U, picture.frame_height_minus1 + 1U};
    set_if(size == largest ? 0 : 1, V4L2_AV1_FRAME_FLAG_FRAME_SIZE_OVERRIDE, flags);
    return flags;
}

void set_references(const Picture& picture, const Av1SlotMapping& slots,
                    v4l2_ctrl_av1_frame& frame) {
    std::copy(slots.order_hints.begin(), slots.order_hints.end(), frame.order_hints);
    for (size_t i = 0; i < kAv1Slots; ++i) {
        frame.reference_frame_ts[i] = slots.reference_frame_ts[i].nanoseconds();
    }
    std::copy(slots.ref_frame_idx.begin(), slots.ref_frame_idx.end(), frame.ref_frame_idx);
    frame.refresh_frame_flags = slots.refresh_frame_flags;
    // It counts in ref_frame_idx[], not in slots: the same for ours.
    frame.primary_ref_frame = picture.primary_ref_frame;
}

}  // namespace

bool av1_is_intra(const VADecPictureParameterBufferAV1& picture) {
    const uint32_t type = picture.pic_info_fields.bits.frame_type;
    return type == V4L2_AV1_KEY_FRAME || type == V4L2_AV1_INTRA_ONLY_FRAME;
}

bool av1_shown_key_or_switch_frame(const VADecPictureParameterBufferAV1& picture) {
    const auto& pic = picture.pic_info_fields.bits;
    return pic.frame_type == V4L2_AV1_SWITCH_FRAME ||
           (pic.frame_type == V4L2_AV1_KEY_FRAME && pic.show_frame != 0);
}

uint8_t av1_order_hint_bits(const VADecPictureParameterBufferAV1& picture) {
    return picture.seq_info_fields.fields.enable_order_hint != 0
               ? static_cast<uint8_t>(picture.order_hint_bits_minus_1 + 1)
               : uint8_t{0};
}

Size av1_frame_size(const VADecPictureParameterBufferAV1& picture) {
    Size size = {picture.frame_width_minus1 + 1U, picture.frame_height_minus1 + 1U};
    if (uses_superres(picture)) {
        const uint32_t denominator = picture.superres_scale_denominator;
        size.width = (size.width * kSuperresNum + denominator / 2) / denominator;
    }
    return size;
}

Result<> check_av1_picture(const VADecPictureParameterBufferAV1& picture,
                           const CodecTraits& traits) {
    if (const Result<> result = check_sequence(picture, traits.max_bit_depth); !result) {
        return result;
    }
    if (const Result<> result = check_superres(picture); !result) {
        return result;
    }
    if (const Result<> result = check_references(picture); !result) {
        return result;
    }
    if (const Result<> result = check_filters(picture); !result) {
        return result;
    }
    return check_modes(picture);
}

v4l2_ctrl_av1_sequence av1_sequence(const VADecPictureParameterBufferAV1& picture, Size largest) {
    const auto& seq = picture.seq_info_fields.fields;
    v4l2_ctrl_av1_sequence control = {};
    set_if(seq.still_picture, V4L2_AV1_SEQUENCE_FLAG_STILL_PICTURE, control.flags);
    set_if(seq.use_128x128_superblock, V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK,
           control.flags);
    set_if(seq.enable_filter_intra, V4L2_AV1_SEQUENCE_FLAG_ENABLE_FILTER_INTRA, control.flags);
    set_if(seq.enable_intra_edge_filter, V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTRA_EDGE_FILTER,
           control.flags);
    set_if(seq.enable_interintra_compound, V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTERINTRA_COMPOUND,
           control.flags);
    set_if(seq.enable_masked_compound, V4L2_AV1_SEQUENCE_FLAG_ENABLE_MASKED_COMPOUND,
           control.flags);
    control.flags |= V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION;
    set_if(seq.enable_dual_filter, V4L2_AV1_SEQUENCE_FLAG_ENABLE_DUAL_FILTER, control.flags);
    set_if(seq.enable_order_hint, V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT, control.flags);
    set_if(seq.enable_jnt_comp, V4L2_AV1_SEQUENCE_FLAG_ENABLE_JNT_COMP, control.flags);
    // 5.5.1: only with order hints.
    set_if(seq.enable_order_hint, V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS, control.flags);
    control.flags |= V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES;
    set_if(seq.enable_cdef, V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF, control.flags);
    control.flags |= V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION;
    set_if(seq.mono_chrome, V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME, control.flags);
    set_if(seq.color_range, V4L2_AV1_SEQUENCE_FLAG_COLOR_RANGE, control.flags);
    // 5.5.2: both are 1 in profile 0, monochrome included.
    control.flags |= V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X | V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y;
    set_if(seq.film_grain_params_present, V4L2_AV1_SEQUENCE_FLAG_FILM_GRAIN_PARAMS_PRESENT,
           control.flags);
    // 5.5.2: not with monochrome.
    set_if(seq.mono_chrome == 0, V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q, control.flags);
    control.seq_profile = picture.profile;
    control.order_hint_bits = av1_order_hint_bits(picture);
    control.bit_depth = bit_depth(picture);
    const auto max_minus_1 = [](uint32_t largest_size, uint16_t frame_minus_1) {
        return static_cast<uint16_t>(
            std::clamp<uint32_t>(largest_size - 1, frame_minus_1, UINT16_MAX));
    };
    control.max_frame_width_minus_1 = max_minus_1(largest.width, picture.frame_width_minus1);
    control.max_frame_height_minus_1 = max_minus_1(largest.height, picture.frame_height_minus1);
    return control;
}

v4l2_ctrl_av1_frame av1_frame(const VADecPictureParameterBufferAV1& picture,
                              const v4l2_av1_tile_info& tile_info, const Av1SlotMapping& slots,
                              Size largest) {
    const Size frame_size = av1_frame_size(picture);
    Av1SkipMode skip_mode;
    if (!av1_is_intra(picture) && picture.mode_control_fields.bits.reference_select != 0) {
        skip_mode =
            av1_skip_mode(av1_order_hint_bits(picture), picture.order_hint, slots.order_hints);
    }
    v4l2_ctrl_av1_frame frame = {};
    frame.tile_info = tile_info;
    frame.quantization = quantization(picture);
    frame.superres_denom =
        uses_superres(picture) ? picture.superres_scale_denominator : kSuperresNum;
    frame.segmentation = segmentation(picture);
    frame.loop_filter = loop_filter(picture);
    frame.cdef = cdef(picture);
    std::copy(skip_mode.frames.begin(), skip_mode.frames.end(), frame.skip_mode_frame);
    frame.loop_restoration = loop_restoration(picture);
    frame.global_motion = global_motion(picture);
    frame.flags = frame_flags(picture, skip_mode, largest);
    frame.frame_type = static_cast<v4l2_av1_frame_type>(picture.pic_info_fields.bits.frame_type);
    frame.order_hint = picture.order_hint;
    frame.upscaled_width = picture.frame_width_minus1 + 1U;
    frame.interpolation_filter = static_cast<v4l2_av1_interpolation_filter>(picture.interp_filter);
    frame.tx_mode = static_cast<v4l2_av1_tx_mode>(picture.mode_control_fields.bits.tx_mode);
    frame.frame_width_minus_1 = frame_size.width - 1;
    frame.frame_height_minus_1 = frame_size.height - 1;
    frame.render_width_minus_1 = picture.frame_width_minus1;
    frame.render_height_minus_1 = picture.frame_height_minus1;
    set_references(picture, slots, frame);
    return frame;
}

v4l2_ctrl_av1_film_grain av1_film_grain(const VAFilmGrainStructAV1& grain) {
    const auto& bits = grain.film_grain_info_fields.bits;
    v4l2_ctrl_av1_film_grain control = {};
    // va_dec_av1.h: without it all else is to be ignored.
    if (bits.apply_grain == 0) {
        return control;
    }
    control.flags = V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN | V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN;
    set_if(bits.chroma_scaling_from_luma, V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA,
           control.flags);
    set_if(bits.overlap_flag, V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP, control.flags);
    set_if(bits.clip_to_restricted_range, V4L2_AV1_FILM_GRAIN_FLAG_CLIP_TO_RESTRICTED_RANGE,
           control.flags);
    control.cr_mult = grain.cr_mult;
    control.grain_seed = grain.grain_seed;
    const auto copy_points = [](uint8_t count, const auto& from, auto& to) {
        std::copy_n(std::begin(from), count, std::begin(to));
    };
    control.num_y_points = grain.num_y_points;
    copy_points(grain.num_y_points, grain.point_y_value, control.point_y_value);
    copy_points(grain.num_y_points, grain.point_y_scaling, control.point_y_scaling);
    control.num_cb_points = grain.num_cb_points;
    copy_points(grain.num_cb_points, grain.point_cb_value, control.point_cb_value);
    copy_points(grain.num_cb_points, grain.point_cb_scaling, control.point_cb_scaling);
    control.num_cr_points = grain.num_cr_points;
    copy_points(grain.num_cr_points, grain.point_cr_value, control.point_cr_value);
    copy_points(grain.num_cr_points, grain.point_cr_scaling, control.point_cr_scaling);
    control.grain_scaling_minus_8 = static_cast<uint8_t>(bits.grain_scaling_minus_8);
    control.ar_coeff_lag = static_cast<uint8_t>(bits.ar_coeff_lag);
    // VA has the coefficients themselves, V4L2 the syntax elements *_plus_128 (5.9.30). The 25th
    // luma one is not coded.
    const auto plus_128 = [](const auto& from, auto& to) {
        std::transform(std::begin(from), std::end(from), std::begin(to),
                       [](int8_t value) { return static_cast<uint8_t>(value + 128); });
    };
    plus_128(grain.ar_coeffs_y, control.ar_coeffs_y_plus_128);
    plus_128(grain.ar_coeffs_cb, control.ar_coeffs_cb_plus_128);
    plus_128(grain.ar_coeffs_cr, control.ar_coeffs_cr_plus_128);
    control.ar_coeff_shift_minus_6 = static_cast<uint8_t>(bits.ar_coeff_shift_minus_6);
    control.grain_scale_shift = static_cast<uint8_t>(bits.grain_scale_shift);
    control.cb_mult = grain.cb_mult;
    control.cb_luma_mult = grain.cb_luma_mult;
    control.cr_luma_mult = grain.cr_luma_mult;
    control.cb_offset = grain.cb_offset;
    control.cr_offset = grain.cr_offset;
    return control;
}

Av1SkipMode av1_skip_mode(uint32_t order_hint_bits, uint32_t order_hint,
                          const std::array<uint32_t, kAv1Slots>& order_hints) {
    // The reference whose hint is nearest to `limit` on the given side of it; the first of equals.
    const auto nearest = [&](uint32_t limit, int side) {
        std::optional<size_t> best;
        for (size_t i = 1; i < order_hints.size(); ++i) {
            const int distance = side * av1_relative_dist(order_hint_bits, order_hints[i], limit);
            if (distance > 0 && (!best || side * av1_relative_dist(order_hint_bits, order_hints[i],
                                                                   order_hints[*best]) <
                                              0)) {
                best = i;
            }
        }
        return best;
    };
    Av1SkipMode mode;
    if (order_hint_bits == 0) {
        return mode;
    }
    const std::optional<size_t> forward = nearest(order_hint, -1);
    if (!forward) {
        return mode;
    }
    std::optional<size_t> other = nearest(order_hint, 1);
    if (!other) {
        other = nearest(order_hints[*forward], -1);
    }
    if (other) {
        mode.allowed = true;
        mode.frames = {static_cast<uint8_t>(std::min(*forward, *other)),
                       static_cast<uint8_t>(std::max(*forward, *other))};
    }
    return mode;
}

}  // namespace v4l2va
