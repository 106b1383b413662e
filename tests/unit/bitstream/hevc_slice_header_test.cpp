// SPDX-License-Identifier: MIT
#include "bitstream/hevc_slice_header.h"

#include <gtest/gtest.h>

#include <random>

#include "bitstream/hevc_slice_rewriter.h"
#include "hevc_slice_writer.h"

namespace v4l2va {
namespace {

using test::HevcSliceToWrite;
using test::HevcSliceWriter;

// 1920x1080 in CTBs of 64.
HevcSliceHeaderInput plain_input() {
    HevcSliceHeaderInput input;
    input.pic_size_in_ctbs = 30 * 17;
    input.log2_max_pic_order_cnt_lsb_minus4 = 4;
    return input;
}

// Every optional part of the syntax present.
HevcSliceHeaderInput full_input() {
    HevcSliceHeaderInput input = plain_input();
    input.num_short_term_ref_pic_sets = 5;
    input.long_term_ref_pics_present_flag = true;
    input.num_long_term_ref_pics_sps = 3;
    input.sps_temporal_mvp_enabled_flag = true;
    input.sample_adaptive_offset_enabled_flag = true;
    input.dependent_slice_segments_enabled_flag = true;
    input.output_flag_present_flag = true;
    input.num_extra_slice_header_bits = 2;
    input.lists_modification_present_flag = true;
    input.cabac_init_present_flag = true;
    input.weighted_pred_flag = true;
    input.weighted_bipred_flag = true;
    input.pps_slice_chroma_qp_offsets_present_flag = true;
    input.deblocking_filter_override_enabled_flag = true;
    input.pps_loop_filter_across_slices_enabled_flag = true;
    input.tiles_enabled_flag = true;
    input.slice_segment_header_extension_present_flag = true;
    input.num_st_curr = 3;
    input.num_lt_curr = 2;
    return input;
}

HevcSliceToWrite plain_slice(HevcSliceType type) {
    HevcSliceToWrite slice;
    slice.header.nal_unit_type = 1;
    slice.header.slice_type = type;
    slice.header.first_slice_segment_in_pic_flag = true;
    slice.header.slice_pic_order_cnt_lsb = 0x5a;
    return slice;
}

HevcShortTermSet short_term_set() {
    HevcShortTermSet set;
    set.num_negative_pics = 2;
    set.delta_poc_s0[0] = -1;
    set.delta_poc_s0[1] = -32769;
    set.used_by_curr_pic_s0[0] = true;
    set.num_positive_pics = 2;
    set.delta_poc_s1[0] = 3;
    set.delta_poc_s1[1] = 4;
    set.used_by_curr_pic_s1[0] = true;
    set.used_by_curr_pic_s1[1] = true;
    return set;
}

// Every value that `full_input` allows, none of them the default.
HevcSliceToWrite full_slice(HevcSliceType type) {
    HevcSliceToWrite slice = plain_slice(type);
    HevcSliceSegmentHeader& header = slice.header;
    header.nuh_temporal_id_plus1 = 3;
    header.first_slice_segment_in_pic_flag = false;
    header.slice_pic_parameter_set_id = 63;
    header.slice_segment_address = 509;
    header.pic_output_flag = false;
    header.short_term_set = short_term_set();
    header.long_term_set.count = 4;
    header.long_term_set.pics[0] = {true, 2, 0, false, true, 7};
    header.long_term_set.pics[1] = {true, 1, 0, false, true, 9};
    header.long_term_set.pics[2] = {false, 0, 0xff, true, true, 4};
    header.long_term_set.pics[3] = {false, 0, 0x12, false, false, 4};
    slice.num_long_term_sps = 2;
    header.slice_temporal_mvp_enabled_flag = true;
    header.slice_sao_luma_flag = true;
    header.slice_sao_chroma_flag = true;
    header.num_pic_total_curr = 5;  // three short-term, two long-term of which one is of the SPS
    header.slice_qp_delta = -7;
    header.slice_cb_qp_offset = 12;
    header.slice_cr_qp_offset = -12;
    slice.deblocking_filter_override_flag = true;
    header.slice_beta_offset_div2 = -6;
    header.slice_tc_offset_div2 = 6;
    header.slice_loop_filter_across_slices_enabled_flag = true;
    header.offset_len_minus1 = 31;
    slice.entry_point_offsets = {1, 0xffffffff, 0x300};
    header.num_entry_point_offsets = 3;
    slice.extension = {std::byte{0}, std::byte{0}, std::byte{1}};
    if (type == HevcSliceType::kI) {
        return slice;
    }
    slice.weights = true;
    header.num_ref_idx_active_override_flag = true;
    header.num_ref_idx_l0_active_minus1 = 14;
    header.ref_pic_list_modification_flag[0] = true;
    for (size_t i = 0; i < 15; ++i) {
        header.list_entry[0][i] = static_cast<uint8_t>(4 - i % 5);
    }
    header.cabac_init_flag = true;
    header.collocated_ref_idx = 14;
    header.five_minus_max_num_merge_cand = 4;
    if (type == HevcSliceType::kB) {
        header.num_ref_idx_l1_active_minus1 = 2;
        header.ref_pic_list_modification_flag[1] = true;
        header.list_entry[1] = {1, 3, 2};
        header.mvd_l1_zero_flag = true;
        header.collocated_from_l0_flag = false;
        header.collocated_ref_idx = 2;
    }
    return slice;
}

void expect_same_slice(const HevcSliceHeader& a, const HevcSliceHeader& b) {
    EXPECT_EQ(a.slice_type, b.slice_type);
    EXPECT_EQ(a.pic_output_flag, b.pic_output_flag);
    EXPECT_EQ(a.colour_plane_id, b.colour_plane_id);
    EXPECT_EQ(a.slice_pic_order_cnt_lsb, b.slice_pic_order_cnt_lsb);
    EXPECT_EQ(a.slice_temporal_mvp_enabled_flag, b.slice_temporal_mvp_enabled_flag);
    EXPECT_EQ(a.slice_sao_luma_flag, b.slice_sao_luma_flag);
    EXPECT_EQ(a.slice_sao_chroma_flag, b.slice_sao_chroma_flag);
    EXPECT_EQ(a.num_ref_idx_active_override_flag, b.num_ref_idx_active_override_flag);
    EXPECT_EQ(a.num_ref_idx_l0_active_minus1, b.num_ref_idx_l0_active_minus1);
    EXPECT_EQ(a.num_ref_idx_l1_active_minus1, b.num_ref_idx_l1_active_minus1);
    EXPECT_EQ(a.num_pic_total_curr, b.num_pic_total_curr);
    EXPECT_EQ(a.ref_pic_list_modification_flag, b.ref_pic_list_modification_flag);
    EXPECT_EQ(a.list_entry, b.list_entry);
    EXPECT_EQ(a.mvd_l1_zero_flag, b.mvd_l1_zero_flag);
    EXPECT_EQ(a.cabac_init_flag, b.cabac_init_flag);
    EXPECT_EQ(a.collocated_from_l0_flag, b.collocated_from_l0_flag);
    EXPECT_EQ(a.collocated_ref_idx, b.collocated_ref_idx);
    EXPECT_EQ(a.five_minus_max_num_merge_cand, b.five_minus_max_num_merge_cand);
    EXPECT_EQ(a.slice_qp_delta, b.slice_qp_delta);
    EXPECT_EQ(a.slice_cb_qp_offset, b.slice_cb_qp_offset);
    EXPECT_EQ(a.slice_cr_qp_offset, b.slice_cr_qp_offset);
    EXPECT_EQ(a.slice_deblocking_filter_disabled_flag, b.slice_deblocking_filter_disabled_flag);
    EXPECT_EQ(a.slice_beta_offset_div2, b.slice_beta_offset_div2);
    EXPECT_EQ(a.slice_tc_offset_div2, b.slice_tc_offset_div2);
    EXPECT_EQ(a.slice_loop_filter_across_slices_enabled_flag,
              b.slice_loop_filter_across_slices_enabled_flag);
}

void expect_same_sets(const HevcSliceHeader& a, const HevcSliceHeader& b) {
    EXPECT_EQ(a.short_term_ref_pic_set_sps_flag, b.short_term_ref_pic_set_sps_flag);
    EXPECT_EQ(a.short_term_ref_pic_set_idx, b.short_term_ref_pic_set_idx);
    EXPECT_EQ(a.inter_ref_pic_set_prediction_flag, b.inter_ref_pic_set_prediction_flag);
    EXPECT_EQ(a.num_delta_pocs_of_ref_rps_idx, b.num_delta_pocs_of_ref_rps_idx);
    EXPECT_EQ(a.short_term_set, b.short_term_set);
    EXPECT_EQ(a.long_term_set, b.long_term_set);
}

void expect_same_segment(const HevcSliceSegmentHeader& a, const HevcSliceSegmentHeader& b) {
    EXPECT_EQ(a.nal_unit_type, b.nal_unit_type);
    EXPECT_EQ(a.nuh_layer_id, b.nuh_layer_id);
    EXPECT_EQ(a.nuh_temporal_id_plus1, b.nuh_temporal_id_plus1);
    EXPECT_EQ(a.first_slice_segment_in_pic_flag, b.first_slice_segment_in_pic_flag);
    EXPECT_EQ(a.no_output_of_prior_pics_flag, b.no_output_of_prior_pics_flag);
    EXPECT_EQ(a.slice_pic_parameter_set_id, b.slice_pic_parameter_set_id);
    EXPECT_EQ(a.dependent_slice_segment_flag, b.dependent_slice_segment_flag);
    EXPECT_EQ(a.slice_segment_address, b.slice_segment_address);
    EXPECT_EQ(a.num_entry_point_offsets, b.num_entry_point_offsets);
    EXPECT_EQ(a.offset_len_minus1, b.offset_len_minus1);
}

// Writes, parses, compares; then every shorter NAL unit must be an error.
void expect_round_trip(const HevcSliceHeaderInput& input, const HevcSliceToWrite& slice,
                       const HevcSliceHeader* previous = nullptr) {
    HevcSliceWriter writer(input, slice);
    const auto nal = writer.write();
    const auto parsed = parse_hevc_slice_segment_header(nal, input, previous);
    ASSERT_TRUE(parsed) << parsed.error().op;
    expect_same_segment(*parsed, slice.header);
    if (previous == nullptr) {
        expect_same_slice(*parsed, slice.header);
        expect_same_sets(*parsed, slice.header);
        EXPECT_EQ(parsed->short_term_ref_pic_set_size, writer.short_term_ref_pic_set_size);
        EXPECT_EQ(parsed->long_term_ref_pic_set_size, writer.long_term_ref_pic_set_size);
    }
    EXPECT_EQ(parsed->slice_data_byte_offset, writer.header_bytes);
    const std::span<const std::byte> bytes(nal);
    std::vector<uint32_t> offsets(parsed->num_entry_point_offsets);
    EXPECT_TRUE(read_hevc_entry_points(nal, *parsed, offsets));
    EXPECT_EQ(offsets, slice.entry_point_offsets);
    for (size_t size = 0; size <= parsed->bytes_in_nal(); ++size) {
        EXPECT_FALSE(parse_hevc_slice_segment_header(bytes.first(size), input, previous)) << size;
    }
    // The last bits of what is left read as 0, as in a damaged stream: no statement about the
    // answer, only that there is one.
    for (size_t bit = 0; bit < parsed->bytes_in_nal() * 8; ++bit) {
        std::vector<std::byte> cut(bytes.begin(),
                                   bytes.begin() + static_cast<std::ptrdiff_t>(bit / 8 + 1));
        cut.back() &= static_cast<std::byte>(0xff00 >> (bit % 8));
        (void)parse_hevc_slice_segment_header(cut, input, previous);
    }
}

constexpr HevcSliceType kTypes[] = {HevcSliceType::kI, HevcSliceType::kP, HevcSliceType::kB};

TEST(HevcSliceHeader, PlainRoundTrip) {
    for (const HevcSliceType type : kTypes) {
        expect_round_trip(plain_input(), plain_slice(type));
    }
}

TEST(HevcSliceHeader, FullRoundTrip) {
    for (const HevcSliceType type : kTypes) {
        expect_round_trip(full_input(), full_slice(type));
    }
}

// Each part of the syntax alone.
TEST(HevcSliceHeader, EachFlagAlone) {
    using Change = void (*)(HevcSliceHeaderInput&, HevcSliceToWrite&);
    const Change changes[] = {
        [](auto& i, auto& s) {
            i.separate_colour_plane_flag = true;
            i.chroma_format_idc = 3;
            s.header.colour_plane_id = 2;
        },
        [](auto& i, auto& s) {
            i.num_short_term_ref_pic_sets = 64;
            s.header.short_term_ref_pic_set_sps_flag = true;
            s.header.short_term_ref_pic_set_idx = 63;
        },
        [](auto& i, auto& s) {
            i.num_short_term_ref_pic_sets = 1;
            s.header.short_term_ref_pic_set_sps_flag = true;
        },
        [](auto& i, auto& s) {
            i.long_term_ref_pics_present_flag = true;
            s.header.long_term_set.count = 1;
            s.header.long_term_set.pics[0] = {false, 0, 0x80, true, true, 1U << 28};
            s.header.num_pic_total_curr = 1;
        },
        [](auto& i, auto&) { i.sps_temporal_mvp_enabled_flag = true; },
        [](auto& i, auto& s) {
            i.sample_adaptive_offset_enabled_flag = true;
            s.header.slice_sao_chroma_flag = true;
        },
        [](auto& i, auto&) { i.num_extra_slice_header_bits = 7; },
        [](auto& i, auto& s) {
            i.output_flag_present_flag = true;
            s.header.pic_output_flag = false;
        },
        [](auto& i, auto&) { i.cabac_init_present_flag = true; },
        [](auto& i, auto& s) {
            i.deblocking_filter_override_enabled_flag = true;
            s.deblocking_filter_override_flag = true;
            s.header.slice_deblocking_filter_disabled_flag = true;
        },
        [](auto& i, auto& s) {
            i.pps_deblocking_filter_disabled_flag = true;
            i.pps_loop_filter_across_slices_enabled_flag = true;
            s.header.slice_deblocking_filter_disabled_flag = true;
            s.header.slice_loop_filter_across_slices_enabled_flag = true;
        },
        [](auto& i, auto& s) {
            i.entropy_coding_sync_enabled_flag = true;
            s.header.num_entry_point_offsets = 16;
            s.entry_point_offsets.assign(16, 2);
            s.header.offset_len_minus1 = 0;
        },
        [](auto& i, auto&) { i.entropy_coding_sync_enabled_flag = true; },
        [](auto& i, auto& s) {
            i.slice_segment_header_extension_present_flag = true;
            s.extension.resize(256);
        },
        [](auto&, auto& s) {
            s.header.nal_unit_type = 19;
            s.header.slice_pic_order_cnt_lsb = 0;
            s.header.no_output_of_prior_pics_flag = true;
        },
        [](auto&, auto& s) { s.header.nal_unit_type = 21; },
        [](auto& i, auto& s) {
            i.num_ref_idx_l0_default_active_minus1 = 14;
            i.num_ref_idx_l1_default_active_minus1 = 3;
            s.header.num_ref_idx_l0_active_minus1 = s.header.is(HevcSliceType::kI) ? 0 : 14;
            s.header.num_ref_idx_l1_active_minus1 = s.header.is(HevcSliceType::kB) ? 3 : 0;
        },
        [](auto& i, auto& s) {
            i.weighted_pred_flag = true;
            i.weighted_bipred_flag = true;
            s.weights = true;
        },
        [](auto& i, auto& s) {
            i.bit_depth_luma_minus8 = 2;
            i.init_qp_minus26 = -38;
            s.header.slice_qp_delta = 63;
        },
    };
    for (const HevcSliceType type : kTypes) {
        for (const Change change : changes) {
            HevcSliceHeaderInput input = plain_input();
            HevcSliceToWrite slice = plain_slice(type);
            change(input, slice);
            expect_round_trip(input, slice);
        }
    }
}

TEST(HevcSliceHeader, PredictedSetIsCountedByTheClientsBits) {
    HevcSliceHeaderInput input = full_input();
    HevcSliceToWrite slice = full_slice(HevcSliceType::kB);
    slice.header.short_term_set = {};
    slice.header.inter_ref_pic_set_prediction_flag = true;
    for (size_t flags = 1; flags <= 17; ++flags) {
        slice.predicted_flags.clear();
        for (size_t i = 0; i < flags; ++i) {
            slice.predicted_flags.push_back(static_cast<int>((i * flags) % 3));
        }
        slice.header.num_delta_pocs_of_ref_rps_idx = static_cast<uint8_t>(flags - 1);
        slice.delta_idx_minus1 = static_cast<uint32_t>(flags % 5);
        HevcSliceWriter writer(input, slice);
        (void)writer.write();
        input.st_rps_bits = static_cast<uint32_t>(writer.short_term_ref_pic_set_size);
        expect_round_trip(input, slice);
    }
    const auto nal = HevcSliceWriter(input, slice).write();
    const uint32_t right = input.st_rps_bits;
    for (const uint32_t wrong : {0U, 1U, right - 30, right + 30, 0xffffffffU}) {
        input.st_rps_bits = wrong;
        EXPECT_FALSE(parse_hevc_slice_segment_header(nal, input, nullptr)) << wrong;
    }
}

TEST(HevcSliceHeader, DependentSegmentsTakeOverTheSlice) {
    const HevcSliceHeaderInput input = full_input();
    const auto first_nal = HevcSliceWriter(input, full_slice(HevcSliceType::kB)).write();
    const auto first = parse_hevc_slice_segment_header(first_nal, input, nullptr);
    ASSERT_TRUE(first);
    HevcSliceToWrite slice = full_slice(HevcSliceType::kB);
    slice.header.dependent_slice_segment_flag = true;
    slice.header.slice_segment_address = 3;
    expect_round_trip(input, slice, &*first);
    const auto nal = HevcSliceWriter(input, slice).write();
    const auto parsed = parse_hevc_slice_segment_header(nal, input, &*first);
    ASSERT_TRUE(parsed);
    expect_same_slice(*parsed, *first);
    expect_same_sets(*parsed, *first);
    EXPECT_EQ(parsed->long_term_ref_pic_set_size, first->long_term_ref_pic_set_size);
    EXPECT_FALSE(parsed->has_ref_pic_sets());
    const auto alone = parse_hevc_slice_segment_header(nal, input, nullptr);
    ASSERT_FALSE(alone);
    EXPECT_EQ(alone.error().code, ErrorCode::kInvalidBitstream);
}

TEST(HevcSliceHeader, EmulationPreventionBytesInTheHeader) {
    const HevcSliceHeaderInput input = full_input();
    HevcSliceToWrite slice = full_slice(HevcSliceType::kI);
    slice.entry_point_offsets = {1, 1, 1};  // 96 zero bits
    const auto nal = HevcSliceWriter(input, slice).write();
    const auto parsed = parse_hevc_slice_segment_header(nal, input, nullptr);
    ASSERT_TRUE(parsed);
    EXPECT_GT(parsed->emulation_prevention_bytes, 3U);
    EXPECT_EQ(nal[parsed->bytes_in_nal()], std::byte{0x5a});
    EXPECT_NE(nal[parsed->bytes_in_nal() - 1], std::byte{0});
    expect_round_trip(input, slice);
}

TEST(HevcSliceHeader, NalUnitTypes) {
    for (uint8_t type = 0; type < 64; ++type) {
        HevcSliceToWrite slice = plain_slice(HevcSliceType::kI);
        slice.header.nal_unit_type = type;
        const auto nal = HevcSliceWriter(plain_input(), slice).write();
        const auto parsed = parse_hevc_slice_segment_header(nal, plain_input(), nullptr);
        EXPECT_EQ(parsed.has_value(), type <= 9 || (type >= 16 && type <= 21)) << int{type};
        if (!parsed) {
            EXPECT_EQ(parsed.error().code, ErrorCode::kUnsupported);
        }
    }
}

// Each change takes one value one step out of its range.
TEST(HevcSliceHeader, ValuesOutOfRangeAreErrors) {
    using Change = void (*)(HevcSliceToWrite&);
    const Change changes[] = {
        [](auto& s) { s.header.nuh_temporal_id_plus1 = 0; },
        [](auto& s) { s.header.slice_pic_parameter_set_id = 64; },
        [](auto& s) { s.header.slice_segment_address = 510; },
        [](auto& s) { s.header.slice_type = static_cast<HevcSliceType>(3); },
        [](auto& s) {
            s.header.short_term_ref_pic_set_sps_flag = true;
            s.header.short_term_ref_pic_set_idx = 5;
        },
        [](auto& s) { s.header.short_term_set.delta_poc_s0[0] = -32769; },
        [](auto& s) { s.header.long_term_set.pics[0].lt_idx_sps = 3; },
        [](auto& s) { s.header.long_term_set.pics[2].delta_poc_msb_cycle_lt = (1U << 28) + 1; },
        [](auto& s) { s.header.num_ref_idx_l0_active_minus1 = 15; },
        [](auto& s) { s.header.list_entry[0][3] = 5; },
        [](auto& s) { s.header.collocated_ref_idx = 3; },
        [](auto& s) { s.header.five_minus_max_num_merge_cand = 5; },
        [](auto& s) { s.header.slice_qp_delta = 26; },
        [](auto& s) { s.header.slice_qp_delta = -27; },
        [](auto& s) { s.header.slice_cb_qp_offset = 13; },
        [](auto& s) { s.header.slice_cr_qp_offset = -13; },
        [](auto& s) { s.header.slice_beta_offset_div2 = 7; },
        [](auto& s) { s.header.slice_tc_offset_div2 = -7; },
        [](auto& s) { s.header.offset_len_minus1 = 32; },
        [](auto& s) { s.entry_point_offsets.resize(510, 1); },
        [](auto& s) { s.extension.resize(257); },
        [](auto& s) { s.alignment_bit = false; },
        [](auto& s) { s.payload.clear(); },
    };
    for (size_t i = 0; i < std::size(changes); ++i) {
        HevcSliceToWrite slice = full_slice(HevcSliceType::kB);
        changes[i](slice);
        const auto nal = HevcSliceWriter(full_input(), slice).write();
        EXPECT_FALSE(parse_hevc_slice_segment_header(nal, full_input(), nullptr)) << "change " << i;
    }
    auto nal = HevcSliceWriter(plain_input(), plain_slice(HevcSliceType::kI)).write();
    nal[0] |= std::byte{0x80};  // forbidden_zero_bit
    EXPECT_FALSE(parse_hevc_slice_segment_header(nal, plain_input(), nullptr));
}

TEST(HevcSliceHeader, TooManyPicturesInASetAreAnError) {
    HevcSliceToWrite slice = plain_slice(HevcSliceType::kP);
    HevcShortTermSet& set = slice.header.short_term_set;
    for (size_t i = 0; i < 16; ++i) {
        set.delta_poc_s0[i] = -1 - static_cast<int32_t>(i);
    }
    set.num_negative_pics = 16;
    expect_round_trip(plain_input(), slice);
    set.num_positive_pics = 1;
    set.delta_poc_s1[0] = 1;
    auto nal = HevcSliceWriter(plain_input(), slice).write();
    EXPECT_FALSE(parse_hevc_slice_segment_header(nal, plain_input(), nullptr));

    HevcSliceHeaderInput input = plain_input();
    input.long_term_ref_pics_present_flag = true;
    slice = plain_slice(HevcSliceType::kP);
    slice.header.long_term_set.count = 16;
    expect_round_trip(input, slice);
}

// What is rewritten reads the same, under an SPS that has no sets; the slice data follows.
void expect_rewritten(const HevcSliceHeaderInput& input, const HevcSliceToWrite& slice,
                      const HevcRefPicSets& sets) {
    const auto nal = HevcSliceWriter(input, slice).write();
    const auto parsed = parse_hevc_slice_segment_header(nal, input, nullptr);
    ASSERT_TRUE(parsed) << parsed.error().op;
    HevcSliceSegmentHeader updated = *parsed;
    std::vector<std::byte> rewritten = {std::byte{0}, std::byte{0}};  // what came before it
    rewrite_hevc_ref_pic_sets(nal, input, sets, updated, rewritten);
    rewritten.erase(rewritten.begin(), rewritten.begin() + 2);
    EXPECT_EQ(rewritten.size(), updated.bytes_in_nal());
    rewritten.insert(rewritten.end(),
                     nal.begin() + static_cast<std::ptrdiff_t>(parsed->bytes_in_nal()), nal.end());

    HevcSliceHeaderInput bare = input;
    bare.num_short_term_ref_pic_sets = 0;
    bare.num_long_term_ref_pics_sps = 0;
    const auto reparsed = parse_hevc_slice_segment_header(rewritten, bare, nullptr);
    ASSERT_TRUE(reparsed) << reparsed.error().op;
    expect_same_segment(*reparsed, *parsed);
    expect_same_slice(*reparsed, *parsed);
    expect_same_segment(*reparsed, updated);
    expect_same_slice(*reparsed, updated);
    expect_same_sets(*reparsed, updated);
    EXPECT_EQ(reparsed->short_term_set, sets.short_term);
    EXPECT_EQ(reparsed->short_term_ref_pic_set_size, updated.short_term_ref_pic_set_size);
    EXPECT_EQ(reparsed->long_term_ref_pic_set_size, updated.long_term_ref_pic_set_size);
    EXPECT_EQ(reparsed->ref_pic_sets_begin, updated.ref_pic_sets_begin);
    EXPECT_EQ(reparsed->ref_pic_sets_end, updated.ref_pic_sets_end);
    EXPECT_EQ(reparsed->entry_points_begin, updated.entry_points_begin);
    EXPECT_EQ(reparsed->alignment_begin, updated.alignment_begin);
    EXPECT_EQ(reparsed->slice_data_byte_offset, updated.slice_data_byte_offset);
    EXPECT_EQ(reparsed->emulation_prevention_bytes, updated.emulation_prevention_bytes);
    std::vector<uint32_t> offsets(reparsed->num_entry_point_offsets);
    EXPECT_TRUE(read_hevc_entry_points(rewritten, *reparsed, offsets));
    EXPECT_EQ(offsets, slice.entry_point_offsets);
    // No start code may come about.
    for (size_t i = 2; i < reparsed->bytes_in_nal(); ++i) {
        EXPECT_FALSE(rewritten[i - 2] == std::byte{0} && rewritten[i - 1] == std::byte{0} &&
                     rewritten[i] < std::byte{3});
    }
}

TEST(HevcSliceRewriter, SetsOfTheSpsAreWrittenOut) {
    HevcRefPicSets sets;
    sets.short_term = short_term_set();
    sets.long_term.count = 3;
    sets.long_term.pics[0] = {false, 0, 0x34, true, true, 5};
    sets.long_term.pics[1] = {false, 0, 0xff, true, false, 5};
    sets.long_term.pics[2] = {false, 0, 0x12, false, true, 6};
    for (const HevcSliceType type : kTypes) {
        HevcSliceToWrite slice = full_slice(type);
        slice.header.short_term_ref_pic_set_sps_flag = true;
        slice.header.short_term_ref_pic_set_idx = 4;
        slice.header.short_term_set = {};
        // Every alignment of what follows, and zeros to be escaped anew.
        for (size_t bytes = 0; bytes < 4; ++bytes) {
            for (uint8_t length = 0; length < 32; ++length) {
                slice.extension.assign(bytes, std::byte{0});
                slice.header.offset_len_minus1 = length;
                slice.entry_point_offsets = {1, 2, 1};
                expect_rewritten(full_input(), slice, sets);
            }
        }
    }
}

TEST(HevcSliceRewriter, EmptySets) {
    HevcSliceHeaderInput input = plain_input();
    input.num_short_term_ref_pic_sets = 2;
    HevcSliceToWrite slice = plain_slice(HevcSliceType::kI);
    slice.header.nal_unit_type = 21;
    slice.header.short_term_ref_pic_set_sps_flag = true;
    expect_rewritten(input, slice, {});
}

TEST(HevcSliceRewriter, RandomSets) {
    std::mt19937 random(7);
    HevcSliceHeaderInput input = full_input();
    input.lists_modification_present_flag = false;
    for (int round = 0; round < 500; ++round) {
        HevcRefPicSets sets;
        HevcShortTermSet& set = sets.short_term;
        set.num_negative_pics = static_cast<uint8_t>(random() % 9);
        set.num_positive_pics = static_cast<uint8_t>(random() % 8);
        int32_t poc = 0;
        for (size_t i = 0; i < set.num_negative_pics; ++i) {
            set.delta_poc_s0[i] = poc -= 1 + static_cast<int32_t>(random() % 32768);
        }
        poc = 0;
        for (size_t i = 0; i < set.num_positive_pics; ++i) {
            set.delta_poc_s1[i] = poc += 1 + static_cast<int32_t>(random() % 4);
        }
        // Three are in use, so that NumPicTotalCurr stays.
        HevcSliceToWrite slice = full_slice(HevcSliceType::kB);
        slice.header.short_term_ref_pic_set_sps_flag = true;
        slice.header.short_term_set = {};
        input.num_st_curr = 0;
        for (size_t i = 0; i < set.num_negative_pics; ++i) {
            set.used_by_curr_pic_s0[i] = random() % 2 != 0;
            input.num_st_curr =
                static_cast<uint8_t>(input.num_st_curr + set.used_by_curr_pic_s0[i]);
        }
        input.num_lt_curr = 1;
        sets.long_term.count = 1;
        sets.long_term.pics[0] = {false, 0, static_cast<uint16_t>(random() % 256), true, false, 0};
        expect_rewritten(input, slice, sets);
    }
}

}  // namespace
}  // namespace v4l2va
