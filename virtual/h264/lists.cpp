// SPDX-License-Identifier: MIT
// Building reference picture lists.
#include "h264/lists.h"

#include <algorithm>

namespace vdec::h264 {
namespace {

using List = std::vector<Reference>;
using Frames = std::vector<const Frame*>;

int own_poc(const Frame& frame) {
    if (frame.coded == 3) return std::min(frame.poc[0], frame.poc[1]);
    return frame.poc[frame.coded == 2 ? 1 : 0];
}

class ListBuilder {
  public:
    ListBuilder(const SliceHeader& header, const Sets& sets, const DpbModel& model)
        : h_(header), sets_(sets), model_(model) {}

    ReferenceLists run() {
        ReferenceLists lists;
        const unsigned count = list_count(h_.slice_type);
        for (unsigned list = 0; list < count; ++list) lists[list] = initial(list);
        // 8.2.4.2.3, 8.2.4.2.4: two lists that are the same would be of no use.
        if (count == 2 && lists[1].size() > 1 && lists[0] == lists[1]) {
            std::swap(lists[1][0], lists[1][1]);
        }
        for (unsigned list = 0; list < count; ++list) {
            lists[list].resize(h_.num_ref_idx[list]);
            modify(lists[list], h_.modifications[list]);
        }
        return lists;
    }

  private:
    // Of the current picture when it is a field: only its own count.
    [[nodiscard]] int current_poc() const {
        const Frame& current = model_.current();
        return h_.field_pic ? current.poc[h_.bottom_field ? 1 : 0] : own_poc(current);
    }

    // Of a frame, or of the field before this one in the same frame.
    [[nodiscard]] int poc_of(const Frame& frame) const {
        if (&frame != &model_.current()) return own_poc(frame);
        return frame.poc[h_.bottom_field ? 0 : 1];
    }

    [[nodiscard]] bool is_usable(unsigned marked) const {
        return h_.field_pic ? marked != 0 : marked == 3;
    }

    [[nodiscard]] Frames short_terms() const {
        Frames frames;
        for (const auto& frame : model_.references()) {
            if (is_usable(frame->short_ref)) frames.push_back(frame.get());
        }
        return frames;
    }

    [[nodiscard]] Frames long_terms() const {
        Frames frames;
        for (const auto& frame : model_.references()) {
            if (is_usable(frame->long_ref)) frames.push_back(frame.get());
        }
        std::ranges::sort(frames, {}, &Frame::long_term_frame_idx);
        return frames;
    }

    [[nodiscard]] Frames short_terms_by_number() const {
        Frames frames = short_terms();
        std::ranges::sort(frames, std::ranges::greater{}, &Frame::frame_num_wrap);
        return frames;
    }

    // The nearer ones first, beginning with those before (list 0) or after (list 1).
    [[nodiscard]] Frames short_terms_by_order(unsigned list) const {
        const int now = current_poc();
        Frames frames = short_terms();
        const auto poc = [this](const Frame* frame) { return poc_of(*frame); };
        // Not std::ranges': clang 14 cannot use what that returns.
        const auto middle = std::partition(frames.begin(), frames.end(), [&](const Frame* frame) {
            return poc_of(*frame) <= now;
        });
        std::ranges::sort(frames.begin(), middle, std::ranges::greater{}, poc);
        std::ranges::sort(middle, frames.end(), {}, poc);
        if (list == 1) std::rotate(frames.begin(), middle, frames.end());
        return frames;
    }

    List initial(unsigned list) const {
        const Frames near =
            h_.slice_type == kB ? short_terms_by_order(list) : short_terms_by_number();
        const Frames far = long_terms();
        List result;
        if (h_.field_pic) {
            alternate(near, &Frame::short_ref, result);
            alternate(far, &Frame::long_ref, result);
            return result;
        }
        for (const Frame* frame : near) result.push_back({frame, 3});
        for (const Frame* frame : far) result.push_back({frame, 3});
        return result;
    }

    // 8.2.4.2.5: fields of both parities in turn, this one's first, the rest as it comes.
    void alternate(const Frames& frames, unsigned Frame::*marked, List& result) const {
        unsigned parity = h_.fields();
        size_t at[2] = {};
        const auto next = [&](unsigned fields) {
            size_t& i = at[fields == parity ? 0 : 1];
            while (i < frames.size() && (frames[i]->*marked & fields) == 0) ++i;
            return i < frames.size() ? frames[i++] : nullptr;
        };
        for (unsigned fields = parity;; fields ^= 3U) {
            const Frame* frame = next(fields);
            if (frame != nullptr) {
                result.push_back({frame, fields});
                continue;
            }
            fields ^= 3U;
            while ((frame = next(fields)) != nullptr) result.push_back({frame, fields});
            return;
        }
    }

