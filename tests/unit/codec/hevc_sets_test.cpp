// SPDX-License-Identifier: MIT
// Reference picture sets of the HEVC translator: their order, what is lost, and rewritten headers.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "codec/hevc.h"
#include "hevc_fixture.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {
namespace {

using test::control;
using test::hevc_array;
using test::hevc_b_picture;
using test::hevc_decode_control;
using test::hevc_slice_controls;
using test::HevcStyle;
using test::HevcTestCodec;
using test::HevcTestPicture;
using test::kHevcBefore;
using test::kHevcLongTerm;
using test::kHevcStyles;
using test::unit_bytes;

TEST(HevcSets, ReferencePictureSetIsInTheStandardsOrder) {
    HevcTestPicture picture = hevc_b_picture();
    HevcTestCodec codec;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto params = hevc_decode_control(*coded);
    EXPECT_EQ(params.pic_order_cnt_val, 20);
    ASSERT_EQ(params.num_active_dpb_entries, 5);
    constexpr int32_t kPocs[] = {8, 28, 16, 12, 24};
    for (size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(params.dpb[i].timestamp, (100 + i) * 1000);
        EXPECT_EQ(params.dpb[i].pic_order_cnt_val, kPocs[i]);
        EXPECT_EQ(params.dpb[i].flags, 0);
        EXPECT_EQ(params.dpb[i].field_pic, 0);
    }
    ASSERT_EQ(params.num_poc_st_curr_before, 2);
    EXPECT_EQ(params.poc_st_curr_before[0], 2);
    EXPECT_EQ(params.poc_st_curr_before[1], 0);
    ASSERT_EQ(params.num_poc_st_curr_after, 2);
    EXPECT_EQ(params.poc_st_curr_after[0], 4);
    EXPECT_EQ(params.poc_st_curr_after[1], 1);
    EXPECT_EQ(params.num_poc_lt_curr, 0);
    EXPECT_EQ(params.flags, 0U);
    EXPECT_EQ(coded->references.size(), 5U);
    EXPECT_EQ(coded->part, PicturePart::kFrame);
}

HevcTestPicture lossy_b_picture() {
    HevcTestPicture picture = hevc_b_picture();
    picture.params.ReferenceFrames[2].picture_id = 55;              // of POC 16, never decoded
    picture.params.ReferenceFrames[3].picture_id = 56;              // not in use
    picture.params.ReferenceFrames[4].picture_id = picture.target;  // its old content is gone
    return picture;
}

TEST(HevcSets, LostReferencesAreNotInTheDpb) {
    for (const HevcStyle style : {HevcStyle::kFrame, HevcStyle::kFrameSlices}) {
        HevcTestPicture picture = lossy_b_picture();
        HevcTestCodec codec(style);
        codec.surfaces.timestamps[picture.target] = Timestamp(7);
        const auto coded = codec.decode(picture);
        ASSERT_TRUE(coded) << coded.error().op;
        const auto params = hevc_decode_control(*coded);
        ASSERT_EQ(params.num_active_dpb_entries, 2);
        EXPECT_EQ(params.dpb[0].pic_order_cnt_val, 8);
        EXPECT_EQ(params.dpb[0].timestamp, 100000U);
        EXPECT_EQ(params.dpb[1].pic_order_cnt_val, 28);
        EXPECT_EQ(params.dpb[1].timestamp, 101000U);
        ASSERT_EQ(params.num_poc_st_curr_before, 2) << "the sets keep their lengths";
        EXPECT_EQ(params.poc_st_curr_before[0], 0) << "for POC 16, POC 8";
        EXPECT_EQ(params.poc_st_curr_before[1], 0);
        ASSERT_EQ(params.num_poc_st_curr_after, 2);
        EXPECT_EQ(params.poc_st_curr_after[0], 1) << "for POC 24, POC 28";
        EXPECT_EQ(params.poc_st_curr_after[1], 1);
        for (const auto& slice : hevc_slice_controls(*coded)) {
            EXPECT_EQ(slice.ref_idx_l0[0], 0);
            EXPECT_EQ(slice.ref_idx_l0[1], 0);
            EXPECT_EQ(slice.ref_idx_l1[0], 1) << "indices are of dpb[], not of ReferenceFrames";
            EXPECT_EQ(slice.ref_idx_l1[1], 1);
            EXPECT_EQ(slice.ref_idx_l0[2], 0xff);
        }
        EXPECT_EQ(coded->references.size(), 2U);
    }
}

TEST(HevcSets, LostReferencesKeepTheirOrderCountsWhereHeadersNameThem) {
    HevcTestPicture picture = lossy_b_picture();
    HevcTestCodec codec(HevcStyle::kFrameRps);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto params = hevc_decode_control(*coded);
    ASSERT_EQ(params.num_active_dpb_entries, 4);
    EXPECT_EQ(params.dpb[2].pic_order_cnt_val, 16);
    EXPECT_EQ(params.dpb[2].timestamp, 100000U) << "nearest is POC 8";
    EXPECT_EQ(params.dpb[3].pic_order_cnt_val, 24);
    EXPECT_EQ(params.dpb[3].timestamp, 101000U) << "nearest is POC 28";
    EXPECT_EQ(coded->references.size(), 2U);
}

// An entry of a list that the client could not name.
TEST(HevcSets, ListEntriesWithoutAReference) {
    HevcTestCodec codec(HevcStyle::kFrameSlices);
    HevcTestPicture picture = hevc_b_picture();
    picture.slices[0].params.RefPicList[0][1] = 0xff;
    picture.slices[0].params.RefPicList[1][0] = 9;
    const auto lists = codec.decode(picture);
    ASSERT_TRUE(lists);
    EXPECT_EQ(hevc_slice_controls(*lists)[0].ref_idx_l0[1], 2);
    EXPECT_EQ(hevc_slice_controls(*lists)[0].ref_idx_l1[0], 2);
}

// Long-term entries: two of the SPS, whose lsb is not known, then two of the header.
HevcTestPicture long_term_picture() {
    HevcTestPicture picture(HevcSliceType::kP, 600);
    picture.params.slice_parsing_fields.bits.long_term_ref_pics_present_flag = 1;
    picture.params.num_long_term_ref_pic_sps = 4;
    picture.add_reference(100, 5, kHevcLongTerm);
    picture.add_reference(101, 261, kHevcLongTerm);  // the same lsb
    picture.add_reference(102, 33, kHevcLongTerm);
    picture.add_reference(103, 77, kHevcLongTerm);
    picture.add_reference(104, 599, kHevcBefore);
    picture.add_reference(105, 90, VA_PICTURE_HEVC_LONG_TERM_REFERENCE);
    auto& slice = picture.slices[0];
    auto& set = slice.syntax.header.long_term_set;
    set.count = 5;
    slice.syntax.num_long_term_sps = 2;
    set.pics[0] = {true, 3, 0, false, false, 0};
    set.pics[1] = {true, 0, 0, false, false, 0};
    set.pics[2] = {false, 0, 33, true, false, 0};
    set.pics[3] = {false, 0, 90, false, false, 0};
    set.pics[4] = {false, 0, 5, true, true, 2};
    slice.syntax.header.num_ref_idx_active_override_flag = true;
    slice.syntax.header.num_ref_idx_l0_active_minus1 = 2;
    slice.params.num_ref_idx_l0_active_minus1 = 2;
    slice.params.RefPicList[0][0] = 4;
    slice.params.RefPicList[0][1] = 3;
    slice.params.RefPicList[0][2] = 1;
    return picture;
}

TEST(HevcSets, LongTermOrderComesFromTheHeaderAndTheLists) {
    HevcTestPicture picture = long_term_picture();
    HevcTestCodec codec;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto params = hevc_decode_control(*coded);
    ASSERT_EQ(params.num_poc_lt_curr, 4);
    EXPECT_EQ(params.poc_lt_curr[0], 3);
    EXPECT_EQ(params.poc_lt_curr[1], 1);
    EXPECT_EQ(params.poc_lt_curr[2], 2);
    EXPECT_EQ(params.poc_lt_curr[3], 0);
    EXPECT_EQ(params.dpb[0].flags, V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE);
    EXPECT_EQ(params.dpb[4].flags, 0);
    EXPECT_EQ(params.dpb[5].flags, V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE);
    EXPECT_GT(params.long_term_ref_pic_set_size, 20);
}

TEST(HevcSets, LongTermOrderFromAModifiedList) {
    HevcTestPicture picture = long_term_picture();
    picture.params.slice_parsing_fields.bits.lists_modification_present_flag = 1;
    auto& header = picture.header();
    header.num_pic_total_curr = 5;
    header.ref_pic_list_modification_flag[0] = true;
    header.list_entry[0] = {2, 1, 0};
    picture.slices[0].params.RefPicList[0][0] = 1;
    picture.slices[0].params.RefPicList[0][1] = 3;
    picture.slices[0].params.RefPicList[0][2] = 4;
    HevcTestCodec codec;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto params = hevc_decode_control(*coded);
    EXPECT_EQ(params.poc_lt_curr[0], 3);
    EXPECT_EQ(params.poc_lt_curr[1], 1);
}

// What a device reads back from a rewritten slice.
Result<HevcSliceSegmentHeader> reparse(const HevcTestPicture& picture,
                                       std::span<const std::byte> nal) {
    HevcSliceHeaderInput input = hevc_slice_header_input(picture.params);
    input.num_short_term_ref_pic_sets = 0;
    input.num_long_term_ref_pics_sps = 0;
    return parse_hevc_slice_segment_header(nal, input, nullptr);
}

TEST(HevcSets, RewrittenHeaderHasTheSetsOfTheDpb) {
    HevcTestPicture picture = hevc_b_picture();
    picture.slices[0].syntax.payload.assign(40, std::byte{0});
    picture.slices[0].syntax.payload.back() = std::byte{0x80};  // as every NAL unit ends
    HevcTestCodec codec(HevcStyle::kFrameRps);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto sps = control<v4l2_ctrl_hevc_sps>(*coded, V4L2_CID_STATELESS_HEVC_SPS);
    EXPECT_EQ(sps.num_short_term_ref_pic_sets, 0);
    EXPECT_EQ(
        hevc_array<v4l2_ctrl_hevc_ext_sps_st_rps>(*coded, V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS)
            .size(),
        1U);
    EXPECT_EQ(
        hevc_array<v4l2_ctrl_hevc_ext_sps_lt_rps>(*coded, V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS)
            .size(),
        1U);
    const auto payload = unit_bytes(coded->units[0]);
    EXPECT_EQ(payload.size(), coded->units[0].bytes);
    const std::span<const std::byte> nal = std::span(payload).subspan(3);
    const auto header = reparse(picture, nal);
    ASSERT_TRUE(header) << header.error().op;
    HevcShortTermSet expected;
    expected.num_negative_pics = 3;
    expected.delta_poc_s0 = {-4, -8, -12};
    expected.used_by_curr_pic_s0 = {true, false, true};
    expected.num_positive_pics = 2;
    expected.delta_poc_s1 = {4, 8};
    expected.used_by_curr_pic_s1 = {true, true};
    EXPECT_EQ(header->short_term_set, expected);
    EXPECT_EQ(header->num_pic_total_curr, 4);
    EXPECT_EQ(header->num_ref_idx_l0_active_minus1, 1);
    EXPECT_EQ(hevc_decode_control(*coded).short_term_ref_pic_set_size,
              header->short_term_ref_pic_set_size);
    // The slice data is the client's, byte for byte.
    const auto original = parse_hevc_slice_segment_header(
        codec.data[0], hevc_slice_header_input(picture.params), nullptr);
    ASSERT_TRUE(original);
    const std::span<const std::byte> data =
        std::span<const std::byte>(codec.data[0]).subspan(original->bytes_in_nal());
    EXPECT_TRUE(std::ranges::equal(nal.subspan(header->bytes_in_nal()), data));
}

TEST(HevcSets, RewrittenLongTermEntries) {
    HevcTestPicture picture = long_term_picture();
    HevcTestCodec codec(HevcStyle::kFrameRps);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto payload = unit_bytes(coded->units[0]);
    const auto header = reparse(picture, std::span(payload).subspan(3));
    ASSERT_TRUE(header) << header.error().op;
    // 261 and 5 share their lsb, so these two tell their cycles; 90 is kept, but not used.
    HevcLongTermSet expected;
    expected.count = 5;
    expected.pics[0] = {false, 0, 77, true, false, 0};
    expected.pics[1] = {false, 0, 5, true, true, 1};
    expected.pics[2] = {false, 0, 33, true, false, 1};
    expected.pics[3] = {false, 0, 5, true, true, 2};
    expected.pics[4] = {false, 0, 90, false, false, 2};
    EXPECT_EQ(header->long_term_set, expected);

    // Cycles cannot fall: with the two the other way round there is no such header.
    std::swap(picture.params.ReferenceFrames[0], picture.params.ReferenceFrames[1]);
    picture.header().long_term_set.pics[4].delta_poc_msb_cycle_lt = 1;
    const auto refused = codec.decode(picture);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
}

TEST(HevcSets, HeadersWithoutTablesStayAsTheyAre) {
    HevcTestPicture picture = hevc_b_picture();
    picture.params.num_short_term_ref_pic_sets = 0;
    picture.header().short_term_ref_pic_set_sps_flag = false;
    picture.header().short_term_set.num_negative_pics = 1;
    picture.header().short_term_set.delta_poc_s0[0] = -4;
    HevcTestCodec codec(HevcStyle::kFrameRps);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto payload = unit_bytes(coded->units[0]);
    EXPECT_TRUE(std::ranges::equal(std::span(payload).subspan(3), codec.data[0]));
}

// hantro and rkvdec skip so many bits. Old clients send 0; only a predicted set needs their number.
TEST(HevcSets, WrittenSetsAreCountedInTheHeader) {
    HevcTestPicture picture = hevc_b_picture();
    auto& slice = picture.slices[0].syntax;
    slice.header.short_term_ref_pic_set_sps_flag = false;
    slice.header.short_term_set.num_negative_pics = 2;
    slice.header.short_term_set.delta_poc_s0 = {-32768, -65536};
    test::HevcSliceWriter writer(hevc_slice_header_input(picture.params), slice);
    const std::vector<std::byte> nal = writer.write();
    constexpr std::array kEscape = {std::byte{0}, std::byte{0}, std::byte{3}};
    EXPECT_NE(std::search(nal.begin(), nal.end(), kEscape.begin(), kEscape.end()), nal.end())
        << "within the set";
    const size_t size = writer.short_term_ref_pic_set_size;
    for (const size_t sent : {size_t{0}, size_t{1}, size, size_t{1024}}) {
        picture.params.st_rps_bits = static_cast<uint32_t>(sent);
        for (const HevcStyle style : kHevcStyles) {
            HevcTestCodec codec(style);
            const auto coded = codec.decode(picture);
            ASSERT_TRUE(coded) << coded.error().op;
            // A set of no table has no inter_ref_pic_set_prediction_flag.
            EXPECT_EQ(hevc_decode_control(*coded).short_term_ref_pic_set_size,
                      style == HevcStyle::kFrameRps ? size - 1 : size)
                << sent;
        }
    }
}

TEST(HevcSets, PredictedSetCountsForMediatek) {
    HevcTestPicture picture = hevc_b_picture();
    auto& slice = picture.slices[0].syntax;
    slice.header.short_term_ref_pic_set_sps_flag = false;
    slice.header.inter_ref_pic_set_prediction_flag = true;
    slice.predicted_flags = {1, 0, 2, 1};
    test::HevcSliceWriter writer(hevc_slice_header_input(picture.params), slice);
    (void)writer.write();
    picture.params.st_rps_bits = static_cast<uint32_t>(writer.short_term_ref_pic_set_size);
    for (const HevcStyle style : kHevcStyles) {
        HevcTestCodec codec(style);
        const auto coded = codec.decode(picture);
        ASSERT_TRUE(coded) << coded.error().op;
        const auto params = hevc_decode_control(*coded);
        EXPECT_EQ(num_delta_pocs_of_ref_rps_idx(params), style == HevcStyle::kFrameRps ? 0 : 3);
        EXPECT_EQ(params.short_term_ref_pic_set_size == picture.params.st_rps_bits,
                  style != HevcStyle::kFrameRps);
    }
}

}  // namespace
}  // namespace v4l2va
