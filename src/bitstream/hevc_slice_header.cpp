// SPDX-License-Identifier: MIT
// HEVC slice segment header parser: the syntax tables 7.3.1.2, 7.3.6 and 7.3.7, in their order.
#include "bitstream/hevc_slice_header.h"

#include <algorithm>
#include <bit>

#include "bitstream/rbsp_reader.h"

namespace v4l2va {
namespace {

constexpr uint32_t kMaxRefIdxMinus1 = 14;

// Ceil(Log2(count)), the length of many u(v); count is at least 1.
uint32_t ceil_log2(uint32_t count) { return static_cast<uint32_t>(std::bit_width(count - 1)); }

// One header being read. Out-of-range values are errors of the reader, which stick: reads after
// one give 0, every loop below ends on it, and parse() asks once.
class Parser {
  public:
    Parser(std::span<const std::byte> nal, const HevcSliceHeaderInput& input)
        : nal_(nal), reader_(nal), input_(input) {}

    Result<HevcSliceSegmentHeader> parse(const HevcSliceHeader* previous);

  private:
    uint32_t ue(uint32_t maximum);
    int32_t se(int32_t minimum, int32_t maximum);
    [[nodiscard]] uint32_t position() const { return static_cast<uint32_t>(reader_.position()); }

    [[nodiscard]] Result<> nal_unit_header();
    void segment_part();
    void slice_part();
    void ref_pic_sets();
    void short_term_set();
    void predicted_short_term_set(uint32_t begin);
    void written_short_term_set();
    void half_of_set(uint8_t count, int32_t sign, std::array<int32_t, 16>& delta_poc,
                     std::array<bool, 16>& used);
    void long_term_set();
    void long_term_pic(HevcLongTermPic& pic, bool from_sps, const HevcLongTermPic* before);
    void inter_part();
    void num_ref_idx();
    void count_references();
    void ref_pic_lists_modification();
    void collocated();
    void pred_weight_table();
    void weights_of_list(uint32_t num_ref_idx_active_minus1);
    void quantiser_and_filters();
    void entry_points();
    void extension();
    void byte_alignment();

    [[nodiscard]] bool is_b() const { return header_.is(HevcSliceType::kB); }
    // ChromaArrayType of 7.4.3.2.1.
    [[nodiscard]] uint32_t chroma_array_type() const {
        return input_.separate_colour_plane_flag ? 0 : input_.chroma_format_idc;
    }

