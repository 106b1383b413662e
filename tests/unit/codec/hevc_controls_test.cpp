// SPDX-License-Identifier: MIT
// The controls of the parameter sets of HEVC.
#include <gtest/gtest.h>

#include <algorithm>

#include "codec/hevc.h"
#include "hevc_fixture.h"

namespace v4l2va {
namespace {

using test::control;
using test::hevc_b_picture;
using test::hevc_decode_control;
using test::hevc_traits;
using test::HevcStyle;
using test::HevcTestCodec;
using test::HevcTestPicture;

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

}  // namespace
}  // namespace v4l2va
