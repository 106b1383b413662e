// SPDX-License-Identifier: MIT
// H.264 slice header parser: the syntax tables 7.3.3 to 7.3.3.3, in their order.
#include "bitstream/h264_slice_header.h"

#include "bitstream/rbsp_reader.h"

namespace v4l2va {
namespace {

// One slice header being read. Out-of-range values are errors of the reader, which stick: reads
// after one give 0, every loop below ends on it, and parse() asks once.
class Parser {
  public:
    Parser(std::span<const std::byte> nal, const H264SliceHeaderInput& input)
        : reader_(nal), input_(input) {}

    Result<H264SliceHeader> parse();

  private:
    uint32_t ue(uint32_t maximum);
    int32_t se(int32_t minimum, int32_t maximum);

    void first_part();
    void field_flags();
    void pic_order_cnt();
    void num_ref_idx();
    void ref_pic_list_modification();
    bool one_list_modification();
    void pred_weight_table();
    void weights_of_list(uint32_t num_ref_idx_active_minus1);
    void dec_ref_pic_marking();
    void memory_management_control_operations();
    void quantiser_and_deblocking();

    [[nodiscard]] bool intra() const {
        return header_.is(H264SliceType::kI) || header_.is(H264SliceType::kSI);
    }
    [[nodiscard]] bool uses_pred_weight_table() const;
    // ChromaArrayType of 7.4.2.1.1.
    [[nodiscard]] uint32_t chroma_array_type() const {
        return input_.separate_colour_plane_flag ? 0 : input_.chroma_format_idc;
    }

