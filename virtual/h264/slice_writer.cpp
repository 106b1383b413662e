// SPDX-License-Identifier: MIT
// Slice header synthesis.
#include "h264/slice_writer.h"

#include <algorithm>

#include "h264/writer.h"

namespace vdec::h264 {
namespace {

void write_poc(BitWriter& out, const Sets& sets, bool field_pic, bool bottom_field) {
    const int top = sets.params.top_field_order_cnt;
    const int bottom = sets.params.bottom_field_order_cnt;
    out.bits(static_cast<uint32_t>(bottom_field ? bottom : top) & 0xffffU, kRewrittenLsbBits);
    if (!field_pic) out.se(bottom - top);
}

// slice_data() from bit `begin` on.
void append_data(BitWriter& out, std::span<const uint8_t> rbsp, size_t begin, const Sets& sets) {
    if (sets.pps_flag(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE)) {
        // CABAC data begins at a byte boundary, before and after.
        out.align_with_ones();
        out.append(rbsp.subspan(std::min((begin + 7) / 8, rbsp.size())));
        return;
    }
    out.copy(rbsp, std::min(begin, rbsp.size() * 8), rbsp.size() * 8);
}

class SliceWriter {
  public:
    SliceWriter(std::span<const uint8_t> rbsp, const SliceHeader& header, const Sets& sets,
                const ReferenceLists& lists)
        : rbsp_(rbsp), h_(header), sets_(sets), slice_(sets.slice), lists_(lists) {}

    Bytes run(uint32_t pps_id) {
        write_header(pps_id);
        append_data(out_, rbsp_, slice_.header_bit_size, sets_);
        return out_.bytes();
    }

    bool keeps_alignment(uint32_t pps_id) {
        write_header(pps_id);
        return sets_.pps_flag(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE) ||
               out_.bit_count() % 8 == slice_.header_bit_size % 8;
    }

  private:
    void write_header(uint32_t pps_id) {
        begin(pps_id);
        if (slice_.slice_type == kB) {
            out_.flag((slice_.flags & V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED) != 0);
        }
        const unsigned count = list_count(slice_.slice_type);
        if (count > 0) {
            out_.flag(true);
            out_.ue(slice_.num_ref_idx_l0_active_minus1);
            if (count == 2) out_.ue(slice_.num_ref_idx_l1_active_minus1);
        }
        for (unsigned list = 0; list < count; ++list) write_modification(lists_[list]);
        if (sets_.has_weights(slice_.slice_type)) write_weights(count);
        out_.copy(rbsp_, h_.marking_begin, h_.marking_end);
        end();
    }

    void begin(uint32_t pps_id) {
        out_.copy(rbsp_, 0, 8);
        out_.ue(slice_.first_mb_in_slice);
        out_.ue(slice_.slice_type);
        out_.ue(pps_id);
        out_.bits(h_.frame_num, sets_.sps.log2_max_frame_num_minus4 + 4U);
        const bool field_pic = sets_.params_flag(V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC);
        const bool bottom_field = sets_.params_flag(V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD);
        if (!sets_.sps_flag(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY)) {
            out_.flag(field_pic);
            if (field_pic) out_.flag(bottom_field);
        }
        if (h_.idr()) out_.ue(h_.idr_pic_id);
        write_poc(out_, sets_, field_pic, bottom_field);
        if (sets_.pps_flag(V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT)) out_.ue(0);
    }

    // A step for each entry; one that cannot be named repeats another.
    void write_modification(const std::vector<Reference>& list) {
        const auto any = std::ranges::find_if(
            list, [](const Reference& reference) { return reference.frame != nullptr; });
        out_.flag(any != list.end());
        if (any == list.end()) return;
        const int max = sets_.max_frame_num() * (h_.field_pic ? 2 : 1);
        const int frame_num = static_cast<int>(h_.frame_num);
        int predicted = h_.field_pic ? 2 * frame_num + 1 : frame_num;
        for (const Reference& entry : list) {
            const Reference& reference = entry.frame != nullptr ? entry : *any;
            const int number = pic_num(reference, h_);
            if (is_long_term(reference)) {
                out_.ue(2);
                out_.ue(static_cast<uint32_t>(number));
                continue;
            }
            // Always downwards, by 1 to MaxPicNum.
            const int wrapped = (number + max) % max;
            out_.ue(0);
            out_.ue(static_cast<uint32_t>((predicted - wrapped - 1 + 2 * max) % max));
            predicted = wrapped;
        }
        out_.ue(3);
    }

