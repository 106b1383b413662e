// SPDX-License-Identifier: MIT
// What the HEVC translator refuses, leaves out and repairs.
#include "codec/hevc.h"

#include <gtest/gtest.h>

#include <vector>

#include "hevc_fixture.h"

namespace v4l2va {
namespace {

using test::hevc_b_picture;
using test::hevc_segmented_picture;
using test::hevc_slice_controls;
using test::HevcStyle;
using test::HevcTestCodec;
using test::HevcTestPicture;
using test::kHevcStyles;
using test::unit_bytes;

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
    HevcTestPicture picture = hevc_segmented_picture();
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
        HevcTestPicture picture = hevc_segmented_picture();
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
    HevcTestPicture picture = hevc_segmented_picture();
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
