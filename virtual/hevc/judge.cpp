// SPDX-License-Identifier: MIT
// The rules of the HEVC judge.
#include "hevc/judge.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "backend/field_judge.h"
#include "hevc/lists.h"
#include "report/judge.h"

namespace vdec::hevc {
namespace {

using Part = Wanted::Part;

const char* name_of(Part part) {
    return part == Part::before  ? "st_curr_before"
           : part == Part::after ? "st_curr_after"
                                 : "lt_curr";
}

class PictureJudge {
  public:
    PictureJudge(const DecodeJob& job, const SliceHeader& header, const Sets& sets, DpbModel& model,
                 const HevcStyle& style)
        : job_(job),
          h_(header),
          sets_(sets),
          params_(sets.params),
          model_(model),
          style_(style),
          fields_("hevc", job) {}

    bool run() {
        fields();
        tiles();
        target();
        for (const v4l2_hevc_dpb_entry& entry : dpb_of(sets_)) dpb_entry(entry);
        for (const Part part : {Part::before, Part::after, Part::lt}) indices(part);
        if (model_.wants_known()) {
            missing_from_stream();
            for (const Part part : {Part::before, Part::after, Part::lt}) compare_list(part);
            missing_from_dpb();
        } else {
            order(Part::before);
            order(Part::after);
        }
        return !garbage_;
    }

  private:
    bool expect_flag(const char* field, uint64_t flag, bool wanted) {
        return fields_.expect(field, sets_.params_flag(flag) ? 1 : 0, wanted ? 1 : 0);
    }

    void fields() {
        fields_.expect("pic_order_cnt_val", params_.pic_order_cnt_val, model_.poc());
        fields_.expect("pps_id", sets_.pps.pic_parameter_set_id, h_.pps_id);
        fields_.expect("short_term_ref_pic_set_size", params_.short_term_ref_pic_set_size,
                       h_.st_bits);
        fields_.expect("long_term_ref_pic_set_size", params_.long_term_ref_pic_set_size,
                       h_.lt_bits);
        if (!h_.inter_rps) {
            const bool right = fields_.expect("num_delta_pocs_of_ref_rps_idx",
                                              params_.num_delta_pocs_of_ref_rps_idx, 0);
            garbage_ = garbage_ || (!right && style_.reads_num_delta_pocs);
        }
        const bool irap_right =
            expect_flag("irap_flag", V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC, h_.irap());
        garbage_ = garbage_ || (!irap_right && style_.reads_irap_flag);
        expect_flag("idr_flag", V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC, h_.idr());
        // Not set is right too: VA-API does not carry it, and nothing is decoded by it.
        if (!h_.no_output_of_prior_pics) {
            expect_flag("no_output_of_prior_flag", V4L2_HEVC_DECODE_PARAM_FLAG_NO_OUTPUT_OF_PRIOR,
                        false);
        }
        if (sets_.sps_flag(V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED) &&
            sets_.scaling.scaling_list_4x4[0][0] == 0) {
            judge().violation("hevc-scaling-matrix", "frame %" PRIu64 ": the scaling matrix is 0",
                              job_.number);
        }
    }

    // Whether the explicit sizes fill the picture. Hardware that is told of uniform spacing may
    // compute them itself.
    void tiles() {
        if (!sets_.pps_flag(V4L2_HEVC_PPS_FLAG_TILES_ENABLED)) return;
        if (sets_.pps_flag(V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING) && !style_.headers_from_controls) {
            return;
        }
        unsigned columns = 0;
        unsigned rows = 0;
        for (size_t i = 0; i <= sets_.pps.num_tile_columns_minus1 && i < 20; ++i) {
            columns += sets_.pps.column_width_minus1[i] + 1U;
        }
        for (size_t i = 0; i <= sets_.pps.num_tile_rows_minus1 && i < 22; ++i) {
            rows += sets_.pps.row_height_minus1[i] + 1U;
        }
        fields_.expect("column_width_minus1", columns, sets_.columns());
        fields_.expect("row_height_minus1", rows, sets_.rows());
    }

