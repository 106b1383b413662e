// SPDX-License-Identifier: MIT
// The slice header parser.
#include "h264/syntax.h"

#include <algorithm>

namespace vdec::h264 {
namespace {

class Parser {
  public:
    Parser(std::span<const uint8_t> rbsp, const Sets& sets, SliceHeader& header)
        : reader_(rbsp), sets_(sets), h_(header) {}

    bool run() {
        start();
        picture_order();
        if (sets_.pps_flag(V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT)) {
            h_.redundant_pic_cnt = reader_.ue();
        }
        if (is(kB)) h_.direct_spatial = reader_.flag();
        if (!ref_idx_override() || !list_modification()) return false;
        if (sets_.has_weights(h_.slice_type)) pred_weight_table();
        h_.marking_begin = reader_.position();
        if (h_.reference() && !marking()) return false;
        h_.marking_end = reader_.position();
        rest();
        h_.header_end = reader_.position();
        return !reader_.failed();
    }

  private:
    [[nodiscard]] bool is(SliceType type) const { return h_.slice_type == type; }
    [[nodiscard]] bool intra() const { return is(kI) || is(kSI); }
    void start() {
        reader_.skip(1);
        h_.nal_ref_idc = reader_.bits(2);
        h_.nal_unit_type = reader_.bits(5);
        h_.first_mb = reader_.ue();
        h_.slice_type = reader_.ue() % 5;
        h_.pps_id = reader_.ue();
        if (sets_.sps_flag(V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE)) {
            h_.colour_plane = reader_.bits(2);
        }
        h_.frame_num = reader_.bits(sets_.sps.log2_max_frame_num_minus4 + 4U);
        if (!sets_.sps_flag(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY)) {
            h_.field_pic = reader_.flag();
            if (h_.field_pic) h_.bottom_field = reader_.flag();
        }
        if (h_.idr()) h_.idr_pic_id = reader_.ue();
    }

    void picture_order() {
        const bool with_bottom =
            sets_.pps_flag(V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT) &&
            !h_.field_pic;
        h_.poc_begin = reader_.position();
        if (sets_.sps.pic_order_cnt_type == 0) {
            h_.poc_lsb = reader_.bits(sets_.sps.log2_max_pic_order_cnt_lsb_minus4 + 4U);
            if (with_bottom) h_.delta_poc_bottom = reader_.se();
        } else if (sets_.sps.pic_order_cnt_type == 1 &&
                   !sets_.sps_flag(V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO)) {
            h_.delta_poc[0] = reader_.se();
            if (with_bottom) h_.delta_poc[1] = reader_.se();
        }
        h_.poc_end = reader_.position();
        h_.poc_bits = static_cast<unsigned>(h_.poc_end - h_.poc_begin);
    }

    bool ref_idx_override() {
        h_.num_ref_idx[0] = intra() ? 0 : sets_.pps.num_ref_idx_l0_default_active_minus1 + 1U;
        h_.num_ref_idx[1] = is(kB) ? sets_.pps.num_ref_idx_l1_default_active_minus1 + 1U : 0;
        if (intra()) return true;
        h_.override_num_ref_idx = reader_.flag();
        if (!h_.override_num_ref_idx) return true;
        h_.num_ref_idx[0] = reader_.ue() + 1;
        if (is(kB)) h_.num_ref_idx[1] = reader_.ue() + 1;
        return h_.num_ref_idx[0] <= kMaxRefIdx && h_.num_ref_idx[1] <= kMaxRefIdx;
    }

    bool list_modification() {
        for (unsigned list = 0; list < list_count(h_.slice_type); ++list) {
            if (!reader_.flag()) continue;
            for (unsigned i = 0;; ++i) {
                const uint32_t idc = reader_.ue();
                if (idc == 3) break;
                if (idc > 5 || i > kMaxRefIdx * 2 || reader_.failed()) return false;
                h_.modifications[list].push_back({idc, reader_.ue()});
            }
        }
        return true;
    }

    void pred_weight_table() {
        WeightTable& table = h_.weights;
        table.luma_log2_denom = std::min(reader_.ue(), 7U);
        if (!sets_.monochrome()) table.chroma_log2_denom = std::min(reader_.ue(), 7U);
        for (unsigned list = 0; list < list_count(h_.slice_type); ++list) {
            for (unsigned i = 0; i < h_.num_ref_idx[list]; ++i) weight(table.entries[list][i]);
        }
    }

    void weight(Weight& weight) {
        weight.luma_weight = 1 << h_.weights.luma_log2_denom;
        if (reader_.flag()) {
            weight.luma_weight = reader_.se();
            weight.luma_offset = reader_.se();
        }
        for (int& chroma : weight.chroma_weight) chroma = 1 << h_.weights.chroma_log2_denom;
        if (sets_.monochrome() || !reader_.flag()) return;
        for (size_t plane = 0; plane < 2; ++plane) {
            weight.chroma_weight[plane] = reader_.se();
            weight.chroma_offset[plane] = reader_.se();
        }
    }

    bool marking() {
        const size_t begin = reader_.position();
        if (h_.idr()) {
            reader_.skip(1);
            h_.long_term_reference = reader_.flag();
        } else {
            h_.adaptive_marking = reader_.flag();
            while (h_.adaptive_marking) {
                MarkingCommand command;
                command.operation = reader_.ue();
                if (command.operation == 0) break;
                if (command.operation > 6 || h_.commands.size() > 66) return false;
                if (command.operation != 5) command.first = reader_.ue();
                if (command.operation == 3) command.second = reader_.ue();
                h_.commands.push_back(command);
            }
        }
        h_.marking_bits = static_cast<unsigned>(reader_.position() - begin);
        return !reader_.failed();
    }

    void rest() {
        if (sets_.pps_flag(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE) && !intra()) {
            h_.cabac_init_idc = reader_.ue();
        }
        h_.qp_delta = reader_.se();
        if (is(kSP)) h_.sp_for_switch = reader_.flag();
        if (is(kSP) || is(kSI)) h_.qs_delta = reader_.se();
        if (!sets_.pps_flag(V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT)) return;
        h_.disable_deblocking = reader_.ue();
        if (h_.disable_deblocking == 1) return;
        h_.alpha_offset_div2 = reader_.se();
        h_.beta_offset_div2 = reader_.se();
    }

    BitReader reader_;
    const Sets& sets_;
    SliceHeader& h_;
};

}  // namespace

unsigned list_count(unsigned slice_type) {
    if (slice_type == kB) return 2;
    return slice_type == kP || slice_type == kSP ? 1 : 0;
}

bool Sets::has_weights(unsigned slice_type) const {
    if (slice_type == kB) return pps.weighted_bipred_idc == 1;
    return list_count(slice_type) == 1 && pps_flag(V4L2_H264_PPS_FLAG_WEIGHTED_PRED);
}

bool SliceHeader::has_command(unsigned operation) const {
    return std::ranges::any_of(
        commands, [operation](const MarkingCommand& c) { return c.operation == operation; });
}

bool parse_slice_header(std::span<const uint8_t> rbsp, const Sets& sets, SliceHeader& header) {
    return Parser(rbsp, sets, header).run();
}

}  // namespace vdec::h264
