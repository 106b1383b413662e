// SPDX-License-Identifier: MIT
// What stands for a reference that does not exist, and what no codec may send to a device.
#include "codec/stand_in.h"

#include <gtest/gtest.h>

#include <array>

#include "codec_fixture.h"
#include "h264_fixture.h"
#include "hevc_fixture.h"

namespace v4l2va {
namespace {

using test::HevcStyle;
using test::HevcTestCodec;
using test::HevcTestPicture;

constexpr std::array kExisting = {ExistingPicture{10, Timestamp(1), 4},
                                  ExistingPicture{11, Timestamp(2), 8},
                                  ExistingPicture{12, Timestamp(3), kFarOrder}};

class StandInTest : public testing::Test {
  protected:
    StandInTest() { latest.decoded({20, Timestamp(7), 15}); }

    Result<StandIn> choose(std::span<const ExistingPicture> existing, int64_t order,
                           NoReference no_reference = NoReference::kRefuse) {
        return stand_in(existing, order, latest, {1, Timestamp(9), &surfaces}, no_reference);
    }

    test::TestSurfaces surfaces;
    LatestPicture latest;
};

TEST_F(StandInTest, TheNearestThatExists) {
    EXPECT_EQ(choose(kExisting, 5)->index, 0U);
    EXPECT_EQ(choose(kExisting, 6)->index, 0U) << "as near as the other: the first";
    EXPECT_EQ(choose(kExisting, 7)->index, 1U);
    EXPECT_EQ(choose(kExisting, -1000)->index, 0U);
    EXPECT_EQ(choose(std::span(kExisting).last(1), 5)->picture.surface, 12U);
}

TEST_F(StandInTest, ElseTheLatestPictureWhileItLives) {
    surfaces.timestamps[20] = Timestamp(7);
    const auto found = choose({}, 5);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kind, StandIn::Kind::kExisting);
    EXPECT_EQ(found->picture.surface, 20U);
    EXPECT_EQ(found->picture.order, 15);
    surfaces.timestamps[20] = Timestamp(8);
    EXPECT_FALSE(choose({}, 5)) << "the surface holds another picture";
    surfaces.timestamps[20] = Timestamp(7);
    EXPECT_FALSE(stand_in({}, 5, latest, {20, Timestamp(9), &surfaces}, NoReference::kRefuse))
        << "it is decoded into";
    EXPECT_FALSE(stand_in({}, 5, {}, {1, Timestamp(9), &surfaces}, NoReference::kRefuse))
        << "an invalid timestamp is no match";
}

TEST_F(StandInTest, ElseWhatTheDeviceTakes) {
    EXPECT_EQ(choose({}, 5, NoReference::kItself)->kind, StandIn::Kind::kItself);
    EXPECT_EQ(choose({}, 5, NoReference::kItself)->picture.timestamp, Timestamp(9));
    EXPECT_EQ(choose({}, 5, NoReference::kNothing)->kind, StandIn::Kind::kNothing);
    const auto refused = choose({}, 5);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidBitstream);
}

// A P picture as intel-vaapi-driver#448 shows it: no reference at all, temporal motion on.
HevcTestPicture joined_in_the_middle() {
    HevcTestPicture picture(HevcSliceType::kP, 4);
    picture.slices[0].params.collocated_ref_idx = 0;
    picture.header().slice_temporal_mvp_enabled_flag = true;
    picture.params.slice_parsing_fields.bits.sps_temporal_mvp_enabled_flag = 1;
    return picture;
}

TEST(HevcNoReference, ByStyleOfDevice) {
    for (const HevcStyle style : test::kHevcStyles) {
        SCOPED_TRACE(static_cast<int>(style));
        CodecTraits traits = test::hevc_traits(style);
        if (style == HevcStyle::kFrame) {
            traits.no_reference = NoReference::kNothing;  // hantro G2
        }
        HevcTestCodec codec(traits);
        HevcTestPicture picture = joined_in_the_middle();
        const auto coded = codec.decode(picture);
        ASSERT_TRUE(coded) << coded.error().op;
        const auto params = test::hevc_decode_control(*coded);
        EXPECT_EQ(params.num_active_dpb_entries, style == HevcStyle::kFrame ? 0 : 1);
        EXPECT_EQ(params.num_poc_st_curr_before, 0);
        if (style != HevcStyle::kFrame) {
            EXPECT_EQ(params.dpb[0].timestamp, 900000U);
            EXPECT_NE(params.dpb[0].pic_order_cnt_val, 4) << "no distance of 0";
        }
        for (const auto& slice : test::hevc_slice_controls(*coded)) {
            EXPECT_EQ(slice.ref_idx_l0[0], 0);
            EXPECT_EQ(slice.flags & V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED, 0U);
        }
    }
}

