// SPDX-License-Identifier: MIT
#include "bitstream/h264_slice_header.h"

#include <gtest/gtest.h>

#include <random>

#include "h264_slice_writer.h"

namespace v4l2va {
namespace {

using test::H264SliceToWrite;
using test::H264SliceWriter;

H264SliceHeaderInput plain_input() {
    H264SliceHeaderInput input;
    input.frame_size_in_mbs = 8160;
    return input;
}

H264SliceToWrite plain_slice(H264SliceType type) {
    H264SliceToWrite slice;
    slice.header.nal_unit_type = 1;
    slice.header.nal_ref_idc = 2;
    slice.header.slice_type = type;
    return slice;
}

// Writes, parses, and compares every field and size.
void expect_round_trip(const H264SliceHeaderInput& input, const H264SliceToWrite& slice) {
    H264SliceWriter writer(input, slice);
    const auto nal = writer.write();
    const auto parsed = parse_h264_slice_header(nal, input);
    ASSERT_TRUE(parsed) << parsed.error().op;
    const H264SliceHeader& want = slice.header;
    EXPECT_EQ(parsed->nal_ref_idc, want.nal_ref_idc);
    EXPECT_EQ(parsed->nal_unit_type, want.nal_unit_type);
    EXPECT_EQ(parsed->first_mb_in_slice, want.first_mb_in_slice);
    EXPECT_EQ(parsed->slice_type, want.slice_type);
    EXPECT_EQ(parsed->pic_parameter_set_id, want.pic_parameter_set_id);
    EXPECT_EQ(parsed->colour_plane_id, want.colour_plane_id);
    EXPECT_EQ(parsed->frame_num, want.frame_num);
    EXPECT_EQ(parsed->field_pic_flag, want.field_pic_flag);
    EXPECT_EQ(parsed->bottom_field_flag, want.bottom_field_flag);
    EXPECT_EQ(parsed->idr_pic_id, want.idr_pic_id);
    EXPECT_EQ(parsed->pic_order_cnt_lsb, want.pic_order_cnt_lsb);
    EXPECT_EQ(parsed->delta_pic_order_cnt_bottom, want.delta_pic_order_cnt_bottom);
    EXPECT_EQ(parsed->delta_pic_order_cnt[0], want.delta_pic_order_cnt[0]);
    EXPECT_EQ(parsed->delta_pic_order_cnt[1], want.delta_pic_order_cnt[1]);
    EXPECT_EQ(parsed->redundant_pic_cnt, want.redundant_pic_cnt);
    EXPECT_EQ(parsed->direct_spatial_mv_pred_flag, want.direct_spatial_mv_pred_flag);
    EXPECT_EQ(parsed->num_ref_idx_active_override_flag, want.num_ref_idx_active_override_flag);
    EXPECT_EQ(parsed->num_ref_idx_l0_active_minus1, want.num_ref_idx_l0_active_minus1);
    EXPECT_EQ(parsed->num_ref_idx_l1_active_minus1, want.num_ref_idx_l1_active_minus1);
    EXPECT_EQ(parsed->has_mmco5, want.has_mmco5);
    EXPECT_EQ(parsed->cabac_init_idc, want.cabac_init_idc);
    EXPECT_EQ(parsed->slice_qp_delta, want.slice_qp_delta);
    EXPECT_EQ(parsed->sp_for_switch_flag, want.sp_for_switch_flag);
    EXPECT_EQ(parsed->slice_qs_delta, want.slice_qs_delta);
    EXPECT_EQ(parsed->disable_deblocking_filter_idc, want.disable_deblocking_filter_idc);
    EXPECT_EQ(parsed->slice_alpha_c0_offset_div2, want.slice_alpha_c0_offset_div2);
    EXPECT_EQ(parsed->slice_beta_offset_div2, want.slice_beta_offset_div2);
    EXPECT_EQ(parsed->pic_order_cnt_bit_size, writer.pic_order_cnt_bit_size);
    EXPECT_EQ(parsed->dec_ref_pic_marking_bit_size, writer.dec_ref_pic_marking_bit_size);
    EXPECT_EQ(parsed->header_bit_size, writer.header_bit_size);
}

// Any legal combination of the syntax.
class RandomSlice {
  public:
    explicit RandomSlice(uint32_t seed) : random_(seed) {
        make_input();
        make_header();
        make_operations();
    }
    H264SliceHeaderInput input;
    H264SliceToWrite slice;

