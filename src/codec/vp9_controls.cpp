// SPDX-License-Identifier: MIT
// The V4L2 controls of VP9, from the parsed headers.
#include "codec/vp9_controls.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <type_traits>

#include "base/checked.h"

namespace v4l2va {
namespace {

template <typename From, size_t N, typename To>
void copy_to(const std::array<From, N>& from, To (&to)[N]) {
    std::copy(from.begin(), from.end(), to);
}

// Both sides are arrays of bytes of one shape.
template <typename T, typename U>
void copy_bytes(const T& from, U& to) {
    static_assert(std::is_array_v<T> && sizeof(T) == sizeof(U));
    static_assert(std::is_same_v<std::remove_all_extents_t<T>, uint8_t>);
    std::memcpy(&to, &from, sizeof(to));
}

v4l2_vp9_loop_filter vp9_loop_filter(const Vp9FrameHeader& header, const Vp9LastingState& state) {
    v4l2_vp9_loop_filter filter = {};
    copy_to(state.loop_filter_ref_deltas, filter.ref_deltas);
    copy_to(state.loop_filter_mode_deltas, filter.mode_deltas);
    filter.level = header.loop_filter_level;
    filter.sharpness = header.loop_filter_sharpness;
    filter.flags = static_cast<uint8_t>(
        (header.loop_filter_delta_enabled ? V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED : 0) |
        (header.loop_filter_delta_update ? V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE : 0));
    return filter;
}

v4l2_vp9_quantization vp9_quantization(const Vp9FrameHeader& header) {
    v4l2_vp9_quantization quant = {};
    quant.base_q_idx = header.base_q_idx;
    quant.delta_q_y_dc = header.delta_q_y_dc;
    quant.delta_q_uv_dc = header.delta_q_uv_dc;
    quant.delta_q_uv_ac = header.delta_q_uv_ac;
    return quant;
}

v4l2_vp9_segmentation vp9_segmentation(const Vp9FrameHeader& header, const Vp9LastingState& state) {
    v4l2_vp9_segmentation seg = {};
    static_assert(std::size(v4l2_vp9_segmentation{}.feature_data) == kVp9MaxSegments);
    for (size_t segment = 0; segment < kVp9MaxSegments; ++segment) {
        copy_to(state.feature_data[segment], seg.feature_data[segment]);
    }
    copy_to(state.feature_enabled, seg.feature_enabled);
    copy_to(header.segmentation_tree_probs, seg.tree_probs);
    copy_to(header.segmentation_pred_probs, seg.pred_probs);
    const auto set = [&seg](bool condition, uint8_t flag) {
        seg.flags = static_cast<uint8_t>(seg.flags | (condition ? flag : 0));
    };
    set(header.segmentation_enabled, V4L2_VP9_SEGMENTATION_FLAG_ENABLED);
    set(header.segmentation_update_map, V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP);
    set(header.segmentation_temporal_update, V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE);
    set(header.segmentation_update_data, V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA);
    set(state.segmentation_abs_or_delta_update, V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE);
    return seg;
}

uint32_t vp9_flags(const Vp9FrameHeader& header, const Vp9LastingState& state) {
    uint32_t flags = 0;
    const auto set = [&flags](bool condition, uint32_t flag) { flags |= condition ? flag : 0; };
    set(header.key_frame, V4L2_VP9_FRAME_FLAG_KEY_FRAME);
    set(header.show_frame, V4L2_VP9_FRAME_FLAG_SHOW_FRAME);
    set(header.error_resilient_mode, V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT);
    set(header.intra_only, V4L2_VP9_FRAME_FLAG_INTRA_ONLY);
    set(header.allow_high_precision_mv, V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV);
    set(header.refresh_frame_context, V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX);
    set(header.frame_parallel_decoding_mode, V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE);
    set(state.subsampling_x, V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING);
    set(state.subsampling_y, V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING);
    set(state.color_range, V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING);
    return flags;
}

uint8_t vp9_sign_bias(const Vp9FrameHeader& header) {
    return static_cast<uint8_t>((header.ref_frame_sign_bias[0] ? V4L2_VP9_SIGN_BIAS_LAST : 0) |
                                (header.ref_frame_sign_bias[1] ? V4L2_VP9_SIGN_BIAS_GOLDEN : 0) |
                                (header.ref_frame_sign_bias[2] ? V4L2_VP9_SIGN_BIAS_ALT : 0));
}

// ext-ctrls-codec-stateless: the coded 0 and 1 both mean "none" (7.2).
uint8_t vp9_reset_frame_context(const Vp9FrameHeader& header) {
    switch (header.reset_frame_context) {
        case 2:
            return V4L2_VP9_RESET_FRAME_CTX_SPEC;
        case 3:
            return V4L2_VP9_RESET_FRAME_CTX_ALL;
        default:
            return V4L2_VP9_RESET_FRAME_CTX_NONE;
    }
}

// The uAPI numbers the first two the other way round than the standard (7.2.7).
uint8_t vp9_interpolation_filter(Vp9InterpFilter filter) {
    switch (filter) {
        case Vp9InterpFilter::kEightTapSmooth:
            return V4L2_VP9_INTERP_FILTER_EIGHTTAP_SMOOTH;
        case Vp9InterpFilter::kEightTap:
            return V4L2_VP9_INTERP_FILTER_EIGHTTAP;
        case Vp9InterpFilter::kEightTapSharp:
            return V4L2_VP9_INTERP_FILTER_EIGHTTAP_SHARP;
        case Vp9InterpFilter::kBilinear:
            return V4L2_VP9_INTERP_FILTER_BILINEAR;
        case Vp9InterpFilter::kSwitchable:
            break;
    }
    return V4L2_VP9_INTERP_FILTER_SWITCHABLE;
}

v4l2_vp9_mv_probs vp9_mv_probs(const Vp9MvProbs& from) {
    v4l2_vp9_mv_probs mv = {};
    copy_bytes(from.joint, mv.joint);
    copy_bytes(from.sign, mv.sign);
    copy_bytes(from.classes, mv.classes);
    copy_bytes(from.class0_bit, mv.class0_bit);
    copy_bytes(from.bits, mv.bits);
    copy_bytes(from.class0_fr, mv.class0_fr);
    copy_bytes(from.fr, mv.fr);
    copy_bytes(from.class0_hp, mv.class0_hp);
    copy_bytes(from.hp, mv.hp);
    return mv;
}

}  // namespace

v4l2_ctrl_vp9_frame vp9_frame(const Vp9FrameHeader& header, const Vp9LastingState& state) {
    v4l2_ctrl_vp9_frame frame = {};
    frame.lf = vp9_loop_filter(header, state);
    frame.quant = vp9_quantization(header);
    frame.seg = vp9_segmentation(header, state);
    frame.flags = vp9_flags(header, state);
    frame.compressed_header_size = narrow<uint16_t>(header.compressed_header_size);
    frame.uncompressed_header_size = narrow<uint16_t>(header.uncompressed_header_size);
    frame.frame_width_minus_1 = narrow<uint16_t>(header.frame_width - 1);
    frame.frame_height_minus_1 = narrow<uint16_t>(header.frame_height - 1);
    frame.render_width_minus_1 = narrow<uint16_t>(header.render_width - 1);
    frame.render_height_minus_1 = narrow<uint16_t>(header.render_height - 1);
    frame.ref_frame_sign_bias = vp9_sign_bias(header);
    frame.reset_frame_context = vp9_reset_frame_context(header);
    // As coded: the kernel itself falls back to context 0 (v4l2_vp9_reset_frame_ctx()).
    frame.frame_context_idx = header.frame_context_idx;
    frame.profile = header.profile;
    frame.bit_depth = state.bit_depth;
    frame.interpolation_filter = vp9_interpolation_filter(header.interp_filter);
    frame.tile_cols_log2 = header.tile_cols_log2;
    frame.tile_rows_log2 = header.tile_rows_log2;
    return frame;
}

v4l2_ctrl_vp9_compressed_hdr vp9_compressed_hdr(const Vp9CompressedHeader& header) {
    const Vp9ProbUpdates& updates = header.updates;
    v4l2_ctrl_vp9_compressed_hdr hdr = {};
    hdr.tx_mode = static_cast<uint8_t>(header.tx_mode);
    copy_bytes(updates.tx8, hdr.tx8);
    copy_bytes(updates.tx16, hdr.tx16);
    copy_bytes(updates.tx32, hdr.tx32);
    copy_bytes(updates.coef, hdr.coef);
    copy_bytes(updates.skip, hdr.skip);
    copy_bytes(updates.inter_mode, hdr.inter_mode);
    copy_bytes(updates.interp_filter, hdr.interp_filter);
    copy_bytes(updates.is_inter, hdr.is_inter);
    copy_bytes(updates.comp_mode, hdr.comp_mode);
    copy_bytes(updates.single_ref, hdr.single_ref);
    copy_bytes(updates.comp_ref, hdr.comp_ref);
    copy_bytes(updates.y_mode, hdr.y_mode);
    // uv_mode stays 0: the compressed header does not code it (6.3).
    copy_bytes(updates.partition, hdr.partition);
    hdr.mv = vp9_mv_probs(updates.mv);
    return hdr;
}

Result<std::span<const std::byte>> strip_vp9_superframe_index(std::span<const std::byte> data) {
    constexpr uint32_t kMarker = 6;  // superframe_marker, 3 bits
    if (data.empty()) {
        return data;
    }
    const auto header = std::to_integer<uint32_t>(data.back());
    if (header >> 5 != kMarker) {
        return data;
    }
    const size_t size_bytes = ((header >> 3) & 3) + 1;
    const size_t frames = (header & 7) + 1;
    const size_t index_size = 2 + size_bytes * frames;
    if (index_size > data.size() || data[data.size() - index_size] != data.back()) {
        return data;
    }
    const std::span<const std::byte> index = data.last(index_size);
    uint64_t total = 0;
    for (size_t i = 0; i < size_bytes * frames; ++i) {
        total += std::to_integer<uint64_t>(index[1 + i]) << (8 * (i % size_bytes));
    }
    if (total != data.size() - index_size) {
        return data;  // a frame that happens to end like one
    }
    if (frames > 1) {
        return fail(ErrorCode::kUnsupported, "VP9 superframe not split");
    }
    return data.first(data.size() - index_size);
}

}  // namespace v4l2va
