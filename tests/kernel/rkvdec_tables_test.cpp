// SPDX-License-Identifier: MIT
// The tables of Rockchip's decoders: each field at the bits where the kernel's drivers write it.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernel-lab/hardware/rkvdec_h264_tables.h"
#include "kernel-lab/hardware/rkvdec_hevc_tables.h"

namespace hardware {
namespace {

using Bytes = std::vector<uint8_t>;

void put(Bytes& table, size_t at, unsigned bits, uint32_t value) {
    for (unsigned i = 0; i < bits; ++i) {
        if ((value >> i & 1) != 0) {
            table[(at + i) / 8] = static_cast<uint8_t>(table[(at + i) / 8] | 1U << (at + i) % 8);
        }
    }
}

// A field of a table of parameter sets: where it is on rkvdec, VDPU381 and VDPU383.
template <typename Sets>
struct Field {
    const char* name;
    size_t at[3];
    unsigned bits;
    uint32_t value;  // in the table
    int64_t read;    // what it means
    std::function<int64_t(const Sets&)> get;
};

// Writes one field into an empty table, with nothing but ones around it, then with nothing but
// zeroes.
template <typename Sets, typename Read>
void check_field(const Field<Sets>& field, size_t at, size_t bytes, Read read) {
    Bytes table(bytes);
    put(table, at, field.bits, field.value);
    EXPECT_EQ(field.get(read(table)), field.read) << field.name;
    Bytes around(bytes, 0xff);
    for (unsigned i = 0; i < field.bits; ++i) {
        if ((field.value >> i & 1) != 0) continue;
        uint8_t& byte = around[(at + i) / 8];
        byte = static_cast<uint8_t>(byte & ~(1U << (at + i) % 8));
    }
    EXPECT_EQ(field.get(read(around)), field.read) << field.name << " among ones";
}

#define H264_SPS(member) [](const H264Sets& sets) { return int64_t{sets.sps.member}; }
#define H264_PPS(member) [](const H264Sets& sets) { return int64_t{sets.pps.member}; }
#define H264_FLAG(set, flag) \
    [](const H264Sets& sets) { return int64_t{(sets.set.flags & V4L2_H264_##flag) != 0}; }

TEST(RkvdecTables, H264ParameterSets) {
    const std::vector<Field<H264Sets>> fields = {
        {"seq_parameter_set_id", {0, 0, 0}, 4, 9, 9, H264_SPS(seq_parameter_set_id)},
        {"profile_idc", {4, 4, 4}, 8, 100, 100, H264_SPS(profile_idc)},
        {"chroma_format_idc", {13, 13, 13}, 2, 2, 2, H264_SPS(chroma_format_idc)},
        {"bit_depth_luma", {15, 15, 15}, 3, 2, 2, H264_SPS(bit_depth_luma_minus8)},
        {"bit_depth_chroma", {18, 18, 18}, 3, 2, 2, H264_SPS(bit_depth_chroma_minus8)},
        {"log2_max_frame_num", {22, 22, 22}, 4, 12, 12, H264_SPS(log2_max_frame_num_minus4)},
        {"max_num_ref_frames", {26, 26, 26}, 5, 16, 16, H264_SPS(max_num_ref_frames)},
        {"pic_order_cnt_type", {31, 31, 31}, 2, 2, 2, H264_SPS(pic_order_cnt_type)},
        {"log2_max_pic_order_cnt_lsb",
         {33, 33, 33},
         4,
         5,
         5,
         H264_SPS(log2_max_pic_order_cnt_lsb_minus4)},
        {"always_zero",
         {37, 37, 37},
         1,
         1,
         1,
         H264_FLAG(sps, SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO)},
        {"width",
         {38, 38, 38},
         9,
         0x155,
         0x155,
         [](const H264Sets& sets) { return int64_t{sets.width & 0x1ff}; }},
        {"height",
         {47, 50, 54},
         9,
         0xaa,
         0xaa,
         [](const H264Sets& sets) { return int64_t{sets.height & 0x1ff}; }},
        {"frame_mbs_only", {56, 62, 70}, 1, 1, 1, H264_FLAG(sps, SPS_FLAG_FRAME_MBS_ONLY)},
        {"mbaff", {57, 63, 71}, 1, 1, 1, H264_FLAG(sps, SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD)},
        {"direct_8x8", {58, 64, 72}, 1, 1, 1, H264_FLAG(sps, SPS_FLAG_DIRECT_8X8_INFERENCE)},
        {"pic_parameter_set_id", {128, 256, 96}, 8, 200, 200, H264_PPS(pic_parameter_set_id)},
        {"entropy_coding_mode",
         {141, 269, 109},
         1,
         1,
         1,
         H264_FLAG(pps, PPS_FLAG_ENTROPY_CODING_MODE)},
        {"num_ref_idx_l0",
         {143, 271, 111},
         5,
         17,
         17,
         H264_PPS(num_ref_idx_l0_default_active_minus1)},
        {"num_ref_idx_l1",
         {148, 276, 116},
         5,
         18,
         18,
         H264_PPS(num_ref_idx_l1_default_active_minus1)},
        {"weighted_pred", {153, 281, 121}, 1, 1, 1, H264_FLAG(pps, PPS_FLAG_WEIGHTED_PRED)},
        {"weighted_bipred_idc", {154, 282, 122}, 2, 2, 2, H264_PPS(weighted_bipred_idc)},
        {"pic_init_qp", {156, 284, 124}, 7, 0x66, -26, H264_PPS(pic_init_qp_minus26)},
        {"pic_init_qs", {163, 291, 131}, 6, 0x3d, -3, H264_PPS(pic_init_qs_minus26)},
        {"chroma_qp_index_offset", {169, 297, 137}, 5, 0x14, -12, H264_PPS(chroma_qp_index_offset)},
        {"deblocking_control",
         {174, 302, 142},
         1,
         1,
         1,
         H264_FLAG(pps, PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT)},
        {"transform_8x8", {177, 305, 145}, 1, 1, 1, H264_FLAG(pps, PPS_FLAG_TRANSFORM_8X8_MODE)},
        {"second_chroma_qp_index_offset",
         {178, 306, 146},
         5,
         11,
         11,
         H264_PPS(second_chroma_qp_index_offset)},
        {"scaling_lists",
         {183, 311, 151},
         1,
         1,
         1,
         H264_FLAG(pps, PPS_FLAG_SCALING_MATRIX_PRESENT)},
        {"long_term",
         {216, 344, 152},
         16,
         0x8421,
         0x8421,
         [](const H264Sets& sets) { return int64_t{sets.long_term}; }},
    };
    const H264SetsLayout layouts[] = {kRkvdecH264Sets, kVdpu381H264Sets, kVdpu383H264Sets};
    for (const auto& field : fields) {
        for (size_t chip = 0; chip < 3; ++chip) {
            check_field(field, field.at[chip], layouts[chip].bytes,
                        [&](const Bytes& table) { return read_h264_sets(table, layouts[chip]); });
        }
    }
}

TEST(RkvdecTables, H264References) {
    Bytes table(kH264ReferenceBytes);
    put(table, 5 * 16, 16, 0xfffe);
    put(table, 15 * 16, 16, 40);
    put(table, 288 + 2 * 7 * 32 + 31 * 7, 5, 0x1b);
    put(table, 293 + 1 * 7 * 32 + 3 * 7, 1, 1);
    const H264ReferenceTable references = read_h264_references(table);
    EXPECT_EQ(references.frame_num[5], -2);
    EXPECT_EQ(references.frame_num[15], 40);
    EXPECT_EQ(references.lists[2][31], (H264ReferenceTable::Entry{11, true, false}));
    EXPECT_EQ(references.lists[1][3], (H264ReferenceTable::Entry{0, false, true}));
    EXPECT_EQ(references.lists[0][0], H264ReferenceTable::Entry{});
}

#define HEVC_SPS(member) [](const HevcSets& sets) { return int64_t{sets.sps.member}; }
#define HEVC_PPS(member) [](const HevcSets& sets) { return int64_t{sets.pps.member}; }
#define HEVC_FLAG(set, flag) \
    [](const HevcSets& sets) { return int64_t{(sets.set.flags & V4L2_HEVC_##flag) != 0}; }

TEST(RkvdecTables, HevcParameterSets) {
    const std::vector<Field<HevcSets>> fields = {
        {"chroma_format_idc", {8, 8, 8}, 2, 1, 1, HEVC_SPS(chroma_format_idc)},
        {"log2_max_pic_order_cnt_lsb",
         {44, 50, 48},
         5,
         16,
         12,
         HEVC_SPS(log2_max_pic_order_cnt_lsb_minus4)},
        {"diff_max_min_coding_block",
         {49, 55, 53},
         2,
         2,
         2,
         HEVC_SPS(log2_diff_max_min_luma_coding_block_size)},
        {"min_coding_block",
         {51, 57, 55},
         3,
         4,
         1,
         HEVC_SPS(log2_min_luma_coding_block_size_minus3)},
        {"min_transform_block",
         {54, 60, 58},
         3,
         5,
         3,
         HEVC_SPS(log2_min_luma_transform_block_size_minus2)},
        {"diff_max_min_transform_block",
         {57, 63, 61},
         2,
         1,
         1,
         HEVC_SPS(log2_diff_max_min_luma_transform_block_size)},
        {"depth_inter", {59, 65, 63}, 3, 4, 4, HEVC_SPS(max_transform_hierarchy_depth_inter)},
        {"depth_intra", {62, 68, 66}, 3, 3, 3, HEVC_SPS(max_transform_hierarchy_depth_intra)},
        {"scaling_list_enabled",
         {65, 71, 69},
         1,
         1,
         1,
         HEVC_FLAG(sps, SPS_FLAG_SCALING_LIST_ENABLED)},
        {"pcm_enabled", {68, 74, 72}, 1, 1, 1, HEVC_FLAG(sps, SPS_FLAG_PCM_ENABLED)},
        {"pcm_depth_luma", {69, 75, 73}, 4, 7, 6, HEVC_SPS(pcm_sample_bit_depth_luma_minus1)},
        {"pcm_depth_chroma", {73, 79, 77}, 4, 5, 4, HEVC_SPS(pcm_sample_bit_depth_chroma_minus1)},
        {"min_pcm_block",
         {81, 87, 85},
         3,
         5,
         2,
         HEVC_SPS(log2_min_pcm_luma_coding_block_size_minus3)},
        {"num_short_term_ref_pic_sets",
         {84, 90, 88},
         7,
         64,
         64,
         HEVC_SPS(num_short_term_ref_pic_sets)},
        {"num_long_term_ref_pics", {92, 98, 96}, 6, 32, 32, HEVC_SPS(num_long_term_ref_pics_sps)},
        {"temporal_mvp",
         {98, 104, 102},
         1,
         1,
         1,
         HEVC_FLAG(sps, SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED)},
        {"strong_intra_smoothing",
         {99, 105, 103},
         1,
         1,
         1,
         HEVC_FLAG(sps, SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED)},
        {"pic_parameter_set_id", {128, 128, 118}, 6, 63, 63, HEVC_PPS(pic_parameter_set_id)},
        {"dependent_slices",
         {138, 138, 128},
         1,
         1,
         1,
         HEVC_FLAG(pps, PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED)},
        {"num_extra_slice_header_bits",
         {140, 140, 130},
         13,
         7,
         7,
         HEVC_PPS(num_extra_slice_header_bits)},
        {"cabac_init_present",
         {154, 154, 144},
         1,
         1,
         1,
         HEVC_FLAG(pps, PPS_FLAG_CABAC_INIT_PRESENT)},
        {"num_ref_idx_l0",
         {155, 155, 145},
         4,
         15,
         14,
         HEVC_PPS(num_ref_idx_l0_default_active_minus1)},
        {"num_ref_idx_l1",
         {159, 159, 149},
         4,
         2,
         1,
         HEVC_PPS(num_ref_idx_l1_default_active_minus1)},
        {"init_qp", {163, 163, 153}, 7, 0x66, -26, HEVC_PPS(init_qp_minus26)},
        {"cb_qp_offset", {176, 176, 166}, 5, 0x14, -12, HEVC_PPS(pps_cb_qp_offset)},
        {"cr_qp_offset", {181, 181, 171}, 5, 12, 12, HEVC_PPS(pps_cr_qp_offset)},
        {"tiles_enabled", {190, 190, 180}, 1, 1, 1, HEVC_FLAG(pps, PPS_FLAG_TILES_ENABLED)},
        {"beta_offset", {196, 196, 186}, 4, 0xa, -6, HEVC_PPS(pps_beta_offset_div2)},
        {"tc_offset", {200, 200, 190}, 4, 6, 6, HEVC_PPS(pps_tc_offset_div2)},
        {"lists_modification",
         {204, 204, 194},
         1,
         1,
         1,
         HEVC_FLAG(pps, PPS_FLAG_LISTS_MODIFICATION_PRESENT)},
        {"parallel_merge_level",
         {205, 205, 195},
         3,
         6,
         4,
         HEVC_PPS(log2_parallel_merge_level_minus2)},
        {"num_tile_columns", {212, 212, 860}, 5, 20, 19, HEVC_PPS(num_tile_columns_minus1)},
        {"num_tile_rows", {217, 217, 865}, 5, 22, 21, HEVC_PPS(num_tile_rows_minus1)},
    };
    const HevcSetsLayout layouts[] = {kRkvdecHevcSets, kVdpu381HevcSets, kVdpu383HevcSets};
    for (const auto& field : fields) {
        for (size_t chip = 0; chip < 3; ++chip) {
            check_field(field, field.at[chip], layouts[chip].bytes,
                        [&](const Bytes& table) { return read_hevc_sets(table, layouts[chip]); });
        }
    }
}

TEST(RkvdecTables, HevcSizesAndTiles) {
    struct Chip {
        HevcSetsLayout layout;
        unsigned size_bits;
        size_t height;
        size_t depth;
        uint32_t ten_bits;
        size_t column_1;
        size_t row_21;
        unsigned tile_bits;
        uint32_t seven_blocks;
    };
    const Chip chips[] = {
        {kRkvdecHevcSets, 13, 23, 36, 10, 264, 584, 8, 6},
        {kVdpu381HevcSets, 16, 26, 42, 10, 268, 748, 12, 6},
        {kVdpu383HevcSets, 16, 26, 42, 2, 882, 1362, 12, 7},
    };
    for (const Chip& chip : chips) {
        Bytes table(chip.layout.bytes);
        put(table, 10, chip.size_bits, 4104);
        put(table, chip.height, chip.size_bits, 2304);
        put(table, chip.depth, chip.layout.depth_bits, chip.ten_bits);
        put(table, chip.column_1, chip.tile_bits, chip.seven_blocks);
        put(table, chip.row_21, chip.tile_bits, chip.seven_blocks);
        // A coding tree block of 64, quantization groups of 16.
        put(table, chip.layout.pps == 118 ? 55 : chip.size_bits == 13 ? 51 : 57, 3, 3);
        put(table, chip.layout.pps == 118 ? 53 : chip.size_bits == 13 ? 49 : 55, 2, 3);
        put(table, chip.layout.pps + 45, 3, 4);
        const HevcSets sets = read_hevc_sets(table, chip.layout);
        EXPECT_EQ(sets.sps.pic_width_in_luma_samples, 4104);
        EXPECT_EQ(sets.sps.pic_height_in_luma_samples, 2304);
        EXPECT_EQ(sets.sps.bit_depth_luma_minus8, 2);
        EXPECT_EQ(sets.pps.column_width_minus1[1], 6);
        EXPECT_EQ(sets.pps.row_height_minus1[21], 6);
        EXPECT_EQ(sets.pps.diff_cu_qp_delta_depth, 2);
    }
}

TEST(RkvdecTables, HevcReferenceSets) {
    Bytes table(kHevcReferenceSetsBytes);
    put(table, 31 * 32, 16, 0xabc);
    put(table, 31 * 32 + 16, 1, 1);
    const size_t set = 1024 + 63 * 384;
    put(table, set, 4, 2);
    put(table, set + 4, 4, 1);
    put(table, set + 8, 16, 0xffff);  // -1
    put(table, set + 24, 1, 1);
    put(table, set + 25, 16, 0xfffb);  // -5, not used
    put(table, set + 42, 16, 3);
    put(table, set + 58, 1, 1);
    v4l2_ctrl_hevc_sps sps = {};
    sps.num_short_term_ref_pic_sets = 64;
    sps.num_long_term_ref_pics_sps = 32;
    const HevcReferenceSets sets = read_hevc_reference_sets(table, sps);
    ASSERT_EQ(sets.short_term.size(), 64U);
    ASSERT_EQ(sets.long_term.size(), 32U);
    EXPECT_EQ(sets.long_term[31].lt_ref_pic_poc_lsb_sps, 0xabc);
    EXPECT_EQ(sets.long_term[31].flags, vdec::hevc::kUsedLt);
    EXPECT_EQ(sets.long_term[30].flags, 0);
    const vdec::hevc::ExtSpsStRps& last = sets.short_term[63];
    EXPECT_EQ(last.num_negative_pics, 2);
    EXPECT_EQ(last.num_positive_pics, 1);
    EXPECT_EQ(last.delta_poc_s0_minus1[0], 0);
    EXPECT_EQ(last.delta_poc_s0_minus1[1], 3);
    EXPECT_EQ(last.delta_poc_s1_minus1[0], 2);
    EXPECT_EQ(last.used_by_curr_pic, 5U);
}

// The fourth word is empty: behind the fifth long-term flag of list 1, its index begins the fifth
// word.
TEST(RkvdecTables, HevcSliceReferences) {
    Bytes packet(kHevcSliceReferencesBytes);
    put(packet, 0, 5, 1 | 5 << 1);
    put(packet, 70, 5, 1 | 6 << 1);
    put(packet, 75, 5, 1 | 7 << 1);
    put(packet, 95, 1, 1);
    put(packet, 96, 32, 0xffffffff);
    put(packet, 128, 4, 8);
    put(packet, 132, 5, 1 | 9 << 1);
    put(packet, 177, 5, 1 | 10 << 1);
    put(packet, 183, 10, 700);
    put(packet, 193, 9, 300);
    put(packet, 202, 4, 11);
    const HevcSliceReferences references = read_hevc_slice_references(packet);
    EXPECT_EQ(references.lists[0][0].index, 5U);
    EXPECT_EQ(references.lists[0][14].index, 6U);
    EXPECT_EQ(references.lists[1][0].index, 7U);
    EXPECT_TRUE(references.lists[1][4].long_term);
    EXPECT_EQ(references.lists[1][4].index, 8U);
    EXPECT_TRUE(references.lists[1][5].long_term);
    EXPECT_EQ(references.lists[1][5].index, 9U);
    EXPECT_EQ(references.lists[1][14].index, 10U);
    EXPECT_FALSE(references.low_delay);
    EXPECT_EQ(references.bits_to_temporal_mvp, 700U);
    EXPECT_EQ(references.short_term_bits, 300U);
    EXPECT_EQ(references.num_pic_total_curr, 11U);
}

// A matrix row by row, and as rkvdec.c describes it in memory.
TEST(RkvdecTables, HevcScalingLists) {
    const std::string rows = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345abcdefghijklmnopqrstuvwxyz6789#$";
    const std::string columns = "AIQYaiqyBJRZbjrzCKS0cks6DLT1dlt7EMU2emu8FNV3fnv9GOW4gow#HPX5hpx$";
    const std::string blocks = "AIQYBJRZCKS0DLT1aiqybjrzcks6dlt7EMU2FNV3GOW4HPX5emu8fnv9gow#hpx$";
    for (const auto order : {HevcScalingOrder::columns, HevcScalingOrder::blocks}) {
        Bytes table(kHevcScalingBytes);
        const std::string& lies = order == HevcScalingOrder::columns ? columns : blocks;
        std::copy(lies.begin(), lies.end(), table.begin() + 96);         // 8x8, the first
        std::copy(lies.begin(), lies.end(), table.begin() + 864 + 192);  // 32x32, the second
        const std::string small = "aeimbfjncgkodhlp";
        std::copy(small.begin(), small.end(), table.begin() + 80);  // 4x4, the sixth
        table[1344 + 5] = 35;
        table[1344 + 9] = 39;
        const v4l2_ctrl_hevc_scaling_matrix lists = read_hevc_scaling_lists(table, order);
        const auto text = [](const auto& list) {
            return std::string(reinterpret_cast<const char*>(&list), sizeof list);
        };
        EXPECT_EQ(text(lists.scaling_list_8x8[0]), rows);
        EXPECT_EQ(text(lists.scaling_list_32x32[1]), rows);
        EXPECT_EQ(text(lists.scaling_list_4x4[5]), "abcdefghijklmnop");
        EXPECT_EQ(lists.scaling_list_dc_coef_16x16[5], 35);
        EXPECT_EQ(lists.scaling_list_dc_coef_32x32[1], 39);
    }
}

}  // namespace
}  // namespace hardware