  private:
    uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
    bool coin() { return below(2) != 0; }
    int32_t between(int32_t low, int32_t high) {
        return low + static_cast<int32_t>(below(static_cast<uint32_t>(high - low + 1)));
    }

    void make_input() {
        input.chroma_format_idc = static_cast<uint8_t>(below(4));
        input.separate_colour_plane_flag = input.chroma_format_idc == 3 && coin();
        input.bit_depth_luma_minus8 = static_cast<uint8_t>(below(7));
        input.log2_max_frame_num_minus4 = static_cast<uint8_t>(below(13));
        input.frame_mbs_only_flag = coin();
        input.mb_adaptive_frame_field_flag = !input.frame_mbs_only_flag && coin();
        input.pic_order_cnt_type = static_cast<uint8_t>(below(3));
        input.log2_max_pic_order_cnt_lsb_minus4 = static_cast<uint8_t>(below(13));
        input.delta_pic_order_always_zero_flag = coin();
        input.entropy_coding_mode_flag = coin();
        input.bottom_field_pic_order_in_frame_present_flag = coin();
        input.weighted_pred_flag = coin();
        input.weighted_bipred_idc = static_cast<uint8_t>(below(3));
        input.deblocking_filter_control_present_flag = coin();
        input.redundant_pic_cnt_present_flag = coin();
        input.pic_init_qp_minus26 = static_cast<int8_t>(between(-26, 25));
        input.pic_init_qs_minus26 = static_cast<int8_t>(between(-26, 25));
        input.frame_size_in_mbs = 2 * (1 + below(5000));
        input.num_ref_idx_l0_active_minus1 = static_cast<uint8_t>(below(16));
        input.num_ref_idx_l1_active_minus1 = static_cast<uint8_t>(below(16));
    }

    void make_header() {
        H264SliceHeader& h = slice.header;
        h.nal_unit_type = coin() ? 1 : 5;
        h.nal_ref_idc = static_cast<uint8_t>(below(4));
        h.slice_type = static_cast<H264SliceType>(h.idr() ? 2 + 2 * below(2) : below(5));
        slice.slice_type_plus_5 = coin();
        h.pic_parameter_set_id = static_cast<uint8_t>(below(256));
        h.colour_plane_id = static_cast<uint8_t>(input.separate_colour_plane_flag ? below(3) : 0);
        h.frame_num = static_cast<uint16_t>(below(16U << input.log2_max_frame_num_minus4));
        h.field_pic_flag = !input.frame_mbs_only_flag && coin();
        h.bottom_field_flag = h.field_pic_flag && coin();
        const bool halved = h.field_pic_flag || input.mb_adaptive_frame_field_flag;
        h.first_mb_in_slice = below(input.frame_size_in_mbs / (halved ? 2 : 1));
        h.idr_pic_id = static_cast<uint16_t>(h.idr() ? below(65536) : 0);
        const bool bottom = input.bottom_field_pic_order_in_frame_present_flag && !h.field_pic_flag;
        if (input.pic_order_cnt_type == 0) {
            h.pic_order_cnt_lsb =
                static_cast<uint16_t>(below(16U << input.log2_max_pic_order_cnt_lsb_minus4));
            h.delta_pic_order_cnt_bottom = bottom ? between(-70000, 70000) : 0;
        }
        if (input.pic_order_cnt_type == 1 && !input.delta_pic_order_always_zero_flag) {
            h.delta_pic_order_cnt[0] = between(-70000, 70000);
            h.delta_pic_order_cnt[1] = bottom ? between(-70000, 70000) : 0;
        }
        h.redundant_pic_cnt =
            static_cast<uint8_t>(input.redundant_pic_cnt_present_flag ? below(128) : 0);
        make_lists_and_tail();
    }

