// SPDX-License-Identifier: MIT
// Random legal AV1 controls.
#include "av1_random.h"

#include <algorithm>

#include "av1/rules.h"

using namespace vdec::av1;

unsigned Av1Random::below(unsigned limit) {
    return std::uniform_int_distribution<unsigned>(0, limit - 1)(engine_);
}

int Av1Random::between(int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(engine_);
}

Sequence Av1Random::sequence() {
    Sequence sequence = {};
    for (const uint32_t flag :
         {kUse128x128Superblock, kEnableFilterIntra, kEnableIntraEdgeFilter,
          kEnableInterintraCompound, kEnableMaskedCompound, kEnableDualFilter}) {
        if (chance(50)) sequence.flags |= flag;
    }
    sequence.flags |= kEnableWarpedMotion | kEnableSuperres | kEnableCdef | kEnableRestoration |
                      kSubsamplingX | kSubsamplingY | kFilmGrainParamsPresent;
    if (chance(80)) {
        sequence.flags |= kEnableOrderHint | kEnableRefFrameMvs;
        if (chance(50)) sequence.flags |= kEnableJntComp;
        sequence.order_hint_bits = static_cast<uint8_t>(1 + below(8));
    }
    sequence.flags |= chance(10) ? kMonoChrome : kSeparateUvDeltaQ;
    sequence.bit_depth = chance(50) ? 8 : 10;
    sequence.max_frame_width_minus_1 = 65535;
    sequence.max_frame_height_minus_1 = 65535;
    return sequence;
}

void Av1Random::sizes(Frame& frame) {
    frame.upscaled_width = 16 + below(chance(20) ? 9000 : 800);
    frame.frame_height_minus_1 = 15 + below(chance(20) ? 5000 : 500);
    frame.superres_denom = kSuperresNum;
    if (chance(25)) {
        frame.flags |= kUseSuperres;
        frame.superres_denom = static_cast<uint8_t>(9 + below(8));
    }
    frame.frame_width_minus_1 = downscaled_width(frame.upscaled_width, frame.superres_denom) - 1;
    frame.render_width_minus_1 = static_cast<uint16_t>(below(65536));
    frame.render_height_minus_1 = static_cast<uint16_t>(below(65536));
}

void Av1Random::flags(const Sequence& sequence, Frame& frame) {
    const auto maybe = [&](FrameFlag flag, bool possible) {
        if (possible && chance(50)) frame.flags |= flag;
    };
    maybe(kShowFrame, true);
    maybe(kShowableFrame, true);
    maybe(kErrorResilientMode, true);
    const bool shown_key = frame.frame_type == kKeyFrame && frame.has(kShowFrame);
    if (shown_key || frame.frame_type == kSwitchFrame) frame.flags |= kErrorResilientMode;
    maybe(kDisableCdfUpdate, true);
    maybe(kDisableFrameEndUpdateCdf, true);
    if (frame.has(kDisableCdfUpdate)) frame.flags |= kDisableFrameEndUpdateCdf;
    maybe(kAllowScreenContentTools, true);
    maybe(kForceIntegerMv, frame.has(kAllowScreenContentTools));
    const bool same_width = frame.frame_width_minus_1 + 1 == frame.upscaled_width;
    maybe(kAllowIntrabc, frame.intra() && same_width && frame.has(kAllowScreenContentTools));
    const bool inter = !frame.intra();
    maybe(kAllowHighPrecisionMv, inter && !frame.has(kForceIntegerMv));
    maybe(kIsMotionModeSwitchable, inter);
    maybe(kUseRefFrameMvs,
          inter && !frame.has(kErrorResilientMode) && sequence.has(kEnableRefFrameMvs));
    maybe(kAllowWarpedMotion, inter && !frame.has(kErrorResilientMode));
    maybe(kReferenceSelect, inter);
    maybe(kReducedTxSet, true);
    frame.primary_ref_frame = kPrimaryRefNone;
    if (inter && !frame.has(kErrorResilientMode)) {
        frame.primary_ref_frame = static_cast<uint8_t>(below(8));
    }
    if (inter) frame.interpolation_filter = below(5);
    const unsigned bits = sequence.order_hint_bits;
    frame.order_hint = bits == 0 ? 0 : below(1U << bits);
}

