// SPDX-License-Identifier: MIT
#include "bitstream/vp8_frame_header.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "vp8_frame_writer.h"

namespace v4l2va {
namespace {

using test::full_vp8_frame;
using test::Vp8FrameToWrite;

void expect_equal(const Vp8FrameHeader& actual, const Vp8FrameHeader& expected) {
    EXPECT_EQ(actual.color_space, expected.color_space);
    EXPECT_EQ(actual.clamping_type, expected.clamping_type);
    EXPECT_EQ(actual.segmentation_enabled, expected.segmentation_enabled);
    EXPECT_EQ(actual.update_mb_segmentation_map, expected.update_mb_segmentation_map);
    EXPECT_EQ(actual.update_segment_feature_data, expected.update_segment_feature_data);
    EXPECT_EQ(actual.filter_type, expected.filter_type);
    EXPECT_EQ(actual.loop_filter_level, expected.loop_filter_level);
    EXPECT_EQ(actual.sharpness_level, expected.sharpness_level);
    EXPECT_EQ(actual.loop_filter_adj_enable, expected.loop_filter_adj_enable);
    EXPECT_EQ(actual.mode_ref_lf_delta_update, expected.mode_ref_lf_delta_update);
    EXPECT_EQ(actual.num_dct_partitions, expected.num_dct_partitions);
    EXPECT_EQ(actual.y_ac_qi, expected.y_ac_qi);
    EXPECT_EQ(actual.y_dc_delta, expected.y_dc_delta);
    EXPECT_EQ(actual.y2_dc_delta, expected.y2_dc_delta);
    EXPECT_EQ(actual.y2_ac_delta, expected.y2_ac_delta);
    EXPECT_EQ(actual.uv_dc_delta, expected.uv_dc_delta);
    EXPECT_EQ(actual.uv_ac_delta, expected.uv_ac_delta);
    EXPECT_EQ(actual.sign_bias_golden, expected.sign_bias_golden);
    EXPECT_EQ(actual.sign_bias_alternate, expected.sign_bias_alternate);
    EXPECT_EQ(actual.refresh_entropy_probs, expected.refresh_entropy_probs);
    EXPECT_EQ(actual.mb_no_skip_coeff, expected.mb_no_skip_coeff);
    EXPECT_EQ(actual.prob_skip_false, expected.prob_skip_false);
    EXPECT_EQ(actual.prob_intra, expected.prob_intra);
    EXPECT_EQ(actual.prob_last, expected.prob_last);
    EXPECT_EQ(actual.prob_gf, expected.prob_gf);
}

// Reads L(16) as a hardware decoder does: from the state and the bits behind it.
uint32_t read_macroblock_data(const std::vector<std::byte>& bytes, const Vp8FrameHeader& header) {
    uint32_t range = header.coder_range;
    uint32_t value = header.coder_value;
    size_t next = header.header_bits + 8;
    EXPECT_EQ((header.header_bits + header.coder_bit_count) % 8, 0U);
    uint32_t out = 0;
    for (int i = 0; i < 16; ++i) {
        const uint32_t split = 1 + (((range - 1) * 128) >> 8);
        const bool bit = value >= split;
        value -= bit ? split : 0;
        range = bit ? range - split : split;
        for (; range < 128; range *= 2, ++next) {
            const auto byte = next / 8 < bytes.size() ? bytes[next / 8] : std::byte{0};
            value = value * 2 + ((std::to_integer<uint32_t>(byte) >> (7 - next % 8)) & 1);
        }
        out = out * 2 + (bit ? 1 : 0);
    }
    return out;
}

TEST(Vp8FrameHeader, ReadsEveryField) {
    for (const bool key_frame : {true, false}) {
        for (const bool update_probs : {true, false}) {
            Vp8FrameToWrite frame = full_vp8_frame(key_frame);
            frame.update_probs = update_probs;
            const std::vector<std::byte> bytes = frame.first_partition();
            Vp8LastingState lasting;
            lasting.ref_frame_deltas[2] = 9;
            lasting.mb_mode_deltas[1] = 8;
            const auto header = parse_vp8_frame_header(bytes, key_frame, lasting);
            ASSERT_TRUE(header);
            expect_equal(*header, frame.header);
            EXPECT_TRUE(lasting.segment_feature_absolute);
            EXPECT_EQ(lasting.quantizer_update, frame.segments.quantizer_update);
            EXPECT_EQ(lasting.loop_filter_update, frame.segments.loop_filter_update);
            EXPECT_EQ(lasting.segment_probs, frame.segments.segment_probs);
            const int8_t kept_ref = key_frame ? 0 : 9;
            const int8_t kept_mode = key_frame ? 0 : 8;
            EXPECT_EQ(lasting.ref_frame_deltas, (std::array<int8_t, 4>{2, -63, kept_ref, 63}));
            EXPECT_EQ(lasting.mb_mode_deltas, (std::array<int8_t, 4>{-4, kept_mode, 3, -2}));
            EXPECT_EQ(read_macroblock_data(bytes, *header), frame.macroblock_data);
        }
    }
}

TEST(Vp8FrameHeader, EachFlagAlone) {
    const auto check = [](const Vp8FrameToWrite& frame) {
        const std::vector<std::byte> bytes = frame.first_partition();
        Vp8LastingState lasting;
        const auto header = parse_vp8_frame_header(bytes, frame.tag.key_frame, lasting);
        ASSERT_TRUE(header);
        expect_equal(*header, frame.header);
        EXPECT_EQ(read_macroblock_data(bytes, *header), frame.macroblock_data);
    };
    Vp8FrameToWrite plain;
    plain.tag.key_frame = false;
    check(plain);
    const std::array<bool Vp8FrameHeader::*, 7> flags = {
        &Vp8FrameHeader::segmentation_enabled,   &Vp8FrameHeader::filter_type,
        &Vp8FrameHeader::loop_filter_adj_enable, &Vp8FrameHeader::sign_bias_golden,
        &Vp8FrameHeader::sign_bias_alternate,    &Vp8FrameHeader::refresh_entropy_probs,
        &Vp8FrameHeader::mb_no_skip_coeff,
    };
    for (const auto flag : flags) {
        Vp8FrameToWrite frame = plain;
        frame.header.*flag = true;
        check(frame);
        frame.refresh_golden_frame = true;
        check(frame);
        frame.refresh_alternate_frame = true;
        check(frame);
    }
    for (const uint8_t partitions : std::array<uint8_t, 4>{1, 2, 4, 8}) {
        Vp8FrameToWrite frame = plain;
        frame.header.num_dct_partitions = partitions;
        check(frame);
    }
}

TEST(Vp8FrameHeader, LastingStateStaysUntilUpdatedOrKeyFrame) {
    Vp8LastingState lasting;
    ASSERT_TRUE(parse_vp8_frame_header(full_vp8_frame(true).first_partition(), true, lasting));
    const Vp8LastingState first = lasting;

    Vp8FrameToWrite inter;
    inter.tag.key_frame = false;
    inter.header.segmentation_enabled = true;
    inter.header.loop_filter_adj_enable = true;
    ASSERT_TRUE(parse_vp8_frame_header(inter.first_partition(), false, lasting));
    EXPECT_EQ(lasting.quantizer_update, first.quantizer_update);
    EXPECT_EQ(lasting.loop_filter_update, first.loop_filter_update);
    EXPECT_EQ(lasting.segment_probs, first.segment_probs);
    EXPECT_EQ(lasting.ref_frame_deltas, first.ref_frame_deltas);
    EXPECT_EQ(lasting.mb_mode_deltas, first.mb_mode_deltas);

    ASSERT_TRUE(parse_vp8_frame_header(Vp8FrameToWrite().first_partition(), true, lasting));
    EXPECT_FALSE(lasting.segment_feature_absolute);
    EXPECT_EQ(lasting.quantizer_update, Vp8LastingState().quantizer_update);
    EXPECT_EQ(lasting.segment_probs, Vp8LastingState().segment_probs);
    EXPECT_EQ(lasting.ref_frame_deltas, Vp8LastingState().ref_frame_deltas);
}

TEST(Vp8FrameHeader, TruncatedAnywhereIsAnErrorOrCoveredByWhatIsLeft) {
    const std::vector<std::byte> bytes = full_vp8_frame(false).first_partition();
    Vp8LastingState whole_lasting;
    const auto whole = parse_vp8_frame_header(bytes, false, whole_lasting);
    ASSERT_TRUE(whole);
    for (size_t size = 0; size < bytes.size(); size += size < 64 ? 1 : 7) {
        const std::vector<std::byte> cut(bytes.begin(),
                                         bytes.begin() + static_cast<ptrdiff_t>(size));
        Vp8LastingState lasting;
        const auto header = parse_vp8_frame_header(cut, false, lasting);
        if (size * 8 >= whole->header_bits + 8) {
            ASSERT_TRUE(header);
            EXPECT_EQ(header->header_bits, whole->header_bits);
        } else if (header) {
            EXPECT_LE(header->header_bits, size * 8);
        }
    }
    Vp8LastingState lasting;
    EXPECT_FALSE(parse_vp8_frame_header({}, true, lasting));
}

TEST(Vp8FrameTag, RoundTrip) {
    for (const bool key_frame : {true, false}) {
        Vp8FrameTag tag = full_vp8_frame(key_frame).tag;
        tag.version = 3;
        tag.show_frame = !key_frame;
        tag.first_part_size = 0x7ffff;
        tag.width = key_frame ? 0x3fff : 0;
        const auto bytes = write_vp8_frame_tag(tag);
        const auto read = parse_vp8_frame_tag(bytes);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->key_frame, key_frame);
        EXPECT_EQ(read->version, 3);
        EXPECT_EQ(read->show_frame, tag.show_frame);
        EXPECT_EQ(read->first_part_size, tag.first_part_size);
        EXPECT_EQ(read->width, tag.width);
        EXPECT_EQ(read->height, tag.height);
        EXPECT_EQ(read->horizontal_scale, tag.horizontal_scale);
        EXPECT_EQ(read->vertical_scale, tag.vertical_scale);
        for (size_t size = 0; size < tag.size(); ++size) {
            EXPECT_FALSE(parse_vp8_frame_tag(std::span(bytes).first(size)));
        }
    }
}

TEST(Vp8FrameTag, KeyFrameNeedsItsStartCode) {
    for (size_t byte = 3; byte < 6; ++byte) {
        auto bytes = write_vp8_frame_tag(full_vp8_frame(true).tag);
        bytes[byte] ^= std::byte{1};
        EXPECT_FALSE(parse_vp8_frame_tag(bytes));
    }
}

}  // namespace
}  // namespace v4l2va
