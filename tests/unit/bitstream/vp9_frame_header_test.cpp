// SPDX-License-Identifier: MIT
#include "bitstream/vp9_frame_header.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "vp9_frame_writer.h"

namespace v4l2va {
namespace {

using test::full_vp9_inter_frame;
using test::vp9_frame_to_write;
using test::vp9_key_frame;
using test::Vp9CompressedHeaderWriter;
using test::Vp9FrameToWrite;

Result<Vp9FrameHeader> parse(const Vp9FrameToWrite& frame, Vp9LastingState& lasting,
                             const Vp9FrameSize& reference_size = {1, 1}) {
    return parse_vp9_uncompressed_header(frame.uncompressed_header(777), reference_size, lasting);
}

void expect_equal(const Vp9FrameHeader& actual, const Vp9FrameHeader& expected) {
    EXPECT_EQ(actual.profile, expected.profile);
    EXPECT_EQ(actual.key_frame, expected.key_frame);
    EXPECT_EQ(actual.show_frame, expected.show_frame);
    EXPECT_EQ(actual.error_resilient_mode, expected.error_resilient_mode);
    EXPECT_EQ(actual.intra_only, expected.intra_only);
    EXPECT_EQ(actual.reset_frame_context, expected.reset_frame_context);
    EXPECT_EQ(actual.refresh_frame_flags, expected.refresh_frame_flags);
    EXPECT_EQ(actual.ref_frame_idx, expected.ref_frame_idx);
    EXPECT_EQ(actual.ref_frame_sign_bias, expected.ref_frame_sign_bias);
    EXPECT_EQ(actual.frame_width, expected.frame_width);
    EXPECT_EQ(actual.frame_height, expected.frame_height);
    EXPECT_EQ(actual.render_width, expected.render_width);
    EXPECT_EQ(actual.render_height, expected.render_height);
    EXPECT_EQ(actual.allow_high_precision_mv, expected.allow_high_precision_mv);
    EXPECT_EQ(actual.interp_filter, expected.interp_filter);
    EXPECT_EQ(actual.refresh_frame_context, expected.refresh_frame_context);
    EXPECT_EQ(actual.frame_parallel_decoding_mode, expected.frame_parallel_decoding_mode);
    EXPECT_EQ(actual.frame_context_idx, expected.frame_context_idx);
    EXPECT_EQ(actual.loop_filter_level, expected.loop_filter_level);
    EXPECT_EQ(actual.loop_filter_sharpness, expected.loop_filter_sharpness);
    EXPECT_EQ(actual.loop_filter_delta_enabled, expected.loop_filter_delta_enabled);
    EXPECT_EQ(actual.loop_filter_delta_update, expected.loop_filter_delta_update);
    EXPECT_EQ(actual.base_q_idx, expected.base_q_idx);
    EXPECT_EQ(actual.delta_q_y_dc, expected.delta_q_y_dc);
    EXPECT_EQ(actual.delta_q_uv_dc, expected.delta_q_uv_dc);
    EXPECT_EQ(actual.delta_q_uv_ac, expected.delta_q_uv_ac);
    EXPECT_EQ(actual.segmentation_enabled, expected.segmentation_enabled);
    EXPECT_EQ(actual.segmentation_update_map, expected.segmentation_update_map);
    EXPECT_EQ(actual.segmentation_temporal_update, expected.segmentation_temporal_update);
    EXPECT_EQ(actual.segmentation_update_data, expected.segmentation_update_data);
    EXPECT_EQ(actual.segmentation_tree_probs, expected.segmentation_tree_probs);
    EXPECT_EQ(actual.segmentation_pred_probs, expected.segmentation_pred_probs);
    EXPECT_EQ(actual.tile_cols_log2, expected.tile_cols_log2);
    EXPECT_EQ(actual.tile_rows_log2, expected.tile_rows_log2);
}

TEST(Vp9UncompressedHeader, InterFrameReadsEveryField) {
    const Vp9FrameToWrite frame = full_vp9_inter_frame();
    Vp9LastingState lasting;
    const auto header = parse(frame, lasting);
    ASSERT_TRUE(header);
    expect_equal(*header, frame.header);
    EXPECT_EQ(header->compressed_header_size, 777U);
    EXPECT_EQ(header->uncompressed_header_size, frame.uncompressed_header(1).size());
    EXPECT_EQ(lasting.loop_filter_ref_deltas, (std::array<int8_t, 4>{-63, 0, 63, -1}));
    EXPECT_EQ(lasting.loop_filter_mode_deltas, (std::array<int8_t, 2>{17, 0}));
    EXPECT_TRUE(lasting.segmentation_abs_or_delta_update);
    EXPECT_EQ(lasting.feature_enabled, frame.lasting.feature_enabled);
    EXPECT_EQ(lasting.feature_data, frame.lasting.feature_data);
}

TEST(Vp9UncompressedHeader, SizeFromEachReference) {
    for (size_t found_ref = 0; found_ref < 3; ++found_ref) {
        Vp9FrameToWrite frame = full_vp9_inter_frame();
        frame.found_ref = found_ref;
        Vp9LastingState lasting;
        const auto header = parse(frame, lasting, {2048, 1090});
        ASSERT_TRUE(header);
        EXPECT_TRUE(header->size_from_refs);
        expect_equal(*header, frame.header);
    }
}

TEST(Vp9UncompressedHeader, KeyFramesOfEveryProfile) {
    struct Case {
        uint8_t profile, bit_depth;
        bool subsampling_x, subsampling_y;
    };
    for (const Case& c :
         {Case{0, 8, true, true}, Case{1, 8, false, false}, Case{1, 8, true, false},
          Case{2, 10, true, true}, Case{2, 12, true, true}, Case{3, 10, false, true}}) {
        Vp9FrameToWrite frame = vp9_key_frame(c.profile, c.bit_depth);
        frame.lasting.color_range = true;
        frame.lasting.subsampling_x = c.subsampling_x;
        frame.lasting.subsampling_y = c.subsampling_y;
        Vp9LastingState lasting;
        const auto header = parse(frame, lasting);
        ASSERT_TRUE(header);
        expect_equal(*header, frame.header);
        EXPECT_EQ(lasting.bit_depth, c.bit_depth);
        EXPECT_TRUE(lasting.color_range);
        EXPECT_EQ(lasting.subsampling_x, c.subsampling_x);
        EXPECT_EQ(lasting.subsampling_y, c.subsampling_y);
    }
}

TEST(Vp9UncompressedHeader, RgbAndReservedValues) {
    Vp9LastingState lasting;
    Vp9FrameToWrite rgb = vp9_key_frame(1);
    rgb.color_space = 7;
    ASSERT_TRUE(parse(rgb, lasting));
    EXPECT_TRUE(lasting.color_range);
    EXPECT_FALSE(lasting.subsampling_x);
    rgb.header.profile = 0;
    EXPECT_FALSE(parse(rgb, lasting));
    EXPECT_FALSE(parse(vp9_key_frame(1), lasting));  // 4:2:0 is profile 0's
    Vp9FrameToWrite sync = vp9_key_frame();
    sync.sync_code ^= 1;
    EXPECT_FALSE(parse(sync, lasting));
    std::vector<std::byte> marker = vp9_key_frame().uncompressed_header(1);
    marker[0] ^= std::byte{0x40};
    EXPECT_FALSE(parse_vp9_uncompressed_header(marker, {1, 1}, lasting));
    EXPECT_FALSE(
        parse_vp9_uncompressed_header(vp9_key_frame().uncompressed_header(0), {1, 1}, lasting));
}

TEST(Vp9UncompressedHeader, IntraOnlyFrame) {
    for (const uint8_t profile : std::array<uint8_t, 2>{0, 2}) {
        Vp9FrameToWrite frame = vp9_frame_to_write();
        frame.header.profile = profile;
        frame.header.show_frame = false;
        frame.header.intra_only = true;
        frame.header.reset_frame_context = 3;
        frame.header.refresh_frame_flags = 0x81;
        frame.lasting.bit_depth = 10;
        Vp9LastingState lasting;
        lasting.color_range = true;
        const auto header = parse(frame, lasting);
        ASSERT_TRUE(header);
        expect_equal(*header, frame.header);
        EXPECT_EQ(lasting.bit_depth, profile == 0 ? 8 : 10);
        EXPECT_FALSE(lasting.color_range);
    }
}

TEST(Vp9UncompressedHeader, ShowExistingFrame) {
    for (const uint8_t profile : std::array<uint8_t, 2>{0, 3}) {
        Vp9FrameToWrite frame;
        frame.header.profile = profile;
        frame.header.show_existing_frame = true;
        frame.header.frame_to_show_map_idx = 5;
        Vp9LastingState lasting;
        const auto header = parse(frame, lasting);
        ASSERT_TRUE(header);
        EXPECT_TRUE(header->show_existing_frame);
        EXPECT_EQ(header->frame_to_show_map_idx, 5);
    }
    Vp9LastingState lasting;
    EXPECT_FALSE(parse_vp9_uncompressed_header({}, {1, 1}, lasting));
}

TEST(Vp9UncompressedHeader, EveryInterpolationFilter) {
    for (uint8_t filter = 0; filter <= 4; ++filter) {
        Vp9FrameToWrite frame = full_vp9_inter_frame();
        frame.header.interp_filter = static_cast<Vp9InterpFilter>(filter);
        Vp9LastingState lasting;
        const auto header = parse(frame, lasting);
        ASSERT_TRUE(header);
        EXPECT_EQ(header->interp_filter, frame.header.interp_filter);
    }
}

TEST(Vp9UncompressedHeader, TileColumnsFollowTheWidth) {
    struct Case {
        uint32_t width;
        uint8_t min, max;
    };
    for (const Case& c : {Case{1, 0, 0}, Case{511, 0, 1}, Case{448, 0, 0}, Case{449, 0, 1},
                          Case{4096, 0, 4}, Case{4097, 1, 4}, Case{65536, 4, 6}}) {
        for (uint8_t cols = c.min; cols <= c.max; ++cols) {
            Vp9FrameToWrite frame = vp9_frame_to_write(c.width, 16);
            frame.header.key_frame = true;
            frame.header.tile_cols_log2 = cols;
            frame.header.tile_rows_log2 = 1;
            Vp9LastingState lasting;
            const auto header = parse(frame, lasting);
            ASSERT_TRUE(header);
            EXPECT_EQ(header->tile_cols_log2, cols) << c.width;
            EXPECT_EQ(header->tile_rows_log2, 1);
            EXPECT_EQ(header->compressed_header_size, 777U);
        }
    }
}

TEST(Vp9UncompressedHeader, MoreThan64TileColumnsAreAnError) {
    Vp9FrameToWrite frame = vp9_frame_to_write(65536, 16);
    frame.header.key_frame = true;
    frame.header.tile_cols_log2 = 7;
    Vp9LastingState lasting;
    EXPECT_FALSE(parse(frame, lasting));
}

TEST(Vp9UncompressedHeader, LastingStateStaysUntilIndependence) {
    Vp9LastingState lasting;
    ASSERT_TRUE(parse(full_vp9_inter_frame(), lasting));
    const Vp9LastingState first = lasting;

    Vp9FrameToWrite plain = vp9_frame_to_write();
    plain.header.loop_filter_delta_enabled = true;
    ASSERT_TRUE(parse(plain, lasting));
    EXPECT_EQ(lasting.loop_filter_ref_deltas, first.loop_filter_ref_deltas);
    EXPECT_EQ(lasting.loop_filter_mode_deltas, first.loop_filter_mode_deltas);
    EXPECT_EQ(lasting.feature_data, first.feature_data);
    EXPECT_EQ(lasting.feature_enabled, first.feature_enabled);
    EXPECT_TRUE(lasting.segmentation_abs_or_delta_update);

    Vp9FrameToWrite update = plain;  // new data replace all of the old
    update.header.segmentation_enabled = true;
    update.header.segmentation_update_data = true;
    update.lasting.feature_enabled[5] = 2;
    update.lasting.feature_data[5][1] = -9;
    ASSERT_TRUE(parse(update, lasting));
    EXPECT_EQ(lasting.feature_enabled, update.lasting.feature_enabled);
    EXPECT_EQ(lasting.feature_data, update.lasting.feature_data);
    EXPECT_FALSE(lasting.segmentation_abs_or_delta_update);

    Vp9FrameToWrite intra_only = plain;
    intra_only.header.show_frame = false;
    intra_only.header.intra_only = true;
    Vp9FrameToWrite resilient = plain;
    resilient.header.error_resilient_mode = true;
    for (const Vp9FrameToWrite& frame : {vp9_key_frame(), intra_only, resilient}) {
        Vp9LastingState state = first;
        ASSERT_TRUE(parse(frame, state));
        EXPECT_EQ(state.loop_filter_ref_deltas, Vp9LastingState().loop_filter_ref_deltas);
        EXPECT_EQ(state.loop_filter_mode_deltas, Vp9LastingState().loop_filter_mode_deltas);
        EXPECT_EQ(state.feature_enabled, Vp9LastingState().feature_enabled);
        EXPECT_EQ(state.feature_data, Vp9LastingState().feature_data);
        EXPECT_FALSE(state.segmentation_abs_or_delta_update);
    }
}

TEST(Vp9UncompressedHeader, ErrorResilientModeImplies) {
    Vp9FrameToWrite frame = vp9_frame_to_write();
    frame.header.error_resilient_mode = true;
    frame.header.refresh_frame_context = true;  // not coded
    Vp9LastingState lasting;
    const auto header = parse(frame, lasting);
    ASSERT_TRUE(header);
    EXPECT_FALSE(header->refresh_frame_context);
    EXPECT_TRUE(header->frame_parallel_decoding_mode);
    EXPECT_EQ(header->reset_frame_context, 0);
}

TEST(Vp9UncompressedHeader, TruncatedAnywhereIsAnError) {
    for (const Vp9FrameToWrite& frame : {full_vp9_inter_frame(), vp9_key_frame(2, 10)}) {
        const std::vector<std::byte> bytes = frame.uncompressed_header(777);
        for (size_t size = 0; size < bytes.size(); ++size) {
            const std::vector<std::byte> cut(bytes.begin(),
                                             bytes.begin() + static_cast<ptrdiff_t>(size));
            Vp9LastingState lasting;
            EXPECT_FALSE(parse_vp9_uncompressed_header(cut, {1, 1}, lasting));
        }
    }
}

// The bytes of `updates` in coding order, unused contexts of the first coefficient band left out.
std::vector<uint8_t> in_coding_order(const Vp9ProbUpdates& updates) {
    std::vector<uint8_t> out;
    const auto append = [&out](const auto& array) {
        const auto* bytes = reinterpret_cast<const uint8_t*>(&array);
        out.insert(out.end(), bytes, bytes + sizeof(array));
    };
    append(updates.tx8);
    append(updates.tx16);
    append(updates.tx32);
    for (const auto& size : updates.coef) {
        for (const auto& plane : size) {
            for (const auto& reference : plane) {
                for (size_t band = 0; band < 6; ++band) {
                    for (size_t context = 0; context < (band == 0 ? 3U : 6U); ++context) {
                        append(reference[band][context]);
                    }
                }
            }
        }
    }
    append(updates.skip);
    append(updates.inter_mode);
    append(updates.interp_filter);
    append(updates.is_inter);
    append(updates.comp_mode);
    append(updates.single_ref);
    append(updates.comp_ref);
    append(updates.y_mode);
    append(updates.partition);
    append(updates.mv.joint);
    for (size_t i = 0; i < 2; ++i) {
        append(updates.mv.sign[i]);
        append(updates.mv.classes[i]);
        append(updates.mv.class0_bit[i]);
        append(updates.mv.bits[i]);
    }
    for (size_t i = 0; i < 2; ++i) {
        append(updates.mv.class0_fr[i]);
        append(updates.mv.fr[i]);
    }
    for (size_t i = 0; i < 2; ++i) {
        append(updates.mv.class0_hp[i]);
        append(updates.mv.hp[i]);
    }
    return out;
}

constexpr size_t kAllMvUpdates = 3 + 2 * 22 + 2 * 9 + 4;

// inv_map_table[] as the standard describes it: 20 values 13 apart, then all the others.
std::vector<uint8_t> inv_map_table() {
    std::vector<uint8_t> table;
    std::set<uint32_t> coarse;
    for (uint32_t value = 7; value <= 254; value += 13) {
        table.push_back(static_cast<uint8_t>(value));
        coarse.insert(value);
    }
    for (uint32_t value = 1; value <= 253; ++value) {
        if (coarse.count(value) == 0) {
            table.push_back(static_cast<uint8_t>(value));
        }
    }
    table.push_back(253);
    return table;
}

TEST(Vp9CompressedHeader, EveryUpdateLandsInItsPlace) {
    Vp9FrameToWrite frame = full_vp9_inter_frame();
    frame.choose = [](size_t index) { return static_cast<uint32_t>(index * 7 % 255); };
    const auto header = parse_vp9_compressed_header(frame.compressed_header(), frame.header);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->tx_mode, Vp9TxMode::kSelect);
    EXPECT_EQ(header->reference_mode, Vp9ReferenceMode::kSelect);
    const std::vector<uint8_t> actual = in_coding_order(header->updates);
    const std::vector<uint8_t> map = inv_map_table();
    ASSERT_EQ(map.size(), 255U);
    for (size_t i = 0; i < actual.size(); ++i) {
        const auto raw = static_cast<uint8_t>(i * 7 % 255);
        const bool mv = i >= actual.size() - kAllMvUpdates;
        const auto expected = mv ? static_cast<uint8_t>((raw & 127) << 1 | 1) : map[raw];
        ASSERT_EQ(actual[i], expected) << i;
    }
    // Contexts 3..5 of band 0 do not exist.
    for (size_t context = 3; context < 6; ++context) {
        EXPECT_EQ(header->updates.coef[0][0][0][0][context][0], 0);
    }
}

TEST(Vp9CompressedHeader, SparseUpdates) {
    Vp9FrameToWrite frame = full_vp9_inter_frame();
    frame.choose = [](size_t index) -> std::optional<uint32_t> {
        return index % 97 == 3 ? std::optional<uint32_t>(index % 255) : std::nullopt;
    };
    const auto header = parse_vp9_compressed_header(frame.compressed_header(), frame.header);
    ASSERT_TRUE(header);
    const std::vector<uint8_t> actual = in_coding_order(header->updates);
    for (size_t i = 0; i < actual.size(); ++i) {
        EXPECT_EQ(actual[i] != 0, i % 97 == 3) << i;
    }
}

TEST(Vp9CompressedHeader, EveryTxAndReferenceMode) {
    for (uint8_t tx_mode = 0; tx_mode <= 4; ++tx_mode) {
        for (uint8_t reference_mode = 0; reference_mode <= 2; ++reference_mode) {
            for (const bool high_precision : {false, true}) {
                Vp9FrameToWrite frame = full_vp9_inter_frame();
                frame.header.allow_high_precision_mv = high_precision;
                frame.header.interp_filter = Vp9InterpFilter::kBilinear;
                frame.compressed.tx_mode = static_cast<Vp9TxMode>(tx_mode);
                frame.compressed.reference_mode = static_cast<Vp9ReferenceMode>(reference_mode);
                frame.choose = [](size_t) { return 1U; };
                const auto header =
                    parse_vp9_compressed_header(frame.compressed_header(), frame.header);
                ASSERT_TRUE(header);
                const Vp9ProbUpdates& updates = header->updates;
                EXPECT_EQ(header->tx_mode, frame.compressed.tx_mode);
                EXPECT_EQ(header->reference_mode, frame.compressed.reference_mode);
                EXPECT_EQ(updates.tx32[1][2], tx_mode == 4 ? 20 : 0);
                EXPECT_EQ(updates.coef[3][1][1][5][5][2], tx_mode >= 3 ? 20 : 0);
                EXPECT_EQ(updates.coef[1][1][1][5][5][2], tx_mode >= 1 ? 20 : 0);
                EXPECT_EQ(updates.interp_filter[3][1], 0);
                EXPECT_EQ(updates.comp_mode[4], reference_mode == 2 ? 20 : 0);
                EXPECT_EQ(updates.single_ref[4][1], reference_mode != 1 ? 20 : 0);
                EXPECT_EQ(updates.comp_ref[4], reference_mode != 0 ? 20 : 0);
                EXPECT_EQ(updates.mv.fr[1][2], 3);
                EXPECT_EQ(updates.mv.hp[1], high_precision ? 3 : 0);
            }
        }
    }
}

TEST(Vp9CompressedHeader, IntraAndLosslessFrames) {
    Vp9FrameToWrite frame = vp9_key_frame();
    frame.header.base_q_idx = 0;
    frame.choose = [](size_t) { return 0U; };
    ASSERT_TRUE(frame.header.lossless());
    const auto header = parse_vp9_compressed_header(frame.compressed_header(), frame.header);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->tx_mode, Vp9TxMode::kOnly4x4);
    EXPECT_EQ(header->updates.coef[0][1][1][5][5][2], 7);
    EXPECT_EQ(header->updates.coef[1][0][0][0][0][0], 0);
    EXPECT_EQ(header->updates.skip[2], 7);
    EXPECT_EQ(header->updates.inter_mode[0][0], 0);
    EXPECT_EQ(header->updates.mv.joint[0], 0);
}

