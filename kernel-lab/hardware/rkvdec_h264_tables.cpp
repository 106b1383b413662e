// SPDX-License-Identifier: MIT
#include "rkvdec_h264_tables.h"

#include <algorithm>
#include <cstring>

#include "packed_reader.h"

namespace hardware {
namespace {

void set(uint32_t& flags, uint32_t flag, bool value) {
    if (value) flags |= flag;
}

void set(uint16_t& flags, uint16_t flag, bool value) {
    if (value) flags = static_cast<uint16_t>(flags | flag);
}

void read_sps(PackedReader& in, const H264SetsLayout& layout, H264Sets& sets) {
    v4l2_ctrl_h264_sps& sps = sets.sps;
    in.at(0);
    sps.seq_parameter_set_id = static_cast<uint8_t>(in.take(4));
    sps.profile_idc = static_cast<uint8_t>(in.take(8));
    if (in.flag()) sps.constraint_set_flags = V4L2_H264_SPS_CONSTRAINT_SET3_FLAG;
    sps.chroma_format_idc = static_cast<uint8_t>(in.take(2));
    sps.bit_depth_luma_minus8 = static_cast<uint8_t>(in.take(3));
    sps.bit_depth_chroma_minus8 = static_cast<uint8_t>(in.take(3));
    set(sps.flags, V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS, in.flag());
    sps.log2_max_frame_num_minus4 = static_cast<uint8_t>(in.take(4));
    sps.max_num_ref_frames = static_cast<uint8_t>(in.take(5));
    sps.pic_order_cnt_type = static_cast<uint8_t>(in.take(2));
    sps.log2_max_pic_order_cnt_lsb_minus4 = static_cast<uint8_t>(in.take(4));
    set(sps.flags, V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO, in.flag());
    sets.width = in.take(layout.size_bits);
    sets.height = in.take(layout.size_bits);
    set(sps.flags, V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY, in.flag());
    set(sps.flags, V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD, in.flag());
    set(sps.flags, V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE, in.flag());
    sps.flags |= V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED;
}

void read_pps(PackedReader& in, const H264SetsLayout& layout, H264Sets& sets) {
    v4l2_ctrl_h264_pps& pps = sets.pps;
    in.at(layout.pps);
    pps.pic_parameter_set_id = static_cast<uint8_t>(in.take(8));
    pps.seq_parameter_set_id = static_cast<uint8_t>(in.take(5));
    set(pps.flags, V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE, in.flag());
    set(pps.flags, V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT, in.flag());
    pps.num_ref_idx_l0_default_active_minus1 = static_cast<uint8_t>(in.take(5));
    pps.num_ref_idx_l1_default_active_minus1 = static_cast<uint8_t>(in.take(5));
    set(pps.flags, V4L2_H264_PPS_FLAG_WEIGHTED_PRED, in.flag());
    pps.weighted_bipred_idc = static_cast<uint8_t>(in.take(2));
    pps.pic_init_qp_minus26 = static_cast<int8_t>(in.take_signed(7));
    pps.pic_init_qs_minus26 = static_cast<int8_t>(in.take_signed(6));
    pps.chroma_qp_index_offset = static_cast<int8_t>(in.take_signed(5));
    set(pps.flags, V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT, in.flag());
    set(pps.flags, V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED, in.flag());
    set(pps.flags, V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT, in.flag());
    set(pps.flags, V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE, in.flag());
    pps.second_chroma_qp_index_offset = static_cast<int8_t>(in.take_signed(5));
    set(pps.flags, V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT, in.flag());
    if (layout.has_scaling_address) sets.scaling_lists = in.take(32);
    sets.long_term = static_cast<uint16_t>(in.at(layout.long_term).take(16));
}

}  // namespace

H264Sets read_h264_sets(std::span<const uint8_t> entry, const H264SetsLayout& layout) {
    H264Sets sets;
    PackedReader in(entry);
    read_sps(in, layout, sets);
    read_pps(in, layout, sets);
    return sets;
}

H264ReferenceTable read_h264_references(std::span<const uint8_t> table) {
    H264ReferenceTable references;
    PackedReader in(table);
    for (int16_t& number : references.frame_num) number = static_cast<int16_t>(in.take_signed(16));
    in.at(288);
    for (auto& list : references.lists) {
        for (H264ReferenceTable::Entry& entry : list) {
            entry.index = in.take(4);
            entry.decoded = in.flag();
            entry.bottom = in.flag();
            in.take(1);  // of the other view
        }
    }
    return references;
}

v4l2_ctrl_h264_scaling_matrix read_h264_scaling_lists(std::span<const uint8_t> table) {
    v4l2_ctrl_h264_scaling_matrix lists = {};
    static_assert(sizeof lists == kH264ScalingBytes);
    std::memcpy(&lists, table.data(), std::min(table.size(), sizeof lists));
    return lists;
}

}  // namespace hardware
