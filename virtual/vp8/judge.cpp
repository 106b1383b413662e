// SPDX-License-Identifier: MIT
// The rules of the VP8 judge.
#include "vp8/judge.h"

#include <algorithm>

#include "vp8/tables.h"

namespace vdec::vp8 {
namespace {

bool has(uint64_t flags, uint64_t flag) { return (flags & flag) != 0; }

void judge_frame(const FieldJudge& judge, const v4l2_ctrl_vp8_frame& frame,
                 const FrameHeader& header) {
    judge.expect("key_frame_flag", has(frame.flags, V4L2_VP8_FRAME_FLAG_KEY_FRAME), header.key);
    judge.expect("show_frame_flag", has(frame.flags, V4L2_VP8_FRAME_FLAG_SHOW_FRAME), header.show);
    judge.expect("mb_no_skip_coeff", has(frame.flags, V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF),
                 header.skip_enabled);
    judge.expect("width", frame.width, header.width);
    judge.expect("height", frame.height, header.height);
    judge.expect("version", frame.version, header.version);
    if (header.key) {
        judge.expect("horizontal_scale", frame.horizontal_scale, header.horizontal_scale);
        judge.expect("vertical_scale", frame.vertical_scale, header.vertical_scale);
    } else {
        judge.expect("sign_bias_golden", has(frame.flags, V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN),
                     header.sign_bias_golden);
        judge.expect("sign_bias_alt", has(frame.flags, V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT),
                     header.sign_bias_alternate);
        judge.expect("prob_intra", frame.prob_intra, header.prob_intra);
        judge.expect("prob_last", frame.prob_last, header.prob_last);
        judge.expect("prob_gf", frame.prob_gf, header.prob_golden);
    }
    if (header.skip_enabled) {
        judge.expect("prob_skip_false", frame.prob_skip_false, header.prob_skip_false);
    }
}

void judge_layout(const FieldJudge& judge, const v4l2_ctrl_vp8_frame& frame,
                  const FrameHeader& header) {
    judge.expect("first_part_size", frame.first_part_size, header.first_part_size);
    judge.expect("first_part_header_bits", frame.first_part_header_bits, header.header_bits);
    judge.expect("num_dct_parts", frame.num_dct_parts, header.parts);
    for (size_t i = 0; i < header.parts; ++i) {
        judge.expect("dct_part_sizes", frame.dct_part_sizes[i], header.part_sizes[i]);
    }
    judge.expect("coder_state_range", frame.coder_state.range, header.range);
    judge.expect("coder_state_value", frame.coder_state.value, header.value);
    judge.expect("coder_state_bit_count", frame.coder_state.bit_count, header.bits_left);
}

void judge_quantizers(const FieldJudge& judge, const v4l2_vp8_quantization& quant,
                      const FrameHeader& header) {
    // Absolute segment values replace it.
    if (!header.segmentation.enabled || !header.segmentation.absolute) {
        judge.expect("y_ac_qi", quant.y_ac_qi, header.y_ac_qi);
    }
    judge.expect("y_dc_delta", quant.y_dc_delta, header.y_dc_delta);
    judge.expect("y2_dc_delta", quant.y2_dc_delta, header.y2_dc_delta);
    judge.expect("y2_ac_delta", quant.y2_ac_delta, header.y2_ac_delta);
    judge.expect("uv_dc_delta", quant.uv_dc_delta, header.uv_dc_delta);
    judge.expect("uv_ac_delta", quant.uv_ac_delta, header.uv_ac_delta);
}

void judge_filter(const FieldJudge& judge, const v4l2_vp8_loop_filter& lf,
                  const FrameHeader& header) {
    judge.expect("lf_level", lf.level, header.filter_level);
    judge.expect("lf_sharpness_level", lf.sharpness_level, header.sharpness);
    judge.expect("lf_filter_type", has(lf.flags, V4L2_VP8_LF_FILTER_TYPE_SIMPLE),
                 header.simple_filter);
    judge.expect("lf_adj_enable", has(lf.flags, V4L2_VP8_LF_ADJ_ENABLE), header.deltas.enabled);
    if (!header.deltas.enabled) return;
    judge.expect("lf_delta_update", has(lf.flags, V4L2_VP8_LF_DELTA_UPDATE), header.deltas.update);
    for (size_t i = 0; i < 4; ++i) {
        judge.expect("lf_ref_frm_delta", lf.ref_frm_delta[i], header.deltas.reference[i]);
        judge.expect("lf_mb_mode_delta", lf.mb_mode_delta[i], header.deltas.mode[i]);
    }
}

int applied(int base, int update, bool delta, int limit) {
    return std::clamp(delta ? base + update : update, 0, limit);
}

void judge_segments(const FieldJudge& judge, const v4l2_ctrl_vp8_frame& frame,
                    const FrameHeader& header) {
    const v4l2_vp8_segment& segment = frame.segment;
    const Segmentation& wanted = header.segmentation;
    judge.expect("segment_enabled", has(segment.flags, V4L2_VP8_SEGMENT_FLAG_ENABLED),
                 wanted.enabled);
    if (!wanted.enabled) return;
    judge.expect("segment_update_map", has(segment.flags, V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP),
                 wanted.update_map);
    judge.expect("segment_update_feature_data",
                 has(segment.flags, V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA), wanted.update_data);
    const bool delta = has(segment.flags, V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE);
    for (size_t i = 0; i < 4; ++i) {
        judge.expect("segment_quant",
                     applied(frame.quant.y_ac_qi, segment.quant_update[i], delta, 127),
                     applied(header.y_ac_qi, wanted.quantizer[i], !wanted.absolute, 127));
        judge.expect("segment_lf", applied(frame.lf.level, segment.lf_update[i], delta, 63),
                     applied(header.filter_level, wanted.filter_level[i], !wanted.absolute, 63));
    }
    if (wanted.update_map) {
        judge.expect_bytes("segment_probs", segment.segment_probs, wanted.tree_probs);
    }
}

void judge_probabilities(const FieldJudge& judge, const v4l2_vp8_entropy& entropy,
                         const FrameHeader& header) {
    const Probabilities& wanted = header.probabilities;
    static_assert(sizeof wanted.coeff == sizeof entropy.coeff_probs);
    judge.expect_bytes("coeff_probs", bytes_of(entropy.coeff_probs), bytes_of(wanted.coeff));
    if (header.key) {
        // Key frames have their own, fixed ones, and no motion.
        judge.expect_bytes("y_mode_probs", entropy.y_mode_probs, kKeyFrameYModeProbs);
        judge.expect_bytes("uv_mode_probs", entropy.uv_mode_probs, kKeyFrameUvModeProbs);
        return;
    }
    judge.expect_bytes("y_mode_probs", entropy.y_mode_probs, wanted.y_mode);
    judge.expect_bytes("uv_mode_probs", entropy.uv_mode_probs, wanted.uv_mode);
    judge.expect_bytes("mv_probs", bytes_of(entropy.mv_probs), bytes_of(wanted.mv));
}

}  // namespace

void judge_fields(const FieldJudge& judge, const v4l2_ctrl_vp8_frame& frame,
                  const FrameHeader& header) {
    judge_frame(judge, frame, header);
    judge_layout(judge, frame, header);
    judge_quantizers(judge, frame.quant, header);
    judge_filter(judge, frame.lf, header);
    judge_segments(judge, frame, header);
    judge_probabilities(judge, frame.entropy, header);
}

}  // namespace vdec::vp8
