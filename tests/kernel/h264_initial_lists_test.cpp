// SPDX-License-Identifier: MIT
// The initial reference lists that tables of Rockchip's decoders are compared with.
#include "kernel-lab/hardware/h264_initial_lists.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace hardware {
namespace {

using vdec::h264::Sets;

constexpr unsigned kNone = V4L2_H264_NUM_DPB_ENTRIES;

void add(Sets& sets, unsigned index, int number, int top, int bottom, unsigned fields = 3,
         bool long_term = false) {
    v4l2_h264_dpb_entry& entry = sets.params.dpb[index];
    entry.flags = V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
    if (long_term) entry.flags |= V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
    entry.pic_num = static_cast<uint32_t>(number);
    entry.fields = static_cast<uint8_t>(fields);
    entry.top_field_order_cnt = top;
    entry.bottom_field_order_cnt = bottom;
}

// By FrameNumWrap, which may be negative, and by order; long-term references last, by their index.
TEST(H264InitialLists, Frames) {
    Sets sets = {};
    sets.params.top_field_order_cnt = 20;
    sets.params.bottom_field_order_cnt = 21;
    add(sets, 0, 5, 10, 11);
    add(sets, 1, -3, 30, 31);
    add(sets, 2, 7, 14, 15);
    add(sets, 3, 6, 40, 41);
    add(sets, 4, 1, 0, 1, 3, true);
    add(sets, 5, 0, 2, 3, 3, true);
    add(sets, 6, 9, 18, 19, 1);  // one field alone: of no frame's list
    const auto lists = initial_lists(sets, kNone);
    EXPECT_EQ(lists[0], (H264List{{2}, {3}, {0}, {1}, {5}, {4}}));
    EXPECT_EQ(lists[1], (H264List{{2}, {0}, {1}, {3}, {5}, {4}}));
    EXPECT_EQ(lists[2], (H264List{{1}, {3}, {2}, {0}, {5}, {4}}));
}

TEST(H264InitialLists, EqualListsOfBSlicesAreSwapped) {
    Sets sets = {};
    sets.params.top_field_order_cnt = 20;
    sets.params.bottom_field_order_cnt = 20;
    add(sets, 0, 5, 10, 10);
    add(sets, 1, 6, 14, 14);
    const auto lists = initial_lists(sets, kNone);
    EXPECT_EQ(lists[1], (H264List{{1}, {0}}));
    EXPECT_EQ(lists[2], (H264List{{0}, {1}}));
}

// Parities in turns, the picture's own first; where one is used up, the others follow.
TEST(H264InitialLists, Fields) {
    Sets sets = {};
    sets.params.flags =
        V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC | V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD;
    sets.params.bottom_field_order_cnt = 21;
    add(sets, 0, 9, 20, 0, 1);  // the first field of this frame
    add(sets, 1, 8, 10, 11);
    add(sets, 2, 7, 6, 7, 1);
    const auto lists = initial_lists(sets, 0);
    EXPECT_EQ(lists[0], (H264List{{1, true}, {0, false}, {1, false}, {2, false}}));
}

// 8.2.4.2.4: less than or equal.
TEST(H264InitialLists, FirstFieldOfTheSameOrderIsBefore) {
    Sets sets = {};
    sets.params.flags =
        V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC | V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD;
    sets.params.bottom_field_order_cnt = 20;
    add(sets, 0, 9, 20, 0, 1);
    add(sets, 1, 8, 30, 30);
    const auto lists = initial_lists(sets, 0);
    EXPECT_EQ(lists[1], (H264List{{1, true}, {0, false}, {1, false}}));
    EXPECT_EQ(lists[2], (H264List{{1, true}, {1, false}, {0, false}}));
}

}  // namespace
}  // namespace hardware
