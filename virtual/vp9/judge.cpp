// SPDX-License-Identifier: MIT
// The rules of the VP9 judge. Fields that no decoder can use for a frame are not compared.
#include "vp9/judge.h"

namespace vdec::vp9 {
namespace {

unsigned interpolation_filter(const FrameHeader& header) {
    // The literal counts smooth, regular, sharp, bilinear (literal_to_type, 7.2).
    static constexpr unsigned kOfLiteral[4] = {
        V4L2_VP9_INTERP_FILTER_EIGHTTAP_SMOOTH, V4L2_VP9_INTERP_FILTER_EIGHTTAP,
        V4L2_VP9_INTERP_FILTER_EIGHTTAP_SHARP, V4L2_VP9_INTERP_FILTER_BILINEAR};
    return header.switchable_filter ? V4L2_VP9_INTERP_FILTER_SWITCHABLE
                                    : kOfLiteral[header.filter_literal];
}

unsigned reset_context(const FrameHeader& header) {
    if (header.reset_frame_context < 2) return V4L2_VP9_RESET_FRAME_CTX_NONE;
    return header.reset_frame_context == 2 ? V4L2_VP9_RESET_FRAME_CTX_SPEC
                                           : V4L2_VP9_RESET_FRAME_CTX_ALL;
}

void judge_flags(const FieldJudge& judge, uint32_t flags, const FrameHeader& header) {
    const auto expect = [&](const char* field, uint32_t flag, bool wanted) {
        judge.expect(field, (flags & flag) != 0, wanted);
    };
    expect("key_frame_flag", V4L2_VP9_FRAME_FLAG_KEY_FRAME, header.key);
    expect("show_frame_flag", V4L2_VP9_FRAME_FLAG_SHOW_FRAME, header.show);
    expect("error_resilient_flag", V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT, header.error_resilient);
    expect("intra_only_flag", V4L2_VP9_FRAME_FLAG_INTRA_ONLY, header.intra_only);
    expect("refresh_frame_ctx_flag", V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX,
           header.refresh_frame_context);
    expect("x_subsampling_flag", V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING, header.subsampling_x);
    expect("y_subsampling_flag", V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING, header.subsampling_y);
    if (!header.error_resilient) {
        expect("parallel_dec_mode_flag", V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE,
               header.parallel_decoding);
    }
    if (!header.intra()) {
        expect("allow_high_prec_mv_flag", V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV,
               header.allow_high_precision_mv);
    }
    if (header.carries_color) {
        expect("color_range_flag", V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING, header.full_range);
    }
}

void judge_loop_filter(const FieldJudge& judge, const v4l2_vp9_loop_filter& lf,
                       const FrameHeader& header, bool persistent) {
    const LoopFilter& wanted = header.loop_filter;
    judge.expect("lf_level", lf.level, wanted.level);
    judge.expect("lf_sharpness", lf.sharpness, wanted.sharpness);
    judge.expect("lf_delta_enabled", (lf.flags & V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED) != 0,
                 wanted.delta_enabled);
    if (!wanted.delta_enabled) return;
    judge.expect("lf_delta_update", (lf.flags & V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE) != 0,
                 wanted.delta_update);
    if (!persistent) return;
    for (size_t i = 0; i < 4; ++i) {
        judge.expect("lf_ref_deltas", lf.ref_deltas[i], wanted.ref_deltas[i]);
    }
    for (size_t i = 0; i < 2; ++i) {
        judge.expect("lf_mode_deltas", lf.mode_deltas[i], wanted.mode_deltas[i]);
    }
}

void judge_features(const FieldJudge& judge, const v4l2_vp9_segmentation& seg,
                    const Segmentation& wanted) {
    bool uses_values = false;
    for (size_t i = 0; i < 8; ++i) {
        judge.expect("seg_feature_enabled", seg.feature_enabled[i], wanted.feature_enabled[i]);
        for (size_t j = 0; j < 4; ++j) {
            if ((wanted.feature_enabled[i] >> j & 1) == 0) continue;
            judge.expect("seg_feature_data", seg.feature_data[i][j], wanted.feature_data[i][j]);
            uses_values = uses_values || j <= V4L2_VP9_SEG_LVL_ALT_L;
        }
    }
    if (!uses_values) return;
    judge.expect("seg_abs_or_delta_update",
                 (seg.flags & V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE) != 0,
                 wanted.absolute);
}

void judge_segmentation(const FieldJudge& judge, const v4l2_vp9_segmentation& seg,
                        const FrameHeader& header, bool persistent) {
    const Segmentation& wanted = header.segmentation;
    const auto expect = [&](const char* field, unsigned flag, bool value) {
        judge.expect(field, (seg.flags & flag) != 0, value);
    };
    expect("seg_enabled", V4L2_VP9_SEGMENTATION_FLAG_ENABLED, wanted.enabled);
    if (!wanted.enabled) return;
    expect("seg_update_map", V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP, wanted.update_map);
    expect("seg_update_data", V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA, wanted.update_data);
    if (wanted.update_map) {
        expect("seg_temporal_update", V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE,
               wanted.temporal_update);
        judge.expect_bytes("seg_tree_probs", seg.tree_probs, wanted.tree_probs);
        if (wanted.temporal_update) {
            judge.expect_bytes("seg_pred_probs", seg.pred_probs, wanted.pred_probs);
        }
    }
    if (persistent || wanted.update_data) judge_features(judge, seg, wanted);
}

// The core resets the contexts by these two before it uses the second.
void judge_contexts(const FieldJudge& judge, const v4l2_ctrl_vp9_frame& frame,
                    const FrameHeader& header) {
    const bool resets_all = header.key || header.error_resilient;
    if (resets_all) return;
    const unsigned wanted = reset_context(header);
    // Only an intra-only frame resets at all.
    if (header.intra_only) judge.expect("reset_frame_context", frame.reset_frame_context, wanted);
    const bool index_used = !header.intra_only || wanted == V4L2_VP9_RESET_FRAME_CTX_SPEC;
    if (index_used) {
        judge.expect("frame_context_idx", frame.frame_context_idx, header.frame_context_idx);
    }
}

}  // namespace

void judge_frame(const FieldJudge& judge, const v4l2_ctrl_vp9_frame& frame,
                 const FrameHeader& header, bool persistent) {
    judge_loop_filter(judge, frame.lf, header, persistent);
    judge.expect("base_q_idx", frame.quant.base_q_idx, header.quantization.base_q_idx);
    judge.expect("delta_q_y_dc", frame.quant.delta_q_y_dc, header.quantization.delta_q_y_dc);
    judge.expect("delta_q_uv_dc", frame.quant.delta_q_uv_dc, header.quantization.delta_q_uv_dc);
    judge.expect("delta_q_uv_ac", frame.quant.delta_q_uv_ac, header.quantization.delta_q_uv_ac);
    judge_segmentation(judge, frame.seg, header, persistent);
    judge_flags(judge, frame.flags, header);
    judge.expect("compressed_header_size", frame.compressed_header_size,
                 static_cast<int64_t>(header.compressed_size));
    judge.expect("uncompressed_header_size", frame.uncompressed_header_size,
                 static_cast<int64_t>(header.uncompressed_size));
    judge.expect("frame_width", frame.frame_width_minus_1 + 1, header.size.width);
    judge.expect("frame_height", frame.frame_height_minus_1 + 1, header.size.height);
    judge.expect("render_width", frame.render_width_minus_1 + 1, header.render_size.width);
    judge.expect("render_height", frame.render_height_minus_1 + 1, header.render_size.height);
    judge.expect("profile", frame.profile, header.profile);
    judge.expect("bit_depth", frame.bit_depth, header.bit_depth);
    judge.expect("tile_cols_log2", frame.tile_cols_log2, header.tile_cols_log2);
    judge.expect("tile_rows_log2", frame.tile_rows_log2, header.tile_rows_log2);
    judge_contexts(judge, frame, header);
    if (header.intra()) return;
    unsigned sign_bias = 0;
    for (size_t i = 0; i < 3; ++i) sign_bias |= header.sign_bias[i] ? 1U << i : 0U;
    judge.expect("ref_frame_sign_bias", frame.ref_frame_sign_bias, sign_bias);
    judge.expect("interpolation_filter", frame.interpolation_filter, interpolation_filter(header));
}

void judge_compressed(const FieldJudge& judge, const v4l2_ctrl_vp9_frame& frame,
                      const v4l2_ctrl_vp9_compressed_hdr& got, const FrameHeader& header,
                      const CompressedHeader& wanted) {
    const v4l2_ctrl_vp9_compressed_hdr& deltas = wanted.deltas;
    const auto expect = [&](const char* field, const auto& left, const auto& right) {
        judge.expect_bytes(field, bytes_of(left), bytes_of(right));
    };
    judge.expect("tx_mode", got.tx_mode, deltas.tx_mode);
    if (deltas.tx_mode == V4L2_VP9_TX_MODE_SELECT) {
        expect("tx8", got.tx8, deltas.tx8);
        expect("tx16", got.tx16, deltas.tx16);
        expect("tx32", got.tx32, deltas.tx32);
    }
    expect("coef", got.coef, deltas.coef);
    expect("skip", got.skip, deltas.skip);
    if (header.intra()) return;
    judge.expect("reference_mode", frame.reference_mode, wanted.reference_mode);
    expect("inter_mode", got.inter_mode, deltas.inter_mode);
    if (header.switchable_filter) expect("interp_filter", got.interp_filter, deltas.interp_filter);
    expect("is_inter", got.is_inter, deltas.is_inter);
    const unsigned mode = wanted.reference_mode;
    if (mode == V4L2_VP9_REFERENCE_MODE_SELECT)
        expect("comp_mode", got.comp_mode, deltas.comp_mode);
    if (mode != V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE) {
        expect("single_ref", got.single_ref, deltas.single_ref);
    }
    if (mode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE) {
        expect("comp_ref", got.comp_ref, deltas.comp_ref);
    }
    expect("y_mode", got.y_mode, deltas.y_mode);
    expect("partition", got.partition, deltas.partition);
    expect("mv_joint", got.mv.joint, deltas.mv.joint);
    expect("mv_sign", got.mv.sign, deltas.mv.sign);
    expect("mv_classes", got.mv.classes, deltas.mv.classes);
    expect("mv_class0_bit", got.mv.class0_bit, deltas.mv.class0_bit);
    expect("mv_bits", got.mv.bits, deltas.mv.bits);
    expect("mv_class0_fr", got.mv.class0_fr, deltas.mv.class0_fr);
    expect("mv_fr", got.mv.fr, deltas.mv.fr);
    if (!header.allow_high_precision_mv) return;
    expect("mv_class0_hp", got.mv.class0_hp, deltas.mv.class0_hp);
    expect("mv_hp", got.mv.hp, deltas.mv.hp);
}

}  // namespace vdec::vp9
