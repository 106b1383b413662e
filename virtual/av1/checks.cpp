// SPDX-License-Identifier: MIT
// The std_validate rules of the AV1 control types.
#include "av1/checks.h"

#include <algorithm>
#include <cerrno>
#include <span>

#include "backend/field_checks.h"

namespace vdec::av1 {
namespace {

// Differences that the syntax codes in seven bits.
bool is_delta(int value) { return !outside(value, -64, 63); }

bool is_valid(const Quantization& q) {
    return q.flags <= 7 && is_delta(q.delta_q_y_dc) && is_delta(q.delta_q_u_dc) &&
           is_delta(q.delta_q_u_ac) && is_delta(q.delta_q_v_dc) && is_delta(q.delta_q_v_ac) &&
           q.delta_q_res <= 3 && q.qm_y <= 15 && q.qm_u <= 15 && q.qm_v <= 15;
}

bool is_valid(const Segmentation& seg) {
    constexpr int kLimit[kSegFeatures] = {255, 63, 63, 63, 63, 7, 0, 0};
    if (seg.flags > 31) return false;
    for (const auto& features : seg.feature_data) {
        for (size_t i = 0; i < kSegFeatures; ++i) {
            const int low = i < kSegRefFrame ? -kLimit[i] : INT16_MIN;
            if (outside(features[i], low, kLimit[i])) return false;
        }
    }
    return true;
}

bool is_valid(const LoopFilter& filter) {
    return filter.flags <= 15 &&
           std::ranges::all_of(filter.level, [](unsigned level) { return level <= 63; }) &&
           filter.sharpness <= 7 && std::ranges::all_of(filter.ref_deltas, is_delta) &&
           std::ranges::all_of(filter.mode_deltas, is_delta) && filter.delta_lf_res <= 3;
}

bool is_valid(const Cdef& cdef) {
    const auto all_at_most = [](std::span<const uint8_t> values, unsigned limit) {
        return std::ranges::all_of(values, [&](unsigned value) { return value <= limit; });
    };
    return cdef.damping_minus_3 <= 3 && cdef.bits <= 3 && all_at_most(cdef.y_pri_strength, 15) &&
           all_at_most(cdef.y_sec_strength, 4) && all_at_most(cdef.uv_pri_strength, 15) &&
           all_at_most(cdef.uv_sec_strength, 4);
}

bool is_valid(const LoopRestoration& restoration) {
    return restoration.flags <= 3 && restoration.lr_unit_shift <= 3 && restoration.lr_uv_shift <= 1;
}

bool is_ascending(std::span<const uint8_t> values) {
    return std::ranges::adjacent_find(values, [](uint8_t a, uint8_t b) { return b <= a; }) ==
           values.end();
}

}  // namespace

// validate_av1_sequence(): 5.5.2 of the AV1 specification, color_config().
static bool has_format_of_profile(const Sequence& sequence) {
    const bool across = sequence.has(kSubsamplingX);
    const bool down = sequence.has(kSubsamplingY);
    const bool monochrome = sequence.has(kMonoChrome);
    if (monochrome) {
        return sequence.seq_profile != 1 && across && down && !sequence.has(kSeparateUvDeltaQ);
    }
    const bool usual_depth = sequence.bit_depth == 8 || sequence.bit_depth == 10;
    switch (sequence.seq_profile) {
        case 0:
            return usual_depth && across && down;
        case 1:
            return usual_depth && !across && !down;
        default:
            if (sequence.bit_depth == 12) return across || !down;
            return usual_depth && across && !down;
    }
}

int check(const Sequence& sequence, const Av1Style& style) {
    if ((sequence.flags & ~kAllSequenceFlags) != 0) return -EINVAL;
    if (sequence.seq_profile > 2 || !has_format_of_profile(sequence)) return -EINVAL;
    // The driver's own limits, not the core's.
    if (sequence.bit_depth != 8 && sequence.bit_depth != 10) return -EINVAL;
    return sequence.bit_depth <= style.max_bit_depth ? 0 : -EINVAL;
}

int check(const Frame& frame) {
    const bool parts = is_valid(frame.quantization) && is_valid(frame.segmentation) &&
                       is_valid(frame.loop_filter) && is_valid(frame.cdef) &&
                       is_valid(frame.loop_restoration);
    const bool valid = parts && (frame.flags & ~kAllFrameFlags) == 0 && frame.superres_denom <= 16;
    return valid ? 0 : -EINVAL;
}

int check(const FilmGrain& grain) {
    const bool valid = grain.flags <= 31 && grain.film_grain_params_ref_idx <= 7 &&
                       grain.num_y_points <= 14 && grain.num_cb_points <= 10 &&
                       grain.num_cr_points <= 10 && grain.grain_scaling_minus_8 <= 3 &&
                       grain.ar_coeff_lag <= 3 && grain.ar_coeff_shift_minus_6 <= 3 &&
                       grain.grain_scale_shift <= 3 &&
                       is_ascending(std::span(grain.point_y_value).first(grain.num_y_points)) &&
                       is_ascending(std::span(grain.point_cb_value).first(grain.num_cb_points)) &&
                       is_ascending(std::span(grain.point_cr_value).first(grain.num_cr_points));
    return valid ? 0 : -EINVAL;
}

}  // namespace vdec::av1
