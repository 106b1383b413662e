// SPDX-License-Identifier: MIT
// DpbModel: an independent H.264 decoded picture buffer: order counts (8.2.1) and reference
// marking (8.2.5), computed from the bitstream alone.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "h264/syntax.h"

namespace vdec::h264 {

struct Frame {
    uint64_t timestamp = 0;
    int frame_num = 0;
    int frame_num_wrap = 0;
    int poc[2] = {};
    unsigned coded = 0;      // fields, bit 0 top, bit 1 bottom
    unsigned short_ref = 0;  // fields marked "used for short-term reference"
    unsigned long_ref = 0;
    int long_term_frame_idx = 0;
    bool non_existing = false;
    bool as_fields = false;  // coded in field pictures

    [[nodiscard]] unsigned ref() const { return short_ref | long_ref; }
};

class DpbModel {
  public:
    // Begins the picture (frame or field) of `header`: handles gaps, computes its order counts.
    void begin(const SliceHeader& header, const Sets& sets, uint64_t timestamp, bool second_field);
    // Marks references after the picture.
    void finish(const SliceHeader& header, const Sets& sets);

    // By the syntax, this is the second field of the picture before it.
    [[nodiscard]] bool pairs_with_previous(const SliceHeader& header) const;
    // Forgets everything: the client jumped in the stream.
    void restart();
    // Something is missing; nothing but an IDR picture makes the model exact again.
    void doubt() {
        exact_ = false;
        damaged_ = true;
    }

    [[nodiscard]] bool exact() const { return exact_; }
    // The stream lost pictures at some time; clients differ in how they go on from there, even past
    // an IDR picture (ffmpeg's frame threads slide the window early).
    [[nodiscard]] bool damaged() const { return damaged_; }
    // pic_order_cnt_type 1 needs the offsets, which VA-API clients cannot give.
    [[nodiscard]] bool order_known() const { return exact_ && order_known_; }
    [[nodiscard]] const Frame& current() const { return *current_; }
    // Frames with a field used for reference, as they are while the current picture decodes.
    [[nodiscard]] const std::vector<std::shared_ptr<Frame>>& references() const { return refs_; }
    [[nodiscard]] bool had_gap() const { return had_gap_; }

  private:
    void fill_gap(const SliceHeader& header, const Sets& sets);
    void count_order(const SliceHeader& header, const Sets& sets);
    void count_type_0(const SliceHeader& header, const Sets& sets, int poc[2]);
    void count_type_1(const SliceHeader& header, const Sets& sets, int poc[2]) const;
    void next_frame_num_offset(const SliceHeader& header, const Sets& sets);
    void update_wraps(int frame_num, int max_frame_num);
    void slide(const Sets& sets);
    void run_commands(const SliceHeader& header);
    void mark_short_unused(const SliceHeader& header, uint32_t difference);
    void mark_long_unused(const SliceHeader& header, uint32_t long_term_pic_num);
    void assign_long(const SliceHeader& header, uint32_t difference, int index);
    void free_long_index(int index, const Frame* except);
    void forget_all();
    // The frame and field that a picture number means; nullptr when there is none.
    Frame* find(const SliceHeader& header, int pic_num, bool long_term, unsigned& fields);
    void prune();

    std::vector<std::shared_ptr<Frame>> refs_;
    std::shared_ptr<Frame> current_;
    bool awaits_second_field_ = false;
    bool exact_ = false;
    bool damaged_ = false;
    bool order_known_ = true;
    bool had_gap_ = false;
    int max_long_term_idx_ = -1;  // no long-term frame indices
    int prev_ref_frame_num_ = 0;
    int prev_frame_num_ = 0;
    int frame_num_offset_ = 0;
    int poc_msb_ = 0;
    int prev_poc_msb_ = 0;
    int prev_poc_lsb_ = 0;
};

}  // namespace vdec::h264
