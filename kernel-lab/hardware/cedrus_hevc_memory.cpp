// SPDX-License-Identifier: MIT
#include "cedrus_hevc_memory.h"

#include <array>
#include <cstddef>
#include <span>

#include "cedrus_registers.h"

namespace hardware {
namespace {

// Bytes from its beginning, VE_DEC_H265_SRAM_OFFSET_*.
constexpr std::array<size_t, 2> kLumaWeights = {0x00, 0x60};
constexpr std::array<size_t, 2> kChromaWeights = {0x20, 0x80};
constexpr size_t kFrameInfo = 0x400;
constexpr size_t kFrameInfoSize = 0x20;
constexpr size_t kScalingLists = 0x800;
constexpr std::array<size_t, 2> kRefLists = {0xc00, 0xc10};

// VE_DEC_H265_SCALING_LIST_DC_COEF*
constexpr std::array<size_t, 2> kDcRegisters = {0x578, 0x57c};

constexpr uint8_t kLongTerm = 0x80;
constexpr uint8_t kNone = 0xff;

uint8_t byte(const Registers& registers, size_t at) {
    return static_cast<uint8_t>(h265_memory(registers, at / 4) >> at % 4 * 8);
}

int8_t signed_byte(const Registers& registers, size_t at) {
    return static_cast<int8_t>(byte(registers, at));
}

// A matrix of SIDE x SIDE, columns first; returns where the next one is.
size_t read_matrix(const Registers& registers, size_t at, size_t side, uint8_t* matrix) {
    for (size_t i = 0; i < side * side; ++i) {
        matrix[i % side * side + i / side] = byte(registers, at + i);
    }
    return at + side * side;
}

void read_list(const Registers& registers, size_t at, std::span<uint8_t> list,
               std::span<const uint8_t> entries, v4l2_ctrl_hevc_decode_params& params) {
    for (size_t i = 0; i < list.size(); ++i) {
        const uint8_t value = byte(registers, at + i);
        list[i] = entries[value & 15];
        if (list[i] != kNone && (value & kLongTerm) != 0) {
            params.dpb[list[i]].flags |= V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE;
        }
    }
}

}  // namespace

HevcFrameInfo read_frame_info(const Registers& registers, unsigned index) {
    const size_t word = (kFrameInfo + kFrameInfoSize * index) / 4;
    return {static_cast<int>(h265_memory(registers, word)),
            uint64_t{h265_memory(registers, word + 4)} << 8,
            uint64_t{h265_memory(registers, word + 5)} << 8};
}

v4l2_hevc_pred_weight_table read_pred_weights(const Registers& registers) {
    v4l2_hevc_pred_weight_table table = {};
    for (size_t i = 0; i < V4L2_HEVC_DPB_ENTRIES_NUM_MAX; ++i) {
        table.delta_luma_weight_l0[i] = signed_byte(registers, kLumaWeights[0] + 2 * i);
        table.luma_offset_l0[i] = signed_byte(registers, kLumaWeights[0] + 2 * i + 1);
        table.delta_luma_weight_l1[i] = signed_byte(registers, kLumaWeights[1] + 2 * i);
        table.luma_offset_l1[i] = signed_byte(registers, kLumaWeights[1] + 2 * i + 1);
        for (size_t c = 0; c < 2; ++c) {
            const size_t l0 = kChromaWeights[0] + 4 * i + 2 * c;
            const size_t l1 = kChromaWeights[1] + 4 * i + 2 * c;
            table.delta_chroma_weight_l0[i][c] = signed_byte(registers, l0);
            table.chroma_offset_l0[i][c] = signed_byte(registers, l0 + 1);
            table.delta_chroma_weight_l1[i][c] = signed_byte(registers, l1);
            table.chroma_offset_l1[i][c] = signed_byte(registers, l1 + 1);
        }
    }
    return table;
}

v4l2_ctrl_hevc_scaling_matrix read_scaling_lists(const Registers& registers) {
    v4l2_ctrl_hevc_scaling_matrix matrix = {};
    size_t at = kScalingLists;
    for (auto& list : matrix.scaling_list_8x8) at = read_matrix(registers, at, 8, list);
    for (auto& list : matrix.scaling_list_32x32) at = read_matrix(registers, at, 8, list);
    for (auto& list : matrix.scaling_list_16x16) at = read_matrix(registers, at, 8, list);
    for (auto& list : matrix.scaling_list_4x4) at = read_matrix(registers, at, 4, list);
    for (unsigned i = 0; i < 2; ++i) {
        matrix.scaling_list_dc_coef_16x16[i] =
            static_cast<uint8_t>(registers.bits(kDcRegisters[0], 8 * i, 8));
        matrix.scaling_list_dc_coef_32x32[i] =
            static_cast<uint8_t>(registers.bits(kDcRegisters[0], 16 + 8 * i, 8));
    }
    for (unsigned i = 0; i < 4; ++i) {
        matrix.scaling_list_dc_coef_16x16[2 + i] =
            static_cast<uint8_t>(registers.bits(kDcRegisters[1], 8 * i, 8));
    }
    return matrix;
}

void read_references(const Registers& registers, const DecodedPictures& pictures,
                     const HevcFrameInfo& own, v4l2_ctrl_hevc_slice_params& slice,
                     v4l2_ctrl_hevc_decode_params& params) {
    std::array<uint8_t, V4L2_HEVC_DPB_ENTRIES_NUM_MAX> entries = {};
    entries.fill(kNone);
    for (unsigned index = 0; index < entries.size(); ++index) {
        if (!h265_memory_written(registers, (kFrameInfo + kFrameInfoSize * index) / 4)) continue;
        const HevcFrameInfo frame = read_frame_info(registers, index);
        if (frame.luma == own.luma) continue;
        entries[index] = params.num_active_dpb_entries;
        v4l2_hevc_dpb_entry& entry = params.dpb[params.num_active_dpb_entries++];
        entry.timestamp = pictures.timestamp(frame.luma);
        entry.pic_order_cnt_val = frame.order_count;
    }
    if (slice.slice_type == V4L2_HEVC_SLICE_TYPE_I) return;
    read_list(registers, kRefLists[0],
              std::span(slice.ref_idx_l0).first(slice.num_ref_idx_l0_active_minus1 + size_t{1}),
              entries, params);
    if (slice.slice_type != V4L2_HEVC_SLICE_TYPE_B) return;
    read_list(registers, kRefLists[1],
              std::span(slice.ref_idx_l1).first(slice.num_ref_idx_l1_active_minus1 + size_t{1}),
              entries, params);
}

}  // namespace hardware
