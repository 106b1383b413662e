// SPDX-License-Identifier: MIT
#include "rkvdec_hevc_tables.h"

#include <algorithm>
#include <cstring>

#include "packed_reader.h"

namespace hardware {
namespace {

void set(__u64& flags, uint64_t flag, bool value) {
    if (value) flags |= flag;
}

// Of a table in which 0 means none.
uint8_t less(uint32_t value, uint32_t by) {
    return static_cast<uint8_t>(value > by ? value - by : 0);
}

void read_pcm(PackedReader& in, v4l2_ctrl_hevc_sps& sps) {
    set(sps.flags, V4L2_HEVC_SPS_FLAG_PCM_ENABLED, in.flag());
    sps.pcm_sample_bit_depth_luma_minus1 = less(in.take(4), 1);
    sps.pcm_sample_bit_depth_chroma_minus1 = less(in.take(4), 1);
    set(sps.flags, V4L2_HEVC_SPS_FLAG_PCM_LOOP_FILTER_DISABLED, in.flag());
    sps.log2_diff_max_min_pcm_luma_coding_block_size = static_cast<uint8_t>(in.take(3));
    sps.log2_min_pcm_luma_coding_block_size_minus3 = less(in.take(3), 3);
}

void read_sps(PackedReader& in, const HevcSetsLayout& layout, v4l2_ctrl_hevc_sps& sps) {
    const auto depth = [&] {
        const uint32_t value = in.take(layout.depth_bits);
        return layout.depth_bits < 4 ? static_cast<uint8_t>(value) : less(value, 8);
    };
    in.at(0);
    sps.video_parameter_set_id = static_cast<uint8_t>(in.take(4));
    sps.seq_parameter_set_id = static_cast<uint8_t>(in.take(4));
    sps.chroma_format_idc = static_cast<uint8_t>(in.take(2));
    sps.pic_width_in_luma_samples = static_cast<uint16_t>(in.take(layout.size_bits));
    sps.pic_height_in_luma_samples = static_cast<uint16_t>(in.take(layout.size_bits));
    sps.bit_depth_luma_minus8 = depth();
    sps.bit_depth_chroma_minus8 = depth();
    sps.log2_max_pic_order_cnt_lsb_minus4 = less(in.take(5), 4);
    sps.log2_diff_max_min_luma_coding_block_size = static_cast<uint8_t>(in.take(2));
    sps.log2_min_luma_coding_block_size_minus3 = less(in.take(3), 3);
    sps.log2_min_luma_transform_block_size_minus2 = less(in.take(3), 2);
    sps.log2_diff_max_min_luma_transform_block_size = static_cast<uint8_t>(in.take(2));
    sps.max_transform_hierarchy_depth_inter = static_cast<uint8_t>(in.take(3));
    sps.max_transform_hierarchy_depth_intra = static_cast<uint8_t>(in.take(3));
    set(sps.flags, V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED, in.flag());
    set(sps.flags, V4L2_HEVC_SPS_FLAG_AMP_ENABLED, in.flag());
    set(sps.flags, V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET, in.flag());
    read_pcm(in, sps);
    sps.num_short_term_ref_pic_sets = static_cast<uint8_t>(in.take(7));
    set(sps.flags, V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT, in.flag());
    sps.num_long_term_ref_pics_sps = static_cast<uint8_t>(in.take(6));
    set(sps.flags, V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED, in.flag());
    set(sps.flags, V4L2_HEVC_SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED, in.flag());
}

void read_pps_tools(PackedReader& in, const v4l2_ctrl_hevc_sps& sps, v4l2_ctrl_hevc_pps& pps) {
    pps.init_qp_minus26 = static_cast<int8_t>(in.take_signed(7));
    set(pps.flags, V4L2_HEVC_PPS_FLAG_CONSTRAINED_INTRA_PRED, in.flag());
    set(pps.flags, V4L2_HEVC_PPS_FLAG_TRANSFORM_SKIP_ENABLED, in.flag());
    set(pps.flags, V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED, in.flag());
    const uint32_t ctb = sps.log2_min_luma_coding_block_size_minus3 + 3U +
                         sps.log2_diff_max_min_luma_coding_block_size;
    pps.diff_cu_qp_delta_depth = less(ctb, in.take(3));
    pps.pps_cb_qp_offset = static_cast<int8_t>(in.take_signed(5));
    pps.pps_cr_qp_offset = static_cast<int8_t>(in.take_signed(5));
    set(pps.flags, V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT, in.flag());
    set(pps.flags, V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED, in.flag());
    set(pps.flags, V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED, in.flag());
    set(pps.flags, V4L2_HEVC_PPS_FLAG_TRANSQUANT_BYPASS_ENABLED, in.flag());
    set(pps.flags, V4L2_HEVC_PPS_FLAG_TILES_ENABLED, in.flag());
    set(pps.flags, V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED, in.flag());
    set(pps.flags, V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED, in.flag());
    set(pps.flags, V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED, in.flag());
    set(pps.flags, V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED, in.flag());
    set(pps.flags, V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER, in.flag());
    pps.flags |= V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT;
    pps.pps_beta_offset_div2 = static_cast<int8_t>(in.take_signed(4));
    pps.pps_tc_offset_div2 = static_cast<int8_t>(in.take_signed(4));
    set(pps.flags, V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT, in.flag());
    pps.log2_parallel_merge_level_minus2 = less(in.take(3), 2);
    set(pps.flags, V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT, in.flag());
}

void read_tiles(PackedReader& in, const HevcSetsLayout& layout, v4l2_ctrl_hevc_pps& pps) {
    in.at(layout.tile_counts);
    pps.num_tile_columns_minus1 = less(in.take(5), 1);
    pps.num_tile_rows_minus1 = less(in.take(5), 1);
    const auto take = [&] { return less(in.take(layout.tile_bits), 1 - layout.tile_less); };
    in.at(layout.column_width);
    for (uint8_t& width : pps.column_width_minus1) width = take();
    in.at(layout.row_height);
    for (uint8_t& height : pps.row_height_minus1) height = take();
}

void read_pps(PackedReader& in, const HevcSetsLayout& layout, const v4l2_ctrl_hevc_sps& sps,
              v4l2_ctrl_hevc_pps& pps) {
    in.at(layout.pps);
    pps.pic_parameter_set_id = static_cast<uint8_t>(in.take(6));
    in.take(4);  // seq_parameter_set_id
    set(pps.flags, V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED, in.flag());
    set(pps.flags, V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT, in.flag());
    pps.num_extra_slice_header_bits = static_cast<uint8_t>(in.take(13));
    set(pps.flags, V4L2_HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED, in.flag());
    set(pps.flags, V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT, in.flag());
    pps.num_ref_idx_l0_default_active_minus1 = less(in.take(4), 1);
    pps.num_ref_idx_l1_default_active_minus1 = less(in.take(4), 1);
    read_pps_tools(in, sps, pps);
    read_tiles(in, layout, pps);
}

// A matrix of SIZE x SIZE weights.
void read_matrix(std::span<const uint8_t> from, uint8_t* to, size_t size, HevcScalingOrder order) {
    for (size_t i = 0; i < size * size; ++i) {
        size_t column = i / size;
        size_t row = i % size;
        if (order == HevcScalingOrder::blocks) {
            // Four columns of four; then the block below, then those on the right.
            const size_t block = i / 16;
            column = i % 16 / 4 + block / 2 * 4;
            row = i % 4 + block % 2 * 4;
        }
        to[row * size + column] = from[i];
    }
}

template <size_t count, size_t bytes>
size_t read_matrices(std::span<const uint8_t> table, size_t at, uint8_t (&to)[count][bytes],
                     HevcScalingOrder order, size_t gap) {
    for (auto& matrix : to) {
        read_matrix(table.subspan(at, bytes), matrix, bytes == 16 ? 4 : 8, order);
        at += bytes + gap;
    }
    return at;
}

}  // namespace

HevcSets read_hevc_sets(std::span<const uint8_t> entry, const HevcSetsLayout& layout) {
    HevcSets sets;
    PackedReader in(entry);
    read_sps(in, layout, sets.sps);
    read_pps(in, layout, sets.sps, sets.pps);
    if (layout.scaling_address != 0) sets.scaling_lists = in.at(layout.scaling_address).take(32);
    return sets;
}

HevcReferenceSets read_hevc_reference_sets(std::span<const uint8_t> table,
                                           const v4l2_ctrl_hevc_sps& sps) {
    HevcReferenceSets sets;
    PackedReader in(table);
    for (size_t i = 0; i < std::min<size_t>(sps.num_long_term_ref_pics_sps, 32); ++i) {
        vdec::hevc::ExtSpsLtRps& picture = sets.long_term.emplace_back();
        picture.lt_ref_pic_poc_lsb_sps = static_cast<uint16_t>(in.at(32 * i).take(16));
        picture.flags = in.flag() ? vdec::hevc::kUsedLt : uint16_t{0};
    }
    for (size_t i = 0; i < std::min<size_t>(sps.num_short_term_ref_pic_sets, 64); ++i) {
        vdec::hevc::ExtSpsStRps& set = sets.short_term.emplace_back();
        set.num_negative_pics = static_cast<uint8_t>(in.at(1024 + 384 * i).take(4));
        set.num_positive_pics = static_cast<uint8_t>(in.take(4));
        int last = 0;
        for (unsigned j = 0; j < set.num_negative_pics + 0U + set.num_positive_pics; ++j) {
            const bool negative = j < set.num_negative_pics;
            if (j == set.num_negative_pics) last = 0;
            const int delta = in.take_signed(16);
            const auto minus1 = static_cast<uint16_t>((negative ? last - delta : delta - last) - 1);
            last = delta;
            if (negative) {
                set.delta_poc_s0_minus1[j] = minus1;
            } else {
                set.delta_poc_s1_minus1[j - set.num_negative_pics] = minus1;
            }
            if (in.flag()) set.used_by_curr_pic |= 1U << j;
        }
    }
    return sets;
}

HevcSliceReferences read_hevc_slice_references(std::span<const uint8_t> packet) {
    HevcSliceReferences references;
    PackedReader in(packet);
    for (size_t list = 0; list < references.lists.size(); ++list) {
        for (size_t i = 0; i < references.lists[list].size(); ++i) {
            HevcSliceReferences::Entry& entry = references.lists[list][i];
            entry.long_term = in.flag();
            // The layout that the driver describes in words; the fourth word is empty.
            if (list == 1 && i == 4) in.at(128);
            entry.index = in.take(4);
        }
    }
    references.low_delay = in.flag();
    references.bits_to_temporal_mvp = in.take(10);
    references.short_term_bits = in.take(9);
    references.num_pic_total_curr = in.take(4);
    return references;
}

v4l2_ctrl_hevc_scaling_matrix read_hevc_scaling_lists(std::span<const uint8_t> table,
                                                      HevcScalingOrder order) {
    v4l2_ctrl_hevc_scaling_matrix lists = {};
    if (table.size() < kHevcScalingBytes) return lists;
    constexpr size_t kGap = 128;  // in place of four matrices of 32x32 that 4:2:0 does not have
    size_t at = read_matrices(table, 0, lists.scaling_list_4x4, order, 0);
    at = read_matrices(table, at, lists.scaling_list_8x8, order, 0);
    at = read_matrices(table, at, lists.scaling_list_16x16, order, 0);
    at = read_matrices(table, at, lists.scaling_list_32x32, order, kGap);
    at += sizeof lists.scaling_list_4x4;  // once more, as they are
    std::memcpy(lists.scaling_list_dc_coef_16x16, &table[at], 6);
    lists.scaling_list_dc_coef_32x32[0] = table[at + 6];
    lists.scaling_list_dc_coef_32x32[1] = table[at + 9];
    return lists;
}

}  // namespace hardware
