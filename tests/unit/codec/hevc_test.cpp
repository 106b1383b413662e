// SPDX-License-Identifier: MIT
#include "codec/hevc.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "hevc_fixture.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {
namespace {

using test::bytes_of;
using test::control;
using test::hevc_array;
using test::hevc_b_picture;
using test::hevc_decode_control;
using test::hevc_slice_controls;
using test::hevc_traits;
using test::HevcStyle;
using test::HevcTestCodec;
using test::HevcTestPicture;
using test::kHevcStyles;
using test::unit_bytes;

TEST(Hevc, SpsFields) {
    HevcTestPicture picture = hevc_b_picture();
    auto& va = picture.params;
    va.bit_depth_luma_minus8 = 2;
    va.bit_depth_chroma_minus8 = 2;
    va.max_transform_hierarchy_depth_intra = 1;
    va.max_transform_hierarchy_depth_inter = 2;
    va.pic_fields.bits.pcm_enabled_flag = 1;
    va.pcm_sample_bit_depth_luma_minus1 = 6;
    va.pcm_sample_bit_depth_chroma_minus1 = 5;
    va.log2_diff_max_min_pcm_luma_coding_block_size = 1;
    va.slice_parsing_fields.bits.long_term_ref_pics_present_flag = 1;
    va.num_long_term_ref_pic_sps = 7;
    HevcTestCodec codec(HevcStyle::kFrame, VAProfileHEVCMain10);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto sps = control<v4l2_ctrl_hevc_sps>(*coded, V4L2_CID_STATELESS_HEVC_SPS);
    EXPECT_EQ(sps.pic_width_in_luma_samples, 416);
    EXPECT_EQ(sps.pic_height_in_luma_samples, 240);
    EXPECT_EQ(sps.bit_depth_luma_minus8, 2);
    EXPECT_EQ(sps.bit_depth_chroma_minus8, 2);
    EXPECT_EQ(sps.log2_max_pic_order_cnt_lsb_minus4, 4);
    EXPECT_EQ(sps.sps_max_dec_pic_buffering_minus1, 4);
    EXPECT_EQ(sps.sps_max_num_reorder_pics, 4);
    EXPECT_EQ(sps.log2_diff_max_min_luma_coding_block_size, 1);
    EXPECT_EQ(sps.log2_diff_max_min_luma_transform_block_size, 2);
    EXPECT_EQ(sps.max_transform_hierarchy_depth_intra, 1);
    EXPECT_EQ(sps.max_transform_hierarchy_depth_inter, 2);
    EXPECT_EQ(sps.pcm_sample_bit_depth_luma_minus1, 6);
    EXPECT_EQ(sps.pcm_sample_bit_depth_chroma_minus1, 5);
    EXPECT_EQ(sps.log2_diff_max_min_pcm_luma_coding_block_size, 1);
    EXPECT_EQ(sps.num_short_term_ref_pic_sets, 3);
    EXPECT_EQ(sps.num_long_term_ref_pics_sps, 7);
    EXPECT_EQ(sps.chroma_format_idc, 1);
    EXPECT_EQ(sps.sps_max_sub_layers_minus1, 6);
    EXPECT_EQ(sps.flags,
              V4L2_HEVC_SPS_FLAG_PCM_ENABLED | V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT);
}

// FFmpeg leaves -1 there.
TEST(Hevc, PcmFieldsAreZeroWithoutPcm) {
    HevcTestPicture picture(HevcSliceType::kI, 0);
    auto& va = picture.params;
    va.pcm_sample_bit_depth_luma_minus1 = 0xff;
    va.pcm_sample_bit_depth_chroma_minus1 = 0xff;
    va.log2_min_pcm_luma_coding_block_size_minus3 = 0xff;
    va.log2_diff_max_min_pcm_luma_coding_block_size = 0xff;
    va.pic_fields.bits.pcm_loop_filter_disabled_flag = 1;
    HevcTestCodec codec;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto sps = control<v4l2_ctrl_hevc_sps>(*coded, V4L2_CID_STATELESS_HEVC_SPS);
    EXPECT_EQ(sps.pcm_sample_bit_depth_luma_minus1, 0);
    EXPECT_EQ(sps.pcm_sample_bit_depth_chroma_minus1, 0);
    EXPECT_EQ(sps.log2_min_pcm_luma_coding_block_size_minus3, 0);
    EXPECT_EQ(sps.log2_diff_max_min_pcm_luma_coding_block_size, 0);
    EXPECT_EQ(sps.flags, 0U);
}

TEST(Hevc, TheLastTileIsComputed) {
    HevcTestPicture picture(HevcSliceType::kI, 0);  // 26x15 CTBs
    picture.params.pic_fields.bits.tiles_enabled_flag = 1;
    picture.params.num_tile_columns_minus1 = 2;
    picture.params.num_tile_rows_minus1 = 1;
    picture.params.column_width_minus1[0] = 9;
    picture.params.column_width_minus1[1] = 3;
    picture.params.row_height_minus1[0] = 4;
    HevcTestCodec codec;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto pps = control<v4l2_ctrl_hevc_pps>(*coded, V4L2_CID_STATELESS_HEVC_PPS);
    EXPECT_EQ(pps.num_tile_columns_minus1, 2);
    EXPECT_EQ(pps.num_tile_rows_minus1, 1);
    EXPECT_EQ(pps.column_width_minus1[0], 9);
    EXPECT_EQ(pps.column_width_minus1[1], 3);
    EXPECT_EQ(pps.column_width_minus1[2], 11);
    EXPECT_EQ(pps.row_height_minus1[0], 4);
    EXPECT_EQ(pps.row_height_minus1[1], 9);

    picture.params.column_width_minus1[1] = 15;
    EXPECT_FALSE(codec.decode(picture));
    // As many as VA's arrays have no room for.
    picture.params.num_tile_columns_minus1 = 19;
    std::fill_n(picture.params.column_width_minus1, 19, uint16_t{0});
    const auto many = codec.decode(picture);
    ASSERT_TRUE(many);
    EXPECT_EQ(
        control<v4l2_ctrl_hevc_pps>(*many, V4L2_CID_STATELESS_HEVC_PPS).column_width_minus1[19], 6);
    picture.params.num_tile_columns_minus1 = 20;
    EXPECT_FALSE(codec.decode(picture));
}

TEST(Hevc, PpsIdentifierAndFlags) {
    HevcTestPicture picture(HevcSliceType::kI, 0);
    picture.header().slice_pic_parameter_set_id = 17;
    picture.header().nal_unit_type = 19;
    picture.header().slice_pic_order_cnt_lsb = 0;
    picture.params.init_qp_minus26 = -5;
    picture.params.pps_cb_qp_offset = -12;
    picture.params.pps_tc_offset_div2 = 1;
    picture.params.pic_fields.bits.sign_data_hiding_enabled_flag = 1;
    HevcTestCodec codec;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto pps = control<v4l2_ctrl_hevc_pps>(*coded, V4L2_CID_STATELESS_HEVC_PPS);
    EXPECT_EQ(pps.pic_parameter_set_id, 17);
    EXPECT_EQ(pps.init_qp_minus26, -5);
    EXPECT_EQ(pps.pps_cb_qp_offset, -12);
    EXPECT_EQ(pps.flags, V4L2_HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED |
                             V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT);
    const auto params = hevc_decode_control(*coded);
    EXPECT_EQ(params.flags,
              V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC | V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC);
    EXPECT_EQ(params.num_active_dpb_entries, 0);
}

// No client adds QpBdOffsetY to HEVC's init_qp, as libavcodec does to H.264's: it stays as it is.
TEST(Hevc, InitQpOfTenBitsIsCopied) {
    for (const int init_qp : {-38, -26, -14, 0, 12, 25}) {
        for (const int slice_qp : {-12, 0, 51}) {
            HevcTestPicture picture(HevcSliceType::kI, 0);
            picture.params.bit_depth_luma_minus8 = 2;
            picture.params.bit_depth_chroma_minus8 = 2;
            picture.params.init_qp_minus26 = static_cast<int8_t>(init_qp);
            picture.header().slice_qp_delta = static_cast<int8_t>(slice_qp - 26 - init_qp);
            HevcTestCodec codec(HevcStyle::kFrame, VAProfileHEVCMain10);
            const auto coded = codec.decode(picture);
            ASSERT_TRUE(coded) << coded.error().op;
            const auto pps = control<v4l2_ctrl_hevc_pps>(*coded, V4L2_CID_STATELESS_HEVC_PPS);
            EXPECT_EQ(pps.init_qp_minus26, init_qp);
        }
    }
    for (const int init_qp : {-39, 26, 37}) {
        HevcTestPicture picture(HevcSliceType::kI, 0);
        picture.params.bit_depth_luma_minus8 = 2;
        picture.params.bit_depth_chroma_minus8 = 2;
        picture.params.init_qp_minus26 = static_cast<int8_t>(init_qp);
        HevcTestCodec codec(HevcStyle::kFrame, VAProfileHEVCMain10);
        EXPECT_FALSE(codec.decode(picture)) << init_qp;
    }
}

TEST(Hevc, ScalingMatrix) {
    HevcTestPicture picture(HevcSliceType::kI, 0);
    HevcTestCodec codec;
    const uint32_t id = V4L2_CID_STATELESS_HEVC_SCALING_MATRIX;
    picture.has_iq_matrix = true;
    for (size_t i = 0; i < sizeof(picture.iq_matrix); ++i) {
        reinterpret_cast<uint8_t*>(&picture.iq_matrix)[i] = static_cast<uint8_t>(i * 7 + 1);
    }
    auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_TRUE(coded->units[0].controls->find(id).empty()) << "not enabled in the SPS";

    picture.params.pic_fields.bits.scaling_list_enabled_flag = 1;
    coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    const auto matrix = control<v4l2_ctrl_hevc_scaling_matrix>(*coded, id);
    EXPECT_EQ(std::memcmp(&matrix, &picture.iq_matrix, sizeof(matrix)), 0);

    CodecTraits traits = hevc_traits(HevcStyle::kFrame);
    traits.has_scaling_matrix = false;
    HevcTestCodec without(traits);
    const auto refused = without.decode(picture);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
}

// Table 7-6 in its own order, the up-right diagonal scan (6.5.3).
TEST(Hevc, DefaultScalingMatrix) {
    constexpr uint8_t kTable[2][64] = {
        {16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 17, 16, 17, 16, 17, 18, 17, 18, 18, 17, 18, 21,
         19, 20, 21, 20, 19, 21, 24, 22, 22, 24, 24, 22, 22, 24, 25, 25, 27, 30, 27, 25, 25, 29,
         31, 35, 35, 31, 29, 36, 41, 44, 41, 36, 47, 54, 54, 47, 65, 70, 65, 88, 88, 115},
        {16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 17, 17, 17, 17, 17, 18, 18, 18, 18, 18, 18, 20,
         20, 20, 20, 20, 20, 20, 24, 24, 24, 24, 24, 24, 24, 24, 25, 25, 25, 25, 25, 25, 25, 28,
         28, 28, 28, 28, 28, 33, 33, 33, 33, 33, 41, 41, 41, 41, 54, 54, 54, 71, 71, 91}};
    uint8_t raster[2][64];
    size_t i = 0;
    for (size_t diagonal = 0; diagonal < 15; ++diagonal) {
        for (size_t x = diagonal < 8 ? 0 : diagonal - 7; x <= std::min<size_t>(diagonal, 7);
             ++x, ++i) {
            raster[0][(diagonal - x) * 8 + x] = kTable[0][i];
            raster[1][(diagonal - x) * 8 + x] = kTable[1][i];
        }
    }
    HevcTestPicture picture(HevcSliceType::kI, 0);
    picture.params.pic_fields.bits.scaling_list_enabled_flag = 1;
    HevcTestCodec codec;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    const auto matrix =
        control<v4l2_ctrl_hevc_scaling_matrix>(*coded, V4L2_CID_STATELESS_HEVC_SCALING_MATRIX);
    for (size_t id = 0; id < 6; ++id) {
        const uint8_t(&expected)[64] = raster[id / 3];
        EXPECT_TRUE(std::equal(expected, expected + 64, matrix.scaling_list_8x8[id])) << id;
        EXPECT_TRUE(std::equal(expected, expected + 64, matrix.scaling_list_16x16[id])) << id;
        EXPECT_EQ(std::count(matrix.scaling_list_4x4[id], matrix.scaling_list_4x4[id] + 16, 16),
                  16);
        EXPECT_EQ(matrix.scaling_list_dc_coef_16x16[id], 16);
    }
    for (size_t id = 0; id < 2; ++id) {
        EXPECT_TRUE(std::equal(raster[id], raster[id] + 64, matrix.scaling_list_32x32[id])) << id;
        EXPECT_EQ(matrix.scaling_list_dc_coef_32x32[id], 16);
    }
}

// Two slices, the first with a dependent segment, all with entry points.
HevcTestPicture segmented_picture() {
    HevcTestPicture picture = hevc_b_picture();
    picture.params.pic_fields.bits.entropy_coding_sync_enabled_flag = 1;
    picture.params.slice_parsing_fields.bits.dependent_slice_segments_enabled_flag = 1;
    picture.slices.push_back(picture.slices[0]);
    picture.slices.push_back(picture.slices[0]);
    for (size_t i = 0; i < 3; ++i) {
        auto& slice = picture.slices[i];
        slice.syntax.header.first_slice_segment_in_pic_flag = i == 0;
        slice.syntax.header.slice_segment_address = static_cast<uint32_t>(10 * i);
        slice.params.slice_segment_address = static_cast<uint32_t>(10 * i);
        slice.syntax.header.offset_len_minus1 = 7;
        slice.syntax.entry_point_offsets.assign(i + 1, static_cast<uint32_t>(i + 1));
        slice.syntax.payload.assign(10 + i, static_cast<std::byte>(0x70 + i));
    }
    picture.slices[0].params.slice_qp_delta = 5;
    picture.slices[2].params.slice_qp_delta = 6;
    auto& dependent = picture.slices[1];
    dependent.syntax.header.dependent_slice_segment_flag = true;
    dependent.params.LongSliceFlags.fields.dependent_slice_segment_flag = 1;
    dependent.params.num_ref_idx_l0_active_minus1 = 0;  // as clients that leave zeros
    dependent.params.LongSliceFlags.fields.slice_type = 0;
    return picture;
}

// libavcodec leaves the flags of the slice before where a header has none.
TEST(Hevc, FlagsThatAHeaderLacksAreInferred) {
    HevcTestPicture picture = segmented_picture();
    for (auto& slice : picture.slices) {
        slice.params.LongSliceFlags.fields.slice_temporal_mvp_enabled_flag = 1;
        slice.params.LongSliceFlags.fields.collocated_from_l0_flag = 0;
    }
    HevcTestCodec codec(HevcStyle::kSlice);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const uint64_t flags = hevc_slice_controls(*coded, 0)[0].flags;
    EXPECT_EQ(flags & V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED, 0U);
    EXPECT_NE(flags & V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0, 0U);
}

// What clients leave of an earlier slice where this one's type has no such syntax (7.3.6.1).
TEST(Hevc, WhatASliceTypeLacksIsZero) {
    for (const HevcSliceType type : {HevcSliceType::kI, HevcSliceType::kP, HevcSliceType::kB}) {
        HevcTestPicture picture(type, 20);
        picture.add_reference(103, 10, VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE);
        HevcSliceSegmentHeader& header = picture.header();
        picture.params.slice_parsing_fields.bits.sps_temporal_mvp_enabled_flag = 1;
        header.slice_temporal_mvp_enabled_flag = true;
        header.num_ref_idx_active_override_flag = true;
        header.num_ref_idx_l0_active_minus1 = 2;
        header.num_ref_idx_l1_active_minus1 = 3;
        auto& va = picture.slices[0].params;
        va.num_ref_idx_l0_active_minus1 = 2;
        va.num_ref_idx_l1_active_minus1 = 3;
        va.collocated_ref_idx = 1;
        va.five_minus_max_num_merge_cand = 4;
        va.LongSliceFlags.fields.cabac_init_flag = 1;
        va.LongSliceFlags.fields.mvd_l1_zero_flag = 1;
        HevcTestCodec codec(HevcStyle::kSlice);
        const auto coded = codec.decode(picture);
        ASSERT_TRUE(coded) << coded.error().op;
        const auto params = hevc_slice_controls(*coded, 0)[0];
        const bool inter = type != HevcSliceType::kI;
        const bool b = type == HevcSliceType::kB;
        EXPECT_EQ(params.num_ref_idx_l0_active_minus1, inter ? 2 : 0);
        EXPECT_EQ(params.num_ref_idx_l1_active_minus1, b ? 3 : 0);
        EXPECT_EQ(params.collocated_ref_idx, inter ? 1 : 0);
        EXPECT_EQ(params.five_minus_max_num_merge_cand, inter ? 4 : 0);
        EXPECT_EQ((params.flags & V4L2_HEVC_SLICE_PARAMS_FLAG_CABAC_INIT) != 0, inter);
        EXPECT_EQ((params.flags & V4L2_HEVC_SLICE_PARAMS_FLAG_MVD_L1_ZERO) != 0, b);
    }
}

TEST(Hevc, SliceMode) {
    HevcTestPicture picture = segmented_picture();
    HevcTestCodec codec(HevcStyle::kSlice);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    ASSERT_EQ(coded->units.size(), 3U);
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(unit_bytes(coded->units[i]), codec.data[i]);
        const auto slices = hevc_slice_controls(*coded, i);
        ASSERT_EQ(slices.size(), 1U);
        EXPECT_EQ(slices[0].bit_size, codec.data[i].size() * 8);
        EXPECT_EQ(slices[0].data_byte_offset, picture.slices[i].params.slice_data_byte_offset);
        EXPECT_EQ(slices[0].num_entry_point_offsets, i + 1);
        EXPECT_EQ(slices[0].slice_segment_addr, 10 * i);
        EXPECT_EQ(slices[0].slice_qp_delta, i == 2 ? 6 : 5);
        EXPECT_EQ(slices[0].num_ref_idx_l0_active_minus1, 1);
        EXPECT_EQ(slices[0].ref_idx_l0[1], 0);
        EXPECT_EQ(slices[0].collocated_ref_idx, 0);
        EXPECT_EQ(slices[0].slice_pic_order_cnt, 20);
        EXPECT_EQ(slices[0].flags,
                  V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0 |
                      (i == 1 ? V4L2_HEVC_SLICE_PARAMS_FLAG_DEPENDENT_SLICE_SEGMENT : 0U));
        EXPECT_EQ(hevc_array<uint32_t>(*coded, V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS, i),
                  std::vector<uint32_t>(i + 1, static_cast<uint32_t>(i + 1)));
        EXPECT_EQ(hevc_decode_control(*coded).num_active_dpb_entries, 5);
    }
    CodecTraits traits = hevc_traits(HevcStyle::kSlice);
    traits.max_entry_points = 2;
    HevcTestCodec small(traits);
    const auto refused = small.decode(picture);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
}

