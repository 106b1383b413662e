// SPDX-License-Identifier: MIT
// The decoded picture buffer model.
#include "h264/dpb_model.h"

#include <algorithm>

namespace vdec::h264 {

bool DpbModel::pairs_with_previous(const SliceHeader& header) const {
    return awaits_second_field_ && current_ != nullptr && header.field_pic && !header.idr() &&
           current_->coded == (3U ^ header.fields()) &&
           static_cast<uint32_t>(current_->frame_num) == header.frame_num;
}

void DpbModel::restart() {
    refs_.clear();
    current_.reset();
    awaits_second_field_ = false;
    exact_ = false;
    max_long_term_idx_ = -1;
}

void DpbModel::begin(const SliceHeader& header, const Sets& sets, uint64_t timestamp,
                     bool second_field) {
    had_gap_ = false;
    if (header.idr()) {
        forget_all();
        exact_ = true;
        prev_ref_frame_num_ = 0;
    } else if (!second_field) {
        if (!exact_) damaged_ = true;
        fill_gap(header, sets);
    }
    if (!second_field) {
        current_ = std::make_shared<Frame>();
        current_->timestamp = timestamp;
        current_->frame_num = static_cast<int>(header.frame_num);
    }
    awaits_second_field_ = header.field_pic && !second_field;
    count_order(header, sets);
    current_->coded |= header.fields();
    current_->as_fields = header.field_pic;
    update_wraps(static_cast<int>(header.frame_num), sets.max_frame_num());
}

void DpbModel::forget_all() {
    for (const auto& frame : refs_) frame->short_ref = frame->long_ref = 0;
    refs_.clear();
    max_long_term_idx_ = -1;
}

void DpbModel::update_wraps(int frame_num, int max_frame_num) {
    for (const auto& frame : refs_) {
        frame->frame_num_wrap =
            frame->frame_num > frame_num ? frame->frame_num - max_frame_num : frame->frame_num;
    }
}

// 8.2.5.2: frames that the encoder left out are inferred, as "non-existing".
void DpbModel::fill_gap(const SliceHeader& header, const Sets& sets) {
    const int max = sets.max_frame_num();
    const int frame_num = static_cast<int>(header.frame_num);
    int next = (prev_ref_frame_num_ + 1) % max;
    if (frame_num == prev_ref_frame_num_ || frame_num == next) return;
    had_gap_ = true;
    if (!sets.sps_flag(V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED)) doubt();
    if (refs_.empty()) return;
    // More than a buffer full pushes everything out anyway.
    const int missing = (frame_num - next + max) % max;
    if (missing > 32) next = (frame_num - 32 + max) % max;
    for (; next != frame_num; next = (next + 1) % max) {
        update_wraps(next, max);
        slide(sets);
        auto frame = std::make_shared<Frame>();
        frame->frame_num = next;
        frame->frame_num_wrap = next;
        frame->coded = frame->short_ref = 3;
        frame->non_existing = true;
        refs_.push_back(frame);
        if (prev_frame_num_ > next) frame_num_offset_ += max;
        prev_frame_num_ = next;
    }
    prev_ref_frame_num_ = (frame_num - 1 + max) % max;
}

void DpbModel::next_frame_num_offset(const SliceHeader& header, const Sets& sets) {
    const int frame_num = static_cast<int>(header.frame_num);
    if (header.idr()) {
        frame_num_offset_ = 0;
    } else if (prev_frame_num_ > frame_num) {
        frame_num_offset_ += sets.max_frame_num();
    }
    prev_frame_num_ = frame_num;
}

void DpbModel::count_type_0(const SliceHeader& header, const Sets& sets, int poc[2]) {
    if (header.idr()) prev_poc_msb_ = prev_poc_lsb_ = 0;
    const int max_lsb = 1 << (sets.sps.log2_max_pic_order_cnt_lsb_minus4 + 4);
    const int lsb = static_cast<int>(header.poc_lsb);
    poc_msb_ = prev_poc_msb_;
    if (lsb < prev_poc_lsb_ && prev_poc_lsb_ - lsb >= max_lsb / 2) {
        poc_msb_ += max_lsb;
    } else if (lsb > prev_poc_lsb_ && lsb - prev_poc_lsb_ > max_lsb / 2) {
        poc_msb_ -= max_lsb;
    }
    poc[0] = poc_msb_ + lsb;
    poc[1] = poc[0] + (header.field_pic ? 0 : header.delta_poc_bottom);
    if (header.reference()) {
        prev_poc_msb_ = poc_msb_;
        prev_poc_lsb_ = lsb;
    }
}

void DpbModel::count_type_1(const SliceHeader& header, const Sets& sets, int poc[2]) const {
    const v4l2_ctrl_h264_sps& sps = sets.sps;
    const int cycle = sps.num_ref_frames_in_pic_order_cnt_cycle;
    int number = cycle != 0 ? frame_num_offset_ + static_cast<int>(header.frame_num) : 0;
    if (!header.reference() && number > 0) --number;
    int expected = 0;
    if (number > 0) {
        int per_cycle = 0;
        for (int i = 0; i < cycle; ++i) per_cycle += sps.offset_for_ref_frame[i];
        expected = (number - 1) / cycle * per_cycle;
        for (int i = 0; i <= (number - 1) % cycle; ++i) expected += sps.offset_for_ref_frame[i];
    }
    if (!header.reference()) expected += sps.offset_for_non_ref_pic;
    const int to_bottom = sps.offset_for_top_to_bottom_field;
    poc[0] = expected + header.delta_poc[0];
    poc[1] = header.field_pic ? expected + to_bottom + header.delta_poc[0]
                              : poc[0] + to_bottom + header.delta_poc[1];
}

void DpbModel::count_order(const SliceHeader& header, const Sets& sets) {
    int poc[2] = {};
    order_known_ = true;
    if (sets.sps.pic_order_cnt_type == 0) {
        count_type_0(header, sets, poc);
        prev_frame_num_ = static_cast<int>(header.frame_num);
    } else {
        next_frame_num_offset(header, sets);
        if (sets.sps.pic_order_cnt_type == 1) {
            count_type_1(header, sets, poc);
            order_known_ = sets.sps.num_ref_frames_in_pic_order_cnt_cycle != 0;
        } else {
            const int number = 2 * (frame_num_offset_ + static_cast<int>(header.frame_num));
            poc[0] = poc[1] = header.idr() ? 0 : header.reference() ? number : number - 1;
        }
    }
    if (!order_known_) {
        // What the client says is all there is to know.
        poc[0] = sets.params.top_field_order_cnt;
        poc[1] = sets.params.bottom_field_order_cnt;
    }
    if ((header.fields() & 1) != 0) current_->poc[0] = poc[0];
    if ((header.fields() & 2) != 0) current_->poc[1] = poc[1];
}

void DpbModel::prune() {
    std::erase_if(refs_, [](const auto& frame) { return frame->ref() == 0; });
}

void DpbModel::slide(const Sets& sets) {
    const size_t limit = std::max<size_t>(sets.sps.max_num_ref_frames, 1);
    while (refs_.size() >= limit) {
        Frame* oldest = nullptr;
        for (const auto& frame : refs_) {
            if (frame == current_ || frame->short_ref == 0) continue;
            if (oldest == nullptr || frame->frame_num_wrap < oldest->frame_num_wrap) {
                oldest = frame.get();
            }
        }
        if (oldest == nullptr) {
            doubt();
            return;
        }
        oldest->short_ref = 0;
        // A frame may keep a long-term field.
        if (oldest->long_ref != 0) return;
        prune();
    }
}

Frame* DpbModel::find(const SliceHeader& header, int pic_num, bool long_term, unsigned& fields) {
    for (const auto& frame : refs_) {
        const unsigned marked = long_term ? frame->long_ref : frame->short_ref;
        const int number = long_term ? frame->long_term_frame_idx : frame->frame_num_wrap;
        if (!header.field_pic) {
            fields = 3;
            if (marked == 3 && number == pic_num) return frame.get();
            continue;
        }
        fields = (pic_num & 1) != 0 ? header.fields() : 3U ^ header.fields();
        if ((marked & fields) != 0 && number == pic_num >> 1) return frame.get();
    }
    doubt();
    return nullptr;
}

namespace {

int short_pic_num(const SliceHeader& header, uint32_t difference) {
    const int frame_num = static_cast<int>(header.frame_num);
    const int current = header.field_pic ? 2 * frame_num + 1 : frame_num;
    return current - (static_cast<int>(difference) + 1);
}

}  // namespace

void DpbModel::mark_short_unused(const SliceHeader& header, uint32_t difference) {
    unsigned fields = 0;
    Frame* frame = find(header, short_pic_num(header, difference), false, fields);
    if (frame != nullptr) frame->short_ref &= ~fields;
}

void DpbModel::mark_long_unused(const SliceHeader& header, uint32_t long_term_pic_num) {
    unsigned fields = 0;
    Frame* frame = find(header, static_cast<int>(long_term_pic_num), true, fields);
    if (frame != nullptr) frame->long_ref &= ~fields;
}

void DpbModel::free_long_index(int index, const Frame* except) {
    for (const auto& frame : refs_) {
        if (frame.get() != except && frame->long_ref != 0 && frame->long_term_frame_idx == index) {
            frame->long_ref = 0;
        }
    }
}

void DpbModel::assign_long(const SliceHeader& header, uint32_t difference, int index) {
    unsigned fields = 0;
    Frame* frame = find(header, short_pic_num(header, difference), false, fields);
    if (frame == nullptr) return;
    free_long_index(index, frame);
    frame->short_ref &= ~fields;
    frame->long_ref |= fields;
    frame->long_term_frame_idx = index;
}

void DpbModel::run_commands(const SliceHeader& header) {
    for (const MarkingCommand& command : header.commands) {
        const int value = static_cast<int>(command.first);
        switch (command.operation) {
            case 1:
                mark_short_unused(header, command.first);
                break;
            case 2:
                mark_long_unused(header, command.first);
                break;
            case 3:
                assign_long(header, command.first, static_cast<int>(command.second));
                break;
            case 4:
                max_long_term_idx_ = value - 1;
                for (const auto& frame : refs_) {
                    if (frame->long_term_frame_idx > max_long_term_idx_) frame->long_ref = 0;
                }
                break;
            case 5:
                forget_all();
                break;
            case 6:
                free_long_index(value, current_.get());
                current_->long_ref |= header.fields();
                current_->long_term_frame_idx = value;
                break;
            default:
                break;
        }
    }
}

void DpbModel::finish(const SliceHeader& header, const Sets& sets) {
    if (!header.reference()) return;
    const bool first_was_short = current_->short_ref != 0;
    if (header.idr()) {
        if (header.long_term_reference) {
            current_->long_ref |= header.fields();
            current_->long_term_frame_idx = 0;
            max_long_term_idx_ = 0;
        }
    } else if (header.adaptive_marking) {
        run_commands(header);
    } else if (!first_was_short) {
        slide(sets);
    }
    prune();
    if ((current_->long_ref & header.fields()) == 0) current_->short_ref |= header.fields();
    if (std::ranges::find(refs_, current_) == refs_.end()) refs_.push_back(current_);
    prev_ref_frame_num_ = static_cast<int>(header.frame_num);
    if (!header.has_command(5)) return;
    // 8.2.1: after memory_management_control_operation 5 the picture counts as an IDR picture.
    const int base = header.field_pic ? current_->poc[header.bottom_field ? 1 : 0]
                                      : std::min(current_->poc[0], current_->poc[1]);
    if ((header.fields() & 1) != 0) current_->poc[0] -= base;
    if ((header.fields() & 2) != 0) current_->poc[1] -= base;
    current_->frame_num = 0;
    prev_ref_frame_num_ = 0;
    prev_frame_num_ = 0;
    frame_num_offset_ = 0;
    prev_poc_msb_ = 0;
    prev_poc_lsb_ = header.bottom_field ? 0 : current_->poc[0];
}

}  // namespace vdec::h264
