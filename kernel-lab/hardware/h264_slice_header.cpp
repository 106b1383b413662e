// SPDX-License-Identifier: MIT
#include "h264_slice_header.h"

#include <algorithm>
#include <span>

namespace hardware {
namespace {

using vdec::h264::Sets;
using Marking = H264ReferenceMarking;

// dec_ref_pic_marking(), 7.3.3.3.
void write_marking(vdec::BitWriter& out, const Marking::Syntax& syntax) {
    if (syntax.idr) {
        out.bits(0, 2);
        return;
    }
    out.flag(!syntax.unused.empty());
    if (syntax.unused.empty()) return;
    for (const uint32_t difference : syntax.unused) {
        out.ue(1);
        out.ue(difference);
    }
    out.ue(0);
}

}  // namespace

H264SliceHeader write_slice_header(const Sets& sets, bool reference, const Marking::Syntax& syntax) {
    const v4l2_ctrl_h264_slice_params& slice = sets.slice;
    const bool field_pic = sets.params_flag(V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC);
    const bool bottom = sets.params_flag(V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD);
    const unsigned lists = vdec::h264::list_count(slice.slice_type);
    vdec::BitWriter out;
    out.bits((reference ? 0x60U : 0U) | (syntax.idr ? 5 : 1), 8);
    out.ue(slice.first_mb_in_slice);
    out.ue(slice.slice_type);
    out.ue(0);
    out.bits(syntax.frame_num, Marking::kFrameNumBits);
    if (!sets.sps_flag(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY)) {
        out.flag(field_pic);
        if (field_pic) out.flag(bottom);
    }
    if (syntax.idr) out.ue(0);
    out.bits(static_cast<uint32_t>(bottom ? syntax.count.bottom : syntax.count.top) & 0xffffU,
             Marking::kLsbBits);
    if (!field_pic) out.se(syntax.count.bottom - syntax.count.top);
    if (slice.slice_type == vdec::h264::kB) out.flag(true);
    if (lists > 0) {
        out.flag(true);
        out.ue(slice.num_ref_idx_l0_active_minus1);
        if (lists > 1) out.ue(slice.num_ref_idx_l1_active_minus1);
        for (unsigned list = 0; list < lists; ++list) out.flag(false);
    }
    if (sets.has_weights(slice.slice_type)) {
        const unsigned planes = sets.monochrome() ? 1 : 2;
        for (unsigned plane = 0; plane < planes; ++plane) out.ue(0);
        const unsigned entries = slice.num_ref_idx_l0_active_minus1 + 1U +
                                 (lists > 1 ? slice.num_ref_idx_l1_active_minus1 + 1U : 0);
        for (unsigned i = 0; i < entries * planes; ++i) out.flag(false);
    }
    if (reference) write_marking(out, syntax);
    if (sets.pps_flag(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE) && lists > 0) {
        out.ue(slice.cabac_init_idc);
    }
    out.se(slice.slice_qp_delta);
    out.ue(slice.disable_deblocking_filter_idc);
    if (slice.disable_deblocking_filter_idc != 1) {
        out.se(slice.slice_alpha_c0_offset_div2);
        out.se(slice.slice_beta_offset_div2);
    }
    return {out.bytes(), out.bit_count()};
}

vdec::Bytes join_slice(const Sets& sets, const H264SliceHeader& header,
                       std::span<const uint8_t> from, size_t position) {
    const vdec::Bytes rbsp = vdec::unescaped(from);
    vdec::BitWriter out;
    out.copy(header.bytes, 0, header.bits);
    if (sets.pps_flag(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE)) {
        // CABAC data begins at a byte, before and after.
        out.align_with_ones();
        out.append(std::span(rbsp).subspan(std::min((position + 7) / 8, rbsp.size())));
    } else {
        out.copy(rbsp, std::min(position, rbsp.size() * 8), rbsp.size() * 8);
    }
    vdec::Bytes nal;
    vdec::append_nal(nal, out.bytes());
    return nal;
}

}  // namespace hardware