void Av1Random::tiles(const Sequence& sequence, Controls& controls) {
    TileInfo& info = controls.frame.tile_info;
    const TileLimits limits = tile_limits(sequence, controls.frame);
    const auto fill = [&](const TileAxis& axis, unsigned max_size, uint8_t& count, uint32_t* starts,
                          uint32_t* sizes) {
        unsigned start = 0;
        unsigned widest = 0;
        count = 0;
        while (start < axis.superblocks) {
            unsigned size = 1 + below(std::min(max_size, axis.superblocks - start));
            // Not more than 22 tiles, for a table of 512.
            size = std::max(size, std::min(axis.superblocks / 22 + 1, axis.superblocks - start));
            size = std::min(size, max_size);
            starts[count] = start << axis.sb_shift;
            sizes[count++] = size - 1;
            widest = std::max(widest, size);
            start += size;
        }
        starts[count] = axis.mi;
        return widest;
    };
    const auto fill_uniform = [&](const TileAxis& axis, unsigned minimum, uint8_t& count,
                                  uint32_t* starts, uint32_t* sizes) {
        const unsigned maximum = std::max(minimum, std::min(axis.max_log2, 4U));
        const unsigned log2 = minimum + below(maximum - minimum + 1);
        const unsigned size = uniform_size(axis, log2);
        count = 0;
        for (unsigned start = 0; start < axis.superblocks; start += size) {
            starts[count] = start << axis.sb_shift;
            sizes[count++] = std::min(size, axis.superblocks - start) - 1;
        }
        starts[count] = axis.mi;
        return log2;
    };
    if (chance(50)) {
        info.flags = kUniformTileSpacing;
        const unsigned log2 = fill_uniform(limits.columns, limits.min_log2_cols, info.tile_cols,
                                           info.mi_col_starts, info.width_in_sbs_minus_1);
        fill_uniform(limits.rows, limits.min_log2_rows(log2), info.tile_rows, info.mi_row_starts,
                     info.height_in_sbs_minus_1);
    } else {
        const unsigned widest = fill(limits.columns, limits.max_tile_width_sb, info.tile_cols,
                                     info.mi_col_starts, info.width_in_sbs_minus_1);
        fill(limits.rows, limits.max_tile_height_sb(widest), info.tile_rows, info.mi_row_starts,
             info.height_in_sbs_minus_1);
    }
    info.context_update_tile_id =
        static_cast<uint8_t>(below(std::min<unsigned>(256, static_cast<unsigned>(info.count()))));
    info.tile_size_bytes = 4;
    uint32_t offset = 0;
    for (uint32_t i = 0; i < info.count(); ++i) {
        const uint32_t size = 1 + below(300);
        controls.tiles.push_back({offset, size, i / info.tile_cols, i % info.tile_cols});
        offset += size;
    }
}

