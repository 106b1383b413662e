// SPDX-License-Identifier: MIT
#include "codec/vp8.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "vp8_fixture.h"

namespace v4l2va {
namespace {

using test::as_string;
using test::full_vp8_frame;
using test::payload_of;
using test::vp8_frame_of;
using test::Vp8FrameToWrite;
using test::Vp8Style;
using test::Vp8TestCodec;
using test::Vp8TestPicture;

constexpr std::array<Vp8Style, 3> kStyles = {Vp8Style::kStripped, Vp8Style::kWhole,
                                             Vp8Style::kWholeSize};

template <typename T, size_t N>
std::vector<int> ints(const T (&values)[N]) {
    return {values, values + N};
}

Vp8FrameToWrite plain_inter_frame() {
    Vp8FrameToWrite frame;
    frame.tag = {};
    return frame;
}

TEST(Vp8, KeyFrameFieldByField) {
    for (const Vp8Style style : kStyles) {
        const Vp8TestPicture picture(full_vp8_frame(true), style);
        Vp8TestCodec codec;
        const auto coded = codec.decode(picture);
        ASSERT_TRUE(coded);
        ASSERT_EQ(coded->units.size(), 1U);
        EXPECT_EQ(coded->part, PicturePart::kFrame);
        EXPECT_TRUE(coded->references.empty());
        const v4l2_ctrl_vp8_frame frame = vp8_frame_of(*coded);

        EXPECT_EQ(ints(frame.segment.quant_update), (std::vector<int>{127, -127, 0, 5}));
        EXPECT_EQ(ints(frame.segment.lf_update), (std::vector<int>{63, -63, 0, -7}));
        EXPECT_EQ(ints(frame.segment.segment_probs), (std::vector<int>{10, 20, 255}));
        EXPECT_EQ(frame.segment.flags,
                  uint32_t{V4L2_VP8_SEGMENT_FLAG_ENABLED | V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP |
                           V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA});
        EXPECT_EQ(ints(frame.lf.ref_frm_delta), (std::vector<int>{2, -63, 0, 63}));
        EXPECT_EQ(ints(frame.lf.mb_mode_delta), (std::vector<int>{-4, 0, 3, -2}));
        EXPECT_EQ(frame.lf.sharpness_level, 5);
        EXPECT_EQ(frame.lf.level, 37);
        EXPECT_EQ(frame.lf.flags, uint32_t{V4L2_VP8_LF_ADJ_ENABLE | V4L2_VP8_LF_DELTA_UPDATE |
                                           V4L2_VP8_LF_FILTER_TYPE_SIMPLE});
        EXPECT_EQ(frame.quant.y_ac_qi, 101);
        EXPECT_EQ(frame.quant.y_dc_delta, -15);
        EXPECT_EQ(frame.quant.y2_dc_delta, 14);
        EXPECT_EQ(frame.quant.y2_ac_delta, -3);
        EXPECT_EQ(frame.quant.uv_dc_delta, 2);
        EXPECT_EQ(frame.quant.uv_ac_delta, -1);
        EXPECT_EQ(std::memcmp(frame.entropy.coeff_probs, picture.probabilities.dct_coeff_probs,
                              sizeof(frame.entropy.coeff_probs)),
                  0);
        EXPECT_EQ(ints(frame.entropy.y_mode_probs), (std::vector<int>{145, 156, 163, 128}));
        EXPECT_EQ(ints(frame.entropy.uv_mode_probs), (std::vector<int>{142, 114, 183}));
        EXPECT_EQ(std::memcmp(frame.entropy.mv_probs, picture.params.mv_probs,
                              sizeof(frame.entropy.mv_probs)),
                  0);
        EXPECT_EQ(frame.first_part_header_bits, picture.slice.macroblock_offset);
        EXPECT_EQ((frame.first_part_header_bits + frame.coder_state.bit_count) % 8, 0U);
        EXPECT_GE(frame.coder_state.range, 128);
        EXPECT_LT(frame.coder_state.value, frame.coder_state.range);
        EXPECT_EQ(frame.width, 176);
        EXPECT_EQ(frame.height, 144);
        const bool whole = style != Vp8Style::kStripped;
        EXPECT_EQ(frame.horizontal_scale, whole ? 1 : 0);
        EXPECT_EQ(frame.vertical_scale, whole ? 2 : 0);
        EXPECT_EQ(frame.version, 2);
        EXPECT_EQ(frame.prob_skip_false, 210);
        EXPECT_EQ(frame.prob_intra, 0);
        EXPECT_EQ(frame.prob_last, 0);
        EXPECT_EQ(frame.prob_gf, 0);
        EXPECT_EQ(frame.num_dct_parts, 4);
        EXPECT_EQ(frame.first_part_size, picture.frame.first_partition().size());
        EXPECT_EQ(ints(frame.dct_part_sizes), (std::vector<int>{3, 0, 300, 2, 0, 0, 0, 0}));
        EXPECT_EQ(frame.last_frame_ts, 0U);
        EXPECT_EQ(frame.golden_frame_ts, 0U);
        EXPECT_EQ(frame.alt_frame_ts, 0U);
        EXPECT_EQ(frame.flags,
                  uint64_t{V4L2_VP8_FRAME_FLAG_KEY_FRAME | V4L2_VP8_FRAME_FLAG_SHOW_FRAME |
                           V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF});
    }
}

TEST(Vp8, InterFrameFieldByField) {
    for (const Vp8Style style : kStyles) {
        Vp8FrameToWrite to_write = full_vp8_frame(false);
        to_write.header.sign_bias_alternate = true;
        const Vp8TestPicture picture(to_write, style);
        Vp8TestCodec codec;
        const auto coded = codec.decode(picture);
        ASSERT_TRUE(coded);
        const v4l2_ctrl_vp8_frame frame = vp8_frame_of(*coded);
        EXPECT_EQ(ints(frame.entropy.y_mode_probs), (std::vector<int>{50, 51, 52, 53}));
        EXPECT_EQ(ints(frame.entropy.uv_mode_probs), (std::vector<int>{60, 61, 62}));
        EXPECT_EQ(frame.prob_intra, 99);
        EXPECT_EQ(frame.prob_last, 98);
        EXPECT_EQ(frame.prob_gf, 97);
        EXPECT_EQ(frame.last_frame_ts, 111000U);
        EXPECT_EQ(frame.golden_frame_ts, 112000U);
        EXPECT_EQ(frame.alt_frame_ts, 113000U);
        EXPECT_EQ(
            frame.flags,
            uint64_t{V4L2_VP8_FRAME_FLAG_SHOW_FRAME | V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF |
                     V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN | V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT});
        ASSERT_EQ(coded->references.size(), 3U);
        EXPECT_EQ(coded->references[0], 11U);
        EXPECT_EQ(coded->references[2], 13U);
    }
}

TEST(Vp8, PayloadIsTheWholeFrame) {
    for (const bool key_frame : {true, false}) {
        for (const Vp8Style style : kStyles) {
            Vp8FrameToWrite frame = full_vp8_frame(key_frame);
            frame.tag.show_frame = style == Vp8Style::kStripped;  // VA does not say it
            if (style == Vp8Style::kStripped) {
                frame.tag.horizontal_scale = 0;
                frame.tag.vertical_scale = 0;
            }
            Vp8TestCodec codec;
            const auto coded = codec.decode(Vp8TestPicture(frame, style));
            ASSERT_TRUE(coded);
            EXPECT_EQ(payload_of(*coded), as_string(frame.frame()));
            EXPECT_EQ((vp8_frame_of(*coded).flags & V4L2_VP8_FRAME_FLAG_SHOW_FRAME) != 0,
                      frame.tag.show_frame);
        }
    }
}

// Bytes before the slice that are no tag of this frame.
TEST(Vp8, ForeignBytesBeforeTheSliceAreNoTag) {
    for (size_t byte = 0; byte < kVp8KeyFrameTagSize; ++byte) {
        Vp8TestPicture picture(full_vp8_frame(true), Vp8Style::kWhole);
        picture.data[byte] ^= byte == 0 ? std::byte{1} : std::byte{0x80};
        picture.data[2] = byte == 2 ? std::byte{0xff} : picture.data[2];
        Vp8TestCodec codec;
        const auto coded = codec.decode(picture);
        if (byte == 1) {
            continue;  // a smaller first_part_size is plausible
        }
        const bool is_scale = byte == 7 || byte == 9;
        ASSERT_TRUE(coded) << byte;
        EXPECT_EQ(vp8_frame_of(*coded).vertical_scale, is_scale ? 2 ^ (byte == 9 ? 2 : 0) : 0)
            << byte;
        EXPECT_EQ(vp8_frame_of(*coded).first_part_size, picture.frame.first_partition().size());
    }
}

// Where the data is, the offset tells, never the data: the form may change from frame to frame, and
// a first partition may look like the start code of a key frame.
TEST(Vp8, TheFormMayChangeFromFrameToFrame) {
    Vp8TestCodec codec;
    for (const Vp8Style style : {Vp8Style::kStripped, Vp8Style::kWhole, Vp8Style::kWholeSize,
                                 Vp8Style::kStripped, Vp8Style::kWhole}) {
        for (const bool key_frame : {true, false}) {
            Vp8FrameToWrite frame = full_vp8_frame(key_frame);
            frame.tag.show_frame = true;
            frame.tag.horizontal_scale = frame.tag.vertical_scale = 0;
            const auto coded = codec.decode(Vp8TestPicture(frame, style));
            ASSERT_TRUE(coded);
            EXPECT_EQ(payload_of(*coded), as_string(frame.frame()));
        }
    }
}

TEST(Vp8, FirstPartitionThatLooksLikeATag) {
    Vp8TestPicture picture(full_vp8_frame(true), Vp8Style::kStripped);
    const auto first_size = static_cast<uint32_t>(picture.frame.first_partition().size());
    std::fill(picture.data.begin() + first_size, picture.data.end(), std::byte{0});
    picture.data.resize(picture.data.size() + 64);
    const uint8_t start[] = {0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0xb0, 0x00, 0x90, 0x00};
    for (size_t i = 0; i < std::size(start); ++i) {
        picture.data[i] = std::byte{start[i]};
    }
    picture.slice.slice_data_size = static_cast<uint32_t>(picture.data.size());
    Vp8TestCodec codec;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    EXPECT_EQ(payload_of(*coded).substr(kVp8KeyFrameTagSize), as_string(picture.data));
    EXPECT_EQ(vp8_frame_of(*coded).first_part_size, first_size);
}

TEST(Vp8, OddSizes) {
    for (const uint32_t width : {1U, 15U, 175U, 176U}) {
        Vp8FrameToWrite frame = full_vp8_frame(true);
        frame.tag.width = static_cast<uint16_t>(width);
        frame.tag.height = 143;
        for (const Vp8Style style : kStyles) {
            Vp8TestPicture picture(frame, style);
            picture.params.frame_width = width;
            picture.params.frame_height = 143;
            Vp8TestCodec codec({175, 143});
            const auto coded = codec.decode(picture);
            ASSERT_TRUE(coded);
            EXPECT_EQ(vp8_frame_of(*coded).width, width);
            EXPECT_EQ(vp8_frame_of(*coded).height, 143);
        }
    }
}

TEST(Vp8, EveryNumberOfPartitions) {
    for (const uint8_t count : std::array<uint8_t, 4>{1, 2, 4, 8}) {
        Vp8FrameToWrite frame = full_vp8_frame(false);
        frame.header.num_dct_partitions = count;
        frame.dct_partitions.clear();
        for (uint8_t i = 0; i < count; ++i) {
            frame.dct_partitions.emplace_back(size_t{i} * 1000);
        }
        Vp8TestCodec codec;
        const auto coded = codec.decode(Vp8TestPicture(frame, Vp8Style::kStripped));
        ASSERT_TRUE(coded);
        EXPECT_EQ(vp8_frame_of(*coded).num_dct_parts, count);
        for (uint8_t i = 0; i < 8; ++i) {
            EXPECT_EQ(vp8_frame_of(*coded).dct_part_sizes[i], i < count ? i * 1000U : 0U);
        }
    }
}

TEST(Vp8, LostReferencesAreReplaced) {
    Vp8TestPicture picture(full_vp8_frame(false), Vp8Style::kWhole);
    Vp8TestCodec codec;
    picture.params.last_ref_frame = VA_INVALID_ID;
    picture.params.alt_ref_frame = 99;  // never decoded
    auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(vp8_frame_of(*coded).last_frame_ts, 112000U);
    EXPECT_EQ(vp8_frame_of(*coded).golden_frame_ts, 112000U);
    EXPECT_EQ(vp8_frame_of(*coded).alt_frame_ts, 112000U);
    ASSERT_EQ(coded->references.size(), 1U);
    EXPECT_EQ(coded->references[0], 12U);

    picture.params.golden_ref_frame = 20;  // the target: its content goes now
    codec.surfaces.timestamps[20] = Timestamp(3);
    coded = codec.decode(picture, 20);
    ASSERT_TRUE(coded);
    EXPECT_EQ(vp8_frame_of(*coded).last_frame_ts, 501000U);
    EXPECT_EQ(vp8_frame_of(*coded).golden_frame_ts, 501000U);
    EXPECT_EQ(vp8_frame_of(*coded).alt_frame_ts, 501000U);
    EXPECT_TRUE(coded->references.empty());

    picture.params.last_ref_frame = 13;  // one surface in two roles
    picture.params.golden_ref_frame = 13;
    picture.params.alt_ref_frame = 11;
    coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(coded->references.size(), 2U);
}

TEST(Vp8, SegmentsAndDeltasLastUntilTheNextKeyFrame) {
    Vp8TestCodec codec;
    ASSERT_TRUE(codec.decode(Vp8TestPicture(full_vp8_frame(true), Vp8Style::kWhole)));
    Vp8FrameToWrite inter = plain_inter_frame();
    inter.header.segmentation_enabled = true;
    inter.header.loop_filter_adj_enable = true;
    auto coded = codec.decode(Vp8TestPicture(inter, Vp8Style::kWhole));
    ASSERT_TRUE(coded);
    v4l2_ctrl_vp8_frame frame = vp8_frame_of(*coded);
    EXPECT_EQ(frame.segment.flags, uint32_t{V4L2_VP8_SEGMENT_FLAG_ENABLED});
    EXPECT_EQ(ints(frame.segment.quant_update), (std::vector<int>{127, -127, 0, 5}));
    EXPECT_EQ(ints(frame.segment.lf_update), (std::vector<int>{63, -63, 0, -7}));
    EXPECT_EQ(ints(frame.lf.ref_frm_delta), (std::vector<int>{2, -63, 0, 63}));
    EXPECT_EQ(frame.lf.flags, uint32_t{V4L2_VP8_LF_ADJ_ENABLE});

    coded = codec.decode(Vp8TestPicture(Vp8FrameToWrite(), Vp8Style::kWhole));
    ASSERT_TRUE(coded);
    frame = vp8_frame_of(*coded);
    EXPECT_EQ(frame.segment.flags, uint32_t{V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE});
    EXPECT_EQ(ints(frame.segment.quant_update), (std::vector<int>{0, 0, 0, 0}));
    EXPECT_EQ(ints(frame.lf.ref_frm_delta), (std::vector<int>{0, 0, 0, 0}));
}

TEST(Vp8, FailedPictureLeavesNoTrace) {
    Vp8TestCodec codec;
    ASSERT_TRUE(codec.decode(Vp8TestPicture(full_vp8_frame(true), Vp8Style::kWhole)));
    Vp8FrameToWrite damaged = Vp8FrameToWrite();  // would reset, but its partition is too short
    damaged.header.num_dct_partitions = 2;
    damaged.dct_partitions = {std::vector<std::byte>(100), std::vector<std::byte>(1)};
    Vp8TestPicture short_picture(damaged, Vp8Style::kWhole);
    short_picture.data.resize(short_picture.data.size() - 50);
    short_picture.slice.slice_data_size -= 50;
    const auto failed = codec.decode(short_picture);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kInvalidBitstream);
    Vp8FrameToWrite inter = plain_inter_frame();
    inter.header.segmentation_enabled = true;
    const auto coded = codec.decode(Vp8TestPicture(inter, Vp8Style::kWhole));
    ASSERT_TRUE(coded);
    EXPECT_EQ(ints(vp8_frame_of(*coded).segment.quant_update), (std::vector<int>{127, -127, 0, 5}));
}

TEST(Vp8, TellsTheSizeOfEachPicture) {
    Vp8TestCodec codec;  // of 176x144
    Vp8TestPicture picture(full_vp8_frame(true), Vp8Style::kStripped);
    picture.params.frame_width = 640;
    picture.params.frame_height = 145;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(coded->coded_size, (Size{640, 145}));
}

TEST(Vp8, RefusesWhatIsMissingOrOutOfRange) {
    const Vp8TestPicture good(full_vp8_frame(true), Vp8Style::kStripped);
    const auto error_of = [](const Vp8TestPicture& picture) {
        Vp8TestCodec codec;
        const auto coded = codec.decode(picture);
        EXPECT_FALSE(coded);
        return coded ? ErrorCode::kKernel : coded.error().code;
    };
    Vp8TestPicture bad = good;
    bad.params.frame_width = 0;
    EXPECT_EQ(error_of(bad), ErrorCode::kInvalidParameter);
    bad = good;
    bad.params.frame_width = 0x10000;
    EXPECT_EQ(error_of(bad), ErrorCode::kInvalidParameter);
    bad = good;
    bad.params.pic_fields.bits.version = 4;
    EXPECT_EQ(error_of(bad), ErrorCode::kUnsupported);
    bad = good;
    bad.slice.slice_data_flag = VA_SLICE_DATA_FLAG_BEGIN;
    EXPECT_EQ(error_of(bad), ErrorCode::kUnsupported);
    for (const uint32_t size : {0U, UINT32_MAX}) {
        bad = good;
        bad.slice.slice_data_size = size;
        EXPECT_EQ(error_of(bad), ErrorCode::kInvalidParameter);
    }
    bad = good;
    bad.slice.slice_data_offset = static_cast<uint32_t>(bad.data.size());
    EXPECT_EQ(error_of(bad), ErrorCode::kInvalidParameter);
    bad = good;
    bad.slice.partition_size[0] = UINT32_MAX;
    bad.slice.macroblock_offset = UINT32_MAX;
    EXPECT_EQ(error_of(bad), ErrorCode::kInvalidParameter);
    bad = good;
    bad.slice.partition_size[0] = 0;
    bad.slice.macroblock_offset = 0;
    EXPECT_EQ(error_of(bad), ErrorCode::kInvalidBitstream);
}

TEST(Vp8, RefusesWrongBuffers) {
    const Vp8TestPicture picture(full_vp8_frame(true), Vp8Style::kStripped);
    Vp8TestCodec codec;
    codec.begin();
    EXPECT_FALSE(codec.finish(20));
    EXPECT_TRUE(codec.add_struct(VAPictureParameterBufferType, picture.params));
    EXPECT_FALSE(codec.finish(20));  // no probabilities
    EXPECT_TRUE(codec.add_struct(VAProbabilityBufferType, picture.probabilities));
    EXPECT_FALSE(codec.finish(20));  // no slice
    EXPECT_FALSE(codec.add_struct(VAProbabilityBufferType, picture.params));
    EXPECT_FALSE(codec.add_struct(VAIQMatrixBufferType, picture.params));
    EXPECT_FALSE(codec.add_struct(VAHuffmanTableBufferType, picture.params));
    EXPECT_TRUE(codec.add_struct(VASliceParameterBufferType, picture.slice));
    EXPECT_FALSE(codec.add_struct(VASliceParameterBufferType, picture.slice));
    EXPECT_FALSE(codec.finish(20));  // no data
    EXPECT_TRUE(codec.add(VASliceDataBufferType, picture.data));
    EXPECT_FALSE(codec.add(VASliceDataBufferType, picture.data));
    EXPECT_TRUE(codec.finish(20));
    EXPECT_EQ(create_vp8_codec({}, VAProfileVP9Profile0, {16, 16}), nullptr);
}

TEST(Vp8, TruncatedAnywhereNeverReadsOn) {
    const Vp8TestPicture whole(full_vp8_frame(false), Vp8Style::kStripped);
    const size_t needed = whole.data.size() - 2;  // the last partition may be shorter
    for (size_t size = 1; size < whole.data.size(); size += 5) {
        Vp8TestPicture picture = whole;
        picture.data.resize(size);
        picture.slice.slice_data_size = static_cast<uint32_t>(size);
        Vp8TestCodec codec;
        EXPECT_EQ(codec.decode(picture).has_value(), size >= needed) << size;
    }
}

#define FIELD(member) offsetof(VAPictureParameterBufferVP8, member)

TEST(Vp8Audit, PictureParameters) {
    Vp8TestPicture picture(full_vp8_frame(false), Vp8Style::kStripped);
    const char* header = "the frame header is parsed";
    const std::vector<test::IgnoredField> ignored = {
        {FIELD(out_of_loop_frame), 32, "not used currently (va_dec_vp8.h)"},
        {FIELD(pic_fields), 13, header, 4},
        {FIELD(pic_fields), 15, "unnamed bits", 17},
        {FIELD(mb_segment_tree_probs), 3 * 8, header},
        {FIELD(loop_filter_level), 4 * 8, header},
        {FIELD(loop_filter_deltas_ref_frame), 4 * 8, header},
        {FIELD(loop_filter_deltas_mode), 4 * 8, header},
        {FIELD(prob_skip_false), 4 * 8, header},
        {FIELD(bool_coder_ctx), 3 * 8, "clients count it differently: the header is parsed"},
        {FIELD(bool_coder_ctx) + 3,
         (sizeof(VAPictureParameterBufferVP8) - FIELD(bool_coder_ctx) - 3) * 8,
         "padding, reserved"},
    };
    test::audit_fields<VAPictureParameterBufferVP8>(picture.params, ignored, [&picture] {
        Vp8TestCodec codec;
        return test::outcome_of(codec.decode(picture));
    });
}

#undef FIELD
#define FIELD(member) offsetof(VASliceParameterBufferVP8, member)

TEST(Vp8Audit, SliceParameters) {
    Vp8TestPicture picture(full_vp8_frame(false), Vp8Style::kStripped);
    picture.data.resize(picture.data.size() + 40);  // so that the size can grow
    const auto run = [&picture] {
        Vp8TestCodec codec;
        return test::outcome_of(codec.decode(picture));
    };
    // A size of the first partition in whole bytes: of the offset, the 3 lowest bits are lost, if
    // they do not carry.
    picture.slice.macroblock_offset = (picture.slice.macroblock_offset + 7) / 8 * 8;
    std::vector<test::IgnoredField> ignored = {
        {FIELD(num_of_partitions), 8, "the frame header is parsed"},
        {FIELD(num_of_partitions) + 1, 3 * 8, "padding"},
        {FIELD(partition_size) + 4, 8 * 32, "the sizes stand in the frame"},
        {FIELD(va_reserved), 4 * 32, "reserved"},
    };
    test::audit_fields<VASliceParameterBufferVP8>(picture.slice, ignored, run);
}

#undef FIELD

TEST(Vp8Audit, Matrices) {
    Vp8TestPicture picture(full_vp8_frame(false), Vp8Style::kStripped);
    const auto run = [&picture] {
        Vp8TestCodec codec;
        return test::outcome_of(codec.decode(picture));
    };
    test::audit_fields<VAIQMatrixBufferVP8>(
        picture.iq_matrix,
        {{0, sizeof(VAIQMatrixBufferVP8) * 8, "clamped per segment: the frame header is parsed"}},
        run);
    test::audit_fields<VAProbabilityDataBufferVP8>(
        picture.probabilities,
        {{offsetof(VAProbabilityDataBufferVP8, va_reserved), 4 * 32, "reserved"}}, run);
}

}  // namespace
}  // namespace v4l2va