    void target() {
        const unsigned width = sets_.sps.pic_width_in_luma_samples;
        const unsigned height = sets_.sps.pic_height_in_luma_samples;
        if (width <= job_.target.width && height <= job_.target.height) return;
        judge().violation("hevc-picture-size",
                          "frame %" PRIu64 ": the SPS says %ux%u, the CAPTURE format %ux%u",
                          job_.number, width, height, job_.target.width, job_.target.height);
    }

    void dpb_entry(const v4l2_hevc_dpb_entry& entry) {
        const auto ts = static_cast<uint64_t>(entry.timestamp);
        const ReferenceState state = job_.find_reference(ts);
        if (state != ReferenceState::found) {
            const bool requeued = state == ReferenceState::requeued;
            judge().violation(
                requeued ? "reference-requeued" : "reference-unknown",
                "frame %" PRIu64 ": reference ts %" PRIu64 " %s", job_.number, ts,
                requeued ? "is in a buffer that was queued again" : "is in no CAPTURE buffer");
            return;
        }
        const Wanted* picture = model_.find(ts);
        if (picture == nullptr || picture->poc != entry.pic_order_cnt_val) {
            contradiction(entry, picture);
            return;
        }
        if (!model_.wants_known()) return;
        const auto& wants = model_.wants();
        const auto wanted = std::ranges::find_if(
            wants, [&](const Wanted& want) { return want.present && want.timestamp == ts; });
        if (wanted == wants.end()) {
            if (!model_.exact()) return;
            judge().violation("hevc-dpb-not-a-reference",
                              "frame %" PRIu64 ": dpb entry ts %" PRIu64
                              " is not in the reference picture set",
                              job_.number, ts);
            return;
        }
        fields_.expect("dpb_long_term_flag",
                       (entry.flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE) != 0 ? 1 : 0,
                       wanted->long_term ? 1 : 0);
    }

    // An entry whose order count is not that of its buffer. For a picture that the stream lost, a
    // client may name any other.
    void contradiction(const v4l2_hevc_dpb_entry& entry, const Wanted* picture) {
        const int poc = entry.pic_order_cnt_val;
        bool stands_in = false;
        if (model_.wants_known()) {
            stands_in = std::ranges::any_of(model_.wants(), [&](const Wanted& want) {
                return !want.present &&
                       ((want.poc - poc) & (want.long_term ? sets_.max_poc_lsb() - 1 : -1)) == 0;
            });
        } else {
            stands_in = !model_.has_poc(poc) && model_.seen(h_, poc) != DpbModel::Seen::without;
        }
        char text[160];
        std::snprintf(text, sizeof text,
                      "frame %" PRIu64 ": dpb entry ts %" PRIu64 " has order count %d, was %s %d",
                      job_.number, static_cast<uint64_t>(entry.timestamp), poc,
                      picture != nullptr ? "decoded as" : "not kept;",
                      picture != nullptr ? picture->poc : 0);
        if (stands_in || !model_.exact()) {
            judge().stream_error("hevc-stand-in", "%s", text);
        } else {
            judge().violation("hevc-dpb-poc", "%s", text);
        }
    }

    void indices(Part part) {
        for (const uint8_t index : list_of(sets_, part)) {
            if (index < dpb_of(sets_).size()) continue;
            // Nothing to name: right for a picture that the stream lost.
            if (index == kNoReference && (!model_.exact() || lost(part))) continue;
            judge().violation("hevc-list-index",
                              "frame %" PRIu64 ": %s holds %u of %zu dpb entries", job_.number,
                              name_of(part), index, dpb_of(sets_).size());
        }
    }

    [[nodiscard]] bool lost(Part part) const {
        return !model_.wants_known() ||
               std::ranges::any_of(model_.wants(), [part](const Wanted& want) {
                   return want.part == part && !want.present;
               });
    }

    void missing_from_stream() {
        const bool missing = std::ranges::any_of(model_.wants(), [](const Wanted& want) {
            return !want.present && want.part != Part::following;
        });
        if (!missing || !model_.exact()) return;
        judge().stream_error("hevc-missing-reference", "frame %" PRIu64 " poc %d", job_.number,
                             model_.poc());
        model_.doubt();
    }