    // 8.2.4.3
    void modify(List& list, const std::vector<Modification>& modifications) const {
        const int max = sets_.max_frame_num() * (h_.field_pic ? 2 : 1);
        const int frame_num = static_cast<int>(h_.frame_num);
        const int current = h_.field_pic ? 2 * frame_num + 1 : frame_num;
        int predicted = current;
        size_t index = 0;
        for (const Modification& step : modifications) {
            if (index >= list.size()) return;
            if (step.idc > 2) continue;
            int number = static_cast<int>(step.value);
            if (step.idc < 2) {
                const int difference =
                    static_cast<int>(step.value % static_cast<uint32_t>(max)) + 1;
                predicted += step.idc == 0 ? -difference : difference;
                predicted = (predicted + 2 * max) % max;
                number = predicted > current ? predicted - max : predicted;
            }
            insert(list, index++, find(number, step.idc == 2));
        }
    }

    static void insert(List& list, size_t index, const Reference& reference) {
        const size_t size = list.size();
        list.insert(list.begin() + static_cast<std::ptrdiff_t>(index), reference);
        size_t kept = index + 1;
        for (size_t i = index + 1; i <= size; ++i) {
            if (reference.frame == nullptr || list[i] != reference) list[kept++] = list[i];
        }
        list.resize(size);
    }

    [[nodiscard]] Reference find(int number, bool long_term) const {
        for (const auto& frame : model_.references()) {
            const unsigned marked = long_term ? frame->long_ref : frame->short_ref;
            for (unsigned fields = h_.field_pic ? 1 : 3; fields <= (h_.field_pic ? 2U : 3U);
                 ++fields) {
                const Reference reference = {frame.get(), fields};
                if ((marked & fields) == fields && pic_num(reference, h_) == number) {
                    return reference;
                }
            }
        }
        return {};
    }

    const SliceHeader& h_;
    const Sets& sets_;
    const DpbModel& model_;
};

}  // namespace

bool is_long_term(const Reference& reference) {
    return (reference.frame->long_ref & reference.fields) != 0;
}

int pic_num(const Reference& reference, const SliceHeader& header) {
    const int number = is_long_term(reference) ? reference.frame->long_term_frame_idx
                                               : reference.frame->frame_num_wrap;
    if (!header.field_pic) return number;
    return 2 * number + (reference.fields == header.fields() ? 1 : 0);
}

ReferenceLists lists_from_stream(const SliceHeader& header, const Sets& sets,
                                 const DpbModel& model) {
    return ListBuilder(header, sets, model).run();
}

ReferenceLists lists_from_controls(const Sets& sets, const DpbModel& model) {
    const v4l2_ctrl_h264_slice_params& slice = sets.slice;
    const bool field_pic = sets.params_flag(V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC);
    ReferenceLists lists;
    for (unsigned i = 0; i < list_count(slice.slice_type); ++i) {
        const auto& from = i == 0 ? slice.ref_pic_list0 : slice.ref_pic_list1;
        const unsigned last =
            i == 0 ? slice.num_ref_idx_l0_active_minus1 : slice.num_ref_idx_l1_active_minus1;
        for (unsigned j = 0; j < std::min(last + 1, kMaxRefIdx); ++j) {
            Reference& reference = lists[i].emplace_back();
            if (field_pic) reference.fields = from[j].fields == V4L2_H264_BOTTOM_FIELD_REF ? 2 : 1;
            if (from[j].index >= V4L2_H264_NUM_DPB_ENTRIES) continue;
            const v4l2_h264_dpb_entry& entry = sets.params.dpb[from[j].index];
            if ((entry.flags & V4L2_H264_DPB_ENTRY_FLAG_VALID) == 0) continue;
            const auto found = std::ranges::find_if(model.references(), [&](const auto& frame) {
                return !frame->non_existing && frame->timestamp == entry.reference_ts;
            });
            if (found != model.references().end()) reference.frame = found->get();
        }
    }
    return lists;
}

}  // namespace vdec::h264