TEST(Hevc, FrameModeWithoutStartCode) {
    HevcTestPicture picture = segmented_picture();
    HevcTestCodec codec(HevcStyle::kFrameNoStartCode);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    ASSERT_EQ(coded->units.size(), 1U);
    const auto payload = unit_bytes(coded->units[0]);
    const auto slices = hevc_slice_controls(*coded);
    ASSERT_EQ(slices.size(), 3U);
    size_t begin = 0;
    for (size_t i = 0; i < 3; ++i) {
        const size_t size = codec.data[i].size();
        EXPECT_TRUE(std::ranges::equal(std::span(payload).subspan(begin, size), codec.data[i]));
        begin += size;
        EXPECT_EQ(slices[i].bit_size, begin * 8);
        EXPECT_EQ(payload[slices[i].data_byte_offset], static_cast<std::byte>(0x70 + i));
        EXPECT_EQ(slices[i].data_byte_offset, begin - 10 - i);
    }
    EXPECT_EQ(begin, payload.size());
}

// The two readings of hevc_d_h265.c, as its commits 1ae3a8b3c2e9 and 009aaf3 have them.
TEST(Hevc, SlicesOfTheRaspberryPiFitBothReadingsOfBitSize) {
    for (const HevcStyle style : {HevcStyle::kFrameNoStartCode, HevcStyle::kFrameSlices}) {
        for (const size_t count : {1U, 3U}) {
            CodecTraits traits = hevc_traits(style);
            traits.pads_hevc_slices = true;
            HevcTestCodec codec(traits);
            HevcTestPicture picture = segmented_picture();
            picture.slices.resize(count);
            const auto coded = codec.decode(picture);
            ASSERT_TRUE(coded) << coded.error().op;
            const auto payload = unit_bytes(coded->units[0]);
            const size_t bytesused = payload.size();
            EXPECT_EQ(bytesused, coded->units[0].bytes);
            const auto slices = hevc_slice_controls(*coded);
            ASSERT_EQ(slices.size(), count);
            const size_t start_code = style == HevcStyle::kFrameSlices ? 3 : 0;
            size_t end = 0;
            for (size_t i = 0; i < count; ++i) {
                const size_t size = slices[i].bit_size / 8;
                const size_t offset = slices[i].data_byte_offset;
                end += start_code + codec.data[i].size();
                EXPECT_GE(bytesused, size);
                EXPECT_LT(offset, size);
                EXPECT_EQ(size, end) << "from the start of the buffer, no byte too many";
                EXPECT_LE(offset + size, bytesused) << "from data_byte_offset";
                EXPECT_EQ(payload[offset], static_cast<std::byte>(0x70 + i));
            }
            EXPECT_TRUE(std::all_of(payload.begin() + static_cast<std::ptrdiff_t>(end),
                                    payload.end(),
                                    [](std::byte byte) { return byte == std::byte{0}; }));
        }
    }
}

