// SPDX-License-Identifier: MIT
// Parameter set synthesis.
#include "h264/writer.h"

#include <algorithm>
#include <array>

namespace vdec::h264 {
namespace {

constexpr std::array<uint8_t, 16> kZigzag4x4 = {0, 1,  4,  8,  5, 2,  3,  6,
                                                9, 12, 13, 10, 7, 11, 14, 15};

// Walks the anti-diagonals of an 8x8 block, alternately up and down (6-10).
constexpr std::array<uint8_t, 64> make_zigzag_8x8() {
    std::array<uint8_t, 64> scan = {};
    size_t at = 0;
    for (int diagonal = 0; diagonal < 15; ++diagonal) {
        for (int i = 0; i <= diagonal; ++i) {
            const int row = diagonal % 2 == 0 ? diagonal - i : i;
            const int column = diagonal - row;
            if (row < 8 && column < 8) scan[at++] = static_cast<uint8_t>(row * 8 + column);
        }
    }
    return scan;
}

constexpr std::array<uint8_t, 64> kZigzag8x8 = make_zigzag_8x8();

void write_scaling_list(BitWriter& out, const uint8_t* list, std::span<const uint8_t> scan) {
    out.flag(true);
    int last = 8;
    for (const uint8_t position : scan) {
        // Zero is not a legal weight; one keeps the syntax intact.
        const int value = std::max<int>(list[position], 1);
        int delta = value - last;
        if (delta > 127) delta -= 256;
        if (delta < -128) delta += 256;
        out.se(delta);
        last = value;
    }
}

// Never below High, so that 8x8 transforms and scaling lists are legal syntax.
unsigned profile_for(const Sets& sets) {
    if (sets.sps.chroma_format_idc == 3) return 244;
    if (sets.sps.chroma_format_idc == 2) return 122;
    return sets.sps.bit_depth_luma_minus8 > 0 || sets.sps.bit_depth_chroma_minus8 > 0 ? 110 : 100;
}

}  // namespace

bool rewrites_poc(const Sets& sets) { return sets.slice_based || sets.sps.pic_order_cnt_type == 1; }

Bytes write_sps(const Sets& sets) {
    const v4l2_ctrl_h264_sps& sps = sets.sps;
    BitWriter out;
    out.bits(0x67, 8);
    out.bits(profile_for(sets), 8);
    out.bits(0, 8);
    out.bits(62, 8);  // the highest level: nothing is limited by it
    out.ue(0);
    out.ue(sps.chroma_format_idc);
    if (sps.chroma_format_idc == 3) {
        out.flag(sets.sps_flag(V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE));
    }
    out.ue(sps.bit_depth_luma_minus8);
    out.ue(sps.bit_depth_chroma_minus8);
    out.flag(sets.sps_flag(V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS));
    out.flag(false);
    out.ue(sps.log2_max_frame_num_minus4);
    if (rewrites_poc(sets)) {
        out.ue(0);
        out.ue(kRewrittenLsbBits - 4);
    } else {
        out.ue(sps.pic_order_cnt_type);
        if (sps.pic_order_cnt_type == 0) out.ue(sps.log2_max_pic_order_cnt_lsb_minus4);
    }
    out.ue(std::min<unsigned>(sps.max_num_ref_frames, 16));
    out.flag(sets.sps_flag(V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED));
    out.ue(sps.pic_width_in_mbs_minus1);
    out.ue(sps.pic_height_in_map_units_minus1);
    const bool frame_mbs_only = sets.sps_flag(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY);
    out.flag(frame_mbs_only);
    if (!frame_mbs_only) out.flag(sets.sps_flag(V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD));
    out.flag(sets.sps_flag(V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE));
    out.flag(false);  // cropping
    out.flag(false);  // VUI
    out.trailing_bits();
    return out.bytes();
}

Bytes write_pps(const Sets& sets, uint32_t pps_id) {
    const v4l2_ctrl_h264_pps& pps = sets.pps;
    const bool transform_8x8 = sets.pps_flag(V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE);
    BitWriter out;
    out.bits(0x68, 8);
    out.ue(pps_id);
    out.ue(0);
    out.flag(sets.pps_flag(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE));
    out.flag(rewrites_poc(sets) ||
             sets.pps_flag(V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT));
    out.ue(0);
    out.ue(pps.num_ref_idx_l0_default_active_minus1);
    out.ue(pps.num_ref_idx_l1_default_active_minus1);
    out.flag(sets.pps_flag(V4L2_H264_PPS_FLAG_WEIGHTED_PRED));
    out.bits(pps.weighted_bipred_idc, 2);
    out.se(pps.pic_init_qp_minus26);
    out.se(pps.pic_init_qs_minus26);
    out.se(pps.chroma_qp_index_offset);
    // A slice header that is written from SLICE_PARAMS has all of the filter's values.
    out.flag(sets.slice_based ||
             sets.pps_flag(V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT));
    out.flag(sets.pps_flag(V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED));
    out.flag(sets.pps_flag(V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT));
    out.flag(transform_8x8);
    const bool lists = sets.pps_flag(V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT);
    out.flag(lists);
    if (lists) {
        for (const auto& list : sets.scaling.scaling_list_4x4) {
            write_scaling_list(out, list, kZigzag4x4);
        }
        const unsigned count = !transform_8x8 ? 0 : sets.sps.chroma_format_idc == 3 ? 6 : 2;
        for (unsigned i = 0; i < count; ++i) {
            write_scaling_list(out, sets.scaling.scaling_list_8x8[i], kZigzag8x8);
        }
    }
    out.se(pps.second_chroma_qp_index_offset);
    out.trailing_bits();
    return out.bytes();
}

}  // namespace vdec::h264
