// SPDX-License-Identifier: MIT
// VP9's probabilities: what headers make of the four contexts, and where rkvdec has them in its
// table.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "kernel-lab/hardware/rkvdec_vp9_tables.h"
#include "kernel-lab/hardware/vp9_contexts.h"

namespace hardware {
namespace {

using vdec::vp9::CompressedHeader;
using vdec::vp9::FrameHeader;

FrameHeader key_frame() {
    FrameHeader header;
    header.key = true;
    header.refresh_frame_context = true;
    return header;
}

FrameHeader inter_frame(unsigned context) {
    FrameHeader header;
    header.refresh_frame_context = true;
    header.frame_context_idx = context;
    return header;
}

// 10.5: the first and the last figure of some tables.
TEST(Vp9Contexts, DefaultProbabilities) {
    const Vp9Probabilities defaults = vp9_default_probabilities();
    EXPECT_EQ(defaults.tx8[0][0], 100);
    EXPECT_EQ(defaults.coef[0][0][0][0][0][0], 195);
    EXPECT_EQ(defaults.coef[3][1][1][5][5][2], 6);
    EXPECT_EQ(defaults.skip[2], 64);
    EXPECT_EQ(defaults.uv_mode[9][8], 125);
    EXPECT_EQ(defaults.partition[15][2], 6);
    EXPECT_EQ(defaults.mv.joint[0], 32);
    EXPECT_EQ(defaults.mv.hp[1], 128);
}

// 6.3.5 and 6.3.6
TEST(Vp9Contexts, DeltasAreRemapped) {
    Vp9Contexts contexts;
    contexts.next(key_frame(), {});
    CompressedHeader compressed;
    compressed.deltas.skip[0] = 7;    // of 192: 255 - (63 - 4)
    compressed.deltas.skip[1] = 20;   // of 128: 1 + (127 + 10)
    compressed.deltas.skip[2] = 254;  // of 64: beyond 2 * 63
    compressed.deltas.mv.joint[0] = 5;
    const Vp9Probabilities changed = contexts.next(inter_frame(0), compressed);
    EXPECT_EQ(changed.skip[0], 196);
    EXPECT_EQ(changed.skip[1], 138);
    EXPECT_EQ(changed.skip[2], 255);
    EXPECT_EQ(changed.mv.joint[0], 5);
    EXPECT_EQ(changed.mv.joint[1], 64);
}

TEST(Vp9Contexts, FramesThatAdaptAreForgotten) {
    Vp9Contexts contexts;
    contexts.next(key_frame(), {});
    CompressedHeader compressed;
    compressed.deltas.is_inter[0] = 20;
    FrameHeader header = inter_frame(1);
    header.parallel_decoding = false;
    const uint8_t before = vp9_default_probabilities().is_inter[0];
    EXPECT_NE(contexts.next(header, compressed).is_inter[0], before);
    EXPECT_EQ(contexts.next(header, {}).is_inter[0], before);
    header.parallel_decoding = true;
    const uint8_t after = contexts.next(header, compressed).is_inter[0];
    EXPECT_EQ(contexts.next(header, {}).is_inter[0], after);
    EXPECT_EQ(contexts.next(inter_frame(2), {}).is_inter[0], before);
}

// load_probs2(): an intra frame that adapts keeps what it changed of skip and of transform sizes.
TEST(Vp9Contexts, IntraFramesKeepSkip) {
    Vp9Contexts contexts;
    FrameHeader header = key_frame();
    header.parallel_decoding = false;
    CompressedHeader compressed;
    compressed.deltas.skip[0] = 7;
    compressed.deltas.coef[0][0][0][0][0][0] = 7;
    const Vp9Probabilities decoded = contexts.next(header, compressed);
    const Vp9Probabilities next = contexts.next(inter_frame(0), {});
    EXPECT_EQ(next.skip[0], decoded.skip[0]);
    EXPECT_NE(next.coef[0][0][0][0][0][0], decoded.coef[0][0][0][0][0][0]);
}

TEST(Vp9Contexts, IntraOnlyResetsWhatItSays) {
    Vp9Contexts contexts;
    contexts.next(key_frame(), {});
    CompressedHeader compressed;
    compressed.deltas.skip[0] = 7;
    for (unsigned i = 0; i < 4; ++i) contexts.next(inter_frame(i), compressed);
    FrameHeader header;
    header.intra_only = true;
    header.frame_context_idx = 2;
    header.reset_frame_context = 2;
    contexts.next(header, {});
    EXPECT_EQ(contexts.next(inter_frame(2), {}).skip[0], 192);
    EXPECT_EQ(contexts.next(inter_frame(1), {}).skip[0], 196);
    header.reset_frame_context = 3;
    contexts.next(header, {});
    EXPECT_EQ(contexts.next(inter_frame(1), {}).skip[0], 192);
}

// struct rkvdec_vp9_probs
TEST(RkvdecVp9Tables, EveryFieldIsReadAndCompared) {
    struct Field {
        size_t at;
        const char* name;
    };
    const Field fields[] = {
        {0, "partition"},    {47, "partition"},   {58, "skip"},
        {61, "tx32"},        {67, "tx16"},        {71, "tx8"},
        {73, "is_inter"},    {76, "is_inter"},    {80, "y_mode"},
        {115, "y_mode"},     {116, "comp_mode"},  {121, "comp_ref"},
        {126, "single_ref"}, {136, "inter_mode"}, {157, "interp_filter"},
        {176, "coef"},       {176 + 32, "coef"},  {176 + 2047 - 5, "coef"},
        {2224, "uv_mode"},   {2256, "uv_mode"},   {2320, "uv_mode"},
        {2328, "uv_mode"},   {2352, "mv"},        {2420, "mv"},
    };
    const Vp9Probabilities nothing = {};
    for (const Field& field : fields) {
        std::vector<uint8_t> table(kVp9TableBytes);
        EXPECT_EQ(find_difference(read_vp9_table(table, false), nothing, false), nullptr);
        table[field.at] = 1;
        const char* found = find_difference(read_vp9_table(table, false), nothing, false);
        ASSERT_NE(found, nullptr) << field.at;
        EXPECT_STREQ(found, field.name) << field.at;
    }
}

TEST(RkvdecVp9Tables, IntraFramesHaveCoefficientsFirst) {
    std::vector<uint8_t> table(kVp9TableBytes);
    table[48] = 3;  // segmentation
    table[51] = 4;
    table[80 + 128] = 9;
    const RkvdecVp9Table read = read_vp9_table(table, true);
    EXPECT_EQ(read.segmentation_pred[0], 3);
    EXPECT_EQ(read.segmentation_tree[0], 4);
    EXPECT_EQ(read.probabilities.coef[0][1][0][0][0][0], 9);
    EXPECT_STREQ(find_difference(read, {}, true), "coef");
}

}  // namespace
}  // namespace hardware