    // The list must be that of the reference picture set; lost pictures may be left out, or stand
    // for something else.
    void compare_list(Part part) {
        std::vector<const Wanted*> wanted;
        for (const Wanted& want : model_.wants()) {
            if (want.part == part) wanted.push_back(&want);
        }
        const std::span<const uint8_t> list = list_of(sets_, part);
        if (list.size() != wanted.size() && lost(part)) {
            std::erase_if(wanted, [](const Wanted* want) { return !want->present; });
        }
        if (list.size() != wanted.size()) {
            judge().violation("hevc-list-length", "frame %" PRIu64 ": %s has %zu entries, not %zu",
                              job_.number, name_of(part), list.size(), wanted.size());
            return;
        }
        for (size_t i = 0; i < list.size(); ++i) {
            if (!wanted[i]->present || list[i] >= dpb_of(sets_).size()) continue;
            const v4l2_hevc_dpb_entry& entry = dpb_of(sets_)[list[i]];
            if (entry.timestamp == wanted[i]->timestamp) continue;
            judge().violation("hevc-list-entry",
                              "frame %" PRIu64 ": %s[%zu] is ts %" PRIu64
                              " poc %d, should be ts %" PRIu64 " poc %d",
                              job_.number, name_of(part), i, static_cast<uint64_t>(entry.timestamp),
                              entry.pic_order_cnt_val, wanted[i]->timestamp, wanted[i]->poc);
        }
    }

    void missing_from_dpb() {
        for (const Wanted& want : model_.wants()) {
            if (!want.present) continue;
            const bool named = std::ranges::any_of(dpb_of(sets_), [&](const auto& entry) {
                return entry.timestamp == want.timestamp;
            });
            if (named) continue;
            char text[96];
            std::snprintf(text, sizeof text, "frame %" PRIu64 ": reference ts %" PRIu64 " poc %d",
                          job_.number, want.timestamp, want.poc);
            if (model_.exact()) {
                judge().violation("hevc-dpb-missing-reference", "%s is not in the dpb", text);
            } else {
                judge().stream_error("hevc-dpb-missing-reference", "%s is not in the dpb", text);
            }
        }
    }

    // Without the reference picture set: the order that any set has (8.3.2).
    void order(Part part) {
        const int sign = part == Part::before ? -1 : 1;
        int last = params_.pic_order_cnt_val;
        for (const uint8_t index : list_of(sets_, part)) {
            if (index >= dpb_of(sets_).size()) continue;
            const v4l2_hevc_dpb_entry& entry = dpb_of(sets_)[index];
            if ((entry.flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE) != 0) {
                judge().violation("hevc-list-long-term",
                                  "frame %" PRIu64 ": %s holds a long-term reference", job_.number,
                                  name_of(part));
            }
            if ((entry.pic_order_cnt_val - last) * sign <= 0) {
                judge().violation("hevc-list-order",
                                  "frame %" PRIu64 ": %s goes from order count %d to %d",
                                  job_.number, name_of(part), last, entry.pic_order_cnt_val);
            }
            last = entry.pic_order_cnt_val;
        }
    }

    const DecodeJob& job_;
    const SliceHeader& h_;
    const Sets& sets_;
    const v4l2_ctrl_hevc_decode_params& params_;
    DpbModel& model_;
    const HevcStyle& style_;
    FieldJudge fields_;
    bool garbage_ = false;
};

class SliceJudge {
  public:
    SliceJudge(const DecodeJob& job, const SliceHeader& header, const Sets& sets,
               const v4l2_ctrl_hevc_slice_params& params)
        : job_(job), h_(header), sets_(sets), params_(params), fields_("hevc-slice", job) {}