TEST(Hevc, FrameModeWithSliceArray) {
    HevcTestPicture picture = segmented_picture();
    HevcTestCodec codec(HevcStyle::kFrameSlices);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto slices = hevc_slice_controls(*coded);
    ASSERT_EQ(slices.size(), 3U);
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(slices[i].bit_size, (codec.data[i].size() + 3) * 8);
    }
    CodecTraits traits = hevc_traits(HevcStyle::kFrameSlices);
    traits.max_slice_params = 2;
    HevcTestCodec small(traits);
    const auto refused = small.decode(picture);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
}

TEST(Hevc, FrameModePayloadIsAnnexB) {
    HevcTestPicture picture = segmented_picture();
    HevcTestCodec codec;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    std::vector<std::byte> expected;
    for (const auto& nal : codec.data) {
        expected.insert(expected.end(), {std::byte{0}, std::byte{0}, std::byte{1}});
        expected.insert(expected.end(), nal.begin(), nal.end());
    }
    EXPECT_EQ(unit_bytes(coded->units[0]), expected);
    EXPECT_TRUE(hevc_slice_controls(*coded).empty());
    EXPECT_TRUE(coded->units[0].controls->find(V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS).empty());
}

TEST(Hevc, WeightsOnlyWhereTheyAreInUse) {
    HevcTestPicture picture = hevc_b_picture();
    auto& va = picture.slices[0].params;
    va.luma_log2_weight_denom = 6;
    va.delta_chroma_log2_weight_denom = -2;
    va.delta_luma_weight_l0[14] = 3;
    va.luma_offset_l0[1] = -4;
    va.delta_chroma_weight_l0[0][1] = 5;
    va.ChromaOffsetL0[14][0] = -6;
    va.delta_luma_weight_l1[0] = 7;
    va.ChromaOffsetL1[2][1] = 8;
    HevcTestCodec codec(HevcStyle::kSlice);
    auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    const v4l2_hevc_pred_weight_table none = {};
    EXPECT_EQ(std::memcmp(&hevc_slice_controls(*coded)[0].pred_weight_table, &none, sizeof(none)),
              0);

    picture.params.pic_fields.bits.weighted_bipred_flag = 1;
    coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    const auto table = hevc_slice_controls(*coded)[0].pred_weight_table;
    EXPECT_EQ(table.luma_log2_weight_denom, 6);
    EXPECT_EQ(table.delta_chroma_log2_weight_denom, -2);
    EXPECT_EQ(table.delta_luma_weight_l0[14], 3);
    EXPECT_EQ(table.luma_offset_l0[1], -4);
    EXPECT_EQ(table.delta_chroma_weight_l0[0][1], 5);
    EXPECT_EQ(table.chroma_offset_l0[14][0], -6);
    EXPECT_EQ(table.delta_luma_weight_l1[0], 7);
    EXPECT_EQ(table.chroma_offset_l1[2][1], 8);

    va.delta_chroma_log2_weight_denom = 2;
    EXPECT_FALSE(codec.decode(picture));
}

