// SPDX-License-Identifier: MIT
// The rules of the judge of H.264 slices.
#include "h264/slice_judge.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "backend/field_judge.h"
#include "h264/lists.h"
#include "report/judge.h"

namespace vdec::h264 {
namespace {

class SliceJudge {
  public:
    SliceJudge(const DecodeJob& job, const SliceHeader& header, const Sets& sets,
               const DpbModel& model)
        : job_(job),
          h_(header),
          sets_(sets),
          slice_(sets.slice),
          model_(model),
          fields_("h264-slice", job) {}

    void run() {
        fields();
        filters();
        if (sets_.has_weights(h_.slice_type)) weights();
        if (list_count(h_.slice_type) > 0) lists();
    }

  private:
    void expect_flag(const char* field, uint32_t flag, bool wanted) {
        fields_.expect(field, (slice_.flags & flag) != 0 ? 1 : 0, wanted ? 1 : 0);
    }

    void fields() {
        fields_.expect("header_bit_size", slice_.header_bit_size,
                       static_cast<int64_t>(h_.header_end));
        fields_.expect("first_mb_in_slice", slice_.first_mb_in_slice, h_.first_mb);
        fields_.expect("slice_type", slice_.slice_type, h_.slice_type);
        fields_.expect("colour_plane_id", slice_.colour_plane_id, h_.colour_plane);
        fields_.expect("redundant_pic_cnt", slice_.redundant_pic_cnt, h_.redundant_pic_cnt);
        if (sets_.pps_flag(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE)) {
            fields_.expect("cabac_init_idc", slice_.cabac_init_idc, h_.cabac_init_idc);
        }
        fields_.expect("slice_qp_delta", slice_.slice_qp_delta, h_.qp_delta);
        if (h_.slice_type == kSP || h_.slice_type == kSI) {
            fields_.expect("slice_qs_delta", slice_.slice_qs_delta, h_.qs_delta);
        }
        expect_flag("sp_for_switch_flag", V4L2_H264_SLICE_FLAG_SP_FOR_SWITCH, h_.sp_for_switch);
        expect_flag("direct_spatial_flag", V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED,
                    h_.direct_spatial);
        const int64_t last[2] = {slice_.num_ref_idx_l0_active_minus1,
                                 slice_.num_ref_idx_l1_active_minus1};
        static constexpr const char* kNames[2] = {"num_ref_idx_l0_active_minus1",
                                                  "num_ref_idx_l1_active_minus1"};
        for (unsigned list = 0; list < 2; ++list) {
            const int64_t count = std::max<int64_t>(h_.num_ref_idx[list], 1);
            fields_.expect(kNames[list], last[list], count - 1);
        }
    }

    void filters() {
        fields_.expect("disable_deblocking_filter_idc", slice_.disable_deblocking_filter_idc,
                       h_.disable_deblocking);
        if (h_.disable_deblocking == 1) return;
        fields_.expect("slice_alpha_c0_offset_div2", slice_.slice_alpha_c0_offset_div2,
                       h_.alpha_offset_div2);
        fields_.expect("slice_beta_offset_div2", slice_.slice_beta_offset_div2,
                       h_.beta_offset_div2);
    }

    void weights() {
        const v4l2_ctrl_h264_pred_weights& got = sets_.weights;
        fields_.expect("luma_log2_weight_denom", got.luma_log2_weight_denom,
                       h_.weights.luma_log2_denom);
        if (!sets_.monochrome()) {
            fields_.expect("chroma_log2_weight_denom", got.chroma_log2_weight_denom,
                           h_.weights.chroma_log2_denom);
        }
        for (unsigned list = 0; list < list_count(h_.slice_type); ++list) {
            const v4l2_h264_weight_factors& factors = got.weight_factors[list];
            for (size_t i = 0; i < h_.num_ref_idx[list]; ++i) {
                compare(factors, i, h_.weights.entries[list][i]);
            }
        }
    }

    void compare(const v4l2_h264_weight_factors& got, size_t i, const Weight& wanted) {
        fields_.expect("luma_weight", got.luma_weight[i], wanted.luma_weight);
        fields_.expect("luma_offset", got.luma_offset[i], wanted.luma_offset);
        for (size_t plane = 0; plane < 2 && !sets_.monochrome(); ++plane) {
            fields_.expect("chroma_weight", got.chroma_weight[i][plane],
                           wanted.chroma_weight[plane]);
            fields_.expect("chroma_offset", got.chroma_offset[i][plane],
                           wanted.chroma_offset[plane]);
        }
    }

    // Initial lists by order count count frames that the stream left out in no defined place.
    [[nodiscard]] bool comparable() const {
        if (!model_.exact()) return false;
        return h_.slice_type != kB ||
               std::ranges::none_of(model_.references(),
                                    [](const auto& frame) { return frame->non_existing; });
    }

    void lists() {
        if (!comparable()) return;
        const ReferenceLists wanted = lists_from_stream(h_, sets_, model_);
        for (unsigned list = 0; list < list_count(h_.slice_type); ++list) {
            for (size_t i = 0; i < wanted[list].size(); ++i) {
                const auto& got = list == 0 ? slice_.ref_pic_list0 : slice_.ref_pic_list1;
                entry(list, i, got[i], wanted[list][i]);
            }
        }
    }

    void entry(unsigned list, size_t i, const v4l2_h264_reference& got, const Reference& wanted) {
        // Whatever stands for a picture that is not there.
        if (wanted.frame == nullptr || wanted.frame->non_existing) return;
        char text[160];
        const v4l2_h264_dpb_entry* dpb =
            got.index < V4L2_H264_NUM_DPB_ENTRIES ? &sets_.params.dpb[got.index] : nullptr;
        if (dpb == nullptr || (dpb->flags & V4L2_H264_DPB_ENTRY_FLAG_VALID) == 0) {
            std::snprintf(text, sizeof text, "is dpb[%u], which is not valid", got.index);
        } else if (dpb->reference_ts != wanted.frame->timestamp || got.fields != wanted.fields) {
            std::snprintf(text, sizeof text, "is ts %" PRIu64 " fields %u",
                          static_cast<uint64_t>(dpb->reference_ts), got.fields);
        } else {
            return;
        }
        char line[320];
        std::snprintf(line, sizeof line,
                      "frame %" PRIu64 " ts %" PRIu64
                      ": ref_pic_list%u[%zu] %s, should be ts %" PRIu64 " fields %u",
                      job_.number, job_.timestamp, list, i, text, wanted.frame->timestamp,
                      wanted.fields);
        if (model_.damaged()) {
            judge().stream_error("h264-slice-ref_pic_list", "%s", line);
        } else {
            judge().violation("h264-slice-ref_pic_list", "%s", line);
        }
    }

    const DecodeJob& job_;
    const SliceHeader& h_;
    const Sets& sets_;
    const v4l2_ctrl_h264_slice_params& slice_;
    const DpbModel& model_;
    FieldJudge fields_;
};

}  // namespace

void judge_slice(const DecodeJob& job, const SliceHeader& header, const Sets& sets,
                 const DpbModel& model) {
    SliceJudge(job, header, sets, model).run();
}

}  // namespace vdec::h264