    void make_lists_and_tail() {
        H264SliceHeader& h = slice.header;
        const bool intra = h.is(H264SliceType::kI) || h.is(H264SliceType::kSI);
        const bool b = h.is(H264SliceType::kB);
        const uint32_t entries = h.field_pic_flag ? 32 : 16;
        h.direct_spatial_mv_pred_flag = b && coin();
        h.num_ref_idx_active_override_flag = !intra && coin();
        const bool override = h.num_ref_idx_active_override_flag;
        if (!intra) {
            h.num_ref_idx_l0_active_minus1 = static_cast<uint8_t>(
                override ? below(entries) : input.num_ref_idx_l0_active_minus1);
        }
        if (b) {
            h.num_ref_idx_l1_active_minus1 = static_cast<uint8_t>(
                override ? below(entries) : input.num_ref_idx_l1_active_minus1);
        }
        h.cabac_init_idc =
            static_cast<uint8_t>(input.entropy_coding_mode_flag && !intra ? below(3) : 0);
        const int init_qp = 26 + input.pic_init_qp_minus26;
        h.slice_qp_delta =
            static_cast<int8_t>(between(-6 * input.bit_depth_luma_minus8 - init_qp, 51 - init_qp));
        if (h.is(H264SliceType::kSP) || h.is(H264SliceType::kSI)) {
            h.sp_for_switch_flag = h.is(H264SliceType::kSP) && coin();
            const int init_qs = 26 + input.pic_init_qs_minus26;
            h.slice_qs_delta = static_cast<int8_t>(between(-init_qs, 51 - init_qs));
        }
        if (input.deblocking_filter_control_present_flag) {
            h.disable_deblocking_filter_idc = static_cast<uint8_t>(below(3));
            if (h.disable_deblocking_filter_idc != 1) {
                h.slice_alpha_c0_offset_div2 = static_cast<int8_t>(between(-6, 6));
                h.slice_beta_offset_div2 = static_cast<int8_t>(between(-6, 6));
            }
        }
    }

    void make_operations() {
        for (auto& list : slice.list_modification) {
            for (uint32_t i = below(5); i > 0; --i) {
                list.push_back({below(3), {below(16)}});
            }
        }
        slice.weights = coin();
        slice.long_term_reference_flag = coin();
        for (uint32_t i = below(6); i > 0; --i) {
            switch (const uint32_t operation = 1 + below(6)) {
                case 3:
                    slice.marking.push_back({operation, {below(1000), below(16)}});
                    break;
                case 5:
                    slice.marking.push_back({operation, {}});
                    slice.header.has_mmco5 = slice.header.nal_ref_idc != 0 && !slice.header.idr();
                    break;
                default:
                    slice.marking.push_back({operation, {below(16)}});
                    break;
            }
        }
    }

