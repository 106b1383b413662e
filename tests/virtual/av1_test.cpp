// SPDX-License-Identifier: MIT
// The AV1 headers that are written, read back; and what the judge finds in changed controls.
#include <gtest/gtest.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "av1/bits.h"
#include "av1/judge.h"
#include "av1/rules.h"
#include "av1_random.h"
#include "av1_reader.h"
#include "report/judge.h"

using namespace vdec::av1;

namespace {

constexpr unsigned kFrames = 2000;

// What the writer makes of a frame: hidden, of its own size, with all that may persist.
Frame as_written(const Frame& frame) {
    Frame written = frame;
    written.flags &= ~uint32_t{kShowFrame};
    written.flags |= kShowableFrame | kFrameSizeOverride;
    if (frame.frame_type == kSwitchFrame) written.frame_type = kInterFrame;
    written.global_motion.invalid = 0;  // it follows from the parameters
    std::memset(written.tile_info.mi_col_starts, 0, sizeof written.tile_info.mi_col_starts);
    std::memset(written.tile_info.mi_row_starts, 0, sizeof written.tile_info.mi_row_starts);
    return written;
}

template <typename T>
bool same(const T& a, const T& b) {
    return std::memcmp(&a, &b, sizeof a) == 0;
}

TEST(Av1Writer, SequenceHeadersReadBack) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        const Sequence wanted = Av1Random(seed).frame().controls.sequence;
        const ReadSequence read = read_sequence_header(write_sequence_header(wanted));
        ASSERT_TRUE(read.complete) << seed;
        EXPECT_EQ(read.sequence.flags, wanted.flags) << seed;
        EXPECT_EQ(read.sequence.order_hint_bits, wanted.order_hint_bits) << seed;
        EXPECT_EQ(read.sequence.bit_depth, wanted.bit_depth) << seed;
    }
}

TEST(Av1Writer, TheSequenceHeaderKeepsToWhatAFrameNeeds) {
    Sequence sequence = Av1Random(1).frame().controls.sequence;
    const vdec::Bytes header = write_sequence_header(sequence);
    sequence.flags ^= kEnableSuperres | kEnableCdef | kEnableRestoration | kEnableWarpedMotion |
                      kFilmGrainParamsPresent | kColorRange | kStillPicture;
    sequence.max_frame_width_minus_1 = 15;
    EXPECT_EQ(write_sequence_header(sequence), header);
    sequence.flags ^= kUse128x128Superblock;
    EXPECT_NE(write_sequence_header(sequence), header);
}

TEST(Av1Writer, FrameHeadersReadBack) {
    for (unsigned seed = 0; seed < kFrames; ++seed) {
        const FrameToWrite input = Av1Random(seed).frame();
        const auto refresh = static_cast<uint8_t>(1U << (seed % 8));
        const Sequence sequence =
            read_sequence_header(write_sequence_header(input.controls.sequence)).sequence;
        const ReadFrame read =
            read_frame_header(write_frame_header(input, refresh), sequence, input.references);
        ASSERT_TRUE(read.complete) << seed;
        EXPECT_EQ(read.refresh, refresh) << seed;
        const Frame wanted = as_written(input.controls.frame);
        EXPECT_TRUE(same(read.frame.quantization, wanted.quantization)) << seed;
        EXPECT_TRUE(same(read.frame.segmentation, wanted.segmentation)) << seed;
        EXPECT_TRUE(same(read.frame.loop_filter, wanted.loop_filter)) << seed;
        EXPECT_TRUE(same(read.frame.cdef, wanted.cdef)) << seed;
        EXPECT_TRUE(same(read.frame.loop_restoration, wanted.loop_restoration)) << seed;
        EXPECT_TRUE(same(read.frame.global_motion, wanted.global_motion)) << seed;
        EXPECT_EQ(read.frame.flags, wanted.flags) << seed;
        EXPECT_EQ(read.frame.tile_info.tile_cols, wanted.tile_info.tile_cols) << seed;
        EXPECT_EQ(read.frame.tile_info.tile_rows, wanted.tile_info.tile_rows) << seed;
        const bool one_tile = read.frame.tile_info.tile_size_bytes == 0;
        Frame got = read.frame;
        if (one_tile) got.tile_info.tile_size_bytes = wanted.tile_info.tile_size_bytes;
        EXPECT_TRUE(same(got, wanted)) << seed;
        EXPECT_TRUE(same(read.grain, input.controls.grain)) << seed;
        if (wanted.intra()) continue;
        EXPECT_EQ(read.references.slots, input.references.slots) << seed;
    }
}

