// SPDX-License-Identifier: MIT
#include "hantro_g2_vp9.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "hantro_g2_output.h"
#include "sw_registers.h"
#include "vp9/compressed.h"

namespace hardware {
namespace {

using vdec::vp9::FrameHeader;

// vp9_quant_seg* and its like.
constexpr std::array<unsigned, 8> kSegments = {14, 15, 16, 17, 18, 19, 31, 32};

// vp9_mcomp_filt_type, hantro_interp_filter_from_v4l2().
constexpr std::array<uint8_t, 5> kFilters = {
    V4L2_VP9_INTERP_FILTER_EIGHTTAP_SMOOTH, V4L2_VP9_INTERP_FILTER_EIGHTTAP,
    V4L2_VP9_INTERP_FILTER_EIGHTTAP_SHARP, V4L2_VP9_INTERP_FILTER_BILINEAR,
    V4L2_VP9_INTERP_FILTER_SWITCHABLE};

template <typename Flags>
void set_flag(Flags& flags, uint32_t flag, bool value) {
    if (value) flags = static_cast<Flags>(flags | flag);
}

// What a segment's registers have to say by the header, hantro's config_segment().
bool says_segment(const SwRegisters& told, const FrameHeader& header, size_t segment) {
    const vdec::vp9::Segmentation& wanted = header.segmentation;
    const auto feature = [&](size_t number) {
        return wanted.enabled && (wanted.feature_enabled[segment] >> number & 1) != 0;
    };
    const auto value = [&](size_t number, unsigned base, int limit) {
        const int data = wanted.feature_data[segment][number];
        if (!feature(number)) return static_cast<int>(base);
        return wanted.absolute ? data : std::clamp(static_cast<int>(base) + data, 0, limit);
    };
    const unsigned swreg = kSegments[segment];
    const int reference =
        feature(V4L2_VP9_SEG_LVL_REF_FRAME) && !header.key
            ? wanted.feature_data[segment][V4L2_VP9_SEG_LVL_REF_FRAME] + 1
            : 0;
    return static_cast<int>(told.bits(swreg, 0, 8)) ==
               value(V4L2_VP9_SEG_LVL_ALT_Q, header.quantization.base_q_idx, 255) &&
           static_cast<int>(told.bits(swreg, 8, 6)) ==
               value(V4L2_VP9_SEG_LVL_ALT_L, header.loop_filter.level, 63) &&
           static_cast<int>(told.bits(swreg, 15, 3)) == reference &&
           told.bit(swreg, 14) == feature(V4L2_VP9_SEG_LVL_SKIP);
}

void set_loop_filter(v4l2_vp9_loop_filter& filter, const SwRegisters& told,
                     const FrameHeader& header) {
    filter.level = static_cast<uint8_t>(told.bits(14, 18, 6));
    filter.sharpness = static_cast<uint8_t>(told.bits(11, 21, 3));
    set_flag(filter.flags, V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED, header.loop_filter.delta_enabled);
    set_flag(filter.flags, V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE, header.loop_filter.delta_update);
    for (unsigned i = 0; i < 4; ++i) {
        filter.ref_deltas[i] = static_cast<int8_t>(told.number(46, 24 - 8 * i, 7));
    }
    for (unsigned i = 0; i < 2; ++i) {
        filter.mode_deltas[i] = static_cast<int8_t>(told.number(47, 24 - 8 * i, 7));
    }
}

void set_quantization(v4l2_vp9_quantization& quant, const SwRegisters& told,
                      const FrameHeader& header) {
    quant.base_q_idx = static_cast<uint8_t>(header.quantization.base_q_idx);
    quant.delta_q_y_dc = static_cast<int8_t>(told.number(13, 23, 6));
    quant.delta_q_uv_dc = static_cast<int8_t>(told.number(13, 17, 6));
    quant.delta_q_uv_ac = static_cast<int8_t>(told.number(13, 11, 6));
    bool right = told.bit(13, 9) == header.quantization.lossless();
    for (size_t i = 0; i < kSegments.size(); ++i) right = right && says_segment(told, header, i);
    if (!right) quant.base_q_idx = static_cast<uint8_t>(~quant.base_q_idx);
}

void set_segmentation(v4l2_vp9_segmentation& seg, const SwRegisters& told,
                      const FrameHeader& header) {
    const vdec::vp9::Segmentation& wanted = header.segmentation;
    set_flag(seg.flags, V4L2_VP9_SEGMENTATION_FLAG_ENABLED, told.bit(13, 0));
    set_flag(seg.flags, V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP, told.bit(13, 1));
    set_flag(seg.flags, V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE, told.bit(13, 2));
    set_flag(seg.flags, V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA, wanted.update_data);
    set_flag(seg.flags, V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE, wanted.absolute);
    std::ranges::copy(wanted.tree_probs, seg.tree_probs);
    std::ranges::copy(wanted.pred_probs, seg.pred_probs);
    std::ranges::copy(wanted.feature_enabled, seg.feature_enabled);
    for (size_t i = 0; i < 8; ++i) {
        for (size_t j = 0; j < 4; ++j) {
            seg.feature_data[i][j] = static_cast<int16_t>(wanted.feature_data[i][j]);
        }
    }
}

uint32_t flags_of(const SwRegisters& told, const FrameHeader& header) {
    uint32_t flags = 0;
    set_flag(flags, V4L2_VP9_FRAME_FLAG_KEY_FRAME, header.key);
    set_flag(flags, V4L2_VP9_FRAME_FLAG_SHOW_FRAME, header.show);
    set_flag(flags, V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT, header.error_resilient);
    set_flag(flags, V4L2_VP9_FRAME_FLAG_INTRA_ONLY, header.intra_only);
    set_flag(flags, V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV, told.bit(11, 7));
    set_flag(flags, V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX, header.refresh_frame_context);
    set_flag(flags, V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE, header.parallel_decoding);
    set_flag(flags, V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING, header.subsampling_x);
    set_flag(flags, V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING, header.subsampling_y);
    set_flag(flags, V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING, header.full_range);
    return flags;
}

unsigned log2_of(unsigned value) {
    unsigned log2 = 0;
    while (value >> (log2 + 1) != 0) ++log2;
    return log2;
}

v4l2_ctrl_vp9_frame frame_of(const SwRegisters& told, const FrameHeader& header, bool legacy,
                             const DecodedPictures& pictures) {
    v4l2_ctrl_vp9_frame frame = {};
    set_loop_filter(frame.lf, told, header);
    set_quantization(frame.quant, told, header);
    set_segmentation(frame.seg, told, header);
    frame.flags = flags_of(told, header);
    frame.compressed_header_size = static_cast<uint16_t>(header.compressed_size);
    frame.uncompressed_header_size = static_cast<uint16_t>(header.uncompressed_size);
    frame.frame_width_minus_1 = static_cast<uint16_t>(header.size.width - 1);
    frame.frame_height_minus_1 = static_cast<uint16_t>(header.size.height - 1);
    frame.render_width_minus_1 = static_cast<uint16_t>(header.render_size.width - 1);
    frame.render_height_minus_1 = static_cast<uint16_t>(header.render_size.height - 1);
    frame.last_frame_ts = pictures.timestamp(told.word(67));
    frame.golden_frame_ts = pictures.timestamp(told.word(67 + 2 * 4));
    frame.alt_frame_ts = pictures.timestamp(told.word(67 + 2 * 5));
    set_flag(frame.ref_frame_sign_bias, V4L2_VP9_SIGN_BIAS_LAST, told.bit(13, 10));
    set_flag(frame.ref_frame_sign_bias, V4L2_VP9_SIGN_BIAS_GOLDEN, told.bit(11, 2));
    set_flag(frame.ref_frame_sign_bias, V4L2_VP9_SIGN_BIAS_ALT, told.bit(11, 0));
    const unsigned coded_reset = std::max(header.reset_frame_context, 1U) - 1;
    frame.reset_frame_context = static_cast<uint8_t>(coded_reset);
    frame.frame_context_idx = static_cast<uint8_t>(header.frame_context_idx);
    frame.profile = static_cast<uint8_t>(header.profile);
    frame.bit_depth =
        static_cast<uint8_t>(legacy ? told.bits(8, 21, 4) : told.bits(8, 6, 2) + 8);
    frame.interpolation_filter = kFilters[std::min<size_t>(told.bits(11, 8, 3), 4)];
    frame.tile_cols_log2 = static_cast<uint8_t>(log2_of(told.bits(10, legacy ? 20 : 19, 5)));
    frame.tile_rows_log2 = static_cast<uint8_t>(log2_of(told.bits(10, legacy ? 15 : 14, 5)));
    frame.reference_mode = static_cast<uint8_t>(told.bits(11, 4, 2));
    return frame;
}

}  // namespace

std::variant<PictureJob, NoPicture> HantroG2Vp9::read(const JobView& view) {
    const SwRegisters told(view.registers, 0);
    const uint64_t from = told.word(169) + (legacy_ ? 0 : told.word(259));
    const uint64_t data = from + told.bits(5, 25, 7) / 8;
    const auto begin = view.memory.begin(from);
    if (!begin) return NoPicture{"no bitstream"};
    const std::span stream =
        view.memory.at(*begin, static_cast<size_t>(from - *begin) + told.word(6));
    if (stream.empty()) return NoPicture{"no bitstream"};
    PictureJob job;
    job.coded_format = V4L2_PIX_FMT_VP9_FRAME;
    job.stream = view.memory.serial(told.word(173)).value_or(0);
    job.width = told.bits(4, 19, 13) * 8;
    job.height = told.bits(4, 6, 13) * 8;
    job.bitstream.assign(stream.begin(), stream.end());
    FrameHeader header;
    if (!headers_[job.stream].read(stream, header)) return NoPicture{"no frame header"};
    if (*begin + header.uncompressed_size + header.compressed_size != data) {
        return NoPicture{"tiles that begin elsewhere"};
    }
    if ((header.size.width + 7) / 8 * 8 != job.width ||
        (header.size.height + 7) / 8 * 8 != job.height) {
        return NoPicture{"a picture of another size than the frame header's"};
    }
    vdec::vp9::CompressedHeader compressed;
    if (!vdec::vp9::read_compressed_header(
            stream.subspan(header.uncompressed_size, header.compressed_size), header, compressed)) {
        return NoPicture{"no compressed header"};
    }
    const v4l2_ctrl_vp9_frame frame = frame_of(told, header, legacy_, view.pictures);
    compressed.deltas.tx_mode = static_cast<uint8_t>(told.bits(11, 27, 3));
    job.bit_depth = frame.bit_depth;
    job.address = g2_output_address(view.registers);
    job.set(V4L2_CID_STATELESS_VP9_FRAME, frame);
    job.set(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, compressed.deltas);
    const auto output = g2_output(view.registers, job.width, job.height, job.bit_depth, legacy_);
    if (!output) return NoPicture{"a smaller picture is not modelled"};
    job.outputs = {*output};
    return job;
}

}  // namespace hardware
