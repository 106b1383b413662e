// SPDX-License-Identifier: MIT
#include "cedrus_h264.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <span>

#include "cedrus_registers.h"
#include "h264_slice_header.h"
#include "h264/syntax.h"

namespace hardware {
namespace {

using vdec::h264::Sets;
using Marking = H264ReferenceMarking;

// Registers, VE_H264_*.
constexpr size_t kSps = 0x200;
constexpr size_t kPps = 0x204;
constexpr size_t kShs = 0x208;
constexpr size_t kShs2 = 0x20c;
constexpr size_t kShsWp = 0x210;
constexpr size_t kShsQp = 0x21c;
constexpr size_t kVldAddress = 0x230;
constexpr size_t kVldLength = 0x238;
constexpr size_t kOutputFrame = 0x24c;
constexpr size_t kPictureInfo = 0x250;  // EXTRA_BUFFER1

// Words of its memory, enum cedrus_h264_sram_off.
constexpr size_t kWeights = 0x000;
constexpr size_t kFrameList = 0x100;
constexpr std::array<size_t, 2> kRefLists = {0x190, 0x199};
constexpr size_t kScaling8x8 = 0x200;
constexpr size_t kScaling4x4 = 0x220;

// struct cedrus_h264_sram_ref_pic.
constexpr size_t kFrameWords = 8;
constexpr unsigned kFrames = 18;

struct ListedFrame {
    OrderCount count;
    uint64_t luma = 0;  // 0: none
    uint64_t chroma = 0;
};

struct Told {
    const Registers& registers;