    RbspReader reader_;
    const H264SliceHeaderInput& input_;
    H264SliceHeader header_;
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

Result<H264SliceHeader> Parser::parse() {
    if (reader_.flag()) {  // forbidden_zero_bit
        return fail(ErrorCode::kInvalidBitstream, "H.264 NAL unit header");
    }
    header_.nal_ref_idc = static_cast<uint8_t>(reader_.u(2));
    header_.nal_unit_type = static_cast<uint8_t>(reader_.u(5));
    if (!reader_.ok()) {
        return fail(ErrorCode::kInvalidBitstream, "H.264 NAL unit header");
    }
    if (header_.nal_unit_type != kH264NalSlice && header_.nal_unit_type != kH264NalIdrSlice) {
        return fail(ErrorCode::kUnsupported, "H.264 NAL unit type");
    }
    first_part();
    pic_order_cnt();
    if (input_.redundant_pic_cnt_present_flag) {
        header_.redundant_pic_cnt = static_cast<uint8_t>(ue(127));
    }
    if (header_.is(H264SliceType::kB)) {
        header_.direct_spatial_mv_pred_flag = reader_.flag();
    }
    num_ref_idx();
    ref_pic_list_modification();
    if (uses_pred_weight_table()) {
        pred_weight_table();
    }
    if (header_.nal_ref_idc != 0) {
        dec_ref_pic_marking();
    }
    quantiser_and_deblocking();
    if (!reader_.ok()) {
        return fail(ErrorCode::kInvalidBitstream, "H.264 slice header");
    }
    header_.header_bit_size = static_cast<uint32_t>(reader_.position());
    return header_;
}

void Parser::first_part() {
    header_.first_mb_in_slice = reader_.ue();
    header_.slice_type = static_cast<H264SliceType>(ue(9) % 5);
    if (header_.idr() && !intra()) {  // 7.4.3
        reader_.fail();
    }
    header_.pic_parameter_set_id = static_cast<uint8_t>(ue(255));
    if (input_.separate_colour_plane_flag) {
        header_.colour_plane_id = static_cast<uint8_t>(reader_.u(2));
    }
    header_.frame_num = static_cast<uint16_t>(reader_.u(input_.log2_max_frame_num_minus4 + 4U));
    field_flags();
    if (header_.idr()) {
        header_.idr_pic_id = static_cast<uint16_t>(ue(65535));
    }
}

void Parser::field_flags() {
    if (!input_.frame_mbs_only_flag) {
        header_.field_pic_flag = reader_.flag();
        header_.bottom_field_flag = header_.field_pic_flag && reader_.flag();
    }
    // 7.4.3: in an MBAFF frame first_mb_in_slice counts macroblock pairs.
    const bool halved = header_.field_pic_flag ||
                        (!input_.frame_mbs_only_flag && input_.mb_adaptive_frame_field_flag);
    const uint32_t limit = halved ? input_.frame_size_in_mbs / 2 : input_.frame_size_in_mbs;
    if (header_.first_mb_in_slice >= limit) {
        reader_.fail();
    }
}

void Parser::pic_order_cnt() {
    const size_t start = reader_.position();
    const bool has_bottom =
        input_.bottom_field_pic_order_in_frame_present_flag && !header_.field_pic_flag;
    if (input_.pic_order_cnt_type == 0) {
        header_.pic_order_cnt_lsb =
            static_cast<uint16_t>(reader_.u(input_.log2_max_pic_order_cnt_lsb_minus4 + 4U));
        if (has_bottom) {
            header_.delta_pic_order_cnt_bottom = reader_.se();
        }
    } else if (input_.pic_order_cnt_type == 1 && !input_.delta_pic_order_always_zero_flag) {
        header_.delta_pic_order_cnt[0] = reader_.se();
        if (has_bottom) {
            header_.delta_pic_order_cnt[1] = reader_.se();
        }
    }
    header_.pic_order_cnt_bit_size = static_cast<uint32_t>(reader_.position() - start);
}

void Parser::num_ref_idx() {
    if (intra()) {
        return;
    }
    const uint32_t maximum = header_.field_pic_flag ? 31 : 15;  // 7.4.3
    const bool two_lists = header_.is(H264SliceType::kB);
    uint32_t l0 = input_.num_ref_idx_l0_active_minus1;
    uint32_t l1 = input_.num_ref_idx_l1_active_minus1;
    header_.num_ref_idx_active_override_flag = reader_.flag();
    if (header_.num_ref_idx_active_override_flag) {
        l0 = ue(maximum);
        l1 = two_lists ? ue(maximum) : 0;
    }
    if (l0 > maximum || (two_lists && l1 > maximum)) {
        reader_.fail();
        return;
    }
    header_.num_ref_idx_l0_active_minus1 = static_cast<uint8_t>(l0);
    header_.num_ref_idx_l1_active_minus1 = static_cast<uint8_t>(two_lists ? l1 : 0);
}

void Parser::ref_pic_list_modification() {
    if (!intra()) {
        header_.ref_pic_list_modification_flag_l0 = one_list_modification();
    }
    if (header_.is(H264SliceType::kB)) {
        (void)one_list_modification();
    }
}

// Whether there is one.
bool Parser::one_list_modification() {
    if (!reader_.flag()) {
        return false;
    }
    constexpr uint32_t kEnd = 3;
    const uint32_t max_pic_num =
        1U << (input_.log2_max_frame_num_minus4 + 4U + (header_.field_pic_flag ? 1U : 0U));
    // 7.4.3.1: no more operations than list entries, of which there are 32 at most.
    for (int operations = 0; reader_.ok(); ++operations) {
        const uint32_t modification_of_pic_nums_idc = ue(kEnd);
        if (modification_of_pic_nums_idc == kEnd) {
            return true;
        }
        if (operations == 32) {
            reader_.fail();
        }
        if (modification_of_pic_nums_idc == 2) {
            (void)ue(31);  // long_term_pic_num
        } else {
            (void)ue(max_pic_num - 1);  // abs_diff_pic_num_minus1
        }
    }
    return true;
}

bool Parser::uses_pred_weight_table() const {
    if (header_.is(H264SliceType::kP) || header_.is(H264SliceType::kSP)) {
        return input_.weighted_pred_flag;
    }
    return header_.is(H264SliceType::kB) && input_.weighted_bipred_idc == 1;
}

void Parser::pred_weight_table() {
    (void)ue(7);  // luma_log2_weight_denom
    if (chroma_array_type() != 0) {
        (void)ue(7);  // chroma_log2_weight_denom
    }
    weights_of_list(header_.num_ref_idx_l0_active_minus1);
    if (header_.is(H264SliceType::kB)) {
        weights_of_list(header_.num_ref_idx_l1_active_minus1);
    }
}

void Parser::weights_of_list(uint32_t num_ref_idx_active_minus1) {
    const int components = chroma_array_type() != 0 ? 3 : 1;
    for (uint32_t i = 0; i <= num_ref_idx_active_minus1 && reader_.ok(); ++i) {
        bool present = false;
        for (int component = 0; component < components; ++component) {
            if (component < 2) {  // one flag for luma, one for both chroma components
                present = reader_.flag();
            }
            if (present) {
                (void)se(-128, 127);  // weight
                (void)se(-128, 127);  // offset
            }
        }
    }
}

void Parser::dec_ref_pic_marking() {
    const size_t start = reader_.position();
    if (header_.idr()) {
        reader_.skip(2);  // no_output_of_prior_pics_flag, long_term_reference_flag
    } else if (reader_.flag()) {
        memory_management_control_operations();
    }
    header_.dec_ref_pic_marking_bit_size = static_cast<uint32_t>(reader_.position() - start);
}

void Parser::memory_management_control_operations() {
    // 7.4.3.3 bounds every kind by the number of fields in the DPB; twice that for both markings
    // of each, and operations 4, 5 and 6 once.
    constexpr int kMaxOperations = 2 * 32 + 3;
    for (int operations = 0; reader_.ok(); ++operations) {
        const uint32_t memory_management_control_operation = ue(6);
        if (memory_management_control_operation == 0) {
            return;
        }
        if (operations == kMaxOperations) {
            reader_.fail();
        }
        switch (memory_management_control_operation) {
            case 1:
            case 3:
                (void)reader_.ue();  // difference_of_pic_nums_minus1
                if (memory_management_control_operation == 3) {
                    (void)ue(31);  // long_term_frame_idx
                }
                break;
            case 5:
                header_.has_mmco5 = true;
                break;
            default:
                (void)ue(31);  // long_term_pic_num, max_long_term_frame_idx_plus1, or the index
                break;
        }
    }
}

void Parser::quantiser_and_deblocking() {
    if (input_.entropy_coding_mode_flag && !intra()) {
        header_.cabac_init_idc = static_cast<uint8_t>(ue(2));
    }
    // 7.4.3: SliceQPY is in -QpBdOffsetY..51, QSY in 0..51.
    constexpr int32_t kMaxQp = 51;
    const int32_t init_qp = 26 + input_.pic_init_qp_minus26;
    const int32_t qp_bd_offset = 6 * input_.bit_depth_luma_minus8;
    header_.slice_qp_delta =
        static_cast<int8_t>(se(-qp_bd_offset - init_qp, kMaxQp - init_qp + input_.init_qp_slack));
    if (header_.is(H264SliceType::kSP) || header_.is(H264SliceType::kSI)) {
        header_.sp_for_switch_flag = header_.is(H264SliceType::kSP) && reader_.flag();
        const int32_t init_qs = 26 + input_.pic_init_qs_minus26;
        header_.slice_qs_delta =
            static_cast<int8_t>(se(-init_qs, kMaxQp - init_qs + input_.init_qp_slack));
    }
    if (input_.deblocking_filter_control_present_flag) {
        header_.disable_deblocking_filter_idc = static_cast<uint8_t>(ue(2));
        if (header_.disable_deblocking_filter_idc != 1) {
            header_.slice_alpha_c0_offset_div2 = static_cast<int8_t>(se(-6, 6));
            header_.slice_beta_offset_div2 = static_cast<int8_t>(se(-6, 6));
        }
    }
}

}  // namespace

Result<H264SliceHeader> parse_h264_slice_header(std::span<const std::byte> nal,
                                                const H264SliceHeaderInput& input) {
    return Parser(nal, input).parse();
}

}  // namespace v4l2va
