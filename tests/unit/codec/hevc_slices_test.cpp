// SPDX-License-Identifier: MIT
// What HEVC devices of each style get of the slices: controls and payload.
#include <gtest/gtest.h>

#include <algorithm>

#include "codec/hevc.h"
#include "hevc_fixture.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {
namespace {

using test::hevc_array;
using test::hevc_b_picture;
using test::hevc_decode_control;
using test::hevc_segmented_picture;
using test::hevc_slice_controls;
using test::hevc_traits;
using test::HevcStyle;
using test::HevcTestCodec;
using test::HevcTestPicture;
using test::unit_bytes;

// libavcodec leaves the flags of the slice before where a header has none.
TEST(Hevc, FlagsThatAHeaderLacksAreInferred) {
    HevcTestPicture picture = hevc_segmented_picture();
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
    HevcTestPicture picture = hevc_segmented_picture();
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
    HevcTestPicture picture = hevc_segmented_picture();
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
            HevcTestPicture picture = hevc_segmented_picture();
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
    HevcTestPicture picture = hevc_segmented_picture();
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
    HevcTestPicture picture = hevc_segmented_picture();
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

}  // namespace
}  // namespace v4l2va
