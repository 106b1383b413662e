// SPDX-License-Identifier: MIT
// pic_init_qp of deep pictures: from clients that add QpBdOffsetY to it, and from those that do
// not.
#include <gtest/gtest.h>

#include <optional>

#include "codec/va_compat.h"
#include "h264_fixture.h"

namespace v4l2va {
namespace {

using test::control;
using test::H264TestCodec;
using test::H264TestPicture;

constexpr int kOffset = 12;  // 6 * (10 - 8)
constexpr int32_t kFfmpegPoc = 65536;

struct Sent {
    int qp = 0;  // as the client sends them
    int qs = 0;
    int delta = 0;
    int32_t poc = 0;
    uint8_t poc_type = 0;
    uint8_t lsb_field = 4;   // log2_max_pic_order_cnt_lsb_minus4
    int other_delta = 1000;  // of a second slice, if in range
};

H264TestPicture picture_of(const Sent& sent, uint8_t depth = 10) {
    H264TestPicture picture(H264SliceType::kI);
    picture.make_idr();
    picture.params.bit_depth_luma_minus8 = static_cast<uint8_t>(depth - 8);
    picture.params.bit_depth_chroma_minus8 = static_cast<uint8_t>(depth - 8);
    picture.params.pic_init_qp_minus26 = static_cast<int8_t>(sent.qp);
    picture.params.pic_init_qs_minus26 = static_cast<int8_t>(sent.qs);
    picture.params.seq_fields.bits.pic_order_cnt_type = sent.poc_type & 3U;
    picture.params.seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4 = sent.lsb_field & 15U;
    picture.params.CurrPic.TopFieldOrderCnt = sent.poc;
    picture.params.CurrPic.BottomFieldOrderCnt = sent.poc;
    picture.header().slice_qp_delta = static_cast<int8_t>(sent.delta);
    if (sent.other_delta < 128) {
        auto& second = picture.add_slice(H264SliceType::kI);
        picture.make_idr();
        second.syntax.header.first_mb_in_slice = 40;
        second.syntax.header.slice_qp_delta = static_cast<int8_t>(sent.other_delta);
    }
    return picture;
}

struct Told {
    int qp = 0;
    int qs = 0;
    friend bool operator==(const Told&, const Told&) = default;
};

class QpBias : public ::testing::Test {
  protected:
    // What the device is told; nothing if the picture is refused.
    std::optional<Told> decode(const Sent& sent, uint8_t depth = 10) {
        H264TestPicture picture = picture_of(sent, depth);
        const auto coded = codec_.decode(picture);
        news_ = coded ? coded->news : nullptr;
        if (!coded) {
            return std::nullopt;
        }
        const auto pps = control<v4l2_ctrl_h264_pps>(*coded, V4L2_CID_STATELESS_H264_PPS);
        return Told{pps.pic_init_qp_minus26, pps.pic_init_qs_minus26};
    }

