// SPDX-License-Identifier: MIT
// Any bytes as an HEVC slice segment, under any parameter sets that the codec lets through; what
// can be parsed is rewritten and must read the same again.
#include <cstdlib>
#include <vector>

#include "bitstream/hevc_slice_header.h"
#include "bitstream/hevc_slice_rewriter.h"
#include "fuzz_input.h"

namespace {

v4l2va::HevcSliceHeaderInput header_input(v4l2va::fuzz::FuzzInput& fuzz) {
    v4l2va::HevcSliceHeaderInput input;
    input.chroma_format_idc = fuzz.below(4);
    input.separate_colour_plane_flag = fuzz.flag();
    input.bit_depth_luma_minus8 = fuzz.below(9);
    input.pic_size_in_ctbs = 1U + fuzz.number<uint16_t>();
    input.log2_max_pic_order_cnt_lsb_minus4 = fuzz.below(13);
    input.num_short_term_ref_pic_sets = fuzz.below(65);
    input.num_long_term_ref_pics_sps = fuzz.below(33);
    const auto flags = fuzz.number<uint16_t>();
    const auto flag = [flags](int bit) { return ((flags >> bit) & 1) != 0; };
    input.long_term_ref_pics_present_flag = flag(0);
    input.sps_temporal_mvp_enabled_flag = flag(1);
    input.sample_adaptive_offset_enabled_flag = flag(2);
    input.dependent_slice_segments_enabled_flag = flag(3);
    input.output_flag_present_flag = flag(4);
    input.lists_modification_present_flag = flag(5);
    input.cabac_init_present_flag = flag(6);
    input.weighted_pred_flag = flag(7);
    input.weighted_bipred_flag = flag(8);
    input.pps_slice_chroma_qp_offsets_present_flag = flag(9);
    input.deblocking_filter_override_enabled_flag = flag(10);
    input.pps_deblocking_filter_disabled_flag = flag(11);
    input.pps_loop_filter_across_slices_enabled_flag = flag(12);
    input.tiles_enabled_flag = flag(13);
    input.entropy_coding_sync_enabled_flag = flag(14);
    input.slice_segment_header_extension_present_flag = flag(15);
    input.num_extra_slice_header_bits = fuzz.below(8);
    input.num_ref_idx_l0_default_active_minus1 = fuzz.below(15);
    input.num_ref_idx_l1_default_active_minus1 = fuzz.below(15);
    input.init_qp_minus26 = static_cast<int8_t>(fuzz.below(52) - 26);
    input.st_rps_bits = fuzz.byte();
    input.num_st_curr = fuzz.below(16);
    input.num_lt_curr = fuzz.below(16);
    return input;
}

// What users of the header rely on.
void check(const v4l2va::HevcSliceSegmentHeader& header, std::span<const std::byte> nal,
           const v4l2va::HevcSliceHeaderInput& input) {
    if (header.bytes_in_nal() >= nal.size() || header.num_ref_idx_l0_active_minus1 > 14 ||
        header.num_ref_idx_l1_active_minus1 > 14 || header.long_term_set.count > 16 ||
        header.short_term_set.num_negative_pics + header.short_term_set.num_positive_pics > 16 ||
        header.slice_segment_address >= input.pic_size_in_ctbs ||
        header.ref_pic_sets_end < header.ref_pic_sets_begin ||
        header.ref_pic_sets_end > header.alignment_begin ||
        header.alignment_begin >= header.slice_data_byte_offset * 8) {
        std::abort();
    }
    std::vector<uint32_t> offsets(header.num_entry_point_offsets);
    (void)v4l2va::read_hevc_entry_points(nal, header, offsets);
}

void check_rewriting(std::span<const std::byte> nal, v4l2va::HevcSliceHeaderInput input,
                     v4l2va::HevcSliceSegmentHeader header) {
    v4l2va::HevcRefPicSets sets;
    sets.short_term = header.short_term_set;
    for (const auto& pic : header.long_term_set.pics) {
        if (!pic.from_sps && sets.long_term.count < header.long_term_set.count) {
            sets.long_term.pics[sets.long_term.count++] = pic;
        }
    }
    const auto data = nal.subspan(header.bytes_in_nal());
    std::vector<std::byte> out;
    rewrite_hevc_ref_pic_sets(nal, input, sets, header, out);
    const size_t bytes = out.size();
    out.insert(out.end(), data.begin(), data.end());
    input.num_short_term_ref_pic_sets = 0;
    input.num_long_term_ref_pics_sps = 0;
    input.lists_modification_present_flag = false;
    const auto again = v4l2va::parse_hevc_slice_segment_header(out, input, nullptr);
    if (!again || again->bytes_in_nal() != bytes || again->short_term_set != sets.short_term ||
        again->slice_qp_delta != header.slice_qp_delta ||
        again->num_entry_point_offsets != header.num_entry_point_offsets ||
        again->alignment_begin != header.alignment_begin ||
        again->entry_points_begin != header.entry_points_begin) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    v4l2va::fuzz::FuzzInput fuzz(data, size);
    const v4l2va::HevcSliceHeaderInput input = header_input(fuzz);
    const v4l2va::HevcSliceHeader previous;
    const v4l2va::HevcSliceHeader* slice = fuzz.flag() ? &previous : nullptr;
    const std::span<const std::byte> nal = fuzz.rest();
    const auto header = v4l2va::parse_hevc_slice_segment_header(nal, input, slice);
    if (!header) {
        return 0;
    }
    check(*header, nal, input);
    // A modified list has entries whose length follows from the sets.
    if (header->has_ref_pic_sets() && !input.lists_modification_present_flag) {
        check_rewriting(nal, input, *header);
    }
    return 0;
}