    std::span<const std::byte> nal_;
    RbspReader reader_;
    const HevcSliceHeaderInput& input_;
    HevcSliceSegmentHeader header_;
};

uint32_t Parser::ue(uint32_t maximum) {
    const uint32_t value = reader_.ue();
    if (value > maximum) {
        reader_.fail();
        return 0;
    }
    return value;
}

int32_t Parser::se(int32_t minimum, int32_t maximum) {
    const int32_t value = reader_.se();
    if (value < minimum || value > maximum) {
        reader_.fail();
        return 0;
    }
    return value;
}

Result<HevcSliceSegmentHeader> Parser::parse(const HevcSliceHeader* previous) {
    if (const Result<> result = nal_unit_header(); !result) {
        return fail(result.error());
    }
    segment_part();
    if (!header_.dependent_slice_segment_flag) {
        slice_part();
    } else if (previous != nullptr) {
        static_cast<HevcSliceHeader&>(header_) = *previous;
    } else {
        return fail(ErrorCode::kInvalidBitstream, "HEVC dependent slice segment without a slice");
    }
    if (input_.tiles_enabled_flag || input_.entropy_coding_sync_enabled_flag) {
        entry_points();
    }
    if (input_.slice_segment_header_extension_present_flag) {
        extension();
    }
    byte_alignment();
    if (!reader_.ok() || header_.bytes_in_nal() >= nal_.size()) {
        return fail(ErrorCode::kInvalidBitstream, "HEVC slice segment header");
    }
    return header_;
}

Result<> Parser::nal_unit_header() {
    const bool forbidden_zero_bit = reader_.flag();
    header_.nal_unit_type = static_cast<uint8_t>(reader_.u(6));
    header_.nuh_layer_id = static_cast<uint8_t>(reader_.u(6));
    header_.nuh_temporal_id_plus1 = static_cast<uint8_t>(reader_.u(3));
    if (!reader_.ok() || forbidden_zero_bit || header_.nuh_temporal_id_plus1 == 0) {
        return fail(ErrorCode::kInvalidBitstream, "HEVC NAL unit header");
    }
    const uint8_t type = header_.nal_unit_type;
    if (type > 21 || (type > 9 && type < 16)) {  // Table 7-1
        return fail(ErrorCode::kUnsupported, "HEVC NAL unit type");
    }
    return {};
}

void Parser::segment_part() {
    header_.first_slice_segment_in_pic_flag = reader_.flag();
    if (header_.irap()) {
        header_.no_output_of_prior_pics_flag = reader_.flag();
    }
    header_.slice_pic_parameter_set_id = static_cast<uint8_t>(ue(63));
    if (header_.first_slice_segment_in_pic_flag) {
        return;
    }
    if (input_.dependent_slice_segments_enabled_flag) {
        header_.dependent_slice_segment_flag = reader_.flag();
    }
    header_.slice_segment_address = reader_.u(ceil_log2(input_.pic_size_in_ctbs));
    if (header_.slice_segment_address >= input_.pic_size_in_ctbs) {
        reader_.fail();
    }
}

void Parser::slice_part() {
    reader_.skip(input_.num_extra_slice_header_bits);  // slice_reserved_flag
    header_.slice_type = static_cast<HevcSliceType>(ue(2));
    if (input_.output_flag_present_flag) {
        header_.pic_output_flag = reader_.flag();
    }
    if (input_.separate_colour_plane_flag) {
        header_.colour_plane_id = static_cast<uint8_t>(reader_.u(2));
    }
    if (!header_.idr()) {
        ref_pic_sets();
    }
    count_references();
    if (input_.sample_adaptive_offset_enabled_flag) {
        header_.slice_sao_luma_flag = reader_.flag();
        header_.slice_sao_chroma_flag = chroma_array_type() != 0 && reader_.flag();
    }
    if (!header_.is(HevcSliceType::kI)) {
        inter_part();
    }
    quantiser_and_filters();
}

void Parser::ref_pic_sets() {
    header_.slice_pic_order_cnt_lsb =
        static_cast<uint16_t>(reader_.u(input_.log2_max_pic_order_cnt_lsb_minus4 + 4U));
    header_.ref_pic_sets_begin = position();
    header_.short_term_ref_pic_set_sps_flag = reader_.flag();
    if (!header_.short_term_ref_pic_set_sps_flag) {
        short_term_set();
    } else if (input_.num_short_term_ref_pic_sets == 0) {
        reader_.fail();  // 7.4.7.1
    } else {
        const uint32_t bits = ceil_log2(input_.num_short_term_ref_pic_sets);
        header_.short_term_ref_pic_set_idx = static_cast<uint8_t>(reader_.u(bits));
        if (header_.short_term_ref_pic_set_idx >= input_.num_short_term_ref_pic_sets) {
            reader_.fail();
        }
    }
    if (input_.long_term_ref_pics_present_flag) {
        long_term_set();
    }
    header_.ref_pic_sets_end = position();
    if (input_.sps_temporal_mvp_enabled_flag) {
        header_.slice_temporal_mvp_enabled_flag = reader_.flag();
    }
}

// st_ref_pic_set(num_short_term_ref_pic_sets) (7.3.7).
void Parser::short_term_set() {
    const uint32_t begin = position();
    if (input_.num_short_term_ref_pic_sets != 0) {
        header_.inter_ref_pic_set_prediction_flag = reader_.flag();
    }
    if (header_.inter_ref_pic_set_prediction_flag) {
        predicted_short_term_set(begin);
    } else {
        written_short_term_set();
    }
    header_.short_term_ref_pic_set_size = position() - begin;
}

// How many flags there are depends on a set of the SPS, which VA does not carry; the client says
// how many bits they take.
void Parser::predicted_short_term_set(uint32_t begin) {
    (void)ue(input_.num_short_term_ref_pic_sets - 1U);  // delta_idx_minus1
    (void)reader_.flag();                               // delta_rps_sign
    (void)ue(32767);                                    // abs_delta_rps_minus1
    const uint64_t end = uint64_t{begin} + input_.st_rps_bits;
    uint32_t flags = 0;
    for (; reader_.ok() && position() < end; ++flags) {
        const bool used_by_curr_pic_flag = reader_.flag();
        if (!used_by_curr_pic_flag) {
            (void)reader_.flag();  // use_delta_flag
        }
    }
    // One flag for each picture of the other set, of which there are 16 at most, and one more.
    if (flags < 1 || flags > 17 || position() != end) {
        reader_.fail();
        return;
    }
    header_.num_delta_pocs_of_ref_rps_idx = static_cast<uint8_t>(flags - 1);
}

void Parser::written_short_term_set() {
    HevcShortTermSet& set = header_.short_term_set;
    set.num_negative_pics = static_cast<uint8_t>(ue(16));
    set.num_positive_pics = static_cast<uint8_t>(ue(16U - set.num_negative_pics));
    half_of_set(set.num_negative_pics, -1, set.delta_poc_s0, set.used_by_curr_pic_s0);
    half_of_set(set.num_positive_pics, 1, set.delta_poc_s1, set.used_by_curr_pic_s1);
}

void Parser::half_of_set(uint8_t count, int32_t sign, std::array<int32_t, 16>& delta_poc,
                         std::array<bool, 16>& used) {
    int32_t distance = 0;
    for (size_t i = 0; i < count && reader_.ok(); ++i) {
        distance += static_cast<int32_t>(ue(32767)) + 1;  // delta_poc_sX_minus1
        delta_poc[i] = sign * distance;
        used[i] = reader_.flag();
    }
}

void Parser::long_term_set() {
    const uint32_t begin = position();
    HevcLongTermSet& set = header_.long_term_set;
    constexpr uint32_t kMaxCount = 16;
    static_assert(std::size(decltype(set.pics){}) == kMaxCount);
    uint32_t num_long_term_sps = 0;
    if (input_.num_long_term_ref_pics_sps > 0) {
        num_long_term_sps = ue(std::min(uint32_t{input_.num_long_term_ref_pics_sps}, kMaxCount));
    }
    const uint32_t num_long_term_pics = ue(kMaxCount - num_long_term_sps);
    set.count = static_cast<uint8_t>(num_long_term_sps + num_long_term_pics);
    for (uint32_t i = 0; i < set.count && reader_.ok(); ++i) {
        // (7-52): each kind starts anew.
        const bool first = i == 0 || i == num_long_term_sps;
        long_term_pic(set.pics[i], i < num_long_term_sps, first ? nullptr : &set.pics[i - 1]);
    }
    header_.long_term_ref_pic_set_size = position() - begin;
}

void Parser::long_term_pic(HevcLongTermPic& pic, bool from_sps, const HevcLongTermPic* before) {
    pic.from_sps = from_sps;
    if (from_sps) {
        pic.lt_idx_sps =
            static_cast<uint8_t>(reader_.u(ceil_log2(input_.num_long_term_ref_pics_sps)));
        if (pic.lt_idx_sps >= input_.num_long_term_ref_pics_sps) {
            reader_.fail();
        }
    } else {
        pic.poc_lsb_lt =
            static_cast<uint16_t>(reader_.u(input_.log2_max_pic_order_cnt_lsb_minus4 + 4U));
        pic.used_by_curr_pic_lt_flag = reader_.flag();
    }
    pic.delta_poc_msb_present_flag = reader_.flag();
    pic.delta_poc_msb_cycle_lt = before != nullptr ? before->delta_poc_msb_cycle_lt : 0;
    if (pic.delta_poc_msb_present_flag) {
        constexpr uint32_t kMaxCycle = 1U << 28;  // 7.4.7.1: 2^(32 - log2 of MaxPicOrderCntLsb)
        pic.delta_poc_msb_cycle_lt += ue(kMaxCycle);
        if (pic.delta_poc_msb_cycle_lt > kMaxCycle) {
            reader_.fail();
        }
    }
}

// NumPicTotalCurr (7-55), from the header as far as it says so itself.
void Parser::count_references() {
    if (header_.idr()) {
        return;
    }
    size_t total = input_.num_st_curr;
    if (header_.has_short_term_set()) {
        const HevcShortTermSet& set = header_.short_term_set;
        total = static_cast<size_t>(
            std::count(set.used_by_curr_pic_s0.begin(), set.used_by_curr_pic_s0.end(), true) +
            std::count(set.used_by_curr_pic_s1.begin(), set.used_by_curr_pic_s1.end(), true));
    }
    const std::span<const HevcLongTermPic> pics(header_.long_term_set.pics.data(),
                                                header_.long_term_set.count);
    const auto from_sps = [](const HevcLongTermPic& pic) { return pic.from_sps; };
    const auto used = [](const HevcLongTermPic& pic) { return pic.used_by_curr_pic_lt_flag; };
    if (std::any_of(pics.begin(), pics.end(), from_sps)) {
        total += input_.num_lt_curr;
    } else {
        total += static_cast<size_t>(std::count_if(pics.begin(), pics.end(), used));
    }
    header_.num_pic_total_curr = static_cast<uint8_t>(total);
}

void Parser::inter_part() {
    num_ref_idx();
    if (input_.lists_modification_present_flag && header_.num_pic_total_curr > 1) {
        ref_pic_lists_modification();
    }
    if (is_b()) {
        header_.mvd_l1_zero_flag = reader_.flag();
    }
    if (input_.cabac_init_present_flag) {
        header_.cabac_init_flag = reader_.flag();
    }
    if (header_.slice_temporal_mvp_enabled_flag) {
        collocated();
    }
    if (is_b() ? input_.weighted_bipred_flag : input_.weighted_pred_flag) {
        pred_weight_table();
    }
    header_.five_minus_max_num_merge_cand = static_cast<uint8_t>(ue(4));
}

void Parser::num_ref_idx() {
    uint32_t l0 = input_.num_ref_idx_l0_default_active_minus1;
    uint32_t l1 = input_.num_ref_idx_l1_default_active_minus1;
    header_.num_ref_idx_active_override_flag = reader_.flag();
    if (header_.num_ref_idx_active_override_flag) {
        l0 = ue(kMaxRefIdxMinus1);
        l1 = is_b() ? ue(kMaxRefIdxMinus1) : 0;
    }
    if (l0 > kMaxRefIdxMinus1 || l1 > kMaxRefIdxMinus1) {
        reader_.fail();
        return;
    }
    header_.num_ref_idx_l0_active_minus1 = static_cast<uint8_t>(l0);
    header_.num_ref_idx_l1_active_minus1 = static_cast<uint8_t>(is_b() ? l1 : 0);
}

void Parser::ref_pic_lists_modification() {
    const uint32_t bits = ceil_log2(header_.num_pic_total_curr);
    for (size_t list = 0; list < (is_b() ? 2 : 1); ++list) {
        header_.ref_pic_list_modification_flag[list] = reader_.flag();
        if (!header_.ref_pic_list_modification_flag[list]) {
            continue;
        }
        const size_t last =
            list == 0 ? header_.num_ref_idx_l0_active_minus1 : header_.num_ref_idx_l1_active_minus1;
        for (size_t i = 0; i <= last; ++i) {
            const uint32_t entry = reader_.u(bits);
            if (entry >= header_.num_pic_total_curr) {
                reader_.fail();
            }
            header_.list_entry[list][i] = static_cast<uint8_t>(entry);
        }
    }
}

void Parser::collocated() {
    if (is_b()) {
        header_.collocated_from_l0_flag = reader_.flag();
    }
    const uint32_t last = header_.collocated_from_l0_flag ? header_.num_ref_idx_l0_active_minus1
                                                          : header_.num_ref_idx_l1_active_minus1;
    if (last > 0) {
        header_.collocated_ref_idx = static_cast<uint8_t>(ue(last));
    }
}

// VA has the values; here they are only passed over. All pictures of a list have another picture
// order count than the current one (no current picture reference), so each has its flags.
void Parser::pred_weight_table() {
    const auto luma_log2_weight_denom = static_cast<int32_t>(ue(7));
    if (chroma_array_type() != 0) {
        (void)se(-luma_log2_weight_denom, 7 - luma_log2_weight_denom);
    }
    weights_of_list(header_.num_ref_idx_l0_active_minus1);
    if (is_b()) {
        weights_of_list(header_.num_ref_idx_l1_active_minus1);
    }
}

void Parser::weights_of_list(uint32_t num_ref_idx_active_minus1) {
    const uint32_t count = num_ref_idx_active_minus1 + 1;
    const uint32_t luma_weight_flags = reader_.u(count);
    const uint32_t chroma_weight_flags = chroma_array_type() != 0 ? reader_.u(count) : 0;
    for (uint32_t i = count; i > 0 && reader_.ok(); --i) {
        if (((luma_weight_flags >> (i - 1)) & 1) != 0) {
            (void)se(-128, 127);  // delta_luma_weight
            (void)se(-128, 127);  // luma_offset
        }
        if (((chroma_weight_flags >> (i - 1)) & 1) != 0) {
            for (int component = 0; component < 2; ++component) {
                (void)se(-128, 127);  // delta_chroma_weight
                (void)se(-512, 511);  // delta_chroma_offset
            }
        }
    }
}

void Parser::quantiser_and_filters() {
    // 7.4.7.1: SliceQpY is in -QpBdOffsetY..51.
    const int32_t init_qp = 26 + input_.init_qp_minus26;
    const int32_t qp_bd_offset = 6 * input_.bit_depth_luma_minus8;
    header_.slice_qp_delta = static_cast<int8_t>(se(-qp_bd_offset - init_qp, 51 - init_qp));
    if (input_.pps_slice_chroma_qp_offsets_present_flag) {
        header_.slice_cb_qp_offset = static_cast<int8_t>(se(-12, 12));
        header_.slice_cr_qp_offset = static_cast<int8_t>(se(-12, 12));
    }
    header_.slice_deblocking_filter_disabled_flag = input_.pps_deblocking_filter_disabled_flag;
    header_.slice_beta_offset_div2 = input_.pps_beta_offset_div2;
    header_.slice_tc_offset_div2 = input_.pps_tc_offset_div2;
    // deblocking_filter_override_flag
    if (input_.deblocking_filter_override_enabled_flag && reader_.flag()) {
        header_.slice_deblocking_filter_disabled_flag = reader_.flag();
        if (!header_.slice_deblocking_filter_disabled_flag) {
            header_.slice_beta_offset_div2 = static_cast<int8_t>(se(-6, 6));
            header_.slice_tc_offset_div2 = static_cast<int8_t>(se(-6, 6));
        }
    }
    header_.slice_loop_filter_across_slices_enabled_flag =
        input_.pps_loop_filter_across_slices_enabled_flag;
    if (input_.pps_loop_filter_across_slices_enabled_flag &&
        (header_.slice_sao_luma_flag || header_.slice_sao_chroma_flag ||
         !header_.slice_deblocking_filter_disabled_flag)) {
        header_.slice_loop_filter_across_slices_enabled_flag = reader_.flag();
    }
}

void Parser::entry_points() {
    // Every subset of the slice segment has at least one CTB.
    header_.num_entry_point_offsets = ue(input_.pic_size_in_ctbs - 1);
    if (header_.num_entry_point_offsets == 0) {
        return;
    }
    header_.offset_len_minus1 = static_cast<uint8_t>(ue(31));
    header_.entry_points_begin = position();
    reader_.skip(size_t{header_.num_entry_point_offsets} * (header_.offset_len_minus1 + 1U));
}

void Parser::extension() {
    const uint32_t slice_segment_header_extension_length = ue(256);
    reader_.skip(size_t{slice_segment_header_extension_length} * 8);
}

// Besides its purpose, a check of all that was read before.
void Parser::byte_alignment() {
    header_.alignment_begin = position();
    if (!reader_.flag()) {  // alignment_bit_equal_to_one
        reader_.fail();
    }
    while (reader_.ok() && position() % 8 != 0) {
        if (reader_.flag()) {
            reader_.fail();
        }
    }
    header_.slice_data_byte_offset = position() / 8;
    header_.emulation_prevention_bytes =
        static_cast<uint32_t>(reader_.emulation_prevention_bytes());
}

}  // namespace

Result<HevcSliceSegmentHeader> parse_hevc_slice_segment_header(std::span<const std::byte> nal,
                                                               const HevcSliceHeaderInput& input,
                                                               const HevcSliceHeader* previous) {
    return Parser(nal, input).parse(previous);
}

Result<> read_hevc_entry_points(std::span<const std::byte> nal,
                                const HevcSliceSegmentHeader& header, std::span<uint32_t> out) {
    RbspReader reader(nal);
    reader.skip(header.entry_points_begin);
    for (uint32_t& offset : out) {
        const uint32_t entry_point_offset_minus1 = reader.u(header.offset_len_minus1 + 1U);
        // No NAL unit has 4 GiB.
        if (!reader.ok() || entry_point_offset_minus1 == UINT32_MAX) {
            return fail(ErrorCode::kInvalidBitstream, "HEVC entry point");
        }
        offset = entry_point_offset_minus1 + 1;
    }
    return {};
}

}  // namespace v4l2va