TEST(Av1Writer, TileGroupsHoldTheTilesAndTheirSizes) {
    Controls controls = {};
    const vdec::Bytes bitstream = {9, 1, 2, 3, 9, 4, 5};
    controls.tiles = {{1, 3, 0, 0}, {5, 2, 0, 1}};
    vdec::Bytes payload;
    ASSERT_TRUE(write_tile_group(controls, bitstream, payload));
    EXPECT_EQ(payload, (vdec::Bytes{0, 2, 0, 0, 0, 1, 2, 3, 4, 5}));
    controls.tiles = {{5, 2, 0, 0}};
    ASSERT_TRUE(write_tile_group(controls, bitstream, payload));
    EXPECT_EQ(payload, (vdec::Bytes{4, 5}));
    for (const TileGroupEntry& bad :
         {TileGroupEntry{5, 3, 0, 0}, TileGroupEntry{7, 1, 0, 0}, TileGroupEntry{0, 0, 0, 0},
          TileGroupEntry{UINT32_MAX, 2, 0, 0}, TileGroupEntry{1, UINT32_MAX, 0, 0}}) {
        controls.tiles = {bad};
        EXPECT_FALSE(write_tile_group(controls, bitstream, payload));
    }
}

TEST(Av1Rules, WarpsAreValidByTheirShear) {
    EXPECT_TRUE(is_valid_warp({0, 0, 65536, 0, 0, 65536}));
    EXPECT_TRUE(is_valid_warp({5, 7, 65536 + 2000, 300, -300, 65536 + 2000}));
    EXPECT_FALSE(is_valid_warp({0, 0, 65536 + 16384, 0, 0, 65536}));
    EXPECT_FALSE(is_valid_warp({0, 0, 65536, 9400, 0, 65536}));
    EXPECT_FALSE(is_valid_warp({0, 0, 0, 0, 0, 65536}));
}

// How many violations the judge finds in a frame whose references are those it says.
size_t violations(const FrameToWrite& input, unsigned capture_depth) {
    vdec::judge().restart_in_child();
    const vdec::DecodeJob job;
    const vdec::FieldJudge judge("av1", job);
    const Controls& controls = input.controls;
    vdec::CaptureImage target;
    target.fourcc = capture_depth > 8 ? V4L2_PIX_FMT_P010 : V4L2_PIX_FMT_NV12;
    if (!is_sane(controls)) return 1;
    const TileGroupEntry& last = controls.tiles.back();
    const vdec::Bytes bitstream(size_t{last.tile_offset} + last.tile_size);
    judge_sequence(judge, controls.sequence, target);
    judge_frame(judge, controls);
    judge_tiles(judge, controls, bitstream);
    judge_grain(judge, controls);
    return vdec::judge().violations().size();
}

TEST(Av1Judge, LegalFramesAreLegal) {
    for (unsigned seed = 0; seed < kFrames; ++seed) {
        const FrameToWrite input = Av1Random(seed).frame();
        ASSERT_EQ(violations(input, input.controls.sequence.bit_depth), 0U)
            << seed << " " << vdec::judge().violations().begin()->second.example;
    }
}

TEST(Av1Judge, StillPicturesSayNothingOfErrorResilience) {
    for (unsigned seed = 0; seed < 100; ++seed) {
        FrameToWrite input = Av1Random(seed).frame();
        Controls& controls = input.controls;
        if (controls.frame.frame_type != kKeyFrame || !controls.frame.has(kShowFrame)) continue;
        controls.frame.flags &= ~uint32_t{kErrorResilientMode};
        EXPECT_EQ(violations(input, controls.sequence.bit_depth), 1U) << seed;
        controls.sequence.flags |= kStillPicture;
        EXPECT_EQ(violations(input, controls.sequence.bit_depth), 0U) << seed;
    }
}

struct Change {
    const char* name;
    std::function<void(Controls&)> apply;
    bool inter_only = false;
};