    std::mt19937 random_;
};

TEST(H264SliceHeader, RoundTripOverAllSyntax) {
    for (uint32_t seed = 0; seed < 5000; ++seed) {
        SCOPED_TRACE(seed);
        const RandomSlice random(seed);
        expect_round_trip(random.input, random.slice);
        if (HasFatalFailure()) {
            return;
        }
    }
}

TEST(H264SliceHeader, TruncatedAtEachByteIsAnError) {
    for (uint32_t seed = 0; seed < 300; ++seed) {
        RandomSlice random(seed);
        random.slice.payload.clear();
        H264SliceWriter writer(random.input, random.slice);
        const auto nal = writer.write();
        // The exact copy makes a read past the end visible to the address sanitizer.
        for (size_t length = 0; length < nal.size(); ++length) {
            const std::vector<std::byte> cut(nal.begin(),
                                             nal.begin() + static_cast<std::ptrdiff_t>(length));
            const auto parsed = parse_h264_slice_header(cut, random.input);
            ASSERT_FALSE(parsed) << seed << " " << length;
            EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidBitstream);
        }
        EXPECT_TRUE(parse_h264_slice_header(nal, random.input));
    }
}

TEST(H264SliceHeader, EmulationPreventionInsideTheHeader) {
    H264SliceHeaderInput input = plain_input();
    input.log2_max_frame_num_minus4 = 12;
    input.log2_max_pic_order_cnt_lsb_minus4 = 12;
    H264SliceToWrite slice = plain_slice(H264SliceType::kI);
    slice.header.frame_num = 0;
    slice.header.pic_order_cnt_lsb = 1;
    H264SliceWriter writer(input, slice);
    const auto nal = writer.write();
    EXPECT_GT(nal.size() * 8, writer.header_bit_size + 24) << "the case has no such byte";
    expect_round_trip(input, slice);
}

TEST(H264SliceHeader, OtherNalUnitTypesAreRefused) {
    for (uint8_t type = 0; type < 32; ++type) {
        H264SliceToWrite slice = plain_slice(H264SliceType::kI);
        slice.header.nal_unit_type = type;
        const auto nal = H264SliceWriter(plain_input(), slice).write();
        const auto parsed = parse_h264_slice_header(nal, plain_input());
        EXPECT_EQ(parsed.has_value(), type == 1 || type == 5) << int{type};
        if (!parsed) {
            EXPECT_EQ(parsed.error().code, ErrorCode::kUnsupported);
        }
    }
}

TEST(H264SliceHeader, ForbiddenZeroBit) {
    auto nal = H264SliceWriter(plain_input(), plain_slice(H264SliceType::kI)).write();
    nal[0] |= std::byte{0x80};
    EXPECT_FALSE(parse_h264_slice_header(nal, plain_input()));
}

// Each change takes one value one step out of its range.
TEST(H264SliceHeader, ValuesOutOfRangeAreErrors) {
    H264SliceHeaderInput input = plain_input();
    input.entropy_coding_mode_flag = true;
    input.deblocking_filter_control_present_flag = true;
    input.redundant_pic_cnt_present_flag = true;
    using Change = void (*)(H264SliceToWrite&);
    const Change changes[] = {
        [](auto& s) { s.header.first_mb_in_slice = 8160; },
        [](auto& s) { s.header.first_mb_in_slice = 0xfffffffe; },
        [](auto& s) { s.header.slice_type = static_cast<H264SliceType>(10); },
        [](auto& s) { s.header.nal_unit_type = 5; },  // IDR with a P slice
        [](auto& s) { s.header.redundant_pic_cnt = 128; },
        [](auto& s) {
            s.header.num_ref_idx_active_override_flag = true;
            s.header.num_ref_idx_l0_active_minus1 = 16;
        },
        [](auto& s) { s.header.cabac_init_idc = 3; },
        [](auto& s) { s.header.slice_qp_delta = 26; },
        [](auto& s) { s.header.slice_qp_delta = -27; },
        [](auto& s) { s.header.disable_deblocking_filter_idc = 3; },
        [](auto& s) { s.header.slice_alpha_c0_offset_div2 = 7; },
        [](auto& s) { s.header.slice_beta_offset_div2 = -7; },
        [](auto& s) {
            s.list_modification[0] = {{4, {0}}};
        },
        [](auto& s) {
            s.list_modification[0] = {{0, {16}}};
        },
        [](auto& s) {
            s.list_modification[0] = {{2, {32}}};
        },
        [](auto& s) {
            s.list_modification[0].assign(33, {2, {0}});
        },
        [](auto& s) {
            s.marking = {{7, {}}};
        },
        [](auto& s) {
            s.marking = {{3, {0, 32}}};
        },
        [](auto& s) {
            s.marking.assign(68, {5, {}});
        },
    };
    expect_round_trip(input, plain_slice(H264SliceType::kP));
    for (size_t i = 0; i < std::size(changes); ++i) {
        H264SliceToWrite slice = plain_slice(H264SliceType::kP);
        changes[i](slice);
        const auto nal = H264SliceWriter(input, slice).write();
        EXPECT_FALSE(parse_h264_slice_header(nal, input)) << "change " << i;
    }
}

TEST(H264SliceHeader, DefaultNumRefIdxOutOfRangeIsAnError) {
    H264SliceHeaderInput input = plain_input();
    const auto nal = H264SliceWriter(input, plain_slice(H264SliceType::kP)).write();
    input.num_ref_idx_l0_active_minus1 = 16;
    EXPECT_FALSE(parse_h264_slice_header(nal, input));
    input.num_ref_idx_l0_active_minus1 = 255;
    EXPECT_FALSE(parse_h264_slice_header(nal, input));
}

}  // namespace
}  // namespace v4l2va
