// SPDX-License-Identifier: MIT
// The H.264 translator's memory: picture order counts, the DPB, field pairs.
#include <gtest/gtest.h>

#include <climits>
#include <cstdlib>

#include "h264_fixture.h"

namespace v4l2va {
namespace {

using test::decode_params;
using test::H264TestCodec;
using test::H264TestPicture;
using test::short_term;
using test::va_picture;

constexpr int32_t kFfmpegBias = 65536;

struct Poc {
    int32_t top;
    int32_t bottom;
    friend bool operator==(const Poc&, const Poc&) = default;
};

Poc current(const CodedPicture& coded) {
    const auto params = decode_params(coded);
    return {params.top_field_order_cnt, params.bottom_field_order_cnt};
}

Poc reference(const CodedPicture& coded, int index) {
    const auto& entry = decode_params(coded).dpb[index];
    return {entry.top_field_order_cnt, entry.bottom_field_order_cnt};
}

// An IDR picture, a P picture, and a B picture between them, as a client with `bias` sends them.
void run_sequence(H264TestCodec& codec, int32_t bias, int32_t b_poc) {
    H264TestPicture idr(H264SliceType::kI, 1);
    idr.make_idr();
    idr.set_order(0, 0, bias);
    const auto first = codec.decode(idr);
    ASSERT_TRUE(first) << first.error().op;
    EXPECT_EQ(current(*first), (Poc{0, 0}));

    H264TestPicture p(H264SliceType::kP, 2);
    p.set_order(1, 8, bias);
    p.params.ReferenceFrames[0] = short_term(1, 0, bias, bias);
    const auto second = codec.decode(p);
    ASSERT_TRUE(second) << second.error().op;
    EXPECT_EQ(current(*second), (Poc{8, 8}));
    EXPECT_EQ(reference(*second, 0), (Poc{0, 0}));

    H264TestPicture b(H264SliceType::kB, 3);
    b.set_order(2, b_poc, bias);
    b.params.ReferenceFrames[0] = short_term(2, 1, 8 + bias, 8 + bias);
    b.params.ReferenceFrames[1] = short_term(1, 0, bias, bias);
    const auto third = codec.decode(b);
    ASSERT_TRUE(third) << third.error().op;
    EXPECT_EQ(current(*third), (Poc{b_poc, b_poc}));
    EXPECT_EQ(reference(*third, 0), (Poc{8, 8}));
    EXPECT_EQ(reference(*third, 1), (Poc{0, 0}));
}

TEST(H264Poc, BiasedClient) {
    H264TestCodec codec;
    run_sequence(codec, kFfmpegBias, 4);
    run_sequence(codec, kFfmpegBias, 6) /* the next sequence */;
}

TEST(H264Poc, UnbiasedClient) {
    H264TestCodec codec;
    run_sequence(codec, 0, 4);
}

// A count below zero has bit 16 clear under the bias: masking would leave it at 65530.
TEST(H264Poc, NegativeCounts) {
    for (const int32_t bias : {0, kFfmpegBias}) {
        H264TestCodec codec;
        run_sequence(codec, bias, -6);
    }
}

TEST(H264Poc, IdrThatStartsWithItsBottomField) {
    H264TestCodec codec;
    H264TestPicture idr(H264SliceType::kI, 1);
    idr.make_idr();
    idr.params.pic_fields.bits.pic_order_present_flag = 1;
    idr.set_order(0, 1, kFfmpegBias);
    idr.header().delta_pic_order_cnt_bottom = -1;
    idr.params.CurrPic.BottomFieldOrderCnt = kFfmpegBias;
    const auto coded = codec.decode(idr);
    ASSERT_TRUE(coded);
    EXPECT_EQ(current(*coded), (Poc{1, 0}));
}

// Seek to a recovery point: no IDR picture tells the bias.
TEST(H264Poc, StartWithoutIdr) {
    for (const int32_t bias : {0, kFfmpegBias}) {
        H264TestCodec codec;
        H264TestPicture start(H264SliceType::kI, 1);
        start.set_order(7, 100, bias);
        EXPECT_EQ(current(*codec.decode(start)), (Poc{100, 100}));

        // The lsb wraps: 260 = 256 + 4.
        H264TestPicture next(H264SliceType::kP, 2);
        next.set_order(8, 260, bias);
        next.params.ReferenceFrames[0] = short_term(1, 7, 100 + bias, 100 + bias);
        EXPECT_EQ(current(*codec.decode(next)), (Poc{260, 260}));
    }
    // An lsb in its upper half counts down from the assumed msb of 0, in clients as here.
    H264TestCodec codec;
    H264TestPicture start(H264SliceType::kI, 1);
    start.set_order(7, 200 - 256, kFfmpegBias);
    EXPECT_EQ(current(*codec.decode(start)), (Poc{-56, -56}));
}

// After memory_management_control_operation 5 the standard counts from 0; libavcodec goes on.
TEST(H264Poc, Mmco5) {
    for (const bool client_resets : {true, false}) {
        H264TestCodec codec;
        H264TestPicture idr(H264SliceType::kI, 1);
        idr.make_idr();
        idr.set_order(0, 0);
        ASSERT_TRUE(codec.decode(idr));

        H264TestPicture reset(H264SliceType::kP, 2);
        reset.set_order(1, 40);
        reset.params.ReferenceFrames[0] = short_term(1, 0, 0, 0);
        reset.header().has_mmco5 = true;
        reset.slices[0].syntax.marking = {{5, {}}};
        const auto at = codec.decode(reset);
        ASSERT_TRUE(at);
        EXPECT_EQ(current(*at), (Poc{40, 40})) << "while it is decoded";

        // lsb 4: a client that does not start anew sees 4 (or any other count) as well.
        const int32_t bias = client_resets ? 0 : 256;
        H264TestPicture next(H264SliceType::kP, 3);
        next.set_order(1, 4, bias);
        const int32_t old_poc = client_resets ? 0 : 40;
        next.params.ReferenceFrames[0] = short_term(2, 0, old_poc, old_poc);
        const auto after = codec.decode(next);
        ASSERT_TRUE(after);
        EXPECT_EQ(current(*after), (Poc{4, 4}));
        EXPECT_EQ(reference(*after, 0), (Poc{0, 0})) << "as the standard says afterwards";
    }
}

TEST(H264Poc, Type2AfterMmco5) {
    H264TestCodec codec;
    H264TestPicture reset(H264SliceType::kP, 1);
    reset.params.seq_fields.bits.pic_order_cnt_type = 2;
    reset.set_order(3, 6);
    reset.slices[0].syntax.marking = {{5, {}}};
    ASSERT_TRUE(codec.decode(reset));
    H264TestPicture next(H264SliceType::kP, 2);
    next.params.seq_fields.bits.pic_order_cnt_type = 2;
    next.set_order(1, 34);  // the client's offset is 32
    EXPECT_EQ(current(*codec.decode(next)), (Poc{2, 2}));
}

TEST(H264Poc, AbsentAndWildCountsAreSanitised) {
    for (const int32_t absent : {INT_MAX, INT_MIN, 1 << 30, -(1 << 30)}) {
        H264TestCodec codec;
        codec.surfaces.timestamps = {{9, Timestamp(77)}};
        H264TestPicture picture(H264SliceType::kP, 1);
        picture.params.CurrPic.BottomFieldOrderCnt = absent;
        picture.set_order(5, 20);
        picture.params.CurrPic.BottomFieldOrderCnt = absent;
        picture.params.ReferenceFrames[0] = short_term(9, 4, absent, 18);
        picture.params.ReferenceFrames[1] =
            va_picture(VA_INVALID_ID, 0, absent, absent, VA_PICTURE_H264_INVALID);
        const auto coded = codec.decode(picture);
        ASSERT_TRUE(coded);
        EXPECT_EQ(current(*coded), (Poc{20, 20}));
        EXPECT_EQ(reference(*coded, 0), (Poc{18, 18}));
        EXPECT_EQ(decode_params(*coded).dpb[1].flags, 0U);
    }
}

TEST(H264Dpb, Entries) {
    H264TestCodec codec;
    codec.surfaces.timestamps = {{10, Timestamp(5)}, {11, Timestamp(6)}, {12, Timestamp(7)}};
    H264TestPicture picture(H264SliceType::kP, 1);
    picture.params.frame_num = 3;
    picture.header().frame_num = 3;
    picture.params.ReferenceFrames[0] = short_term(10, 2, 30, 31);
    picture.params.ReferenceFrames[2] = short_term(11, 15, 20, 21);  // frame_num has wrapped
    picture.params.ReferenceFrames[5] =
        va_picture(12, 1, 10, 11, VA_PICTURE_H264_LONG_TERM_REFERENCE);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    const auto params = decode_params(*coded);
    const uint32_t used = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
    EXPECT_EQ(params.dpb[0].reference_ts, 5000U);
    EXPECT_EQ(params.dpb[0].frame_num, 2);
    EXPECT_EQ(params.dpb[0].pic_num, 2U);
    EXPECT_EQ(params.dpb[0].fields, V4L2_H264_FRAME_REF);
    EXPECT_EQ(params.dpb[0].top_field_order_cnt, 30);
    EXPECT_EQ(params.dpb[0].bottom_field_order_cnt, 31);
    EXPECT_EQ(params.dpb[0].flags, used);
    EXPECT_EQ(params.dpb[1].reference_ts, 6000U);
    EXPECT_EQ(params.dpb[1].frame_num, 15);
    EXPECT_EQ(params.dpb[1].pic_num, static_cast<uint32_t>(-1));
    EXPECT_EQ(params.dpb[2].frame_num, 1);
    EXPECT_EQ(params.dpb[2].pic_num, 1U);
    EXPECT_EQ(params.dpb[2].flags, used | V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM);
    for (int i = 3; i < 16; ++i) {
        EXPECT_EQ(params.dpb[i].flags, 0U);
        EXPECT_EQ(params.dpb[i].reference_ts, 0U);
    }
    EXPECT_EQ(std::vector<VASurfaceID>(coded->references.begin(), coded->references.end()),
              (std::vector<VASurfaceID>{10, 11, 12}));
}

TEST(H264Dpb, TwoEntriesOfOneSurfaceBecomeOne) {
    H264TestCodec codec;
    codec.surfaces.timestamps = {{10, Timestamp(5)}};
    H264TestPicture picture(H264SliceType::kP, 1);
    picture.params.ReferenceFrames[0] =
        va_picture(10, 2, 30, 31, VA_PICTURE_H264_TOP_FIELD | VA_PICTURE_H264_SHORT_TERM_REFERENCE);
    picture.params.ReferenceFrames[1] = va_picture(
        10, 2, 30, 31, VA_PICTURE_H264_BOTTOM_FIELD | VA_PICTURE_H264_SHORT_TERM_REFERENCE);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(decode_params(*coded).dpb[0].fields, V4L2_H264_FRAME_REF);
    EXPECT_EQ(decode_params(*coded).dpb[0].top_field_order_cnt, 30);
    EXPECT_EQ(decode_params(*coded).dpb[0].bottom_field_order_cnt, 31);
    EXPECT_EQ(decode_params(*coded).dpb[1].flags, 0U);
    EXPECT_EQ(coded->references.size(), 1U);
}

// ffmpeg puts surfaces that were never decoded into the DPB for gaps in frame_num; GStreamer marks
// them, and may have no surface at all.
TEST(H264Dpb, MissingReferencesBorrowTheNearest) {
    H264TestCodec codec;
    codec.surfaces.timestamps = {{10, Timestamp(5)}, {11, Timestamp(6)}};
    H264TestPicture picture(H264SliceType::kP, 1);
    picture.params.frame_num = 9;
    picture.header().frame_num = 9;
    picture.params.ReferenceFrames[0] = short_term(99, 8, 0, 0);
    picture.params.ReferenceFrames[1] = va_picture(
        VA_INVALID_ID, 3, 0, 0, VA_PICTURE_H264_SHORT_TERM_REFERENCE | kVaPictureH264NonExisting);
    picture.params.ReferenceFrames[2] = short_term(10, 7, 14, 14);
    picture.params.ReferenceFrames[3] = short_term(11, 2, 4, 4);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    const auto params = decode_params(*coded);
    EXPECT_EQ(params.dpb[0].reference_ts, 5000U);
    EXPECT_EQ(params.dpb[0].frame_num, 8);
    EXPECT_NE(params.dpb[0].flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE, 0U);
    EXPECT_EQ(params.dpb[1].reference_ts, 6000U);
    EXPECT_EQ(params.dpb[1].frame_num, 3);
    EXPECT_EQ(coded->references.size(), 2U);
}

TEST(H264Dpb, NothingToBorrowGivesTheCurrentPicture) {
    H264TestCodec codec;
    codec.next_timestamp = 42;
    H264TestPicture picture(H264SliceType::kP, 1);
    picture.params.ReferenceFrames[0] = short_term(99, 8, 0, 0);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(decode_params(*coded).dpb[0].reference_ts, 42000U);
    EXPECT_TRUE(coded->references.empty());
}

TEST(H264Dpb, OldContentOfTheTargetIsNoReference) {
    H264TestCodec codec;
    codec.surfaces.timestamps = {{1, Timestamp(5)}, {2, Timestamp(6)}};
    H264TestPicture picture(H264SliceType::kP, 1);
    picture.params.ReferenceFrames[0] = short_term(1, 8, 0, 0);
    picture.params.ReferenceFrames[1] = short_term(2, 7, 0, 0);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(decode_params(*coded).dpb[0].reference_ts, 6000U);
}

// Frame-based devices get lists that the kernel makes from dpb[]: a client that leaves pictures out
// gets others than it means, and the log says so once.
TEST(H264Dpb, ListsThatReferenceFramesDoNotGive) {
    const auto news = [](H264TestCodec& codec, bool left_out, bool modified, VASurfaceID second) {
        H264TestPicture picture(H264SliceType::kP, 1);
        picture.set_order(9, 40);
        picture.params.ReferenceFrames[0] =
            va_picture(12, 0, 2, 2, VA_PICTURE_H264_LONG_TERM_REFERENCE);
        picture.params.ReferenceFrames[1] = short_term(10, 7, 14, 14);
        if (!left_out) {
            picture.params.ReferenceFrames[2] = short_term(11, 8, 16, 16);
        }
        auto& slice = picture.slices[0];
        slice.syntax.header.num_ref_idx_active_override_flag = true;
        slice.syntax.header.num_ref_idx_l0_active_minus1 = 3;
        if (modified) {
            slice.syntax.list_modification[0] = {{0, {0}}};
        }
        slice.params.num_ref_idx_l0_active_minus1 = 3;
        slice.params.RefPicList0[0] = short_term(11, 8, 16, 16);
        slice.params.RefPicList0[1] = short_term(second, 7, 14, 14);
        slice.params.RefPicList0[2] = short_term(12, 0, 2, 2);
        const auto coded = codec.decode(picture);
        EXPECT_TRUE(coded);
        return coded ? coded->news : nullptr;
    };
    const auto known = [](CodecTraits traits) {
        auto codec = std::make_unique<H264TestCodec>(VAProfileH264High, traits);
        codec->surfaces.timestamps = {{10, Timestamp(5)}, {11, Timestamp(6)}, {12, Timestamp(7)}};
        return codec;
    };
    EXPECT_EQ(news(*known(H264TestCodec::frame_mode()), false, false, 10), nullptr);
    EXPECT_EQ(news(*known(H264TestCodec::frame_mode()), true, true, 10), nullptr);
    EXPECT_EQ(news(*known(H264TestCodec::slice_mode()), true, false, 10), nullptr);
    EXPECT_NE(news(*known(H264TestCodec::frame_mode()), false, false, 12), nullptr) << "an order";
    const auto codec = known(H264TestCodec::frame_mode());
    EXPECT_NE(news(*codec, true, false, 10), nullptr);
    EXPECT_EQ(news(*codec, true, false, 10), nullptr) << "once";
    // What was never decoded: the kernel's list has another picture there in any case.
    const auto lost = known(H264TestCodec::frame_mode());
    lost->surfaces.timestamps.erase(10);
    EXPECT_EQ(news(*lost, true, false, 10), nullptr);
}

TEST(H264Fields, PairInOneSurface) {
    H264TestCodec codec;
    H264TestPicture top(H264SliceType::kI, 1);
    top.make_idr();
    top.make_field(false, 0);
    const auto first = codec.decode(top);
    ASSERT_TRUE(first) << first.error().op;
    EXPECT_EQ(first->part, PicturePart::kFirstField);
    EXPECT_EQ(current(*first), (Poc{0, 0}));
    EXPECT_EQ(decode_params(*first).flags, uint32_t{V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC |
                                                    V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC});

    H264TestPicture bottom(H264SliceType::kP, 1);
    bottom.make_field(true, 1);
    bottom.params.ReferenceFrames[0] =
        va_picture(1, 0, 0, 0, VA_PICTURE_H264_TOP_FIELD | VA_PICTURE_H264_SHORT_TERM_REFERENCE);
    const auto second = codec.decode(bottom);
    ASSERT_TRUE(second) << second.error().op;
    EXPECT_EQ(second->part, PicturePart::kSecondField);
    EXPECT_EQ(current(*second), (Poc{0, 1}));
    const auto params = decode_params(*second);
    EXPECT_EQ(params.flags, uint32_t{V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC |
                                     V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD |
                                     V4L2_H264_DECODE_PARAM_FLAG_PFRAME});
    EXPECT_EQ(params.dpb[0].reference_ts, 1000U) << "the first field, under the same timestamp";
    EXPECT_EQ(params.dpb[0].fields, V4L2_H264_TOP_FIELD_REF);
    EXPECT_EQ(params.dpb[0].pic_num, 0U) << "opposite parity: 2 * FrameNumWrap";
    EXPECT_NE(params.dpb[0].flags & V4L2_H264_DPB_ENTRY_FLAG_FIELD, 0U);
    EXPECT_TRUE(second->references.empty()) << "the target is not one to wait for";

    // The pair as a reference of the next frame.
    H264TestPicture next(H264SliceType::kP, 2);
    next.make_field(false, 2);
    next.params.frame_num = 1;
    next.header().frame_num = 1;
    next.params.ReferenceFrames[0] = short_term(1, 0, 0, 1);
    const auto third = codec.decode(next);
    ASSERT_TRUE(third);
    EXPECT_EQ(third->part, PicturePart::kFirstField);
    EXPECT_EQ(reference(*third, 0), (Poc{0, 1}));
    EXPECT_EQ(decode_params(*third).dpb[0].fields, V4L2_H264_FRAME_REF);
    EXPECT_EQ(decode_params(*third).dpb[0].pic_num, 1U) << "same parity: 2 * FrameNumWrap + 1";
}

// hantro_h264_get_ref_buf: bit 0 of a reference's address says that its top field is closer.
bool top_is_closer(const v4l2_ctrl_h264_decode_params& params, int32_t current) {
    return std::abs(params.dpb[0].top_field_order_cnt - current) <
           std::abs(params.dpb[0].bottom_field_order_cnt - current);
}

// A second field whose reference is the first one of its frame: the frame has no other field yet,
// and 0 stands for its count, as GStreamer sends it. Two equal counts would say "bottom".
TEST(H264Fields, FirstFieldOfTheSameFrameIsTheCloserOne) {
    struct Row {
        bool bottom_first;
        int32_t first;
        int32_t second;
        bool top_closer;
    };
    for (const Row& row :
         {Row{false, 40, 41, true}, Row{false, 40, 40, true}, Row{false, 41, 40, true},
          Row{false, -20, -19, true}, Row{true, 40, 41, false}, Row{true, -20, -19, false}}) {
        H264TestCodec codec;
        H264TestPicture idr(H264SliceType::kI, 9);
        idr.make_idr();
        ASSERT_TRUE(codec.decode(idr));
        H264TestPicture first(H264SliceType::kI, 1);
        first.make_field(row.bottom_first, row.first);
        // What the client says of the other field counts neither here nor below.
        (row.bottom_first ? first.params.CurrPic.TopFieldOrderCnt
                          : first.params.CurrPic.BottomFieldOrderCnt) = 77;
        const auto coded_first = codec.decode(first);
        ASSERT_TRUE(coded_first);
        EXPECT_EQ(current(*coded_first),
                  row.bottom_first ? (Poc{0, row.first}) : (Poc{row.first, 0}));

        H264TestPicture second(H264SliceType::kP, 1);
        second.make_field(!row.bottom_first, row.second);
        second.params.ReferenceFrames[0] = short_term(1, 0, row.first, row.first);
        second.params.ReferenceFrames[0].flags |=
            row.bottom_first ? VA_PICTURE_H264_BOTTOM_FIELD : VA_PICTURE_H264_TOP_FIELD;
        const auto coded = codec.decode(second);
        ASSERT_TRUE(coded);
        ASSERT_EQ(coded->part, PicturePart::kSecondField);
        EXPECT_EQ(reference(*coded, 0),
                  row.bottom_first ? (Poc{0, row.first}) : (Poc{row.first, 0}));
        EXPECT_EQ(current(*coded),
                  row.bottom_first ? (Poc{row.second, row.first}) : (Poc{row.first, row.second}));
        EXPECT_EQ(top_is_closer(decode_params(*coded), row.second), row.top_closer)
            << row.first << ' ' << row.second;
    }
}

// The kernel sorts frames by the smaller count: 0 would put a frame of one field first.
TEST(H264Fields, FieldWithoutPartnerIsAFrameOfItsOwnCount) {
    H264TestCodec codec;
    H264TestPicture top(H264SliceType::kI, 1);
    top.make_idr();
    top.make_field(false, 0);
    ASSERT_TRUE(codec.decode(top));
    H264TestPicture lone(H264SliceType::kP, 2);
    lone.make_field(false, 40);
    lone.params.ReferenceFrames[0] = short_term(1, 0, 0, 0);
    ASSERT_TRUE(codec.decode(lone));

    for (const bool field : {false, true}) {
        H264TestPicture next(H264SliceType::kP, 3);
        next.make_field(false, 44);
        if (!field) {
            next.params.CurrPic.flags = 0;
            next.params.CurrPic.BottomFieldOrderCnt = 44;
            next.header().field_pic_flag = false;
        }
        next.params.ReferenceFrames[0] = short_term(2, 0, 40, 0);
        next.params.ReferenceFrames[0].flags |= VA_PICTURE_H264_TOP_FIELD;
        const auto coded = codec.decode(next);
        ASSERT_TRUE(coded) << coded.error().op;
        EXPECT_EQ(reference(*coded, 0), (Poc{40, field ? 0 : 40})) << field;
    }
}

TEST(H264Fields, WhatIsNoSecondField) {
    using Change = void (*)(H264TestPicture&, H264TestCodec&);
    const Change changes[] = {
        [](auto& second, auto&) { second.target = 2; },
        [](auto& second, auto&) {
            second.params.frame_num = 1;
            second.header().frame_num = 1;
        },
        [](auto& second, auto&) {
            second.params.CurrPic.flags = 0;
            second.make_field(false, 1);  // the same parity again
        },
        [](auto&, auto& codec) { codec.surfaces.timestamps[1] = Timestamp(1000); },
        [](auto&, auto& codec) {
            H264TestPicture between(H264SliceType::kI, 3);
            ASSERT_TRUE(codec.decode(between));
        },
    };
    for (size_t i = 0; i < std::size(changes); ++i) {
        H264TestCodec codec;
        H264TestPicture top(H264SliceType::kI, 1);
        top.make_field(false, 0);
        ASSERT_TRUE(codec.decode(top));
        H264TestPicture bottom(H264SliceType::kP, 1);
        bottom.make_field(true, 1);
        changes[i](bottom, codec);
        const auto coded = codec.decode(bottom);
        ASSERT_TRUE(coded);
        EXPECT_EQ(coded->part, PicturePart::kFirstField) << "change " << i;
    }
}

TEST(H264Fields, ContradictionIsRefused) {
    H264TestCodec codec;
    H264TestPicture picture(H264SliceType::kI, 1);
    picture.make_field(false, 0);
    picture.params.CurrPic.flags = VA_PICTURE_H264_BOTTOM_FIELD;
    const auto coded = codec.decode(picture);
    ASSERT_FALSE(coded);
    EXPECT_EQ(coded.error().code, ErrorCode::kInvalidBitstream);
}

// After an error the codec is as if the picture had never been begun.
TEST(H264Codec, ErrorsLeaveNoTrace) {
    H264TestCodec codec;
    H264TestPicture idr(H264SliceType::kI, 1);
    idr.make_idr();
    idr.make_field(false, kFfmpegBias);
    idr.header().pic_order_cnt_lsb = 0;
    ASSERT_TRUE(codec.decode(idr));

    H264TestPicture bad(H264SliceType::kI, 1);
    bad.make_idr();
    bad.make_field(true, 12345);
    bad.params.num_ref_frames = 17;
    EXPECT_FALSE(codec.decode(bad));
    H264TestPicture flagged(H264SliceType::kSI, 1);
    flagged.make_idr();
    flagged.make_field(true, 12345);
    EXPECT_FALSE(codec.decode(flagged));

    H264TestPicture bottom(H264SliceType::kP, 1);
    bottom.make_field(true, 1 + kFfmpegBias);
    bottom.header().pic_order_cnt_lsb = 1;
    const auto coded = codec.decode(bottom);
    ASSERT_TRUE(coded);
    EXPECT_EQ(coded->part, PicturePart::kSecondField);
    EXPECT_EQ(current(*coded), (Poc{0, 1}));
}

}  // namespace
}  // namespace v4l2va