const Change kChanges[] = {
    {"bit_depth", [](Controls& c) { c.sequence.bit_depth = 18 - c.sequence.bit_depth; }},
    {"profile", [](Controls& c) { c.sequence.seq_profile = 1; }},
    {"subsampling", [](Controls& c) { c.sequence.flags &= ~uint32_t{kSubsamplingX}; }},
    {"frame_width", [](Controls& c) { --c.frame.frame_width_minus_1; }},
    {"upscaled_width", [](Controls& c) { c.frame.upscaled_width += 16; }},
    {"frame_height", [](Controls& c) { c.frame.frame_height_minus_1 += 128; }},
    {"superres_denom", [](Controls& c) { c.frame.superres_denom = 17; }},
    {"max_frame_height", [](Controls& c) { c.sequence.max_frame_height_minus_1 = 1; }},
    {"tile_cols", [](Controls& c) { ++c.frame.tile_info.tile_cols; }},
    {"width_in_sbs", [](Controls& c) { ++c.frame.tile_info.width_in_sbs_minus_1[0]; }},
    {"height_in_sbs", [](Controls& c) { ++c.frame.tile_info.height_in_sbs_minus_1[0]; }},
    {"mi_col_starts", [](Controls& c) { ++c.frame.tile_info.mi_col_starts[1]; }},
    {"mi_row_starts", [](Controls& c) { ++c.frame.tile_info.mi_row_starts[0]; }},
    {"context_update_tile_id",
     [](Controls& c) {
         c.frame.tile_info.context_update_tile_id = static_cast<uint8_t>(c.tiles.size());
         if (c.tiles.size() > 255) c.tiles.clear();
     }},
    {"tile_row", [](Controls& c) { ++c.tiles[0].tile_row; }},
    {"tile_col", [](Controls& c) { ++c.tiles[0].tile_col; }},
    {"tile_size", [](Controls& c) { c.tiles[0].tile_size = 0; }},
    {"lost_tile", [](Controls& c) { c.tiles.pop_back(); }},
    {"tx_mode", [](Controls& c) { c.frame.tx_mode = c.frame.tx_mode == kOnly4x4 ? 1U : 0U; }},
    {"lr_flags", [](Controls& c) { c.frame.loop_restoration.flags ^= kUsesLr; }},
    {"lr_chroma_flag", [](Controls& c) { c.frame.loop_restoration.flags ^= kUsesChromaLr; }},
    {"cdef_sec_strength", [](Controls& c) { c.frame.cdef.y_sec_strength[0] = 3; }},
    {"gm_flags", [](Controls& c) { c.frame.global_motion.flags[3] ^= kIsGlobal; }, true},
    {"gm_params", [](Controls& c) { ++c.frame.global_motion.params[3][2]; }, true},
    {"gm_invalid", [](Controls& c) { c.frame.global_motion.invalid ^= 8; }, true},
    {"gm_type", [](Controls& c) { c.frame.global_motion.type[1] = 4; }},
    {"frame_type", [](Controls& c) { c.frame.frame_type = 4; }},
    {"ref_frame_idx", [](Controls& c) { c.frame.ref_frame_idx[6] = 8; }, true},
    {"ref_frame_idx_negative", [](Controls& c) { c.frame.ref_frame_idx[0] = -1; }, true},
    {"primary_ref_frame", [](Controls& c) { c.frame.primary_ref_frame = 8; }},
    {"order_hint", [](Controls& c) { c.frame.order_hint = 256; }},
};

// GStreamer's v4l2slav1dec leaves -1 there.
TEST(Av1Judge, IntraFramesNameNoReference) {
    unsigned tried = 0;
    for (unsigned seed = 0; seed < 200; ++seed) {
        FrameToWrite input = Av1Random(seed).frame();
        if (!input.controls.frame.intra()) continue;
        std::ranges::fill(input.controls.frame.ref_frame_idx, -1);
        ++tried;
        EXPECT_EQ(violations(input, input.controls.sequence.bit_depth), 0U) << seed;
    }
    EXPECT_GT(tried, 10U);
}

TEST(Av1Judge, ChangedFieldsAreFound) {
    for (const Change& change : kChanges) {
        unsigned found = 0;
        unsigned tried = 0;
        for (unsigned seed = 0; seed < 200; ++seed) {
            FrameToWrite input = Av1Random(seed).frame();
            if (change.inter_only && input.controls.frame.intra()) continue;
            const unsigned depth = input.controls.sequence.bit_depth;
            change.apply(input.controls);
            ++tried;
            found += violations(input, depth) > 0 ? 1 : 0;
        }
        EXPECT_EQ(found, tried) << change.name;
    }
}

}  // namespace