TEST(Vp9CompressedHeader, CompoundNeedsDifferentSignBiases) {
    Vp9FrameToWrite frame = full_vp9_inter_frame();
    frame.header.ref_frame_sign_bias = {true, true, true};
    frame.compressed.reference_mode = Vp9ReferenceMode::kSingle;
    frame.choose = [](size_t) { return 1U; };
    const auto header = parse_vp9_compressed_header(frame.compressed_header(), frame.header);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->reference_mode, Vp9ReferenceMode::kSingle);
    EXPECT_EQ(header->updates.mv.hp[1], 3);
}

TEST(Vp9CompressedHeader, MarkerEmptyAndTruncated) {
    Vp9FrameToWrite frame = full_vp9_inter_frame();
    frame.choose = [](size_t index) { return static_cast<uint32_t>(index % 255); };
    const std::vector<std::byte> bytes = frame.compressed_header();
    EXPECT_FALSE(parse_vp9_compressed_header({}, frame.header));
    // Zeros read on: either the end is noticed, or it is the header that zeros make of it.
    size_t refused = 0;
    for (size_t size = 1; size < bytes.size(); size += 13) {
        std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
        const auto header = parse_vp9_compressed_header(cut, frame.header);
        if (!header) {
            ++refused;
            continue;
        }
        cut.resize(bytes.size());
        const auto padded = parse_vp9_compressed_header(cut, frame.header);
        ASSERT_TRUE(padded);
        EXPECT_EQ(in_coding_order(header->updates), in_coding_order(padded->updates));
    }
    EXPECT_GT(refused, 0U);
    frame.compressed.marker = true;
    EXPECT_FALSE(parse_vp9_compressed_header(frame.compressed_header(), frame.header));
}

}  // namespace
}  // namespace v4l2va