TEST(Hevc, WhatIsRefused) {
    struct Case {
        void (*change)(HevcTestPicture&);
        ErrorCode code;
    };
    const Case cases[] = {
        {[](auto& p) { p.params.bit_depth_luma_minus8 = p.params.bit_depth_chroma_minus8 = 2; },
         ErrorCode::kUnsupported},
        {[](auto& p) { p.params.bit_depth_chroma_minus8 = 2; }, ErrorCode::kUnsupported},
        {[](auto& p) { p.params.pic_fields.bits.chroma_format_idc = 0; }, ErrorCode::kUnsupported},
        {[](auto& p) { p.params.pic_fields.bits.chroma_format_idc = 3; }, ErrorCode::kUnsupported},
        {[](auto& p) { p.params.pic_width_in_luma_samples = 424; }, ErrorCode::kInvalidParameter},
        {[](auto& p) { p.params.pic_height_in_luma_samples = 248; }, ErrorCode::kInvalidParameter},
        {[](auto& p) { p.params.pic_width_in_luma_samples = 412; }, ErrorCode::kInvalidParameter},
        {[](auto& p) { p.params.pic_width_in_luma_samples = 0; }, ErrorCode::kInvalidParameter},
        {[](auto& p) { p.params.log2_min_luma_coding_block_size_minus3 = 255; },
         ErrorCode::kInvalidParameter},
        {[](auto& p) { p.params.log2_max_pic_order_cnt_lsb_minus4 = 13; },
         ErrorCode::kInvalidParameter},
        {[](auto& p) { p.params.num_short_term_ref_pic_sets = 65; }, ErrorCode::kInvalidParameter},
        {[](auto& p) { p.slices[0].params.LongSliceFlags.fields.slice_type = 3; },
         ErrorCode::kInvalidParameter},
        {[](auto& p) { p.slices[0].params.num_ref_idx_l1_active_minus1 = 15; },
         ErrorCode::kInvalidParameter},
        {[](auto& p) { p.slices[0].params.slice_data_offset = 1000; },
         ErrorCode::kInvalidParameter},
        {[](auto& p) { p.slices[0].params.slice_data_flag = VA_SLICE_DATA_FLAG_BEGIN; },
         ErrorCode::kUnsupported},
        {[](auto& p) { p.slices.clear(); }, ErrorCode::kInvalidParameter},
        {[](auto& p) { p.slices[0].syntax.alignment_bit = false; }, ErrorCode::kInvalidBitstream},
    };
    HevcTestCodec codec;
    HevcTestPicture good = hevc_b_picture();
    const auto before = codec.decode(good);
    ASSERT_TRUE(before);
    const auto payload = unit_bytes(before->units[0]);
    for (size_t i = 0; i < std::size(cases); ++i) {
        HevcTestPicture picture = hevc_b_picture();
        cases[i].change(picture);
        const auto refused = codec.decode(picture);
        ASSERT_FALSE(refused) << i;
        EXPECT_EQ(refused.error().code, cases[i].code) << i << refused.error().op;
        // Nothing of it is left.
        const auto after = codec.decode(good);
        ASSERT_TRUE(after);
        EXPECT_EQ(unit_bytes(after->units[0]), payload);
    }
    EXPECT_EQ(create_hevc_codec({}, VAProfileHEVCMain12, {64, 64}), nullptr);
}

