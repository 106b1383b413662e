// SPDX-License-Identifier: MIT
#include "hantro_h264.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "backend/bits.h"

namespace hardware {
namespace {

using vdec::h264::Sets;

// struct hantro_h264_dec_priv_tbl of hantro_h264.c.
constexpr size_t kOrderCounts = 920 * sizeof(uint32_t);
constexpr size_t kCurrentCount = 32;  // of these: of the picture, or of its two fields
constexpr size_t kScalingLists = kOrderCounts + 34 * sizeof(uint32_t);
constexpr size_t kLists4x4 = size_t{6} * 16;
constexpr size_t kLists8x8 = size_t{2} * 64;
constexpr size_t kTable = kScalingLists + kLists4x4 + kLists8x8;

int order_count(std::span<const uint8_t> table, size_t number) {
    int32_t count = 0;
    std::memcpy(&count, &table[kOrderCounts + number * sizeof count], sizeof count);
    return count;
}

template <typename Flags>
void set_flag(Flags& flags, uint32_t flag, bool value) {
    if (value) flags = static_cast<Flags>(flags | flag);
}

v4l2_ctrl_h264_sps sequence(const HantroH264Registers& told) {
    v4l2_ctrl_h264_sps sps = {};
    sps.profile_idc = 100;
    sps.level_idc = 51;
    sps.chroma_format_idc = told.monochrome ? 0 : 1;
    sps.log2_max_frame_num_minus4 = static_cast<uint8_t>(std::max(told.frame_num_bits, 4U) - 4);
    sps.max_num_ref_frames = static_cast<uint8_t>(told.num_ref_frames);
    sps.pic_width_in_mbs_minus1 = static_cast<uint16_t>(told.width_in_mbs - 1);
    const unsigned units = told.frame_mbs_only ? told.height_in_mbs : (told.height_in_mbs + 1) / 2;
    sps.pic_height_in_map_units_minus1 = static_cast<uint16_t>(units - 1);
    set_flag(sps.flags, V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY, told.frame_mbs_only);
    set_flag(sps.flags, V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD, told.mb_adaptive_frame_field);
    set_flag(sps.flags, V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE, told.direct_8x8_inference);
    // No register has it: what is missing is not the device's to fill in.
    sps.flags |= V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED;
    return sps;
}

v4l2_ctrl_h264_pps picture_set(const HantroH264Registers& told) {
    v4l2_ctrl_h264_pps pps = {};
    pps.pic_parameter_set_id = static_cast<uint8_t>(told.pic_parameter_set_id);
    pps.num_ref_idx_l0_default_active_minus1 =
        static_cast<uint8_t>(told.num_ref_idx_active[0] - 1);
    pps.num_ref_idx_l1_default_active_minus1 =
        static_cast<uint8_t>(told.num_ref_idx_active[1] - 1);
    pps.weighted_bipred_idc = static_cast<uint8_t>(told.weighted_bipred_idc);
    pps.pic_init_qp_minus26 = static_cast<int8_t>(static_cast<int>(told.init_qp) - 26);
    pps.chroma_qp_index_offset = static_cast<int8_t>(told.chroma_qp_index_offset);
    pps.second_chroma_qp_index_offset = static_cast<int8_t>(told.second_chroma_qp_index_offset);
    set_flag(pps.flags, V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE, told.entropy_coding_mode);
    set_flag(pps.flags, V4L2_H264_PPS_FLAG_WEIGHTED_PRED, told.weighted_pred);
    set_flag(pps.flags, V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED, told.constrained_intra_pred);
    set_flag(pps.flags, V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT,
             told.deblocking_filter_control_present);
    set_flag(pps.flags, V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT,
             told.redundant_pic_cnt_present);
    set_flag(pps.flags, V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE, told.transform_8x8_mode);
    set_flag(pps.flags, V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT, told.scaling_matrix_present);
    return pps;
}

// Four bytes of the table are a word of the other endianness (assemble_scaling_list()).
v4l2_ctrl_h264_scaling_matrix scaling_matrix(std::span<const uint8_t> table) {
    v4l2_ctrl_h264_scaling_matrix matrix = {};
    for (size_t i = 0; i < kLists4x4; ++i) {
        matrix.scaling_list_4x4[i / 16][i % 16] = table[kScalingLists + (i ^ 3)];
    }
    for (size_t i = 0; i < kLists8x8; ++i) {
        matrix.scaling_list_8x8[i / 64][i % 64] = table[kScalingLists + kLists4x4 + (i ^ 3)];
    }
    return matrix;
}

void add_references(v4l2_ctrl_h264_decode_params& params, const HantroH264Registers& told,
                    std::span<const uint8_t> table, const DecodedPictures& pictures) {
    for (unsigned i = 0; i < told.references.size(); ++i) {
        const unsigned bit = told.field_pic ? 2 * i : i;
        unsigned fields = 0;
        if (told.field_pic) {
            fields = (told.valid >> (31 - bit) & 1) | (told.valid >> (30 - bit) & 1) << 1;
        } else if ((told.valid >> (31 - bit) & 1) != 0) {
            fields = V4L2_H264_FRAME_REF;
        }
        if (fields == 0) continue;
        const HantroH264Registers::Reference& reference = told.references[i];
        v4l2_h264_dpb_entry& entry = params.dpb[i];
        entry.reference_ts = pictures.timestamp(reference.address);
        entry.frame_num = static_cast<uint16_t>(reference.number);
        entry.pic_num = reference.number;
        entry.fields = static_cast<uint8_t>(fields);
        entry.top_field_order_cnt = order_count(table, size_t{2} * i);
        entry.bottom_field_order_cnt = order_count(table, size_t{2} * i + 1);
        entry.flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
        set_flag(entry.flags, V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM,
                 (told.long_term >> (31 - bit) & 1) != 0);
    }
}

v4l2_ctrl_h264_decode_params decode_params(const HantroH264Registers& told, OrderCount count,
                                           std::span<const uint8_t> table,
                                           const DecodedPictures& pictures) {
    v4l2_ctrl_h264_decode_params params = {};
    params.frame_num = static_cast<uint16_t>(told.frame_num);
    params.idr_pic_id = static_cast<uint16_t>(told.idr_pic_id);
    params.dec_ref_pic_marking_bit_size = told.marking_bits;
    params.top_field_order_cnt = count.top;
    params.bottom_field_order_cnt = count.bottom;
    set_flag(params.flags, V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC, told.idr);
    set_flag(params.flags, V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC, told.field_pic);
    set_flag(params.flags, V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD, told.bottom_field);
    add_references(params, told, table, pictures);
    return params;
}

// What the device skips by its size is written anew (h264_order_counts.h).
void set_order_syntax(Sets& sets, OrderCount count, OrderSyntax syntax) {
    const bool bottom_field = sets.params_flag(V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD);
    const auto lsb = static_cast<uint32_t>(bottom_field ? count.bottom : count.top);
    vdec::BitWriter written;
    written.bits(lsb, syntax.lsb_bits);
    sets.sps.pic_order_cnt_type = 0;
    sets.sps.log2_max_pic_order_cnt_lsb_minus4 = static_cast<uint8_t>(syntax.lsb_bits - 4);
    set_flag(sets.pps.flags, V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT,
             syntax.delta_bottom);
    sets.params.pic_order_cnt_lsb = static_cast<uint16_t>(lsb & ((1U << syntax.lsb_bits) - 1));
    if (syntax.delta_bottom) {
        sets.params.delta_pic_order_cnt_bottom = count.bottom - count.top;
        written.se(count.bottom - count.top);
    }
    sets.params.pic_order_cnt_bit_size = static_cast<uint32_t>(written.bit_count());
}

void set_controls(PictureJob& job, const Sets& sets) {
    job.set(V4L2_CID_STATELESS_H264_SPS, sets.sps);
    job.set(V4L2_CID_STATELESS_H264_PPS, sets.pps);
    if (sets.pps_flag(V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT)) {
        job.set(V4L2_CID_STATELESS_H264_SCALING_MATRIX, sets.scaling);
    }
    job.set(V4L2_CID_STATELESS_H264_DECODE_PARAMS, sets.params);
    job.set(V4L2_CID_STATELESS_H264_DECODE_MODE,
            int32_t{V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED});
    job.set(V4L2_CID_STATELESS_H264_START_CODE, int32_t{V4L2_STATELESS_H264_START_CODE_ANNEX_B});
}

unsigned nal_ref_idc(std::span<const uint8_t> bitstream) {
    for (const std::span nal : vdec::split_annex_b(bitstream)) {
        const unsigned type = nal[0] & 31U;
        if (type == 1 || type == 5) return nal[0] >> 5 & 3U;
    }
    return 0;
}

}  // namespace

std::variant<PictureJob, NoPicture> HantroH264::read(const HantroH264Registers& told,
                                                     DeviceMemory& memory,
                                                     const DecodedPictures& pictures) {
    const std::span table = memory.at(told.table, kTable);
    const std::span bitstream = memory.at(told.stream, told.stream_size);
    if (table.empty() || bitstream.empty()) return NoPicture{"no table or no bitstream"};
    if (told.width_in_mbs == 0 || told.height_in_mbs == 0) return NoPicture{"a picture of no size"};
    PictureJob job;
    job.coded_format = V4L2_PIX_FMT_H264_SLICE;
    job.stream = memory.serial(told.table).value_or(0);
    job.width = told.width_in_mbs * 16;
    job.height = told.height_in_mbs * 16;
    if (told.field_pic) job.rows = told.bottom_field ? vdec::Rows::bottom : vdec::Rows::top;
    // The bottom field begins in the second row.
    job.address = told.output - (told.bottom_field ? job.width : 0);

    Sets sets = {};
    sets.sps = sequence(told);
    sets.pps = picture_set(told);
    sets.sps.pic_order_cnt_type = 2;
    const int current = order_count(table, kCurrentCount);
    OrderCount count = {current, current};
    if (told.idr) order_counts_.begin_sequence(job.stream);
    if (told.field_pic) {
        order_counts_.see_field(job.stream, told.poc_bits);
    } else if (told.mb_adaptive_frame_field) {
        count.bottom = order_count(table, kCurrentCount + 1);
    } else if (!told.frame_mbs_only) {
        count = order_counts_.of_frame(job.stream, bitstream, sets, told.poc_bits, current);
    }
    const OrderSyntax syntax =
        order_counts_.syntax(job.stream, told.field_pic, told.poc_bits, count);
    RewrittenSlices slices =
        H264OrderCounts::rewrite(bitstream, sets, told.poc_bits, count, syntax);
    job.bitstream = std::move(slices.bitstream);
    if (told.pic_parameter_set_id == slices.first_id) {
        sets.pps.pic_parameter_set_id = static_cast<uint8_t>(slices.first_id_written);
    }
    if (told.scaling_matrix_present) sets.scaling = scaling_matrix(table);
    sets.params = decode_params(told, count, table, pictures);
    // To the backends its motion is that of a picture that is no reference.
    sets.params.nal_ref_idc =
        static_cast<uint16_t>(told.writes_motion ? nal_ref_idc(bitstream) : 0);
    set_order_syntax(sets, count, syntax);
    set_controls(job, sets);
    PictureOutput output = nv12_at(job.address, job.width, job.height);
    if (told.monochrome) output.chroma = 0;
    job.outputs = {output};
    return job;
}

}  // namespace hardware