    [[nodiscard]] ListedFrame frame(unsigned position) const {
        const size_t at = kFrameList + position * kFrameWords;
        return {{static_cast<int>(h264_memory(registers, at)),
                 static_cast<int>(h264_memory(registers, at + 1))},
                h264_memory(registers, at + 3),
                h264_memory(registers, at + 4)};
    }
    [[nodiscard]] unsigned output() const {
        return std::min(registers.word(kOutputFrame), kFrames - 1);
    }
    [[nodiscard]] bool field_pic() const { return registers.bit(kShs, 4); }
    [[nodiscard]] bool bottom_field() const { return field_pic() && registers.bit(kShs, 3); }
    [[nodiscard]] bool reference() const { return registers.bit(kShs, 12); }
    [[nodiscard]] unsigned slice_type() const { return registers.bits(kShs, 8, 4); }
    [[nodiscard]] bool mb_adaptive() const { return registers.bit(kSps, 17) && !field_pic(); }
    [[nodiscard]] unsigned width_in_mbs() const { return registers.bits(kSps, 8, 8) + 1; }
    [[nodiscard]] unsigned list_size(unsigned list) const {
        return registers.bits(kShs2, list == 0 ? 24 : 16, 5) + 1;
    }
};

template <typename Flags>
void set_flag(Flags& flags, uint32_t flag, bool value) {
    if (value) flags = static_cast<Flags>(flags | flag);
}

v4l2_ctrl_h264_sps sequence(const Told& told) {
    const Registers& registers = told.registers;
    v4l2_ctrl_h264_sps sps = {};
    sps.profile_idc = 100;
    sps.level_idc = 51;
    sps.chroma_format_idc = static_cast<uint8_t>(registers.bits(kSps, 19, 3));
    sps.log2_max_frame_num_minus4 = Marking::kFrameNumBits - 4;
    sps.log2_max_pic_order_cnt_lsb_minus4 = Marking::kLsbBits - 4;
    sps.max_num_ref_frames = Marking::kFrames;
    sps.pic_width_in_mbs_minus1 = static_cast<uint16_t>(told.width_in_mbs() - 1);
    sps.pic_height_in_map_units_minus1 = static_cast<uint16_t>(registers.bits(kSps, 0, 8));
    set_flag(sps.flags, V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY, registers.bit(kSps, 18));
    set_flag(sps.flags, V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD, registers.bit(kSps, 17));
    set_flag(sps.flags, V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE, registers.bit(kSps, 16));
    return sps;
}

// The sum of pic_init_qp and slice_qp_delta is told: the latter has all of it here.
v4l2_ctrl_h264_pps picture_set(const Registers& registers) {
    v4l2_ctrl_h264_pps pps = {};
    pps.weighted_bipred_idc = static_cast<uint8_t>(registers.bits(kPps, 2, 2));
    pps.chroma_qp_index_offset =
        static_cast<int8_t>(sign_extended(registers.bits(kShsQp, 8, 6), 6));
    pps.second_chroma_qp_index_offset =
        static_cast<int8_t>(sign_extended(registers.bits(kShsQp, 16, 6), 6));
    pps.flags = V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT |
                V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT;
    set_flag(pps.flags, V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE, registers.bit(kPps, 15));
    set_flag(pps.flags, V4L2_H264_PPS_FLAG_WEIGHTED_PRED, registers.bit(kPps, 4));
    set_flag(pps.flags, V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED, registers.bit(kPps, 1));
    set_flag(pps.flags, V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE, registers.bit(kPps, 0));
    set_flag(pps.flags, V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT, !registers.bit(kShsQp, 24));
    return pps;
}

uint8_t memory_byte(const Registers& registers, size_t word, size_t byte) {
    return static_cast<uint8_t>(h264_memory(registers, word + byte / 4) >> byte % 4 * 8);
}

v4l2_ctrl_h264_scaling_matrix scaling_matrix(const Registers& registers) {
    v4l2_ctrl_h264_scaling_matrix matrix = {};
    for (size_t i = 0; i < 2 * sizeof matrix.scaling_list_8x8[0]; ++i) {
        matrix.scaling_list_8x8[i / 64][i % 64] = memory_byte(registers, kScaling8x8, i);
    }
    for (size_t i = 0; i < sizeof matrix.scaling_list_4x4; ++i) {
        matrix.scaling_list_4x4[i / 16][i % 16] = memory_byte(registers, kScaling4x4, i);
    }
    return matrix;
}

struct Factor {
    int16_t weight;
    int16_t offset;
};

Factor factor(const Registers& registers, size_t number) {
    const uint32_t word = h264_memory(registers, kWeights + number);
    return {static_cast<int16_t>(sign_extended(word & 0x1ff, 9)),
            static_cast<int16_t>(sign_extended(word >> 16 & 0x1ff, 9))};
}

v4l2_ctrl_h264_pred_weights weights(const Registers& registers) {
    v4l2_ctrl_h264_pred_weights weights = {};
    weights.luma_log2_weight_denom = static_cast<uint16_t>(registers.bits(kShsWp, 0, 3));
    weights.chroma_log2_weight_denom = static_cast<uint16_t>(registers.bits(kShsWp, 4, 3));
    constexpr size_t kEntries = vdec::h264::kMaxRefIdx;
    for (size_t list = 0; list < 2; ++list) {
        v4l2_h264_weight_factors& factors = weights.weight_factors[list];
        const size_t first = list * 3 * kEntries;
        for (size_t i = 0; i < kEntries; ++i) {
            const Factor luma = factor(registers, first + i);
            factors.luma_weight[i] = luma.weight;
            factors.luma_offset[i] = luma.offset;
            for (size_t plane = 0; plane < 2; ++plane) {
                const Factor chroma = factor(registers, first + kEntries + 2 * i + plane);
                factors.chroma_weight[i][plane] = chroma.weight;
                factors.chroma_offset[i][plane] = chroma.offset;
            }
        }
    }
    return weights;
}

v4l2_ctrl_h264_slice_params slice_params(const Told& told) {
    const Registers& registers = told.registers;
    v4l2_ctrl_h264_slice_params slice = {};
    const unsigned row = registers.bits(kShs, 16, 8) / (told.mb_adaptive() ? 2 : 1);
    slice.first_mb_in_slice = registers.bits(kShs, 24, 8) + row * told.width_in_mbs();
    slice.slice_type = static_cast<uint8_t>(told.slice_type());
    slice.cabac_init_idc = static_cast<uint8_t>(registers.bits(kShs, 0, 2));
    slice.slice_qp_delta = static_cast<int8_t>(static_cast<int>(registers.bits(kShsQp, 0, 6)) - 26);
    slice.disable_deblocking_filter_idc = static_cast<uint8_t>(registers.bits(kShs2, 8, 2));
    slice.slice_alpha_c0_offset_div2 =
        static_cast<int8_t>(sign_extended(registers.bits(kShs2, 4, 4), 4));
    slice.slice_beta_offset_div2 =
        static_cast<int8_t>(sign_extended(registers.bits(kShs2, 0, 4), 4));
    slice.num_ref_idx_l0_active_minus1 = static_cast<uint8_t>(told.list_size(0) - 1);
    slice.num_ref_idx_l1_active_minus1 = static_cast<uint8_t>(told.list_size(1) - 1);
    set_flag(slice.flags, V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED, registers.bit(kShs, 2));
    return slice;
}

// Fills dpb[] with the frames of the list, and the lists of the slice with indices into it.
void set_references(Sets& sets, const Told& told, const DecodedPictures& pictures) {
    constexpr uint8_t kNone = V4L2_H264_NUM_DPB_ENTRIES;
    std::array<uint8_t, 32> index = {};
    index.fill(kNone);
    uint8_t count = 0;
    for (unsigned position = 0; position < kFrames; ++position) {
        const ListedFrame frame = told.frame(position);
        const bool itself = position == told.output();
        if (frame.luma == 0 || count == kNone || (itself && !told.field_pic())) continue;
        v4l2_h264_dpb_entry& entry = sets.params.dpb[count];
        entry.reference_ts = pictures.timestamp(frame.luma);
        entry.fields = V4L2_H264_FRAME_REF;
        entry.top_field_order_cnt = frame.count.top;
        entry.bottom_field_order_cnt = frame.count.bottom;
        entry.flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
        index[position] = count++;
    }
    for (unsigned list = 0; list < vdec::h264::list_count(told.slice_type()); ++list) {
        v4l2_h264_reference* const references =
            list == 0 ? sets.slice.ref_pic_list0 : sets.slice.ref_pic_list1;
        for (unsigned i = 0; i < told.list_size(list); ++i) {
            const unsigned value = memory_byte(told.registers, kRefLists[list], i);
            references[i].index = index[value >> 1 & 31];
            references[i].fields = !told.field_pic()    ? V4L2_H264_FRAME_REF
                                   : (value & 1) != 0 ? V4L2_H264_BOTTOM_FIELD_REF
                                                      : V4L2_H264_TOP_FIELD_REF;
        }
    }
}

Marking::Picture picture(const Told& told) {
    const ListedFrame own = told.frame(told.output());
    Marking::Picture picture = {.field_pic = told.field_pic(),
                                .bottom_field = told.bottom_field(),
                                .reference = told.reference(),
                                .frame = {own.luma, own.count},
                                .active = {}};
    for (unsigned position = 0; position < kFrames; ++position) {
        const ListedFrame frame = told.frame(position);
        if (position == told.output() || frame.luma == 0) continue;
        picture.active.push_back({frame.luma, frame.count});
    }
    return picture;
}

}  // namespace

std::variant<PictureJob, NoPicture> CedrusH264::read(const JobView& view) {
    const Registers& registers = view.registers;
    const Told told = {registers};
    const std::span stream = view.memory.at(stream_address(registers.word(kVldAddress)),
                                            registers.word(kVldLength) / 8);
    if (stream.empty()) return NoPicture{"no bitstream"};
    PictureJob job;
    job.coded_format = V4L2_PIX_FMT_H264_SLICE;
    job.stream = view.memory.serial(registers.word(kPictureInfo)).value_or(0);
    Sets sets = {};
    sets.sps = sequence(told);
    sets.pps = picture_set(registers);
    job.width = sets.width();
    job.height = sets.height();
    const ListedFrame own = told.frame(told.output());
    job.address = own.luma;
    if (told.field_pic()) job.rows = told.bottom_field() ? vdec::Rows::bottom : vdec::Rows::top;
    const Marking::Picture now = picture(told);
    job.first_slice = registers.bit(kShs, 5) || !marking_.continues(job.stream, now);
    const Marking::Syntax& syntax =
        job.first_slice ? marking_.begin(job.stream, now) : marking_.syntax(job.stream);
    job.may_go_on = true;

    sets.slice_based = true;
    sets.slice = slice_params(told);
    sets.params.nal_ref_idc = told.reference() ? 3 : 0;
    sets.params.frame_num = static_cast<uint16_t>(syntax.frame_num);
    sets.params.top_field_order_cnt = syntax.count.top;
    sets.params.bottom_field_order_cnt = syntax.count.bottom;
    set_flag(sets.params.flags, V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC, syntax.idr);
    set_flag(sets.params.flags, V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC, told.field_pic());
    set_flag(sets.params.flags, V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD, told.bottom_field());
    set_references(sets, told, view.pictures);
    const H264SliceHeader header = write_slice_header(sets, told.reference(), syntax);
    job.bitstream = join_slice(sets, header, stream, h264_position(registers));
    sets.slice.header_bit_size = static_cast<uint16_t>(header.bits);

    job.set(V4L2_CID_STATELESS_H264_SPS, sets.sps);
    job.set(V4L2_CID_STATELESS_H264_PPS, sets.pps);
    if (sets.pps_flag(V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT)) {
        job.set(V4L2_CID_STATELESS_H264_SCALING_MATRIX, scaling_matrix(registers));
    }
    job.set(V4L2_CID_STATELESS_H264_DECODE_PARAMS, sets.params);
    job.set(V4L2_CID_STATELESS_H264_SLICE_PARAMS, sets.slice);
    job.set(V4L2_CID_STATELESS_H264_PRED_WEIGHTS, weights(registers));
    job.set(V4L2_CID_STATELESS_H264_DECODE_MODE,
            int32_t{V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED});
    job.set(V4L2_CID_STATELESS_H264_START_CODE, int32_t{V4L2_STATELESS_H264_START_CODE_ANNEX_B});
    const auto output = cedrus_output(registers, own.luma, own.chroma, job.width, job.height);
    if (!output) return NoPicture{"an output format that is not modelled"};
    job.outputs = {*output};
    return job;
}

}  // namespace hardware