// GStreamer before 1.28 hands on the slices of alpha and of second views.
TEST(Hevc, SlicesOfOtherLayersAreLeftOut) {
    for (const HevcStyle style : test::kHevcStyles) {
        HevcTestCodec codec(style);
        HevcTestPicture picture(HevcSliceType::kI, 4);
        auto coded = codec.decode(picture);
        ASSERT_TRUE(coded);
        const auto payload = unit_bytes(coded->units[0]);
        picture.add_slice(HevcSliceType::kI).syntax.header.nuh_layer_id = 1;
        picture.slices[1].params.num_ref_idx_l0_active_minus1 = 99;  // whatever it says
        coded = codec.decode(picture);
        ASSERT_TRUE(coded) << coded.error().op;
        ASSERT_EQ(coded->units.size(), 1U);
        EXPECT_EQ(unit_bytes(coded->units[0]), payload);
        picture.slices.erase(picture.slices.begin());
        coded = codec.decode(picture);
        ASSERT_TRUE(coded) << "no reason to end the stream";
        EXPECT_TRUE(coded->units.empty());
    }
}

TEST(Hevc, BuffersInAnyOrderWithStartCodes) {
    HevcTestPicture picture = segmented_picture();
    HevcTestCodec codec;
    const auto expected = codec.decode(picture);
    ASSERT_TRUE(expected);
    const auto payload = unit_bytes(expected->units[0]);

    // One data buffer for all segments, each behind a start code; the parameters in one, too.
    std::vector<std::byte> data;
    std::vector<VASliceParameterBufferHEVC> params;
    for (size_t i = 0; i < 3; ++i) {
        auto slice = picture.slices[i].params;
        slice.slice_data_offset = static_cast<uint32_t>(data.size());
        slice.slice_data_size += 4;
        data.insert(data.end(), {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}});
        data.insert(data.end(), codec.data[i].begin(), codec.data[i].end());
        params.push_back(slice);
    }
    codec.begin();
    codec.add(VASliceDataBufferType, data);
    codec.add(VASliceParameterBufferType, std::as_bytes(std::span(params)), 3);
    codec.add_struct(VAPictureParameterBufferType, picture.params);
    const auto coded = codec.finish(picture.target);
    ASSERT_TRUE(coded) << coded.error().op;
    EXPECT_EQ(unit_bytes(coded->units[0]), payload);
}

