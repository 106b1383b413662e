// SPDX-License-Identifier: MIT
// Any bytes as an H.264 slice, under any parameter sets that the codec lets through.
#include <cstdlib>

#include "bitstream/h264_slice_header.h"
#include "fuzz_input.h"

namespace {

v4l2va::H264SliceHeaderInput header_input(v4l2va::fuzz::FuzzInput& fuzz) {
    v4l2va::H264SliceHeaderInput input;
    input.chroma_format_idc = fuzz.below(4);
    input.separate_colour_plane_flag = fuzz.flag();
    input.bit_depth_luma_minus8 = fuzz.below(7);
    input.log2_max_frame_num_minus4 = fuzz.below(13);
    input.frame_mbs_only_flag = fuzz.flag();
    input.mb_adaptive_frame_field_flag = fuzz.flag();
    input.pic_order_cnt_type = fuzz.below(3);
    input.log2_max_pic_order_cnt_lsb_minus4 = fuzz.below(13);
    input.delta_pic_order_always_zero_flag = fuzz.flag();
    input.entropy_coding_mode_flag = fuzz.flag();
    input.bottom_field_pic_order_in_frame_present_flag = fuzz.flag();
    input.weighted_pred_flag = fuzz.flag();
    input.weighted_bipred_idc = fuzz.below(3);
    input.deblocking_filter_control_present_flag = fuzz.flag();
    input.redundant_pic_cnt_present_flag = fuzz.flag();
    const int lowest_qp = -26 - 6 * input.bit_depth_luma_minus8;
    input.pic_init_qp_minus26 =
        static_cast<int8_t>(lowest_qp + fuzz.below(static_cast<uint8_t>(26 - lowest_qp)));
    input.pic_init_qs_minus26 = static_cast<int8_t>(fuzz.below(52) - 26);
    input.frame_size_in_mbs = fuzz.number<uint32_t>();
    input.num_ref_idx_l0_active_minus1 = fuzz.byte();
    input.num_ref_idx_l1_active_minus1 = fuzz.byte();
    return input;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    v4l2va::fuzz::FuzzInput fuzz(data, size);
    const v4l2va::H264SliceHeaderInput input = header_input(fuzz);
    const std::span<const std::byte> nal = fuzz.rest();
    const auto header = v4l2va::parse_h264_slice_header(nal, input);
    if (!header) {
        return 0;
    }
    // What users of the header rely on.
    if (header->header_bit_size > nal.size() * 8 || header->num_ref_idx_l0_active_minus1 > 31 ||
        header->num_ref_idx_l1_active_minus1 > 31 ||
        header->dec_ref_pic_marking_bit_size > header->header_bit_size ||
        header->pic_order_cnt_bit_size > header->header_bit_size ||
        header->first_mb_in_slice >= input.frame_size_in_mbs) {
        std::abort();
    }
    return 0;
}
