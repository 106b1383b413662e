// SPDX-License-Identifier: MIT
// The rules of the H.264 judge.
#include "h264/judge.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <string>

#include "report/judge.h"

namespace vdec::h264 {
namespace {

class PictureJudge {
  public:
    PictureJudge(const DecodeJob& job, const SliceHeader& header, SliceTypes types,
                 const Sets& sets, const DpbModel& model, const H264Style& style)
        : job_(job), h_(header), types_(types), sets_(sets), model_(model), style_(style) {}

    Silent run() {
        slice_fields();
        if (style_.reads_frame_type) frame_type();
        if (style_.no_motion_of_baseline) profile();
        order_counts();
        bit_sizes();
        target();
        for (const v4l2_h264_dpb_entry& entry : sets_.params.dpb) dpb_entry(entry);
        if (model_.exact()) missing_references();
        return silent_;
    }

  private:
    void expect_in_header(const char* field, int64_t got, int64_t wanted) {
        expect(field, got, wanted);
        silent_.wrong_header = silent_.wrong_header || got != wanted;
    }

    void expect_in_lists(const char* field, int64_t got, int64_t wanted) {
        expect(field, got, wanted);
        silent_.wrong_lists = silent_.wrong_lists || got != wanted;
    }

    // Only lists of B pictures go by order counts.
    void expect_in_order(const char* field, int64_t got, int64_t wanted) {
        expect(field, got, wanted);
        silent_.wrong_lists = silent_.wrong_lists || (got != wanted && has(kB));
    }

    void expect(const char* field, int64_t got, int64_t wanted) {
        if (got == wanted) return;
        const std::string kind = std::string("h264-") + field;
        judge().violation(kind.c_str(),
                          "frame %" PRIu64 " ts %" PRIu64 ": %s is %" PRId64 ", should be %" PRId64,
                          job_.number, job_.timestamp, field, got, wanted);
    }

    void expect_flag(const char* field, uint32_t flag, bool wanted) {
        expect_in_header(field, sets_.params_flag(flag) ? 1 : 0, wanted ? 1 : 0);
    }

    [[nodiscard]] bool has(SliceType type) const { return (types_ & 1U << type) != 0; }

    void frame_type() {
        const bool p = has(kP) && !has(kB);
        expect_in_lists("pframe_flag", sets_.params_flag(V4L2_H264_DECODE_PARAM_FLAG_PFRAME), p);
        expect_in_lists("bframe_flag", sets_.params_flag(V4L2_H264_DECODE_PARAM_FLAG_BFRAME),
                        has(kB));
    }

    // Baseline is taken at its word.
    void profile() {
        const bool above = has(kB) || sets_.pps_flag(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE) ||
                           sets_.pps_flag(V4L2_H264_PPS_FLAG_WEIGHTED_PRED) ||
                           !sets_.sps_flag(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY);
        expect("baseline_profile_with_tools_of_main", sets_.sps.profile_idc == 66 && above, 0);
    }

    void slice_fields() {
        const v4l2_ctrl_h264_decode_params& params = sets_.params;
        expect("nal_ref_idc", params.nal_ref_idc, h_.nal_ref_idc);
        expect_in_lists("frame_num", params.frame_num, h_.frame_num);
        expect_in_header("pps_id", sets_.pps.pic_parameter_set_id, h_.pps_id);
        expect_flag("idr_flag", V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC, h_.idr());
        expect_flag("field_flag", V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC, h_.field_pic);
        expect_flag("bottom_flag", V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD, h_.bottom_field);
        // They decide which fields the lists are of.
        silent_.wrong_lists =
            silent_.wrong_lists ||
            sets_.params_flag(V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC) != h_.field_pic ||
            sets_.params_flag(V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD) != h_.bottom_field;
        if (h_.idr()) expect_in_header("idr_pic_id", params.idr_pic_id, h_.idr_pic_id);
        if (sets_.sps.pic_order_cnt_type == 0) {
            expect("pic_order_cnt_lsb", params.pic_order_cnt_lsb, h_.poc_lsb);
            expect("delta_pic_order_cnt_bottom", params.delta_pic_order_cnt_bottom,
                   h_.delta_poc_bottom);
        } else if (sets_.sps.pic_order_cnt_type == 1) {
            expect("delta_pic_order_cnt0", params.delta_pic_order_cnt0, h_.delta_poc[0]);
            expect("delta_pic_order_cnt1", params.delta_pic_order_cnt1, h_.delta_poc[1]);
        }
    }

    void order_counts() {
        if (!model_.order_known()) return;
        const Frame& current = model_.current();
        if ((h_.fields() & 1) != 0) {
            expect_in_order("top_field_order_cnt", sets_.params.top_field_order_cnt,
                            current.poc[0]);
        }
        if ((h_.fields() & 2) != 0) {
            expect_in_order("bottom_field_order_cnt", sets_.params.bottom_field_order_cnt,
                            current.poc[1]);
        }
    }

    void bit_sizes() {
        expect_in_header("pic_order_cnt_bit_size", sets_.params.pic_order_cnt_bit_size,
                         h_.poc_bits);
        if (h_.reference()) {
            expect_in_header("dec_ref_pic_marking_bit_size",
                             sets_.params.dec_ref_pic_marking_bit_size, h_.marking_bits);
        }
    }

