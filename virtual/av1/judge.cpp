// SPDX-License-Identifier: MIT
// The rules of the AV1 judge. Fields that no decoder can use for a frame are not compared.
#include "av1/judge.h"

#include <linux/videodev2.h>

#include <algorithm>

#include "av1/rules.h"
#include "image/image_layout.h"

namespace vdec::av1 {
namespace {

constexpr int8_t kDefaultRefDeltas[kSlots] = {1, 0, 0, 0, -1, 0, -1, -1};

bool primary_ref_none(const Frame& frame) {
    return frame.intra() || frame.primary_ref_frame == kPrimaryRefNone;
}

// `tool` may only be used when the sequence has it.
void require(const FieldJudge& judge, const char* field, bool used, bool enabled) {
    if (used) judge.expect(field, 1, enabled ? 1 : 0);
}

void judge_sizes(const FieldJudge& judge, const Controls& controls) {
    const Frame& frame = controls.frame;
    const Sequence& sequence = controls.sequence;
    const unsigned denominator = frame.has(kUseSuperres) ? frame.superres_denom : kSuperresNum;
    judge.expect("superres_denom", frame.superres_denom, denominator);
    judge.expect("frame_width", frame.frame_width_minus_1 + 1,
                 downscaled_width(frame.upscaled_width, denominator));
    require(judge, "max_frame_width", true,
            frame.upscaled_width <= sequence.max_frame_width_minus_1 + 1U);
    require(judge, "max_frame_height", true,
            frame.frame_height_minus_1 <= sequence.max_frame_height_minus_1);
    require(judge, "enable_superres", frame.has(kUseSuperres), sequence.has(kEnableSuperres));
}

void judge_flags(const FieldJudge& judge, const Controls& controls) {
    const Frame& frame = controls.frame;
    const Sequence& sequence = controls.sequence;
    const auto expect = [&](const char* field, FrameFlag flag, bool wanted) {
        judge.expect(field, frame.has(flag) ? 1 : 0, wanted ? 1 : 0);
    };
    const bool shown_key = frame.frame_type == kKeyFrame && frame.has(kShowFrame);
    // The short header of a still picture says nothing of it.
    const bool implied = shown_key && !sequence.has(kStillPicture);
    if (implied || frame.frame_type == kSwitchFrame) {
        expect("error_resilient_mode", kErrorResilientMode, true);
    }
    if (frame.intra() || frame.has(kErrorResilientMode)) {
        judge.expect("primary_ref_frame", frame.primary_ref_frame, kPrimaryRefNone);
    }
    if (frame.has(kDisableCdfUpdate)) {
        expect("disable_frame_end_update_cdf", kDisableFrameEndUpdateCdf, true);
    }
    const bool same_width = frame.frame_width_minus_1 + 1 == frame.upscaled_width;
    if (!frame.intra() || !frame.has(kAllowScreenContentTools) || !same_width) {
        expect("allow_intrabc", kAllowIntrabc, false);
    }
    if (frame.intra()) return;
    if (!frame.has(kAllowScreenContentTools)) expect("force_integer_mv", kForceIntegerMv, false);
    if (frame.has(kForceIntegerMv)) {
        expect("allow_high_precision_mv", kAllowHighPrecisionMv, false);
    }
    if (frame.has(kErrorResilientMode)) {
        expect("use_ref_frame_mvs", kUseRefFrameMvs, false);
        expect("allow_warped_motion", kAllowWarpedMotion, false);
    }
    require(judge, "enable_ref_frame_mvs", frame.has(kUseRefFrameMvs),
            sequence.has(kEnableRefFrameMvs));
    require(judge, "enable_warped_motion", frame.has(kAllowWarpedMotion),
            sequence.has(kEnableWarpedMotion));
}

void judge_quantization(const FieldJudge& judge, const Controls& controls) {
    const Quantization& q = controls.frame.quantization;
    const LoopFilter& filter = controls.frame.loop_filter;
    const bool differs = q.delta_q_u_dc != q.delta_q_v_dc || q.delta_q_u_ac != q.delta_q_v_ac;
    const bool mono = controls.sequence.has(kMonoChrome);
    // An encoder may code equal values, and say that they differ.
    if (differs && !mono) judge.expect("diff_uv_delta", q.has(kDiffUvDelta) ? 1 : 0, 1);
    require(judge, "separate_uv_delta_q", q.has(kDiffUvDelta) || (q.qm_u != q.qm_v && !mono),
            controls.sequence.has(kSeparateUvDeltaQ));
    if (q.base_q_idx == 0) judge.expect("delta_q_present", q.has(kDeltaQPresent) ? 1 : 0, 0);
    if (!q.has(kDeltaQPresent) || controls.frame.has(kAllowIntrabc)) {
        judge.expect("delta_lf_present", filter.has(kDeltaLfPresent) ? 1 : 0, 0);
    }
    if (!q.has(kDeltaQPresent)) judge.expect("delta_q_res", q.delta_q_res, 0);
    if (filter.has(kDeltaLfPresent)) return;
    judge.expect("delta_lf_res", filter.delta_lf_res, 0);
    judge.expect("delta_lf_multi", filter.has(kDeltaLfMulti) ? 1 : 0, 0);
}

void judge_segmentation(const FieldJudge& judge, const Frame& frame) {
    const Segmentation& seg = frame.segmentation;
    if (!seg.has(kSegEnabled)) return;
    const auto flag = [&](SegmentationFlag which) { return seg.has(which) ? 1 : 0; };
    if (primary_ref_none(frame)) {
        judge.expect("seg_update_map", flag(kSegUpdateMap), 1);
        judge.expect("seg_update_data", flag(kSegUpdateData), 1);
    }
    if (primary_ref_none(frame) || !seg.has(kSegUpdateMap)) {
        judge.expect("seg_temporal_update", flag(kSegTemporalUpdate), 0);
    }
    unsigned last = 0;
    unsigned all = 0;
    for (unsigned i = 0; i < kSegments; ++i) {
        if (seg.feature_enabled[i] != 0) last = i;
        all |= seg.feature_enabled[i];
    }
    judge.expect("seg_last_active_seg_id", seg.last_active_seg_id, last);
    judge.expect("seg_id_pre_skip", flag(kSegIdPreSkip), all >> kSegRefFrame != 0 ? 1 : 0);
}

void judge_filters(const FieldJudge& judge, const Controls& controls) {
    const Frame& frame = controls.frame;
    const Sequence& sequence = controls.sequence;
    const Cdef& cdef = frame.cdef;
    const auto zero = [&](const char* field, std::span<const uint8_t> values) {
        for (const uint8_t value : values) judge.expect(field, value, 0);
    };
    if (!has_loop_filter(frame)) zero("lf_level", frame.loop_filter.level);
    if (!has_loop_filter(frame) || !sequence.has(kEnableCdef)) {
        judge.expect("cdef_bits", cdef.bits, 0);
        zero("cdef_y_pri_strength", std::span(cdef.y_pri_strength).first(1));
        zero("cdef_y_sec_strength", std::span(cdef.y_sec_strength).first(1));
        zero("cdef_uv_pri_strength", std::span(cdef.uv_pri_strength).first(1));
        zero("cdef_uv_sec_strength", std::span(cdef.uv_sec_strength).first(1));
    }
    // A secondary strength of 3 does not exist: it is coded for 4.
    for (size_t i = 0; i < size_t{1} << cdef.bits; ++i) {
        require(judge, "cdef_sec_strength", true,
                cdef.y_sec_strength[i] != 3 && cdef.uv_sec_strength[i] != 3);
    }
}

void judge_restoration(const FieldJudge& judge, const Controls& controls) {
    const Frame& frame = controls.frame;
    const LoopRestoration& lr = frame.loop_restoration;
    const auto& types = lr.frame_restoration_type;
    const bool mono = controls.sequence.has(kMonoChrome);
    const bool chroma = !mono && (types[1] != kRestoreNone || types[2] != kRestoreNone);
    const bool used = types[0] != kRestoreNone || chroma;
    judge.expect("lr_uses_lr", lr.flags & kUsesLr, used ? int{kUsesLr} : 0);
    judge.expect("lr_uses_chroma_lr", lr.flags & kUsesChromaLr, chroma ? int{kUsesChromaLr} : 0);
    if (!used) return;
    require(judge, "lr_without_syntax", true, has_restoration(frame));
    require(judge, "enable_restoration", true, controls.sequence.has(kEnableRestoration));
    const unsigned least = controls.sequence.has(kUse128x128Superblock) ? 1 : 0;
    require(judge, "lr_unit_shift", true, lr.lr_unit_shift >= least && lr.lr_unit_shift <= 2);
    if (!chroma) judge.expect("lr_uv_shift", lr.lr_uv_shift, 0);
    judge.expect("lr_size_y", lr.loop_restoration_size[0], 64U << lr.lr_unit_shift);
    if (!chroma) return;
    const unsigned chroma_size = lr.loop_restoration_size[0] >> lr.lr_uv_shift;
    judge.expect("lr_size_u", lr.loop_restoration_size[1], chroma_size);
    judge.expect("lr_size_v", lr.loop_restoration_size[2], chroma_size);
}

void judge_motion(const FieldJudge& judge, const Frame& frame) {
    if (frame.intra()) return;
    const GlobalMotion& motion = frame.global_motion;
    bool representable = true;
    motion_of(frame, representable);
    require(judge, "gm_params", true, representable);
    for (size_t i = 1; i < kSlots; ++i) {
        const uint32_t type = motion.type[i];
        unsigned flags = type != kIdentity ? unsigned{kIsGlobal} : 0U;
        if (type == kRotzoom) flags |= kIsRotZoom;
        if (type == kTranslation) flags |= kIsTranslation;
        judge.expect("gm_flags", motion.flags[i], flags);
        judge.expect("gm_invalid", motion.invalid >> i & 1,
                     is_valid_warp(motion.params[i]) ? 0 : 1);
    }
}

void judge_modes(const FieldJudge& judge, const Frame& frame) {
    const bool lossless = coded_lossless(frame);
    judge.expect("tx_mode_only_4x4", frame.tx_mode == kOnly4x4 ? 1 : 0, lossless ? 1 : 0);
    if (frame.intra()) {
        judge.expect("reference_select", frame.has(kReferenceSelect) ? 1 : 0, 0);
        judge.expect("skip_mode_present", frame.has(kSkipModePresent) ? 1 : 0, 0);
    }
}

void judge_persistent(const FieldJudge& judge, const Frame& frame, const Frame* primary) {
    const LoopFilter& filter = frame.loop_filter;
    if (has_loop_filter(frame) && filter.has(kLfDeltaEnabled) && !filter.has(kLfDeltaUpdate)) {
        const bool defaults = primary == nullptr || !has_loop_filter(*primary);
        const bool known = defaults || primary->loop_filter.has(kLfDeltaEnabled);
        for (size_t i = 0; known && i < kSlots; ++i) {
            judge.expect("lf_ref_deltas", filter.ref_deltas[i],
                         defaults ? kDefaultRefDeltas[i] : primary->loop_filter.ref_deltas[i]);
        }
        for (size_t i = 0; known && i < 2; ++i) {
            judge.expect("lf_mode_deltas", filter.mode_deltas[i],
                         defaults ? 0 : primary->loop_filter.mode_deltas[i]);
        }
    }
    const Segmentation& seg = frame.segmentation;
    if (!seg.has(kSegEnabled) || seg.has(kSegUpdateData) || primary == nullptr) return;
    if (!primary->segmentation.has(kSegEnabled)) return;
    judge.expect_bytes("seg_feature_enabled", seg.feature_enabled,
                       primary->segmentation.feature_enabled);
    judge.expect_bytes("seg_feature_data", bytes_of(seg.feature_data),
                       bytes_of(primary->segmentation.feature_data));
}

void judge_axis(const FieldJudge& judge, const TileInfo& info, const TileAxis& axis, bool columns) {
    const unsigned count = columns ? info.tile_cols : info.tile_rows;
    const uint32_t* starts = columns ? info.mi_col_starts : info.mi_row_starts;
    const uint32_t* sizes = columns ? info.width_in_sbs_minus_1 : info.height_in_sbs_minus_1;
    const char* starts_name = columns ? "mi_col_starts" : "mi_row_starts";
    const char* sizes_name = columns ? "width_in_sbs" : "height_in_sbs";
    unsigned start = 0;
    for (unsigned i = 0; i < count; ++i) {
        judge.expect(starts_name, starts[i], start << axis.sb_shift);
        start += sizes[i] + 1;
    }
    judge.expect(starts_name, starts[count], axis.mi);
    judge.expect(sizes_name, start, axis.superblocks);
    if (!info.uniform()) return;
    const auto log2 = uniform_log2(axis, 0, count);
    require(judge, "uniform_tile_spacing", true, log2.has_value());
    for (unsigned i = 0; log2 && i + 1 < count; ++i) {
        judge.expect(sizes_name, sizes[i] + 1, uniform_size(axis, *log2));
    }
}

}  // namespace

bool is_sane(const Controls& controls) {
    const Frame& frame = controls.frame;
    const TileInfo& info = frame.tile_info;
    const auto at_most = [](uint32_t limit) {
        return [limit](uint32_t value) { return value <= limit; };
    };
    const auto is_slot = [](int index) { return index >= 0 && index < int{kSlots}; };
    const bool sizes = frame.upscaled_width >= 1 && frame.upscaled_width <= 65536 &&
                       frame.frame_width_minus_1 < frame.upscaled_width &&
                       frame.frame_height_minus_1 <= 65535;
    const bool tiles = info.tile_cols >= 1 && info.tile_cols <= kMaxTileSide &&
                       info.tile_rows >= 1 && info.tile_rows <= kMaxTileSide &&
                       info.count() <= kMaxTiles && info.count() == controls.tiles.size() &&
                       info.context_update_tile_id < info.count();
    const bool superres = !frame.has(kUseSuperres) ||
                          (frame.superres_denom > kSuperresNum && frame.superres_denom <= 16);
    const bool modes = frame.frame_type <= kSwitchFrame && frame.tx_mode <= kTxSelect &&
                       frame.interpolation_filter <= kInterpolationSwitchable &&
                       frame.cdef.bits <= 3 && frame.primary_ref_frame <= kPrimaryRefNone &&
                       std::ranges::all_of(frame.global_motion.type, at_most(kAffine)) &&
                       std::ranges::all_of(frame.loop_restoration.frame_restoration_type,
                                           at_most(kRestoreSwitchable));
    const bool references = frame.intra() || std::ranges::all_of(frame.ref_frame_idx, is_slot);
    const Sequence& sequence = controls.sequence;
    const bool hints = !sequence.has(kEnableOrderHint) ||
                       (sequence.order_hint_bits >= 1 && sequence.order_hint_bits <= 8);
    const FilmGrain& grain = controls.grain;
    const bool points =
        grain.num_y_points <= 14 && grain.num_cb_points <= 10 && grain.num_cr_points <= 10;
    return sizes && tiles && superres && modes && references && hints && points;
}

void judge_sequence(const FieldJudge& judge, const Sequence& sequence, const CaptureImage& target) {
    const bool deep = is_deep(target.fourcc);
    judge.expect("capture_bit_depth", deep ? 10 : 8, sequence.bit_depth);
    judge.expect("seq_profile", sequence.seq_profile, 0);
    judge.expect("subsampling_x", sequence.has(kSubsamplingX) ? 1 : 0, 1);
    judge.expect("subsampling_y", sequence.has(kSubsamplingY) ? 1 : 0, 1);
    if (!sequence.has(kEnableOrderHint)) {
        judge.expect("order_hint_bits", sequence.order_hint_bits, 0);
        judge.expect("enable_jnt_comp", sequence.has(kEnableJntComp) ? 1 : 0, 0);
        judge.expect("enable_ref_frame_mvs", sequence.has(kEnableRefFrameMvs) ? 1 : 0, 0);
    }
    if (sequence.has(kMonoChrome)) {
        judge.expect("separate_uv_delta_q", sequence.has(kSeparateUvDeltaQ) ? 1 : 0, 0);
    }
}

void judge_tiles(const FieldJudge& judge, const Controls& controls,
                 std::span<const uint8_t> bitstream) {
    const TileInfo& info = controls.frame.tile_info;
    const TileLimits limits = tile_limits(controls.sequence, controls.frame);
    judge_axis(judge, info, limits.columns, true);
    judge_axis(judge, info, limits.rows, false);
    size_t end = 0;
    size_t largest = 1;
    for (size_t i = 0; i < controls.tiles.size(); ++i) {
        const TileGroupEntry& tile = controls.tiles[i];
        judge.expect("tile_row", tile.tile_row, static_cast<int64_t>(i / info.tile_cols));
        judge.expect("tile_col", tile.tile_col, static_cast<int64_t>(i % info.tile_cols));
        require(judge, "tile_order", true, tile.tile_offset >= end);
        end = size_t{tile.tile_offset} + tile.tile_size;
        require(judge, "tile_size", true, tile.tile_size > 0 && end <= bitstream.size());
        if (i + 1 < controls.tiles.size()) largest = std::max<size_t>(largest, tile.tile_size);
    }
    if (controls.tiles.size() < 2) return;
    const unsigned bytes = info.tile_size_bytes;
    require(judge, "tile_size_bytes", true,
            bytes >= 1 && bytes <= 4 && (largest - 1) >> (8 * bytes) == 0);
}

void judge_frame(const FieldJudge& judge, const Controls& controls) {
    judge_sizes(judge, controls);
    judge_flags(judge, controls);
    judge_quantization(judge, controls);
    judge_segmentation(judge, controls.frame);
    judge_filters(judge, controls);
    judge_restoration(judge, controls);
    judge_motion(judge, controls.frame);
    judge_modes(judge, controls.frame);
    if (primary_ref_none(controls.frame)) judge_persistent(judge, controls.frame, nullptr);
    const unsigned bits = controls.sequence.order_hint_bits;
    require(judge, "order_hint", true, bits > 8 || controls.frame.order_hint >> bits == 0);
}

void judge_grain(const FieldJudge& judge, const Controls& controls) {
    const FilmGrain& grain = controls.grain;
    const Frame& frame = controls.frame;
    if (!grain.has(kApplyGrain)) return;
    require(judge, "film_grain_params_present", true,
            controls.sequence.has(kFilmGrainParamsPresent));
    require(judge, "film_grain_of_hidden_frame", true,
            frame.has(kShowFrame) || frame.has(kShowableFrame));
    if (frame.frame_type != kInterFrame) {
        judge.expect("update_grain", grain.has(kUpdateGrain) ? 1 : 0, 1);
    }
    const bool no_chroma_points = controls.sequence.has(kMonoChrome) ||
                                  grain.has(kChromaScalingFromLuma) || grain.num_y_points == 0;
    if (no_chroma_points) {
        judge.expect("num_cb_points", grain.num_cb_points, 0);
        judge.expect("num_cr_points", grain.num_cr_points, 0);
    }
    judge.expect("num_cr_points", grain.num_cr_points > 0, grain.num_cb_points > 0);
}

void judge_references(const FieldJudge& judge, const Controls& controls,
                      const FoundReferences& references) {
    const Frame& frame = controls.frame;
    const unsigned bits = controls.sequence.order_hint_bits;
    const bool complete = std::ranges::find(references, nullptr) == references.end();
    std::array<unsigned, kRefsPerFrame> hints = {};
    for (size_t i = 0; i < kRefsPerFrame; ++i) {
        if (references[i] == nullptr) continue;
        hints[i] = references[i]->header.order_hint;
        if (bits > 0) judge.expect("order_hints", frame.order_hints[i + 1], hints[i]);
    }
    if (complete) {
        const auto frames = frame.has(kReferenceSelect)
                                ? skip_mode_frames(bits, frame.order_hint, hints)
                                : std::nullopt;
        judge.expect("skip_mode_allowed", frame.has(kSkipModeAllowed) ? 1 : 0, frames ? 1 : 0);
        if (!frames) judge.expect("skip_mode_present", frame.has(kSkipModePresent) ? 1 : 0, 0);
        for (size_t i = 0; frames && i < 2; ++i) {
            judge.expect("skip_mode_frame", frame.skip_mode_frame[i], (*frames)[i]);
        }
    }
    if (primary_ref_none(frame)) return;
    const StoredFrame* primary = references[frame.primary_ref_frame];
    if (primary != nullptr) judge_persistent(judge, frame, &primary->header);
}

}  // namespace vdec::av1
