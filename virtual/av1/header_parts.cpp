// SPDX-License-Identifier: MIT
// The parts of an AV1 frame header. Where a control says what the syntax cannot, the nearest that
// it can is written: the judge has reported it.
#include "av1/header_parts.h"

#include <algorithm>
#include <span>

#include "av1/bits.h"
#include "av1/rules.h"

namespace vdec::av1 {
namespace {

constexpr unsigned kFeatureBits[kSegFeatures] = {8, 6, 6, 6, 6, 3, 0, 0};
constexpr bool kFeatureSigned[kSegFeatures] = {true, true, true, true, true, false, false, false};

bool is_mono(const Sequence& sequence) { return sequence.has(kMonoChrome); }

void write_increments(BitWriter& out, unsigned from, unsigned to, unsigned limit) {
    for (unsigned i = from; i < to; ++i) out.flag(true);
    if (to < limit) out.flag(false);
}

// Explicit sizes; returns the widest or highest tile.
unsigned write_tile_sizes(BitWriter& out, const TileAxis& axis, unsigned max_size, unsigned count,
                          std::span<const uint32_t> sizes_minus_1) {
    unsigned widest = 1;
    unsigned start = 0;
    for (unsigned i = 0; i < count && start < axis.superblocks; ++i) {
        const unsigned limit = std::min(axis.superblocks - start, max_size);
        const unsigned size = std::min(sizes_minus_1[i], limit - 1) + 1;
        write_non_symmetric(out, size - 1, limit);
        widest = std::max(widest, size);
        start += size;
    }
    return widest;
}

// Restoration types are coded in another order (Remap_Lr_Type).
unsigned coded_lr_type(uint32_t type) {
    static constexpr unsigned kCoded[4] = {0, 2, 3, 1};
    return kCoded[type & 3];
}

void write_delta_q(BitWriter& out, int delta) {
    out.flag(delta != 0);
    if (delta != 0) write_signed(out, delta, 6);
}

struct WarpPrecision {
    unsigned abs_bits;
    unsigned shift;  // of the coded value to that of WARPEDMODEL_PREC_BITS
};

// read_global_param() (5.9.25).
WarpPrecision precision_of(uint32_t type, size_t index, bool high_precision_mv) {
    if (index >= 2) return {12, 1};
    const unsigned coarse = high_precision_mv ? 0 : 1;
    if (type == kTranslation) return {9 - coarse, 13 + coarse};
    return {12, 10};
}

int warp_offset(size_t index) { return index % 3 == 2 ? 1 << 16 : 0; }

// The coded number nearest to a parameter.
int quantize(const WarpPrecision& precision, size_t index, int32_t param) {
    const int64_t limit = int64_t{1} << precision.abs_bits;
    const int64_t value = (int64_t{param} - warp_offset(index)) >> precision.shift;
    return static_cast<int>(std::clamp(value, -limit, limit));
}

int32_t dequantize(const WarpPrecision& precision, size_t index, int coded) {
    return coded * (1 << precision.shift) + warp_offset(index);
}

// In the order of the syntax.
std::span<const size_t> coded_params(uint32_t type) {
    static constexpr size_t kAll[] = {2, 3, 4, 5, 0, 1};
    static constexpr size_t kRotzoomOnly[] = {2, 3, 0, 1};
    static constexpr size_t kTranslationOnly[] = {0, 1};
    if (type == kAffine) return kAll;
    if (type == kRotzoom) return kRotzoomOnly;
    return kTranslationOnly;
}

void write_points(BitWriter& out, unsigned count, const uint8_t* values, const uint8_t* scalings) {
    out.bits(count, 4);
    for (unsigned i = 0; i < count; ++i) {
        out.bits(values[i], 8);
        out.bits(scalings[i], 8);
    }
}

void write_bytes(BitWriter& out, const uint8_t* values, unsigned count) {
    for (unsigned i = 0; i < count; ++i) out.bits(values[i], 8);
}

}  // namespace

void write_tile_info(BitWriter& out, const Sequence& sequence, const Frame& frame) {
    const TileInfo& info = frame.tile_info;
    const TileLimits limits = tile_limits(sequence, frame);
    const auto log2_cols = uniform_log2(limits.columns, limits.min_log2_cols, info.tile_cols);
    const unsigned min_log2_rows = limits.min_log2_rows(log2_cols.value_or(0));
    const auto log2_rows = uniform_log2(limits.rows, min_log2_rows, info.tile_rows);
    const bool uniform = info.uniform() && log2_cols && log2_rows;
    out.flag(uniform);
    unsigned id_bits = 0;
    if (uniform) {
        write_increments(out, limits.min_log2_cols, *log2_cols, limits.columns.max_log2);
        write_increments(out, min_log2_rows, *log2_rows, limits.rows.max_log2);
        id_bits = *log2_cols + *log2_rows;
    } else {
        const unsigned widest = write_tile_sizes(out, limits.columns, limits.max_tile_width_sb,
                                                 info.tile_cols, info.width_in_sbs_minus_1);
        write_tile_sizes(out, limits.rows, limits.max_tile_height_sb(widest), info.tile_rows,
                         info.height_in_sbs_minus_1);
        id_bits = tile_log2(1, info.tile_cols) + tile_log2(1, info.tile_rows);
    }
    if (id_bits == 0) return;
    out.bits(info.context_update_tile_id, id_bits);
    out.bits(kTileSizeBytes - 1, 2);
}

void write_quantization(BitWriter& out, const Sequence& sequence,
                        const Quantization& quantization) {
    out.bits(quantization.base_q_idx, 8);
    write_delta_q(out, quantization.delta_q_y_dc);
    if (!is_mono(sequence)) {
        const bool differs = quantization.delta_q_u_dc != quantization.delta_q_v_dc ||
                             quantization.delta_q_u_ac != quantization.delta_q_v_ac;
        out.flag(differs);
        write_delta_q(out, quantization.delta_q_u_dc);
        write_delta_q(out, quantization.delta_q_u_ac);
        if (differs) {
            write_delta_q(out, quantization.delta_q_v_dc);
            write_delta_q(out, quantization.delta_q_v_ac);
        }
    }
    out.flag(quantization.has(kUsingQmatrix));
    if (!quantization.has(kUsingQmatrix)) return;
    out.bits(quantization.qm_y, 4);
    out.bits(quantization.qm_u, 4);
    if (!is_mono(sequence)) out.bits(quantization.qm_v, 4);
}

void write_segmentation(BitWriter& out, const Segmentation& segmentation, bool primary_ref_none) {
    out.flag(segmentation.has(kSegEnabled));
    if (!segmentation.has(kSegEnabled)) return;
    if (!primary_ref_none) {
        out.flag(segmentation.has(kSegUpdateMap));
        if (segmentation.has(kSegUpdateMap)) out.flag(segmentation.has(kSegTemporalUpdate));
        out.flag(true);  // update_data
    }
    for (size_t i = 0; i < kSegments; ++i) {
        for (size_t j = 0; j < kSegFeatures; ++j) {
            const bool enabled = (segmentation.feature_enabled[i] >> j & 1) != 0;
            out.flag(enabled);
            if (!enabled) continue;
            const int value = segmentation.feature_data[i][j];
            if (kFeatureSigned[j]) {
                write_signed(out, value, kFeatureBits[j]);
            } else {
                out.bits(static_cast<uint32_t>(value), kFeatureBits[j]);
            }
        }
    }
}

void write_deltas(BitWriter& out, const Frame& frame) {
    const Quantization& quantization = frame.quantization;
    if (quantization.base_q_idx == 0) return;
    out.flag(quantization.has(kDeltaQPresent));
    if (!quantization.has(kDeltaQPresent)) return;
    out.bits(quantization.delta_q_res, 2);
    if (frame.has(kAllowIntrabc)) return;
    const LoopFilter& filter = frame.loop_filter;
    out.flag(filter.has(kDeltaLfPresent));
    if (!filter.has(kDeltaLfPresent)) return;
    out.bits(filter.delta_lf_res, 2);
    out.flag(filter.has(kDeltaLfMulti));
}

void write_loop_filter(BitWriter& out, const Sequence& sequence, const LoopFilter& filter) {
    out.bits(filter.level[0], 6);
    out.bits(filter.level[1], 6);
    if (!is_mono(sequence) && (filter.level[0] != 0 || filter.level[1] != 0)) {
        out.bits(filter.level[2], 6);
        out.bits(filter.level[3], 6);
    }
    out.bits(filter.sharpness, 3);
    out.flag(filter.has(kLfDeltaEnabled));
    if (!filter.has(kLfDeltaEnabled)) return;
    out.flag(true);  // loop_filter_delta_update: all of them
    const auto write = [&](int delta) {
        out.flag(true);
        write_signed(out, delta, 6);
    };
    for (const int delta : filter.ref_deltas) write(delta);
    for (const int delta : filter.mode_deltas) write(delta);
}

void write_cdef(BitWriter& out, const Sequence& sequence, const Cdef& cdef) {
    const auto strength = [&](unsigned primary, unsigned secondary) {
        out.bits(primary, 4);
        out.bits(std::min(secondary, 3U), 2);  // 4 is coded as 3
    };
    out.bits(cdef.damping_minus_3, 2);
    out.bits(cdef.bits, 2);
    for (size_t i = 0; i < size_t{1} << cdef.bits; ++i) {
        strength(cdef.y_pri_strength[i], cdef.y_sec_strength[i]);
        if (!is_mono(sequence)) strength(cdef.uv_pri_strength[i], cdef.uv_sec_strength[i]);
    }
}

void write_restoration(BitWriter& out, const Sequence& sequence,
                       const LoopRestoration& restoration) {
    const auto& types = restoration.frame_restoration_type;
    out.bits(coded_lr_type(types[0]), 2);
    bool chroma = false;
    if (!is_mono(sequence)) {
        out.bits(coded_lr_type(types[1]), 2);
        out.bits(coded_lr_type(types[2]), 2);
        chroma = types[1] != kRestoreNone || types[2] != kRestoreNone;
    }
    if (types[0] == kRestoreNone && !chroma) return;
    const unsigned shift = std::min<unsigned>(restoration.lr_unit_shift, 2);
    if (sequence.has(kUse128x128Superblock)) {
        out.flag(shift > 1);
    } else {
        out.flag(shift > 0);
        if (shift > 0) out.flag(shift > 1);
    }
    if (chroma) out.flag(restoration.lr_uv_shift != 0);
}

MotionParams identity_motion() {
    MotionParams motion;
    motion.fill(kIdentityWarp);
    return motion;
}

MotionParams motion_of(const Frame& frame, bool& representable) {
    MotionParams motion = identity_motion();
    if (frame.intra()) return motion;
    for (size_t i = 0; i < kRefsPerFrame; ++i) {
        const uint32_t type = frame.global_motion.type[i + 1];
        const auto& params = frame.global_motion.params[i + 1];
        WarpParams& warp = motion[i];
        if (type != kIdentity) {
            for (const size_t index : coded_params(type)) {
                const auto precision = precision_of(type, index, frame.has(kAllowHighPrecisionMv));
                warp[index] =
                    dequantize(precision, index, quantize(precision, index, params[index]));
            }
        }
        if (type == kRotzoom) {
            warp[4] = -warp[3];
            warp[5] = warp[2];
        }
        representable = representable && std::ranges::equal(warp, params);
    }
    return motion;
}

void write_global_motion(BitWriter& out, const Frame& frame, const MotionParams& previous) {
    bool representable = true;
    const MotionParams motion = motion_of(frame, representable);
    for (size_t i = 0; i < kRefsPerFrame; ++i) {
        const uint32_t type = frame.global_motion.type[i + 1];
        out.flag(type != kIdentity);
        if (type == kIdentity) continue;
        out.flag(type == kRotzoom);
        if (type != kRotzoom) out.flag(type == kTranslation);
        for (const size_t index : coded_params(type)) {
            const auto precision = precision_of(type, index, frame.has(kAllowHighPrecisionMv));
            const int coded = quantize(precision, index, motion[i][index]);
            const int reference = (previous[i][index] - warp_offset(index)) >> precision.shift;
            const int limit = 1 << precision.abs_bits;
            write_signed_subexp_with_ref(out, coded, -limit, limit + 1, reference);
        }
    }
}

void write_film_grain(BitWriter& out, const Sequence& sequence, const FilmGrain& grain,
                      bool codes_update) {
    out.flag(grain.has(kApplyGrain));
    if (!grain.has(kApplyGrain)) return;
    out.bits(grain.grain_seed, 16);
    if (codes_update) out.flag(true);
    write_points(out, grain.num_y_points, grain.point_y_value, grain.point_y_scaling);
    const bool from_luma = !is_mono(sequence) && grain.has(kChromaScalingFromLuma);
    if (!is_mono(sequence)) out.flag(from_luma);
    const bool own_points = !is_mono(sequence) && !from_luma && grain.num_y_points > 0;
    if (own_points) {
        write_points(out, grain.num_cb_points, grain.point_cb_value, grain.point_cb_scaling);
        write_points(out, grain.num_cr_points, grain.point_cr_value, grain.point_cr_scaling);
    }
    const bool cb = own_points && grain.num_cb_points > 0;
    const bool cr = own_points && grain.num_cr_points > 0;
    out.bits(grain.grain_scaling_minus_8, 2);
    out.bits(grain.ar_coeff_lag, 2);
    const unsigned luma_count = 2U * grain.ar_coeff_lag * (grain.ar_coeff_lag + 1U);
    const unsigned chroma_count = luma_count + (grain.num_y_points > 0 ? 1 : 0);
    if (grain.num_y_points > 0) write_bytes(out, grain.ar_coeffs_y_plus_128, luma_count);
    if (from_luma || cb) write_bytes(out, grain.ar_coeffs_cb_plus_128, chroma_count);
    if (from_luma || cr) write_bytes(out, grain.ar_coeffs_cr_plus_128, chroma_count);
    out.bits(grain.ar_coeff_shift_minus_6, 2);
    out.bits(grain.grain_scale_shift, 2);
    if (cb) {
        out.bits(grain.cb_mult, 8);
        out.bits(grain.cb_luma_mult, 8);
        out.bits(grain.cb_offset, 9);
    }
    if (cr) {
        out.bits(grain.cr_mult, 8);
        out.bits(grain.cr_luma_mult, 8);
        out.bits(grain.cr_offset, 9);
    }
    out.flag(grain.has(kOverlap));
    out.flag(grain.has(kClipToRestrictedRange));
}

}  // namespace vdec::av1