TEST(HevcNoReference, IsRefusedWhereNothingIsKnownAndTheNextPictureDecodes) {
    CodecTraits traits = test::hevc_traits(HevcStyle::kFrameSlices);
    traits.no_reference = NoReference::kRefuse;
    HevcTestCodec codec(traits);
    HevcTestPicture lost = joined_in_the_middle();
    auto coded = codec.decode(lost);
    ASSERT_FALSE(coded);
    EXPECT_EQ(coded.error().code, ErrorCode::kInvalidBitstream);
    lost.add_reference(55, 3, test::kHevcBefore);  // never decoded
    EXPECT_FALSE(codec.decode(lost));

    HevcTestPicture intra(HevcSliceType::kI, 4, 60);
    intra.add_reference(55, 3, test::kHevcBefore);  // lost, and nothing reads it
    coded = codec.decode(intra);
    ASSERT_TRUE(coded) << coded.error().op;
    EXPECT_EQ(test::hevc_decode_control(*coded).num_active_dpb_entries, 0);
    EXPECT_EQ(test::hevc_decode_control(*coded).num_poc_st_curr_before, 0);

    // What is lost from now on is replaced by that, though the client names it no more.
    codec.surfaces.timestamps[60] = Timestamp(900);
    coded = codec.decode(lost);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto params = test::hevc_decode_control(*coded);
    ASSERT_EQ(params.num_active_dpb_entries, 1);
    EXPECT_EQ(params.dpb[0].timestamp, 900000U);
    EXPECT_EQ(params.dpb[0].pic_order_cnt_val, 4) << "the one that G2 knows it by";
    ASSERT_EQ(coded->references.size(), 1U);
    EXPECT_EQ(coded->references[0], 60U) << "it must live until this is decoded";
    EXPECT_NE(test::hevc_slice_controls(*coded)[0].flags &
                  V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED,
              0U);
}

// rocDecode#96: clients that do not name all pictures while a CRA picture is decoded, but later.
// G2's driver has used their places then, and never ends a request that names them.
TEST(HevcNoReference, OnG2WhatOneDpbDidNotNameIsGone) {
    for (const NoReference device : {NoReference::kNothing, NoReference::kItself}) {
        CodecTraits traits = test::hevc_traits(HevcStyle::kFrame);
        traits.no_reference = device;
        HevcTestCodec codec(traits);
        codec.surfaces.timestamps.clear();
        HevcTestPicture cra(HevcSliceType::kI, 8, 61);
        ASSERT_TRUE(codec.decode(cra));
        codec.surfaces.timestamps[60] = Timestamp(890);  // decoded before
        codec.surfaces.timestamps[61] = Timestamp(900);
        HevcTestPicture rasl(HevcSliceType::kB, 4, 62);
        rasl.add_reference(60, 0, test::kHevcBefore);
        rasl.add_reference(61, 8, test::kHevcAfter);
        const auto coded = codec.decode(rasl);
        ASSERT_TRUE(coded) << coded.error().op;
        const auto params = test::hevc_decode_control(*coded);
        const bool gone = device == NoReference::kNothing;
        EXPECT_EQ(params.num_active_dpb_entries, gone ? 1 : 2);
        EXPECT_EQ(params.dpb[0].pic_order_cnt_val, gone ? 8 : 0);
        ASSERT_EQ(params.num_poc_st_curr_before, 1);
        ASSERT_EQ(params.num_poc_st_curr_after, 1);
        EXPECT_EQ(params.poc_st_curr_before[0], 0);
        EXPECT_EQ(params.poc_st_curr_after[0], gone ? 0 : 1);
    }
}

TEST(HevcNoReference, CollocatedIndexIsOfTheList) {
    HevcTestCodec codec(HevcStyle::kFrameNoStartCode);
    HevcTestPicture picture = test::hevc_b_picture();
    picture.params.slice_parsing_fields.bits.sps_temporal_mvp_enabled_flag = 1;
    picture.header().slice_temporal_mvp_enabled_flag = true;
    for (const int index : {0, 1, 2, 14, 0xff}) {
        picture.slices[0].params.collocated_ref_idx = static_cast<uint8_t>(index);
        const auto coded = codec.decode(picture);
        ASSERT_TRUE(coded);
        EXPECT_EQ(test::hevc_slice_controls(*coded)[0].collocated_ref_idx, index < 2 ? index : 0);
    }
}

TEST(H264NoReference, IsRefusedWhereNothingIsKnown) {
    CodecTraits traits = test::H264TestCodec::slice_mode();
    traits.no_reference = NoReference::kRefuse;
    test::H264TestCodec codec(VAProfileH264High, traits);
    test::H264TestPicture picture(H264SliceType::kP, 1);
    EXPECT_FALSE(codec.decode(picture));
    picture.params.ReferenceFrames[0] = test::short_term(99, 8, 0, 0);
    const auto coded = codec.decode(picture);
    ASSERT_FALSE(coded);
    EXPECT_EQ(coded.error().code, ErrorCode::kInvalidBitstream);
    test::H264TestPicture intra(H264SliceType::kI, 1);
    intra.params.ReferenceFrames[0] = test::short_term(99, 8, 0, 0);
    EXPECT_TRUE(codec.decode(intra));
}

TEST(H264NoReference, ActiveListEntriesNameAnEntry) {
    test::H264TestCodec codec(VAProfileH264High, test::H264TestCodec::slice_mode());
    test::H264TestPicture picture(H264SliceType::kP, 1);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    v4l2_ctrl_h264_slice_params slice = {};
    ASSERT_TRUE(coded->units[0].controls->get(V4L2_CID_STATELESS_H264_SLICE_PARAMS, slice));
    v4l2_ctrl_h264_decode_params params = {};
    ASSERT_TRUE(coded->units[0].controls->get(V4L2_CID_STATELESS_H264_DECODE_PARAMS, params));
    EXPECT_EQ(slice.ref_pic_list0[0].index, 0);
    EXPECT_NE(params.dpb[0].flags & V4L2_H264_DPB_ENTRY_FLAG_VALID, 0U);
    EXPECT_EQ(params.dpb[0].reference_ts % 1000, 0U);
    EXPECT_NE(params.dpb[0].reference_ts, 0U);
}

}  // namespace
}  // namespace v4l2va