    void target() {
        if (sets_.width() <= job_.target.width && sets_.height() <= job_.target.height) return;
        judge().violation(
            "h264-picture-size", "frame %" PRIu64 ": the SPS says %ux%u, the CAPTURE format %ux%u",
            job_.number, sets_.width(), sets_.height(), job_.target.width, job_.target.height);
    }

    const Frame* find_reference(uint64_t timestamp) const {
        for (const auto& frame : model_.references()) {
            if (!frame->non_existing && frame->timestamp == timestamp) return frame.get();
        }
        return nullptr;
    }

    // A client may name any picture in place of one that the stream left out.
    bool stands_for_gap(const v4l2_h264_dpb_entry& entry) const {
        return std::ranges::any_of(model_.references(), [&](const auto& frame) {
            return frame->non_existing && frame->frame_num == entry.frame_num;
        });
    }

    void dpb_entry(const v4l2_h264_dpb_entry& entry) {
        if ((entry.flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE) == 0) return;
        const Frame* frame = find_reference(entry.reference_ts);
        const bool matches =
            frame != nullptr && (frame->long_ref != 0 || frame->frame_num == entry.frame_num);
        if (!matches && stands_for_gap(entry)) return;
        if (!reference_exists(entry)) return;
        if (!model_.exact()) return;
        if (frame == nullptr) {
            judge().violation("h264-dpb-not-a-reference",
                              "frame %" PRIu64 ": dpb entry ts %" PRIu64
                              " frame_num %u is no "
                              "longer used for reference",
                              job_.number, static_cast<uint64_t>(entry.reference_ts),
                              entry.frame_num);
            return;
        }
        compare(entry, *frame);
    }

    bool reference_exists(const v4l2_h264_dpb_entry& entry) {
        const auto ts = static_cast<uint64_t>(entry.reference_ts);
        const ReferenceState state = job_.find_reference(ts);
        if (state == ReferenceState::found) return true;
        // After a loss the client has nothing to name.
        if (!model_.exact()) return false;
        const bool requeued = state == ReferenceState::requeued;
        judge().violation(
            requeued ? "reference-requeued" : "reference-unknown",
            "frame %" PRIu64 ": reference ts %" PRIu64 " %s", job_.number, ts,
            requeued ? "is in a buffer that was queued again" : "is in no CAPTURE buffer");
        return false;
    }

    void compare(const v4l2_h264_dpb_entry& entry, const Frame& frame) {
        const bool long_term = frame.long_ref != 0;
        expect_in_lists("dpb_long_term_flag",
                        (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM) != 0, long_term);
        expect_in_lists("dpb_frame_num", entry.frame_num,
                        long_term ? frame.long_term_frame_idx : frame.frame_num);
        expect("dpb_fields", entry.fields, frame.ref());
        if (h_.field_pic && entry.fields != frame.ref()) silent_.wrong_lists = true;
        if (style_.reads_valid) {
            expect_in_lists("dpb_valid_flag", (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_VALID) != 0,
                            1);
        }
        if (style_.reads_field_flag) {
            expect("dpb_field_flag", (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_FIELD) != 0,
                   frame.as_fields);
        }
        if (style_.reads_pic_num && !h_.field_pic) {
            expect("dpb_pic_num", static_cast<int32_t>(entry.pic_num),
                   long_term ? frame.long_term_frame_idx : frame.frame_num_wrap);
        }
        if (!model_.order_known()) return;
        if ((frame.ref() & 1) != 0) {
            expect_in_order("dpb_top_field_order_cnt", entry.top_field_order_cnt, frame.poc[0]);
        }
        if ((frame.ref() & 2) != 0) {
            expect_in_order("dpb_bottom_field_order_cnt", entry.bottom_field_order_cnt,
                            frame.poc[1]);
        }
    }

    void missing_references() {
        // Intra pictures need none, and a client may then save itself the list.
        if (h_.idr()) return;
        for (const auto& frame : model_.references()) {
            if (frame->non_existing) continue;
            const bool named = std::ranges::any_of(sets_.params.dpb, [&](const auto& entry) {
                return (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE) != 0 &&
                       entry.reference_ts == frame->timestamp;
            });
            if (named) continue;
            report_missing(*frame);
        }
    }

    void report_missing(const Frame& frame) {
        char text[96];
        std::snprintf(text, sizeof text, "frame %" PRIu64 ": reference ts %" PRIu64 " frame_num %d",
                      job_.number, frame.timestamp, frame.frame_num);
        if (model_.damaged()) {
            judge().stream_error("h264-dpb-missing-reference", "%s is not in the dpb", text);
        } else {
            judge().violation("h264-dpb-missing-reference", "%s is not in the dpb", text);
        }
    }

    const DecodeJob& job_;
    const SliceHeader& h_;
    const SliceTypes types_;
    const Sets& sets_;
    const DpbModel& model_;
    const H264Style& style_;
    Silent silent_;
};

}  // namespace

Silent judge_picture(const DecodeJob& job, const SliceHeader& header, SliceTypes types,
                     const Sets& sets, const DpbModel& model, const H264Style& style) {
    return PictureJudge(job, header, types, sets, model, style).run();
}

}  // namespace vdec::h264
