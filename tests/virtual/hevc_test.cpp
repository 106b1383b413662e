// SPDX-License-Identifier: MIT
// The references that stop HEVC hardware, by the rules of its kernel drivers.
#include <gtest/gtest.h>

#include <vector>

#include "hevc/references.h"

namespace vdec::hevc {
namespace {

std::vector<v4l2_hevc_dpb_entry> dpb_of_pocs(std::initializer_list<int> pocs) {
    std::vector<v4l2_hevc_dpb_entry> dpb;
    for (const int poc : pocs) {
        v4l2_hevc_dpb_entry& entry = dpb.emplace_back();
        entry = {};
        entry.pic_order_cnt_val = poc;
    }
    return dpb;
}

TEST(HevcPocTable, KnowsWhatItDecoded) {
    PocTable table;
    EXPECT_FALSE(table.decode(dpb_of_pocs({0}), 1, 10))
        << "a new context has no picture of count 0";
    EXPECT_TRUE(table.decode({}, 0, 10));
    EXPECT_TRUE(table.decode(dpb_of_pocs({0}), 4, 11));
    EXPECT_FALSE(table.decode(dpb_of_pocs({0, 8}), 12, 12)) << "made up by the client";
    EXPECT_FALSE(table.find(12)) << "a frame that failed is not kept";
    EXPECT_TRUE(table.decode(dpb_of_pocs({4}), 12, 12));
    EXPECT_EQ(table.find(12), 12U) << "in the place of 0, to which nothing referred";
    EXPECT_FALSE(table.find(0));
    EXPECT_EQ(table.find(4), 11U);
}

class HevcHangs : public testing::Test {
  protected:
    HevcHangs() {
        sets.params.num_active_dpb_entries = 1;
        sets.params.dpb[0].timestamp = 5;
        v4l2_ctrl_hevc_slice_params& slice = sets.slices.emplace_back();
        slice = {};
        slice.slice_type = V4L2_HEVC_SLICE_TYPE_P;
        slice.flags = V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED;
    }
    DecodeStatus run(HevcReferences references = HevcReferences::in_dpb_or_hang) {
        return reference_fault(sets, references, [](uint64_t ts) { return ts == 5; }).status;
    }

    Sets sets = {};
};

TEST_F(HevcHangs, IndicesOutsideOfTheDpb) {
    EXPECT_EQ(run(), DecodeStatus::done);
    sets.slices[0].ref_idx_l0[1] = 0xff;
    EXPECT_EQ(run(), DecodeStatus::done) << "not active";
    sets.slices[0].num_ref_idx_l0_active_minus1 = 1;
    EXPECT_EQ(run(), DecodeStatus::hang);
    sets.slices[0].ref_idx_l0[1] = 1;
    EXPECT_EQ(run(), DecodeStatus::hang);
    sets.slices[0].ref_idx_l0[1] = 0;
    EXPECT_EQ(run(), DecodeStatus::done);
    sets.params.num_active_dpb_entries = 0;
    EXPECT_EQ(run(), DecodeStatus::hang) << "index 0 of nothing";
    sets.slices[0].slice_type = V4L2_HEVC_SLICE_TYPE_I;
    EXPECT_EQ(run(), DecodeStatus::done);
}

TEST_F(HevcHangs, CollocatedPicture) {
    sets.slices[0].collocated_ref_idx = 1;
    EXPECT_EQ(run(), DecodeStatus::hang);
    sets.slices[0].flags = 0;
    EXPECT_EQ(run(), DecodeStatus::done);
    sets.slices[0] = {.slice_type = V4L2_HEVC_SLICE_TYPE_B,
                      .flags = V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED};
    EXPECT_EQ(run(), DecodeStatus::done);
    sets.slices[0].ref_idx_l1[0] = 7;
    EXPECT_EQ(run(), DecodeStatus::hang);
    sets.slices[0].ref_idx_l1[0] = 0;
    sets.params.dpb[0].timestamp = 6;
    EXPECT_EQ(run(), DecodeStatus::error) << "the driver sees that itself";
}

TEST_F(HevcHangs, AppleFollowsEveryReference) {
    EXPECT_EQ(run(HevcReferences::active_or_hang), DecodeStatus::done);
    sets.params.dpb[0].timestamp = 6;
    EXPECT_EQ(run(HevcReferences::active_or_hang), DecodeStatus::hang);
    EXPECT_EQ(run(HevcReferences::by_timestamp), DecodeStatus::done);
}

}  // namespace
}  // namespace vdec::hevc