    H264TestCodec codec_ = H264TestCodec(kVaProfileH264High10);
    const char* news_ = nullptr;
};

// QP 1, 21, 26 and 51 of libx264, whose scale begins at -12: pic_init_qp_minus26 is QP - 38.
TEST_F(QpBias, FfmpegAtItsFirstPicture) {
    for (const int qp : {1, 21, 26, 38, 51}) {
        codec_ = H264TestCodec(kVaProfileH264High10);
        EXPECT_EQ(decode({.qp = qp - 38 + kOffset, .qs = kOffset, .poc = kFfmpegPoc}),
                  (Told{qp - 38, 0}))
            << qp;
    }
}

TEST_F(QpBias, StandardClientAtItsFirstPicture) {
    for (const int qp : {1, 21, 26, 38, 51}) {
        codec_ = H264TestCodec(kVaProfileH264High10);
        EXPECT_EQ(decode({.qp = qp - 38}), (Told{qp - 38, 0})) << qp;
    }
}

// Each kind of evidence where it alone says which client it is, or has the last word.
TEST_F(QpBias, Evidence) {
    const struct {
        const char* what;
        Sent sent;
        bool biased;
    } rows[] = {
        {"init_qp over 25", {.qp = 26, .qs = 5, .poc = 1}, true},
        {"init_qp at its end", {.qp = 37, .qs = 5, .poc = 1}, true},
        {"init_qp over 25 against both hints", {.qp = 26}, true},
        {"init_qp under -26", {.qp = -27, .qs = kOffset, .poc = kFfmpegPoc}, false},
        {"init_qp at its other end", {.qp = -38, .qs = 5, .delta = 1}, false},
        {"init_qs over 25", {.qs = 26, .poc = 1}, true},
        {"init_qs under -14", {.qs = -15, .poc = kFfmpegPoc}, false},
        {"a slice over 51", {.qp = 20, .qs = 5, .delta = 6, .poc = 1}, true},
        {"the second slice over 51", {.qp = 20, .qs = 5, .poc = 1, .other_delta = 6}, true},
        {"a slice over 51 against both hints", {.qp = 20, .delta = 17}, true},
        {"a slice under 0", {.qp = -20, .qs = kOffset, .delta = -7, .poc = kFfmpegPoc}, false},
        {"the second slice under 0", {.qp = -20, .qs = 5, .poc = 1, .other_delta = -7}, false},
        {"init_qs is the offset", {.qs = kOffset, .poc = 1}, true},
        {"init_qs is 0, counts as of libavcodec", {.qs = 0, .poc = kFfmpegPoc}, false},
        {"counts as of libavcodec", {.qs = 9, .poc = kFfmpegPoc}, true},
        {"counts of the standard", {.qs = 9}, false},
        {"counts of type 2 have no bias", {.qs = 9, .poc_type = 2, .lsb_field = 0}, false},
        {"type 2 from libavcodec", {.qs = 9, .poc_type = 2, .lsb_field = 12}, true},
        {"type 1 from libavcodec", {.qs = 9, .poc_type = 1, .lsb_field = 12}, true},
        {"nothing", {.qs = 9, .poc = 1}, false},
    };
    for (const auto& row : rows) {
        codec_ = H264TestCodec(kVaProfileH264High10);
        const int off = row.biased ? kOffset : 0;
        EXPECT_EQ(decode(row.sent), (Told{row.sent.qp - off, row.sent.qs - off})) << row.what;
    }
}

TEST_F(QpBias, TheVerdictStays) {
    ASSERT_EQ(decode({.qp = 4, .qs = kOffset, .poc = kFfmpegPoc}), (Told{-8, 0}));
    // A PPS whose init_qs is -12, as a client without bias would send 0.
    EXPECT_EQ(decode({.qp = 4, .poc = kFfmpegPoc}), (Told{-8, -12}));
    // Both hints agreed: a damaged slice does not overrule them.
    EXPECT_FALSE(decode({.qp = -20, .qs = kOffset, .delta = -7, .poc = kFfmpegPoc}));
    EXPECT_EQ(decode({.qp = 4, .qs = kOffset, .poc = kFfmpegPoc}), (Told{-8, 0}));
}

TEST_F(QpBias, OneHintIsOverruledBySlices) {
    ASSERT_EQ(decode({.qp = 4, .poc = kFfmpegPoc}), (Told{4, 0}));
    EXPECT_EQ(decode({.qp = 4, .delta = 22, .poc = kFfmpegPoc}), (Told{-8, -12}));
    EXPECT_EQ(decode({.qp = 4, .poc = kFfmpegPoc}), (Told{-8, -12}));
}

TEST_F(QpBias, TwoHintsAreOverruledByParameters) {
    ASSERT_EQ(decode({.qp = 4}), (Told{4, 0}));
    EXPECT_EQ(decode({.qp = 30, .qs = 12}), (Told{18, 0}));
}

// What libavcodec does not bias: differences, and offsets for chroma.
TEST_F(QpBias, NothingElseIsChanged) {
    H264TestCodec codec(kVaProfileH264High10, H264TestCodec::slice_mode());
    H264TestPicture picture = picture_of({.qp = 4, .qs = kOffset, .delta = 7, .poc = kFfmpegPoc});
    picture.params.chroma_qp_index_offset = 12;
    picture.params.second_chroma_qp_index_offset = -12;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    const auto pps = control<v4l2_ctrl_h264_pps>(*coded, V4L2_CID_STATELESS_H264_PPS);
    EXPECT_EQ(pps.pic_init_qp_minus26, -8);
    EXPECT_EQ(pps.chroma_qp_index_offset, 12);
    EXPECT_EQ(pps.second_chroma_qp_index_offset, -12);
    const auto slice =
        control<v4l2_ctrl_h264_slice_params>(*coded, V4L2_CID_STATELESS_H264_SLICE_PARAMS);
    EXPECT_EQ(slice.slice_qp_delta, 7);
}

// A value that neither client can send.
TEST_F(QpBias, OutOfBothRanges) {
    const Sent refused[] = {
        {.qp = 38},
        {.qp = -39},
        {.qs = 38},
        {.qs = -27},
        {.qp = 26, .qs = -15},     // one of each
        {.qp = 30, .delta = -57},  // SliceQPY -13 once the offset is off
        {.qp = -38, .qs = 0, .delta = 64},
    };
    for (const Sent& sent : refused) {
        codec_ = H264TestCodec(kVaProfileH264High10);
        EXPECT_FALSE(decode(sent)) << sent.qp << ' ' << sent.qs << ' ' << sent.delta;
    }
}

TEST_F(QpBias, AnErrorLeavesNoVerdict) {
    EXPECT_FALSE(decode({.qp = 26, .qs = -15}));
    EXPECT_FALSE(decode({.qp = 30, .delta = -57}));
    EXPECT_EQ(decode({.qp = 4}), (Told{4, 0}));
}

TEST_F(QpBias, EightBitsHaveNone) {
    for (const int qs : {0, kOffset}) {
        EXPECT_EQ(decode({.qp = 25, .qs = qs, .poc = kFfmpegPoc}, 8), (Told{25, qs}));
    }
    EXPECT_FALSE(decode({.qp = 26}, 8));
    EXPECT_FALSE(decode({.qp = -27}, 8));
    EXPECT_FALSE(decode({.qp = 25, .delta = 1}, 8));
    // It has not been taken for a verdict.
    EXPECT_EQ(decode({.qp = 4, .qs = kOffset, .poc = kFfmpegPoc}), (Told{-8, 0}));
}

TEST_F(QpBias, IsToldOnce) {
    (void)decode({.qp = 4, .qs = kOffset, .poc = kFfmpegPoc}, 8);
    EXPECT_EQ(news_, nullptr);
    (void)decode({.qp = 4, .qs = 9, .poc = 1});
    EXPECT_EQ(news_, nullptr) << "an assumption is none";
    (void)decode({.qp = 4, .poc = kFfmpegPoc});
    ASSERT_NE(news_, nullptr);
    EXPECT_STREQ(news_, "H.264 of 10 bits: pic_init_qp is the standard's");
    (void)decode({.qp = 4, .poc = kFfmpegPoc});
    EXPECT_EQ(news_, nullptr);
    (void)decode({.qp = 4, .delta = 22, .poc = kFfmpegPoc});
    ASSERT_NE(news_, nullptr);
    EXPECT_NE(std::string_view(news_).find("FFmpeg"), std::string_view::npos);
    (void)decode({.qp = 30, .qs = kOffset, .poc = kFfmpegPoc});
    EXPECT_EQ(news_, nullptr) << "better evidence for the same";
}

// Joined in mid-stream: libavcodec counts from 65536 there, too.
TEST_F(QpBias, FirstPictureWithoutIdr) {
    for (const bool biased : {false, true}) {
        codec_ = H264TestCodec(kVaProfileH264High10);
        H264TestPicture picture = picture_of({.qp = 9, .qs = 9});
        picture.header().nal_unit_type = 1;
        picture.set_order(7, 100, biased ? kFfmpegPoc : 0);
        const auto coded = codec_.decode(picture);
        ASSERT_TRUE(coded);
        const auto pps = control<v4l2_ctrl_h264_pps>(*coded, V4L2_CID_STATELESS_H264_PPS);
        EXPECT_EQ(pps.pic_init_qp_minus26, biased ? -3 : 9);
    }
}

// 0 where the SPS has none (7.4.2.1.1), whatever the client leaves there.
TEST_F(QpBias, NoLsbLengthWithoutLsb) {
    for (const uint8_t type : {uint8_t{1}, uint8_t{2}}) {
        H264TestPicture picture = picture_of({.poc_type = type, .lsb_field = 12});
        const auto coded = codec_.decode(picture);
        ASSERT_TRUE(coded);
        const auto sps = control<v4l2_ctrl_h264_sps>(*coded, V4L2_CID_STATELESS_H264_SPS);
        EXPECT_EQ(sps.log2_max_pic_order_cnt_lsb_minus4, 0);
    }
}

}  // namespace
}  // namespace v4l2va
