// SPDX-License-Identifier: MIT
#include "hevc_slices.h"

#include <algorithm>
#include <array>
#include <utility>

namespace hardware {
namespace {

using vdec::hevc::SliceHeader;

// A start code, and the beginning of an IDR picture's header with ones up to its end.
constexpr std::array<uint8_t, 3> kStartCode = {0, 0, 1};
constexpr std::array<uint8_t, 5> kHeader = {0x28, 0x01, 0xaf, 0xff, 0xff};

// Where byte WANTED of the RBSP is in the NAL unit.
size_t raw_offset(std::span<const uint8_t> nal, size_t wanted) {
    size_t count = 0;
    unsigned zeros = 0;
    for (size_t at = 0; at < nal.size(); ++at) {
        if (zeros >= 2 && nal[at] == 3) {
            zeros = 0;
            continue;
        }
        if (count++ == wanted) return at;
        zeros = nal[at] == 0 ? zeros + 1 : 0;
    }
    return nal.size();
}

void set_weights(v4l2_hevc_pred_weight_table& to, const vdec::hevc::WeightTable& from) {
    to.luma_log2_weight_denom = static_cast<uint8_t>(from.luma_log2_denom);
    to.delta_chroma_log2_weight_denom = static_cast<int8_t>(from.delta_chroma_log2_denom);
    for (size_t i = 0; i < V4L2_HEVC_DPB_ENTRIES_NUM_MAX; ++i) {
        const vdec::hevc::Weight& l0 = from.entries[0][i];
        const vdec::hevc::Weight& l1 = from.entries[1][i];
        to.delta_luma_weight_l0[i] = static_cast<int8_t>(l0.delta_luma);
        to.luma_offset_l0[i] = static_cast<int8_t>(l0.luma_offset);
        to.delta_luma_weight_l1[i] = static_cast<int8_t>(l1.delta_luma);
        to.luma_offset_l1[i] = static_cast<int8_t>(l1.luma_offset);
        for (size_t c = 0; c < 2; ++c) {
            to.delta_chroma_weight_l0[i][c] = static_cast<int8_t>(l0.delta_chroma[c]);
            to.chroma_offset_l0[i][c] = static_cast<int8_t>(l0.chroma_offset[c]);
            to.delta_chroma_weight_l1[i][c] = static_cast<int8_t>(l1.delta_chroma[c]);
            to.chroma_offset_l1[i][c] = static_cast<int8_t>(l1.chroma_offset[c]);
        }
    }
}

uint64_t flags_of(const SliceHeader& header) {
    struct Flag {
        bool SliceHeader::*member;
        uint64_t flag;
    };
    constexpr Flag kFlags[] = {
        {&SliceHeader::sao_luma, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA},
        {&SliceHeader::sao_chroma, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA},
        {&SliceHeader::temporal_mvp, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED},
        {&SliceHeader::mvd_l1_zero, V4L2_HEVC_SLICE_PARAMS_FLAG_MVD_L1_ZERO},
        {&SliceHeader::cabac_init, V4L2_HEVC_SLICE_PARAMS_FLAG_CABAC_INIT},
        {&SliceHeader::collocated_from_l0, V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0},
        {&SliceHeader::deblocking_disabled,
         V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_DEBLOCKING_FILTER_DISABLED},
        {&SliceHeader::loop_filter_across_slices,
         V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED},
        {&SliceHeader::dependent, V4L2_HEVC_SLICE_PARAMS_FLAG_DEPENDENT_SLICE_SEGMENT}};
    uint64_t flags = 0;
    for (const Flag& entry : kFlags) {
        if (header.*entry.member) flags |= entry.flag;
    }
    return flags;
}

}  // namespace

vdec::HevcStyle HevcSlices::style() {
    vdec::HevcStyle style;
    style.headers_from_controls = true;
    style.max_slices = 600;  // as many as a picture may have, H.265 A.4.1
    style.max_entry_points = 440 * 600;
    return style;
}

void HevcSlices::add(std::span<const uint8_t> nal, size_t data, v4l2_ctrl_hevc_slice_params params,
                     std::span<const uint32_t> entry_points) {
    const std::span from = nal.subspan(raw_offset(nal, data));
    bitstream_.insert(bitstream_.end(), kStartCode.begin(), kStartCode.end());
    bitstream_.insert(bitstream_.end(), kHeader.begin(), kHeader.end());
    params.data_byte_offset = static_cast<uint32_t>(bitstream_.size());
    bitstream_.insert(bitstream_.end(), from.begin(), from.end());
    params.bit_size = static_cast<uint32_t>((kHeader.size() + from.size()) * 8);
    params.num_entry_point_offsets = static_cast<uint32_t>(entry_points.size());
    params_.push_back(params);
    entry_points_.insert(entry_points_.end(), entry_points.begin(), entry_points.end());
}

void HevcSlices::move_to(PictureJob& job) && {
    job.bitstream = std::move(bitstream_);
    job.set_array(V4L2_CID_STATELESS_HEVC_SLICE_PARAMS,
                  std::span<const v4l2_ctrl_hevc_slice_params>(params_));
    job.set_array(V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS,
                  std::span<const uint32_t>(entry_points_));
    job.set(V4L2_CID_STATELESS_HEVC_DECODE_MODE,
            int32_t{V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED});
    job.set(V4L2_CID_STATELESS_HEVC_START_CODE, int32_t{V4L2_STATELESS_HEVC_START_CODE_ANNEX_B});
}

v4l2_ctrl_hevc_slice_params params_of(const SliceHeader& header,
                                      const vdec::hevc::DpbLists& lists) {
    v4l2_ctrl_hevc_slice_params params = {};
    params.slice_segment_addr = header.address;
    params.nal_unit_type = static_cast<uint8_t>(header.nal_unit_type);
    params.nuh_temporal_id_plus1 = static_cast<uint8_t>(header.temporal_id_plus1);
    params.slice_type = static_cast<uint8_t>(header.slice_type);
    params.colour_plane_id = static_cast<uint8_t>(header.colour_plane);
    params.num_ref_idx_l0_active_minus1 =
        static_cast<uint8_t>(std::max(header.num_ref_idx[0], 1U) - 1);
    params.num_ref_idx_l1_active_minus1 =
        static_cast<uint8_t>(std::max(header.num_ref_idx[1], 1U) - 1);
    params.collocated_ref_idx = static_cast<uint8_t>(header.collocated_ref_idx);
    params.five_minus_max_num_merge_cand =
        static_cast<uint8_t>(header.five_minus_max_num_merge_cand);
    params.slice_qp_delta = static_cast<int8_t>(header.qp_delta);
    params.slice_cb_qp_offset = static_cast<int8_t>(header.cb_qp_offset);
    params.slice_cr_qp_offset = static_cast<int8_t>(header.cr_qp_offset);
    params.slice_beta_offset_div2 = static_cast<int8_t>(header.beta_offset_div2);
    params.slice_tc_offset_div2 = static_cast<int8_t>(header.tc_offset_div2);
    std::ranges::copy(lists.lists[0], params.ref_idx_l0);
    std::ranges::copy(lists.lists[1], params.ref_idx_l1);
    set_weights(params.pred_weight_table, header.weights);
    params.flags = flags_of(header);
    return params;
}

}  // namespace hardware