    void write_weights(unsigned count) {
        const v4l2_ctrl_h264_pred_weights& weights = sets_.weights;
        out_.ue(weights.luma_log2_weight_denom);
        if (!sets_.monochrome()) out_.ue(weights.chroma_log2_weight_denom);
        for (unsigned list = 0; list < count; ++list) {
            const v4l2_h264_weight_factors& from = weights.weight_factors[list];
            for (size_t i = 0; i < std::min<size_t>(lists_[list].size(), kMaxRefIdx); ++i) {
                write_luma(from, i);
                if (!sets_.monochrome()) write_chroma(from, i);
            }
        }
    }

    // The default weight may be 128, which only the flag can say.
    void write_luma(const v4l2_h264_weight_factors& from, size_t i) {
        const int inferred = 1 << sets_.weights.luma_log2_weight_denom;
        const bool present = from.luma_weight[i] != inferred || from.luma_offset[i] != 0;
        out_.flag(present);
        if (!present) return;
        out_.se(from.luma_weight[i]);
        out_.se(from.luma_offset[i]);
    }

    void write_chroma(const v4l2_h264_weight_factors& from, size_t i) {
        const int inferred = 1 << sets_.weights.chroma_log2_weight_denom;
        bool present = false;
        for (size_t plane = 0; plane < 2; ++plane) {
            present = present || from.chroma_weight[i][plane] != inferred ||
                      from.chroma_offset[i][plane] != 0;
        }
        out_.flag(present);
        for (size_t plane = 0; present && plane < 2; ++plane) {
            out_.se(from.chroma_weight[i][plane]);
            out_.se(from.chroma_offset[i][plane]);
        }
    }

    void end() {
        const bool intra = list_count(slice_.slice_type) == 0;
        if (sets_.pps_flag(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE) && !intra) {
            out_.ue(slice_.cabac_init_idc);
        }
        out_.se(slice_.slice_qp_delta);
        if (slice_.slice_type == kSP) {
            out_.flag((slice_.flags & V4L2_H264_SLICE_FLAG_SP_FOR_SWITCH) != 0);
        }
        if (slice_.slice_type == kSP || slice_.slice_type == kSI) out_.se(slice_.slice_qs_delta);
        out_.ue(slice_.disable_deblocking_filter_idc);
        if (slice_.disable_deblocking_filter_idc == 1) return;
        out_.se(slice_.slice_alpha_c0_offset_div2);
        out_.se(slice_.slice_beta_offset_div2);
    }

    std::span<const uint8_t> rbsp_;
    const SliceHeader& h_;
    const Sets& sets_;
    const v4l2_ctrl_h264_slice_params& slice_;
    const ReferenceLists& lists_;
    BitWriter out_;
};

}  // namespace

Bytes rewrite_slice(std::span<const uint8_t> rbsp, const SliceHeader& header, const Sets& sets) {
    BitWriter out;
    out.copy(rbsp, 0, header.poc_begin);
    write_poc(out, sets, header.field_pic, header.bottom_field);
    out.copy(rbsp, header.poc_end, header.header_end);
    append_data(out, rbsp, header.header_end, sets);
    return out.bytes();
}

Bytes write_slice(std::span<const uint8_t> rbsp, const SliceHeader& header, const Sets& sets,
                  uint32_t pps_id, const ReferenceLists& lists) {
    return SliceWriter(rbsp, header, sets, lists).run(pps_id);
}

bool keeps_alignment(std::span<const uint8_t> rbsp, const SliceHeader& header, const Sets& sets,
                     uint32_t pps_id, const ReferenceLists& lists) {
    return SliceWriter(rbsp, header, sets, lists).keeps_alignment(pps_id);
}

}  // namespace vdec::h264