    void run() {
        fields_.expect("nal_unit_type", params_.nal_unit_type, h_.nal_unit_type);
        fields_.expect("nuh_temporal_id_plus1", params_.nuh_temporal_id_plus1,
                       h_.temporal_id_plus1);
        fields_.expect("slice_segment_addr", params_.slice_segment_addr, h_.address);
        fields_.expect("num_entry_point_offsets", params_.num_entry_point_offsets,
                       static_cast<int64_t>(h_.entry_points.size()));
        expect_flag("dependent_flag", V4L2_HEVC_SLICE_PARAMS_FLAG_DEPENDENT_SLICE_SEGMENT,
                    h_.dependent);
        fields_.expect("slice_type", params_.slice_type, h_.slice_type);
        fields_.expect("colour_plane_id", params_.colour_plane_id, h_.colour_plane);
        fields_.expect("slice_pic_order_cnt", params_.slice_pic_order_cnt,
                       sets_.params.pic_order_cnt_val);
        quantisation_and_filters();
        if (!h_.dependent) {
            fields_.expect("short_term_ref_pic_set_size", params_.short_term_ref_pic_set_size,
                           h_.st_bits);
            fields_.expect("long_term_ref_pic_set_size", params_.long_term_ref_pic_set_size,
                           h_.lt_bits);
        }
        if (!h_.intra()) inter();
    }

  private:
    void expect_flag(const char* field, uint64_t flag, bool wanted) {
        fields_.expect(field, (params_.flags & flag) != 0 ? 1 : 0, wanted ? 1 : 0);
    }

    void quantisation_and_filters() {
        fields_.expect("slice_qp_delta", params_.slice_qp_delta, h_.qp_delta);
        fields_.expect("slice_cb_qp_offset", params_.slice_cb_qp_offset, h_.cb_qp_offset);
        fields_.expect("slice_cr_qp_offset", params_.slice_cr_qp_offset, h_.cr_qp_offset);
        expect_flag("deblocking_disabled_flag",
                    V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_DEBLOCKING_FILTER_DISABLED,
                    h_.deblocking_disabled);
        if (!h_.deblocking_disabled) {
            fields_.expect("slice_beta_offset_div2", params_.slice_beta_offset_div2,
                           h_.beta_offset_div2);
            fields_.expect("slice_tc_offset_div2", params_.slice_tc_offset_div2, h_.tc_offset_div2);
        }
        expect_flag("sao_luma_flag", V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA, h_.sao_luma);
        expect_flag("sao_chroma_flag", V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA, h_.sao_chroma);
        expect_flag("loop_filter_across_slices_flag",
                    V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED,
                    h_.loop_filter_across_slices);
    }

    void inter() {
        fields_.expect("num_ref_idx_l0_active_minus1", params_.num_ref_idx_l0_active_minus1,
                       static_cast<int64_t>(h_.num_ref_idx[0]) - 1);
        // Where nothing but the picture itself is there, its motion may be left alone.
        const bool itself = std::ranges::all_of(
            dpb_of(sets_), [this](const auto& entry) { return entry.timestamp == job_.timestamp; });
        if (!itself) {
            expect_flag("temporal_mvp_flag", V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED,
                        h_.temporal_mvp);
        }
        expect_flag("cabac_init_flag", V4L2_HEVC_SLICE_PARAMS_FLAG_CABAC_INIT, h_.cabac_init);
        fields_.expect("five_minus_max_num_merge_cand", params_.five_minus_max_num_merge_cand,
                       h_.five_minus_max_num_merge_cand);
        if (h_.b()) {
            fields_.expect("num_ref_idx_l1_active_minus1", params_.num_ref_idx_l1_active_minus1,
                           static_cast<int64_t>(h_.num_ref_idx[1]) - 1);
            expect_flag("mvd_l1_zero_flag", V4L2_HEVC_SLICE_PARAMS_FLAG_MVD_L1_ZERO,
                        h_.mvd_l1_zero);
        }
        if (h_.temporal_mvp) {
            if (h_.b()) {
                expect_flag("collocated_from_l0_flag",
                            V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0, h_.collocated_from_l0);
            }
            fields_.expect("collocated_ref_idx", params_.collocated_ref_idx, h_.collocated_ref_idx);
        }
        reference_lists();
        if (is_weighted(h_, sets_)) weights();
    }