void Av1Random::quantization(const Sequence& sequence, Frame& frame) {
    Quantization& q = frame.quantization;
    LoopFilter& filter = frame.loop_filter;
    const auto delta = [&] { return static_cast<int8_t>(chance(60) ? 0 : between(-64, 63)); };
    q.base_q_idx = static_cast<uint8_t>(chance(30) ? 0 : below(256));
    if (chance(50)) {
        q.delta_q_y_dc = delta();
        if (!sequence.has(kMonoChrome)) {
            q.delta_q_u_dc = delta();
            q.delta_q_u_ac = delta();
            q.delta_q_v_dc = chance(50) ? q.delta_q_u_dc : delta();
            q.delta_q_v_ac = chance(50) ? q.delta_q_u_ac : delta();
        }
    }
    if (q.delta_q_u_dc != q.delta_q_v_dc || q.delta_q_u_ac != q.delta_q_v_ac) {
        q.flags |= kDiffUvDelta;
    }
    if (chance(30)) {
        q.flags |= kUsingQmatrix;
        q.qm_y = static_cast<uint8_t>(below(16));
        q.qm_u = static_cast<uint8_t>(below(16));
        q.qm_v = sequence.has(kMonoChrome) ? q.qm_u : static_cast<uint8_t>(below(16));
    }
    if (q.base_q_idx == 0 || chance(50)) return;
    q.flags |= kDeltaQPresent;
    q.delta_q_res = static_cast<uint8_t>(below(4));
    if (frame.has(kAllowIntrabc) || chance(50)) return;
    filter.flags |= kDeltaLfPresent;
    filter.delta_lf_res = static_cast<uint8_t>(below(4));
    if (chance(50)) filter.flags |= kDeltaLfMulti;
}

void Av1Random::segmentation(Frame& frame) {
    constexpr int kLimit[kSegFeatures] = {255, 63, 63, 63, 63, 7, 0, 0};
    Segmentation& seg = frame.segmentation;
    if (chance(50)) return;
    seg.flags = kSegEnabled | kSegUpdateData | kSegUpdateMap;
    if (frame.primary_ref_frame != kPrimaryRefNone) {
        if (chance(50)) {
            seg.flags |= kSegTemporalUpdate;
        } else if (chance(50)) {
            seg.flags = kSegEnabled | kSegUpdateData;
        }
    }
    for (unsigned i = 0; i < kSegments; ++i) {
        for (unsigned j = 0; j < kSegFeatures; ++j) {
            if (chance(80)) continue;
            seg.feature_enabled[i] = static_cast<uint8_t>(seg.feature_enabled[i] | 1U << j);
            seg.feature_data[i][j] =
                static_cast<int16_t>(between(j < kSegRefFrame ? -kLimit[j] : 0, kLimit[j]));
            seg.last_active_seg_id = static_cast<uint8_t>(i);
            if (j >= kSegRefFrame) seg.flags |= kSegIdPreSkip;
        }
    }
}

void Av1Random::filters(const Sequence& sequence, Frame& frame) {
    const bool mono = sequence.has(kMonoChrome);
    LoopFilter& filter = frame.loop_filter;
    if (has_loop_filter(frame)) {
        filter.level[0] = static_cast<uint8_t>(chance(30) ? 0 : below(64));
        filter.level[1] = static_cast<uint8_t>(chance(30) ? 0 : below(64));
        if (!mono && (filter.level[0] != 0 || filter.level[1] != 0)) {
            filter.level[2] = static_cast<uint8_t>(below(64));
            filter.level[3] = static_cast<uint8_t>(below(64));
        }
        filter.sharpness = static_cast<uint8_t>(below(8));
        if (chance(50)) {
            filter.flags |= kLfDeltaEnabled | kLfDeltaUpdate;
            for (int8_t& delta : filter.ref_deltas) delta = static_cast<int8_t>(between(-64, 63));
            for (int8_t& delta : filter.mode_deltas) delta = static_cast<int8_t>(between(-64, 63));
        }
        Cdef& cdef = frame.cdef;
        const auto secondary = [&] {
            const unsigned strength = below(4);
            return static_cast<uint8_t>(strength == 3 ? 4 : strength);
        };
        cdef.damping_minus_3 = static_cast<uint8_t>(below(4));
        cdef.bits = static_cast<uint8_t>(below(4));
        for (size_t i = 0; i < size_t{1} << cdef.bits; ++i) {
            cdef.y_pri_strength[i] = static_cast<uint8_t>(below(16));
            cdef.y_sec_strength[i] = secondary();
            if (mono) continue;
            cdef.uv_pri_strength[i] = static_cast<uint8_t>(below(16));
            cdef.uv_sec_strength[i] = secondary();
        }
    }
    LoopRestoration& lr = frame.loop_restoration;
    if (!has_restoration(frame)) return;
    for (size_t i = 0; i < (mono ? 1U : 3U); ++i) {
        lr.frame_restoration_type[i] = below(4);
        if (lr.frame_restoration_type[i] == kRestoreNone) continue;
        lr.flags |= kUsesLr;
        if (i > 0) lr.flags |= kUsesChromaLr;
    }
    if (lr.flags == 0) return;
    const unsigned least = sequence.has(kUse128x128Superblock) ? 1 : 0;
    lr.lr_unit_shift = static_cast<uint8_t>(least + below(3 - least));
    if ((lr.flags & kUsesChromaLr) != 0) lr.lr_uv_shift = static_cast<uint8_t>(below(2));
    lr.loop_restoration_size[0] = 64U << lr.lr_unit_shift;
    lr.loop_restoration_size[1] = lr.loop_restoration_size[0] >> lr.lr_uv_shift;
    lr.loop_restoration_size[2] = lr.loop_restoration_size[1];
}