// The first byte of a start code of four bytes belongs to no NAL unit; clients leave it behind.
TEST(Hevc, TrailingZerosNeverReachTheDevice) {
    for (const HevcStyle style : test::kHevcStyles) {
        HevcTestPicture picture = segmented_picture();
        HevcTestCodec codec(style);
        const auto outcome = [](const CodedPicture& coded) {
            std::vector<std::vector<std::byte>> payloads;
            std::vector<uint32_t> sizes;
            for (size_t unit = 0; unit < coded.units.size(); ++unit) {
                payloads.push_back(unit_bytes(coded.units[unit]));
                for (const auto& slice : hevc_slice_controls(coded, unit)) {
                    sizes.push_back(slice.bit_size);
                }
            }
            return std::pair(payloads, sizes);
        };
        const auto expected = codec.decode(picture);
        ASSERT_TRUE(expected) << expected.error().op;
        const auto wanted = outcome(*expected);

        for (const size_t zeros : {size_t{1}, size_t{3}}) {
            codec.begin();
            codec.add_struct(VAPictureParameterBufferType, picture.params);
            auto sent = codec.data;
            for (size_t i = 0; i < 3; ++i) {
                sent[i].insert(sent[i].end(), zeros, std::byte{0});
                auto params = picture.slices[i].params;
                params.slice_data_size = static_cast<uint32_t>(sent[i].size());
                codec.add_struct(VASliceParameterBufferType, params);
                codec.add(VASliceDataBufferType, sent[i]);
            }
            const auto coded = codec.finish(picture.target);
            ASSERT_TRUE(coded) << coded.error().op;
            EXPECT_EQ(outcome(*coded), wanted) << static_cast<int>(style);
        }
    }
}