    void reference_lists() {
        const DpbLists wanted = lists_from_controls(h_, sets_);
        for (size_t list = 0; list < 2; ++list) {
            const auto& got = list == 0 ? params_.ref_idx_l0 : params_.ref_idx_l1;
            for (size_t i = 0; i < wanted.lists[list].size(); ++i) {
                // Whatever stands for a lost picture.
                if (wanted.lists[list][i] == kNoReference) continue;
                fields_.expect(list == 0 ? "ref_idx_l0" : "ref_idx_l1", got[i],
                               wanted.lists[list][i]);
            }
        }
    }

    void weights() {
        const v4l2_hevc_pred_weight_table& table = params_.pred_weight_table;
        fields_.expect("luma_log2_weight_denom", table.luma_log2_weight_denom,
                       h_.weights.luma_log2_denom);
        fields_.expect("delta_chroma_log2_weight_denom", table.delta_chroma_log2_weight_denom,
                       h_.weights.delta_chroma_log2_denom);
        for (size_t i = 0; i < h_.num_ref_idx[0]; ++i) {
            const Weight& wanted = h_.weights.entries[0][i];
            fields_.expect("delta_luma_weight_l0", table.delta_luma_weight_l0[i],
                           wanted.delta_luma);
            fields_.expect("luma_offset_l0", table.luma_offset_l0[i], wanted.luma_offset);
            for (size_t c = 0; c < 2; ++c) {
                fields_.expect("delta_chroma_weight_l0", table.delta_chroma_weight_l0[i][c],
                               wanted.delta_chroma[c]);
                fields_.expect("chroma_offset_l0", table.chroma_offset_l0[i][c],
                               wanted.chroma_offset[c]);
            }
        }
        for (size_t i = 0; i < h_.num_ref_idx[1]; ++i) {
            const Weight& wanted = h_.weights.entries[1][i];
            fields_.expect("delta_luma_weight_l1", table.delta_luma_weight_l1[i],
                           wanted.delta_luma);
            fields_.expect("luma_offset_l1", table.luma_offset_l1[i], wanted.luma_offset);
            for (size_t c = 0; c < 2; ++c) {
                fields_.expect("delta_chroma_weight_l1", table.delta_chroma_weight_l1[i][c],
                               wanted.delta_chroma[c]);
                fields_.expect("chroma_offset_l1", table.chroma_offset_l1[i][c],
                               wanted.chroma_offset[c]);
            }
        }
    }

    const DecodeJob& job_;
    const SliceHeader& h_;
    const Sets& sets_;
    const v4l2_ctrl_hevc_slice_params& params_;
    FieldJudge fields_;
};

}  // namespace

bool judge_picture(const DecodeJob& job, const SliceHeader& header, const Sets& sets,
                   DpbModel& model, const HevcStyle& style) {
    return PictureJudge(job, header, sets, model, style).run();
}

void judge_slice(const DecodeJob& job, const SliceHeader& header, const Sets& sets,
                 const v4l2_ctrl_hevc_slice_params& params, const HevcStyle& style,
                 const SlicePlace& place) {
    SliceJudge(job, header, sets, params).run();
    if (!style.headers_from_controls) return;
    const FieldJudge fields("hevc-slice", job);
    fields.expect("data_byte_offset", params.data_byte_offset, static_cast<int64_t>(place.data));
    // Both readings exist: this slice's size, and where it ends in the buffer.
    if (params.bit_size != place.end * 8) {
        fields.expect("bit_size", params.bit_size,
                      static_cast<int64_t>((place.end - place.nal) * 8));
    }
}

void judge_entry_points(const DecodeJob& job, std::span<const uint32_t> wanted,
                        std::span<const uint32_t> offsets) {
    const FieldJudge fields("hevc", job);
    if (wanted.empty()) return;
    fields.expect("entry_point_count", static_cast<int64_t>(offsets.size()),
                  static_cast<int64_t>(wanted.size()));
    for (size_t i = 0; i < std::min(offsets.size(), wanted.size()); ++i) {
        fields.expect("entry_point_offset", offsets[i], wanted[i]);
    }
}

}  // namespace vdec::hevc
