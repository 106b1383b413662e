// SPDX-License-Identifier: MIT
#include "h264_initial_lists.h"

#include <algorithm>
#include <utility>

namespace hardware {
namespace {

constexpr unsigned kEntries = V4L2_H264_NUM_DPB_ENTRIES;
constexpr unsigned kTop = V4L2_H264_TOP_FIELD_REF;
constexpr unsigned kBottom = V4L2_H264_BOTTOM_FIELD_REF;

class ListBuilder {
  public:
    ListBuilder(const vdec::h264::Sets& sets, unsigned first_field)
        : params_(sets.params),
          field_pic_(sets.params_flag(V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC)),
          bottom_field_(sets.params_flag(V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD)),
          first_field_(first_field) {
        for (unsigned i = 0; i < kEntries; ++i) {
            const v4l2_h264_dpb_entry& entry = params_.dpb[i];
            if ((entry.flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE) == 0) continue;
            // 8.2.4.2.1: of frames, those that are references as a whole.
            if (!field_pic_ && entry.fields != (kTop | kBottom)) continue;
            const bool is_long = (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM) != 0;
            (is_long ? long_ : short_).push_back(i);
        }
        std::ranges::sort(long_, {}, [this](unsigned i) { return number(i); });
    }

    std::array<H264List, 3> build() {
        std::array<H264List, 3> lists;
        std::vector<unsigned> order = short_;
        std::ranges::sort(order, [this](unsigned a, unsigned b) { return number(a) > number(b); });
        lists[0] = entries(order);
        lists[1] = entries(by_order_count(true));
        lists[2] = entries(by_order_count(false));
        if (lists[2].size() > 1 && lists[1] == lists[2]) std::swap(lists[2][0], lists[2][1]);
        return lists;
    }

  private:
    [[nodiscard]] int number(unsigned i) const { return static_cast<int>(params_.dpb[i].pic_num); }

    // PicOrderCnt of a frame, of which both fields count even where one is a reference; of the
    // first field of the current frame there is no other.
    [[nodiscard]] int order(unsigned i) const {
        const v4l2_h264_dpb_entry& entry = params_.dpb[i];
        if (i == first_field_) {
            return bottom_field_ ? entry.top_field_order_cnt : entry.bottom_field_order_cnt;
        }
        return std::min(entry.top_field_order_cnt, entry.bottom_field_order_cnt);
    }

    [[nodiscard]] int current_order() const {
        if (!field_pic_)
            return std::min(params_.top_field_order_cnt, params_.bottom_field_order_cnt);
        return bottom_field_ ? params_.bottom_field_order_cnt : params_.top_field_order_cnt;
    }

    // 8.2.4.2.3 and 8.2.4.2.4: nearest first, those before the picture first or last.
    [[nodiscard]] std::vector<unsigned> by_order_count(bool before_first) const {
        std::vector<unsigned> before;
        std::vector<unsigned> after;
        for (const unsigned i : short_) (order(i) <= current_order() ? before : after).push_back(i);
        std::ranges::sort(before, [this](unsigned a, unsigned b) { return order(a) > order(b); });
        std::ranges::sort(after, [this](unsigned a, unsigned b) { return order(a) < order(b); });
        std::vector<unsigned>& first = before_first ? before : after;
        const std::vector<unsigned>& last = before_first ? after : before;
        first.insert(first.end(), last.begin(), last.end());
        return first;
    }

    [[nodiscard]] H264List entries(const std::vector<unsigned>& of_short) const {
        H264List list;
        for (const auto* part : {&of_short, &long_}) {
            if (field_pic_) {
                add_fields(*part, list);
            } else {
                for (const unsigned i : *part) list.push_back({i, false});
            }
        }
        return list;
    }

    // 8.2.4.2.5: fields of either parity in turns, the current one first; then what is left.
    void add_fields(const std::vector<unsigned>& frames, H264List& list) const {
        const auto has = [this](unsigned i, bool bottom) {
            return (params_.dpb[i].fields & (bottom ? kBottom : kTop)) != 0;
        };
        size_t next[2] = {0, 0};
        bool bottom = bottom_field_;
        const auto find = [&](bool parity) {
            size_t& at = next[parity ? 1 : 0];
            while (at < frames.size() && !has(frames[at], parity)) ++at;
            return at < frames.size();
        };
        while (find(bottom) || find(!bottom)) {
            // Where one parity is used up, all of the other follow.
            if (!find(bottom)) bottom = !bottom;
            list.push_back({frames[next[bottom ? 1 : 0]++], bottom});
            bottom = !bottom;
        }
    }

    const v4l2_ctrl_h264_decode_params& params_;
    const bool field_pic_;
    const bool bottom_field_;
    const unsigned first_field_;
    std::vector<unsigned> short_;
    std::vector<unsigned> long_;
};

}  // namespace

std::array<H264List, 3> initial_lists(const vdec::h264::Sets& sets, unsigned first_field) {
    return ListBuilder(sets, first_field).build();
}

}  // namespace hardware