WarpParams Av1Random::warp(uint32_t type, bool high_precision_mv) {
    WarpParams params = kIdentityWarp;
    const auto coded = [&](int bits) {
        return chance(50) ? between(-20, 20) : between(-(1 << bits), 1 << bits);
    };
    if (type == kTranslation) {
        const int bits = high_precision_mv ? 9 : 8;
        params[0] = coded(bits) * (1 << (22 - bits));
        params[1] = coded(bits) * (1 << (22 - bits));
        return params;
    }
    params[0] = coded(12) * 1024;
    params[1] = coded(12) * 1024;
    params[2] = coded(12) * 2 + 65536;
    params[3] = coded(12) * 2;
    params[4] = type == kAffine ? coded(12) * 2 : -params[3];
    params[5] = type == kAffine ? coded(12) * 2 + 65536 : params[2];
    return params;
}

void Av1Random::motion(Frame& frame) {
    GlobalMotion& gm = frame.global_motion;
    for (size_t i = 0; i < kSlots; ++i) {
        std::copy_n(kIdentityWarp.begin(), 6, gm.params[i]);
        if (i == 0 || frame.intra() || chance(50)) continue;
        const uint32_t type = 1 + below(3);
        gm.type[i] = type;
        gm.flags[i] = kIsGlobal;
        if (type == kRotzoom) gm.flags[i] |= kIsRotZoom;
        if (type == kTranslation) gm.flags[i] |= kIsTranslation;
        const WarpParams params = warp(type, frame.has(kAllowHighPrecisionMv));
        std::ranges::copy(params, gm.params[i]);
        if (!is_valid_warp(gm.params[i])) gm.invalid = static_cast<uint8_t>(gm.invalid | 1U << i);
    }
}

void Av1Random::modes(const Sequence& sequence, const References& references, Frame& frame) {
    frame.tx_mode = coded_lossless(frame) ? kOnly4x4 : 1 + below(2);
    if (!frame.has(kReferenceSelect)) return;
    const auto skip =
        skip_mode_frames(sequence.order_hint_bits, frame.order_hint, references.hints);
    if (!skip) return;
    frame.flags |= kSkipModeAllowed;
    if (chance(50)) frame.flags |= kSkipModePresent;
    for (size_t i = 0; i < 2; ++i) frame.skip_mode_frame[i] = static_cast<uint8_t>((*skip)[i]);
}

void Av1Random::points(uint8_t& count, unsigned limit, uint8_t* values, uint8_t* scalings) {
    std::fill_n(values, 16, uint8_t{0});
    std::fill_n(scalings, 16, uint8_t{0});
    count = static_cast<uint8_t>(below(limit + 1));
    for (unsigned i = 0; i < count; ++i) {
        values[i] = static_cast<uint8_t>(i * (256 / limit) + below(256 / limit));
        scalings[i] = static_cast<uint8_t>(below(256));
    }
}