TEST(Hevc, WrongBufferSizes) {
    HevcTestCodec codec;
    const std::vector<std::byte> bytes(sizeof(VAPictureParameterBufferHEVCExtension));
    for (const VABufferType type :
         {VAPictureParameterBufferType, VAIQMatrixBufferType, VASliceParameterBufferType}) {
        const auto added = codec.add(type, bytes, 1);
        ASSERT_FALSE(added);
        EXPECT_EQ(added.error().code, ErrorCode::kInvalidParameter);
    }
    const auto unknown = codec.add(VABitPlaneBufferType, bytes, 1);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ErrorCode::kUnsupported);
    EXPECT_FALSE(codec.finish(1));
}

// No allocation in steady state shows as storage that stays where it is.
TEST(Hevc, StorageIsReused) {
    HevcTestPicture picture = segmented_picture();
    for (const HevcStyle style : kHevcStyles) {
        HevcTestCodec codec(style);
        const auto first = codec.decode(picture);
        ASSERT_TRUE(first);
        const DecodeUnit* units = first->units.data();
        const auto* fragments = first->units[0].fragments.data();
        const std::byte* header = first->units[0].fragments[1].data();
        const auto second = codec.decode(picture);
        ASSERT_TRUE(second);
        EXPECT_EQ(second->units.data(), units);
        EXPECT_EQ(second->units[0].fragments.data(), fragments);
        if (style == HevcStyle::kFrameRps) {
            EXPECT_EQ(second->units[0].fragments[1].data(), header);
        }
    }
}

}  // namespace
}  // namespace v4l2va