void Av1Random::grain(const Sequence& sequence, FilmGrain& grain) {
    if (chance(50)) return;
    const bool mono = sequence.has(kMonoChrome);
    grain.flags = kApplyGrain | kUpdateGrain;
    if (!mono && chance(30)) grain.flags |= kChromaScalingFromLuma;
    if (chance(50)) grain.flags |= kOverlap;
    if (chance(50)) grain.flags |= kClipToRestrictedRange;
    grain.grain_seed = static_cast<uint16_t>(below(65536));
    points(grain.num_y_points, 14, grain.point_y_value, grain.point_y_scaling);
    const bool from_luma = grain.has(kChromaScalingFromLuma);
    if (!mono && !from_luma && grain.num_y_points > 0 && chance(70)) {
        do {
            points(grain.num_cb_points, 10, grain.point_cb_value, grain.point_cb_scaling);
            points(grain.num_cr_points, 10, grain.point_cr_value, grain.point_cr_scaling);
        } while (grain.num_cb_points == 0 || grain.num_cr_points == 0);
    }
    grain.grain_scaling_minus_8 = static_cast<uint8_t>(below(4));
    grain.ar_coeff_lag = static_cast<uint8_t>(below(4));
    const unsigned luma = 2U * grain.ar_coeff_lag * (grain.ar_coeff_lag + 1U);
    const auto fill = [&](uint8_t* values, unsigned count) {
        for (unsigned i = 0; i < count; ++i) values[i] = static_cast<uint8_t>(below(256));
    };
    if (grain.num_y_points > 0) fill(grain.ar_coeffs_y_plus_128, luma);
    const unsigned chroma = luma + (grain.num_y_points > 0 ? 1 : 0);
    if (from_luma || grain.num_cb_points > 0) fill(grain.ar_coeffs_cb_plus_128, chroma);
    if (from_luma || grain.num_cr_points > 0) fill(grain.ar_coeffs_cr_plus_128, chroma);
    grain.ar_coeff_shift_minus_6 = static_cast<uint8_t>(below(4));
    grain.grain_scale_shift = static_cast<uint8_t>(below(4));
    if (grain.num_cb_points == 0) return;
    grain.cb_mult = static_cast<uint8_t>(below(256));
    grain.cb_luma_mult = static_cast<uint8_t>(below(256));
    grain.cb_offset = static_cast<uint16_t>(below(512));
    grain.cr_mult = static_cast<uint8_t>(below(256));
    grain.cr_luma_mult = static_cast<uint8_t>(below(256));
    grain.cr_offset = static_cast<uint16_t>(below(512));
}

FrameToWrite Av1Random::frame() {
    FrameToWrite input = {};
    Controls& controls = input.controls;
    controls.sequence = sequence();
    Frame& frame = controls.frame;
    References& references = input.references;
    const unsigned bits = controls.sequence.order_hint_bits;
    for (unsigned& hint : references.slot_hints) hint = bits == 0 ? 0 : below(1U << bits);
    for (size_t i = 0; i < kRefsPerFrame; ++i) {
        references.slots[i] = below(kSlots);
        references.hints[i] = references.slot_hints[references.slots[i]];
    }
    frame.frame_type = below(4);
    sizes(frame);
    flags(controls.sequence, frame);
    if (frame.primary_ref_frame != kPrimaryRefNone) {
        for (WarpParams& params : references.previous_motion) {
            if (chance(50)) params = warp(1 + below(3), chance(50));
        }
    }
    tiles(controls.sequence, controls);
    quantization(controls.sequence, frame);
    segmentation(frame);
    filters(controls.sequence, frame);
    motion(frame);
    modes(controls.sequence, references, frame);
    grain(controls.sequence, controls.grain);
    if (!frame.has(kShowFrame)) frame.flags |= kShowableFrame;
    input.film_grain = true;
    return input;
}
