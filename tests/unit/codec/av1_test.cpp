// SPDX-License-Identifier: MIT
#include "codec/av1.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "av1_fixture.h"
#include "codec/av1_controls.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {
namespace {

using test::control_of;
using test::payload_of;
using Picture = test::Av1TestPicture;
using Av1 = test::Av1TestClient;

constexpr uint64_t kMicrosecond = 1000;

v4l2_ctrl_av1_frame frame_control(const CodedPicture& coded) {
    return control_of<v4l2_ctrl_av1_frame>(coded, V4L2_CID_STATELESS_AV1_FRAME);
}

v4l2_ctrl_av1_sequence sequence_control(const CodedPicture& coded) {
    return control_of<v4l2_ctrl_av1_sequence>(coded, V4L2_CID_STATELESS_AV1_SEQUENCE);
}

std::vector<v4l2_ctrl_av1_tile_group_entry> tile_entries(const CodedPicture& coded) {
    const auto bytes = coded.units[0].controls->find(V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY);
    std::vector<v4l2_ctrl_av1_tile_group_entry> entries(bytes.size() /
                                                        sizeof(v4l2_ctrl_av1_tile_group_entry));
    std::memcpy(entries.data(), bytes.data(), bytes.size());
    return entries;
}

TEST(Av1Codec, KeyFrame) {
    Av1 client;
    const auto coded = client.decode(Picture());
    ASSERT_TRUE(coded);
    EXPECT_EQ(coded->part, PicturePart::kFrame);
    EXPECT_EQ(coded->display_target, VA_INVALID_ID);
    EXPECT_TRUE(coded->references.empty());
    EXPECT_EQ(payload_of(*coded), "tile");

    const v4l2_ctrl_av1_sequence sequence = sequence_control(*coded);
    EXPECT_EQ(
        sequence.flags,
        uint32_t{
            V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION | V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT |
            V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS | V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES |
            V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION | V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X |
            V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y | V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q});
    EXPECT_EQ(sequence.seq_profile, 0);
    EXPECT_EQ(sequence.order_hint_bits, 7);
    EXPECT_EQ(sequence.bit_depth, 8);
    EXPECT_EQ(sequence.max_frame_width_minus_1, 639);
    EXPECT_EQ(sequence.max_frame_height_minus_1, 359);

    const v4l2_ctrl_av1_frame frame = frame_control(*coded);
    EXPECT_EQ(frame.flags,
              uint32_t{V4L2_AV1_FRAME_FLAG_SHOW_FRAME | V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE |
                       V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV});
    EXPECT_EQ(frame.refresh_frame_flags, 0xFF);
    EXPECT_EQ(frame.superres_denom, 8);
    EXPECT_EQ(frame.upscaled_width, 640U);
    EXPECT_EQ(frame.frame_width_minus_1, 639U);
    EXPECT_EQ(frame.frame_height_minus_1, 359U);
    EXPECT_EQ(frame.render_width_minus_1, 639U);
    EXPECT_EQ(frame.primary_ref_frame, 7);
    EXPECT_EQ(frame.global_motion.params[0][2], 1 << 16);
    EXPECT_EQ(frame.global_motion.params[7][5], 1 << 16);
    EXPECT_EQ(frame.tile_info.tile_size_bytes, 4);
    EXPECT_EQ(frame.tile_info.mi_col_starts[1], 160U);
    EXPECT_EQ(frame.tile_info.mi_row_starts[1], 90U);
    EXPECT_EQ(frame.tile_info.width_in_sbs_minus_1[0], 9U);
    EXPECT_EQ(frame.tile_info.height_in_sbs_minus_1[0], 5U);
    const auto grain =
        control_of<v4l2_ctrl_av1_film_grain>(*coded, V4L2_CID_STATELESS_AV1_FILM_GRAIN);
    EXPECT_EQ(grain.flags, 0);
}

// The profile has both depths; the device may have one.
TEST(Av1Codec, TenBitOnADeviceOfEight) {
    CodecTraits traits;
    traits.no_reference = NoReference::kItself;
    traits.max_bit_depth = 8;
    Av1 client(traits);
    Picture picture;
    picture.params.bit_depth_idx = 1;
    const auto coded = client.decode(picture);
    ASSERT_FALSE(coded);
    EXPECT_EQ(coded.error().code, ErrorCode::kUnsupported);
    picture.params.bit_depth_idx = 0;
    EXPECT_TRUE(client.decode(picture));
}

TEST(Av1Codec, TenBitAndMonochrome) {
    Av1 client;
    Picture picture;
    picture.params.bit_depth_idx = 1;
    EXPECT_EQ(sequence_control(*client.decode(picture)).bit_depth, 10);
    picture.params.seq_info_fields.fields.mono_chrome = 1;
    const uint32_t flags = sequence_control(*client.decode(picture)).flags;
    EXPECT_NE(flags & V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME, 0U);
    EXPECT_EQ(flags & V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q, 0U);
    picture.params.seq_info_fields.fields.enable_order_hint = 0;
    const auto sequence = sequence_control(*client.decode(picture));
    EXPECT_EQ(sequence.order_hint_bits, 0);
    EXPECT_EQ(sequence.flags & V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS, 0U);
}

TEST(Av1Codec, References) {
    Av1 client;
    Picture key(1);
    key.params.order_hint = 20;
    ASSERT_TRUE(client.decode(key));
    Picture inter(2);
    inter.make_inter(1, 24);
    inter.params.primary_ref_frame = 3;
    ASSERT_TRUE(client.decode(inter));

    Picture next(3);
    next.make_inter(1, 22);
    next.params.ref_frame_map[6] = 2;
    next.params.ref_frame_idx[6] = 6;
    next.params.primary_ref_frame = 6;
    next.params.mode_control_fields.bits.reference_select = 1;
    next.params.mode_control_fields.bits.skip_mode_present = 1;
    const auto coded = client.decode(next);
    ASSERT_TRUE(coded);
    const v4l2_ctrl_av1_frame frame = frame_control(*coded);
    EXPECT_EQ(frame.reference_frame_ts[0], 1 * kMicrosecond);
    EXPECT_EQ(frame.reference_frame_ts[1], 2 * kMicrosecond);
    EXPECT_EQ(frame.reference_frame_ts[2], 1 * kMicrosecond);
    EXPECT_EQ(frame.ref_frame_idx[0], 0);
    EXPECT_EQ(frame.ref_frame_idx[6], 1);
    EXPECT_EQ(frame.refresh_frame_flags, 4);
    EXPECT_EQ(frame.primary_ref_frame, 6);
    EXPECT_EQ(frame.order_hint, 22U);
    EXPECT_EQ(frame.order_hints[0], 0U);
    EXPECT_EQ(frame.order_hints[1], 20U);
    EXPECT_EQ(frame.order_hints[7], 24U);
    EXPECT_EQ(frame.skip_mode_frame[0], 1);
    EXPECT_EQ(frame.skip_mode_frame[1], 7);
    EXPECT_EQ(
        frame.flags,
        uint32_t{V4L2_AV1_FRAME_FLAG_SHOW_FRAME | V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT |
                 V4L2_AV1_FRAME_FLAG_SKIP_MODE_ALLOWED | V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT});
    ASSERT_EQ(coded->references.size(), 2U);
    EXPECT_EQ(coded->references[0], 1U);
    EXPECT_EQ(coded->references[1], 2U);
}

TEST(Av1Codec, FailedPictureTakesNoSlot) {
    Av1 client;
    ASSERT_TRUE(client.decode(Picture(1)));
    Picture next(2);
    next.make_inter(1, 1);
    Picture broken = next;
    broken.tiles[0].tile_row = 1;
    EXPECT_FALSE(client.decode(broken));
    EXPECT_EQ(frame_control(*client.decode(next)).refresh_frame_flags, 2);
}

TEST(Av1Codec, SwitchFrameTakesAllSlots) {
    Av1 client;
    ASSERT_TRUE(client.decode(Picture(1)));
    Picture next(2);
    next.make_inter(1, 1);
    next.params.pic_info_fields.bits.frame_type = V4L2_AV1_SWITCH_FRAME;
    EXPECT_EQ(frame_control(*client.decode(next)).refresh_frame_flags, 0xFF);
    Picture hidden(3);
    hidden.params.pic_info_fields.bits.show_frame = 0;
    hidden.params.ref_frame_map[0] = 2;
    EXPECT_EQ(frame_control(*client.decode(hidden)).refresh_frame_flags, 2);
}

// 5.9.22.
TEST(Av1Codec, SkipMode) {
    const auto frames = [](std::array<uint32_t, 8> hints, uint32_t bits = 7) {
        const Av1SkipMode mode = av1_skip_mode(bits, 20, hints);
        return mode.allowed ? std::array<int, 2>{mode.frames[0], mode.frames[1]}
                            : std::array<int, 2>{};
    };
    using Frames = std::array<int, 2>;
    EXPECT_EQ(frames({0, 10, 16, 18, 18, 30, 22, 24}), (Frames{3, 6}));
    EXPECT_EQ(frames({0, 22, 16, 16, 16, 16, 16, 16}), (Frames{1, 2}));
    // No later one: the two nearest earlier ones of different hints.
    EXPECT_EQ(frames({0, 10, 18, 18, 16, 20, 16, 2}), (Frames{2, 4}));
    EXPECT_EQ(frames({0, 18, 18, 18, 18, 20, 20, 20}), (Frames{0, 0}));
    EXPECT_EQ(frames({0, 22, 22, 22, 22, 20, 20, 20}), (Frames{0, 0}));
    EXPECT_EQ(frames({0, 10, 16, 18, 18, 30, 22, 24}, 0), (Frames{0, 0}));
    EXPECT_EQ(frames({0, 120, 20, 20, 20, 20, 20, 126}), (Frames{1, 7}));  // before 0
}

TEST(Av1Codec, UniformTiles) {
    Av1 client({}, {1920, 1080});
    Picture picture;
    picture.params.frame_width_minus1 = 1919;
    picture.params.frame_height_minus1 = 1079;
    picture.params.seq_info_fields.fields.use_128x128_superblock = 1;
    picture.params.tile_cols = 4;  // 15 superblocks: 4, 4, 4, 3
    picture.params.tile_rows = 3;  // 9 superblocks in four: 3, 3, 3
    picture.params.context_update_tile_id = 11;
    picture.tiles.clear();
    picture.data = test::av1_text("abcdefghijkl");
    for (uint16_t i = 0; i < 12; ++i) {  // backwards
        const auto tile = static_cast<uint16_t>(11 - i);
        picture.add_tile(tile / 4, tile % 4, tile, 1);
    }
    const auto coded = client.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(coded->units[0].controls->find(V4L2_CID_STATELESS_AV1_FILM_GRAIN).size(), 0U);
    const v4l2_av1_tile_info info = frame_control(*coded).tile_info;
    EXPECT_EQ(info.flags, V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING);
    EXPECT_EQ(info.tile_cols, 4);
    EXPECT_EQ(info.tile_rows, 3);
    EXPECT_EQ(info.context_update_tile_id, 11);
    EXPECT_EQ(info.mi_col_starts[1], 128U);
    EXPECT_EQ(info.mi_col_starts[4], 480U);
    EXPECT_EQ(info.width_in_sbs_minus_1[0], 3U);
    EXPECT_EQ(info.width_in_sbs_minus_1[3], 2U);
    EXPECT_EQ(info.mi_row_starts[2], 192U);
    EXPECT_EQ(info.mi_row_starts[3], 270U);
    EXPECT_EQ(info.height_in_sbs_minus_1[2], 2U);
    EXPECT_EQ(payload_of(*coded), "abcdefghijkl");
    const auto entries = tile_entries(*coded);
    ASSERT_EQ(entries.size(), 12U);
    EXPECT_EQ(entries[5].tile_row, 1U);
    EXPECT_EQ(entries[5].tile_col, 1U);
    EXPECT_EQ(entries[5].tile_offset, 5U);
    EXPECT_EQ(entries[5].tile_size, 1U);

    picture.params.tile_rows = 4;  // 9 superblocks never make four equal tiles
    EXPECT_EQ(client.decode(picture).error().code, ErrorCode::kInvalidParameter);
}

TEST(Av1Codec, ExplicitTiles) {
    Av1 client;
    Picture picture;
    picture.params.pic_info_fields.bits.uniform_tile_spacing_flag = 0;
    picture.params.tile_cols = 3;
    picture.params.width_in_sbs_minus_1[0] = 0;
    picture.params.width_in_sbs_minus_1[1] = 4;
    picture.params.width_in_sbs_minus_1[2] = 77;  // of the last tile: not looked at
    picture.tiles.clear();
    // A whole OBU: header, then each tile behind its size of two bytes, the last without.
    picture.data = test::av1_text({"header\1\0AA\2\0BBBCC", 17});
    picture.add_tile(0, 0, 8, 2);
    picture.add_tile(0, 1, 12, 3);
    picture.add_tile(0, 2, 15, 2);
    const auto coded = client.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(payload_of(*coded), "AABBBCC");
    const v4l2_av1_tile_info info = frame_control(*coded).tile_info;
    EXPECT_EQ(info.flags, 0);
    EXPECT_EQ(info.tile_size_bytes, 2);
    EXPECT_EQ(info.mi_col_starts[1], 16U);
    EXPECT_EQ(info.mi_col_starts[2], 96U);
    EXPECT_EQ(info.mi_col_starts[3], 160U);
    EXPECT_EQ(info.width_in_sbs_minus_1[2], 3U);

    picture.params.width_in_sbs_minus_1[1] = 8;
    EXPECT_EQ(client.decode(picture).error().code, ErrorCode::kInvalidParameter);
}

TEST(Av1Codec, LastTileHasNoSizeField) {
    Av1 client;
    Picture picture;
    picture.params.tile_cols = 2;
    picture.tiles.clear();
    picture.data.assign(1 + 200 + 300, std::byte{});
    picture.data[0] = std::byte{199};
    picture.add_tile(0, 0, 1, 200);
    picture.add_tile(0, 1, 201, 300);
    const auto coded = client.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(frame_control(*coded).tile_info.tile_size_bytes, 1);
}

// Two tile groups, each with parameters and data of its own.
TEST(Av1Codec, TileGroups) {
    Av1 client;
    Picture picture;
    picture.params.tile_cols = 2;
    client.begin();
    ASSERT_TRUE(client.add_struct(VAPictureParameterBufferType, picture.params));
    for (uint16_t i = 0; i < 2; ++i) {
        VASliceParameterBufferAV1 tile = {};
        tile.tile_column = i;
        tile.slice_data_size = 3;
        tile.slice_data_offset = i;
        ASSERT_TRUE(client.add_struct(VASliceParameterBufferType, tile));
        ASSERT_TRUE(client.add(VASliceDataBufferType, test::av1_text(i == 0 ? "one" : "-two")));
    }
    const auto coded = client.finish(1);
    ASSERT_TRUE(coded);
    EXPECT_EQ(payload_of(*coded), "onetwo");
    EXPECT_EQ(frame_control(*coded).tile_info.tile_size_bytes, 4);
}

// GStreamer 1.26 sends each tile group in a buffer of its own, with the byte of its header: not a
// size, even where it looks like one.
TEST(Av1Codec, HeaderOfTileGroupIsNoSize) {
    Av1 client;
    Picture picture;
    picture.params.pic_info_fields.bits.uniform_tile_spacing_flag = 0;
    picture.params.tile_cols = 3;
    client.begin();
    ASSERT_TRUE(client.add_struct(VAPictureParameterBufferType, picture.params));
    const std::array<uint32_t, 3> sizes = {0x81, 0x201, 38};
    for (uint16_t i = 0; i < 3; ++i) {
        VASliceParameterBufferAV1 tile = {};
        tile.tile_column = i;
        tile.slice_data_size = sizes[i];
        tile.slice_data_offset = 1;
        std::vector<std::byte> data(1 + sizes[i]);
        data[0] = std::byte{0x80};
        ASSERT_TRUE(client.add_struct(VASliceParameterBufferType, tile));
        ASSERT_TRUE(client.add(VASliceDataBufferType, data));
    }
    const auto coded = client.finish(1);
    ASSERT_TRUE(coded);
    EXPECT_GE(frame_control(*coded).tile_info.tile_size_bytes, 2);
}

TEST(Av1Codec, TilesMustBeComplete) {
    Av1 client;
    Picture picture;
    picture.params.tile_cols = 2;
    EXPECT_EQ(client.decode(picture).error().code, ErrorCode::kInvalidBitstream);
    picture.add_tile(0, 0, 0, 1);
    EXPECT_EQ(client.decode(picture).error().code, ErrorCode::kInvalidParameter);
    picture.tiles[1].tile_column = 2;
    EXPECT_EQ(client.decode(picture).error().code, ErrorCode::kInvalidParameter);
    picture.tiles[1].tile_column = 1;
    EXPECT_TRUE(client.decode(picture));
    picture.tiles[1].slice_data_offset = 4;
    EXPECT_EQ(client.decode(picture).error().code, ErrorCode::kInvalidParameter);
}

TEST(Av1Codec, Superres) {
    Av1 client;
    Picture picture;
    picture.params.pic_info_fields.bits.use_superres = 1;
    picture.params.superres_scale_denominator = 13;
    const v4l2_ctrl_av1_frame frame = frame_control(*client.decode(picture));
    EXPECT_EQ(frame.upscaled_width, 640U);
    EXPECT_EQ(frame.frame_width_minus_1, 393U);  // (640 * 8 + 6) / 13 = 394
    EXPECT_EQ(frame.superres_denom, 13);
    EXPECT_EQ(frame.tile_info.mi_col_starts[1], 100U);
    EXPECT_NE(frame.flags & V4L2_AV1_FRAME_FLAG_USE_SUPERRES, 0U);
    for (const int denominator : {0, 8, 17}) {
        picture.params.superres_scale_denominator = static_cast<uint8_t>(denominator);
        EXPECT_EQ(client.decode(picture).error().code, ErrorCode::kInvalidParameter);
    }
}

TEST(Av1Codec, SmallerFrame) {
    Av1 client;
    Picture picture;
    picture.params.frame_width_minus1 = 319;
    const auto coded = client.decode(picture);
    EXPECT_EQ(sequence_control(*coded).max_frame_width_minus_1, 639);
    EXPECT_NE(frame_control(*coded).flags & V4L2_AV1_FRAME_FLAG_FRAME_SIZE_OVERRIDE, 0U);
    EXPECT_EQ(coded->coded_size, (Size{320, 360}));
}

TEST(Av1Codec, QuantizerAndFilters) {
    Av1 client;
    Picture picture;
    auto& params = picture.params;
    params.base_qindex = 200;
    params.y_dc_delta_q = -1;
    params.u_dc_delta_q = -2;
    params.u_ac_delta_q = -3;
    params.v_dc_delta_q = 4;
    params.v_ac_delta_q = 5;
    params.qmatrix_fields.bits.using_qmatrix = 1;
    params.qmatrix_fields.bits.qm_y = 7;
    params.qmatrix_fields.bits.qm_u = 8;
    params.qmatrix_fields.bits.qm_v = 15;
    params.mode_control_fields.bits.delta_q_present_flag = 1;
    params.mode_control_fields.bits.log2_delta_q_res = 2;
    params.mode_control_fields.bits.delta_lf_present_flag = 1;
    params.mode_control_fields.bits.log2_delta_lf_res = 3;
    params.mode_control_fields.bits.delta_lf_multi = 1;
    params.mode_control_fields.bits.tx_mode = 2;
    params.filter_level[0] = 10;
    params.filter_level[1] = 11;
    params.filter_level_u = 12;
    params.filter_level_v = 13;
    params.loop_filter_info_fields.bits.sharpness_level = 5;
    params.loop_filter_info_fields.bits.mode_ref_delta_enabled = 1;
    params.ref_deltas[7] = -1;
    params.mode_deltas[1] = 3;
    params.cdef_damping_minus_3 = 2;
    params.cdef_bits = 1;
    params.cdef_y_strengths[0] = (9 << 2) | 3;
    params.cdef_uv_strengths[1] = (15 << 2) | 2;
    params.loop_restoration_fields.bits.yframe_restoration_type = 3;
    params.loop_restoration_fields.bits.crframe_restoration_type = 1;
    params.loop_restoration_fields.bits.lr_unit_shift = 2;
    params.loop_restoration_fields.bits.lr_uv_shift = 1;
    const v4l2_ctrl_av1_frame frame = frame_control(*client.decode(picture));

    EXPECT_EQ(frame.quantization.flags, V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA |
                                            V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX |
                                            V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT);
    EXPECT_EQ(frame.quantization.base_q_idx, 200);
    EXPECT_EQ(frame.quantization.delta_q_y_dc, -1);
    EXPECT_EQ(frame.quantization.delta_q_u_dc, -2);
    EXPECT_EQ(frame.quantization.delta_q_u_ac, -3);
    EXPECT_EQ(frame.quantization.delta_q_v_dc, 4);
    EXPECT_EQ(frame.quantization.delta_q_v_ac, 5);
    EXPECT_EQ(frame.quantization.qm_y, 7);
    EXPECT_EQ(frame.quantization.qm_u, 8);
    EXPECT_EQ(frame.quantization.qm_v, 15);
    EXPECT_EQ(frame.quantization.delta_q_res, 2);
    EXPECT_EQ(frame.tx_mode, V4L2_AV1_TX_MODE_SELECT);
    EXPECT_EQ(frame.loop_filter.flags, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED |
                                           V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT |
                                           V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI);
    EXPECT_EQ(frame.loop_filter.level[1], 11);
    EXPECT_EQ(frame.loop_filter.level[2], 12);
    EXPECT_EQ(frame.loop_filter.level[3], 13);
    EXPECT_EQ(frame.loop_filter.sharpness, 5);
    EXPECT_EQ(frame.loop_filter.ref_deltas[7], -1);
    EXPECT_EQ(frame.loop_filter.mode_deltas[1], 3);
    EXPECT_EQ(frame.loop_filter.delta_lf_res, 3);
    EXPECT_EQ(frame.cdef.damping_minus_3, 2);
    EXPECT_EQ(frame.cdef.bits, 1);
    EXPECT_EQ(frame.cdef.y_pri_strength[0], 9);
    EXPECT_EQ(frame.cdef.y_sec_strength[0], 4);
    EXPECT_EQ(frame.cdef.uv_pri_strength[1], 15);
    EXPECT_EQ(frame.cdef.uv_sec_strength[1], 2);
    EXPECT_EQ(frame.loop_restoration.flags, V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR |
                                                V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR);
    EXPECT_EQ(frame.loop_restoration.frame_restoration_type[0], V4L2_AV1_FRAME_RESTORE_SWITCHABLE);
    EXPECT_EQ(frame.loop_restoration.frame_restoration_type[1], V4L2_AV1_FRAME_RESTORE_NONE);
    EXPECT_EQ(frame.loop_restoration.frame_restoration_type[2], V4L2_AV1_FRAME_RESTORE_WIENER);
    EXPECT_EQ(frame.loop_restoration.loop_restoration_size[0], 256U);
    EXPECT_EQ(frame.loop_restoration.loop_restoration_size[2], 128U);
}

TEST(Av1Codec, Segmentation) {
    Av1 client;
    Picture picture;
    VASegmentationStructAV1& info = picture.params.seg_info;
    info.segment_info_fields.bits.update_map = 1;
    info.feature_mask[2] = 0x01;
    info.feature_data[2][0] = -40;
    info.feature_data[2][1] = 9;  // not enabled
    info.feature_mask[4] = 0x02;
    EXPECT_EQ(frame_control(*client.decode(picture)).segmentation.flags, 0);
    info.segment_info_fields.bits.enabled = 1;
    v4l2_av1_segmentation control = frame_control(*client.decode(picture)).segmentation;
    EXPECT_EQ(control.flags,
              V4L2_AV1_SEGMENTATION_FLAG_ENABLED | V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP);
    EXPECT_EQ(control.last_active_seg_id, 4);
    EXPECT_EQ(control.feature_enabled[2], 1);
    EXPECT_EQ(control.feature_data[2][0], -40);
    EXPECT_EQ(control.feature_data[2][1], 0);
    info.feature_mask[5] = 0x20;
    info.feature_data[5][5] = 3;
    control = frame_control(*client.decode(picture)).segmentation;
    EXPECT_EQ(control.last_active_seg_id, 5);
    EXPECT_NE(control.flags & V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP, 0);
}

TEST(Av1Codec, GlobalMotion) {
    Av1 client;
    ASSERT_TRUE(client.decode(Picture(1)));
    Picture picture(2);
    picture.make_inter(1, 1);
    for (auto& warp : picture.params.wm) {
        std::fill_n(warp.wmmat, 8, 5);
    }
    picture.params.wm[0].wmtype = VAAV1TransformationRotzoom;
    picture.params.wm[1].wmtype = VAAV1TransformationAffine;
    picture.params.wm[1].invalid = 1;
    picture.params.wm[2].wmtype = VAAV1TransformationTranslation;
    const v4l2_av1_global_motion motion = frame_control(*client.decode(picture)).global_motion;
    EXPECT_EQ(motion.type[1], V4L2_AV1_WARP_MODEL_ROTZOOM);
    EXPECT_EQ(motion.flags[1],
              V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL | V4L2_AV1_GLOBAL_MOTION_FLAG_IS_ROT_ZOOM);
    EXPECT_EQ(motion.params[1][5], 5);
    EXPECT_EQ(motion.type[2], V4L2_AV1_WARP_MODEL_AFFINE);
    EXPECT_EQ(motion.flags[2], V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL);
    EXPECT_EQ(motion.flags[3],
              V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL | V4L2_AV1_GLOBAL_MOTION_FLAG_IS_TRANSLATION);
    EXPECT_EQ(motion.invalid, 1 << 2);
    EXPECT_EQ(motion.type[4], V4L2_AV1_WARP_MODEL_IDENTITY);
    EXPECT_EQ(motion.params[4][5], 1 << 16);
    EXPECT_EQ(motion.params[4][0], 0);
}

TEST(Av1Codec, FilmGrain) {
    Av1 client;
    const auto coded = client.decode(test::av1_grain_picture());
    ASSERT_TRUE(coded);
    EXPECT_EQ(coded->display_target, 2U);
    const auto grain =
        control_of<v4l2_ctrl_av1_film_grain>(*coded, V4L2_CID_STATELESS_AV1_FILM_GRAIN);
    EXPECT_EQ(grain.flags, V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN |
                               V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN |
                               V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP);
    EXPECT_EQ(grain.grain_seed, 0x1234);
    EXPECT_EQ(grain.num_y_points, 2);
    EXPECT_EQ(grain.point_y_value[1], 200);
    EXPECT_EQ(grain.point_y_value[2], 0);
    EXPECT_EQ(grain.point_y_scaling[1], 40);
    EXPECT_EQ(grain.ar_coeff_lag, 3);
    EXPECT_EQ(grain.ar_coeffs_y_plus_128[0], 0);
    EXPECT_EQ(grain.ar_coeffs_y_plus_128[1], 128);
    EXPECT_EQ(grain.ar_coeffs_y_plus_128[23], 255);
    EXPECT_EQ(grain.ar_coeffs_y_plus_128[24], 0);
    EXPECT_EQ(grain.ar_coeffs_cr_plus_128[24], 129);
    EXPECT_EQ(grain.cb_offset, 256);

    // Later frames refer to the target, not to what is shown.
    Picture next(3);
    next.make_inter(1, 1);
    EXPECT_EQ(frame_control(*client.decode(next)).reference_frame_ts[0], 1 * kMicrosecond);
    Picture without = test::av1_grain_picture();
    without.params.film_grain_info.film_grain_info_fields.bits.apply_grain = 0;
    EXPECT_EQ(client.decode(without)->display_target, VA_INVALID_ID);
    Picture too_many = test::av1_grain_picture();
    too_many.params.film_grain_info.num_cb_points = 11;
    EXPECT_EQ(client.decode(too_many).error().code, ErrorCode::kInvalidParameter);
}

TEST(Av1Codec, Refused) {
    Av1 client;
    const auto error = [&client](auto damage) {
        Picture picture;
        picture.make_inter(1, 1);
        damage(picture.params);
        const auto coded = client.decode(picture);
        EXPECT_FALSE(coded);
        return coded ? ErrorCode::kKernel : coded.error().code;
    };
    using Params = VADecPictureParameterBufferAV1;
    const auto expect_unsupported = [&error](auto damage) {
        EXPECT_EQ(error(damage), ErrorCode::kUnsupported);
    };
    const auto expect_invalid = [&error](auto damage) {
        EXPECT_EQ(error(damage), ErrorCode::kInvalidParameter);
    };
    expect_unsupported([](Params& p) { p.profile = 1; });
    expect_unsupported([](Params& p) { p.bit_depth_idx = 2; });
    expect_unsupported([](Params& p) { p.seq_info_fields.fields.subsampling_y = 0; });
    expect_unsupported([](Params& p) { p.pic_info_fields.bits.large_scale_tile = 1; });
    expect_invalid([](Params& p) { p.order_hint_bits_minus_1 = 8; });
    expect_invalid([](Params& p) { p.ref_frame_idx[6] = 8; });
    expect_invalid([](Params& p) { p.primary_ref_frame = 8; });
    expect_invalid([](Params& p) { p.tile_cols = 0; });
    expect_invalid([](Params& p) { p.tile_rows = 65; });
    expect_invalid([](Params& p) { p.context_update_tile_id = 1; });
    expect_invalid([](Params& p) { p.filter_level_v = 64; });
    expect_invalid([](Params& p) { p.ref_deltas[0] = 64; });
    expect_invalid([](Params& p) { p.cdef_bits = 4; });
    expect_invalid([](Params& p) { p.cdef_damping_minus_3 = 4; });
    expect_invalid([](Params& p) { p.cdef_y_strengths[0] = 64; });
    expect_invalid([](Params& p) { p.v_ac_delta_q = -65; });
    expect_invalid([](Params& p) { p.interp_filter = 5; });
    expect_invalid([](Params& p) { p.mode_control_fields.bits.tx_mode = 3; });
    expect_invalid([](Params& p) { p.loop_restoration_fields.value = 1 | 3 << 6; });
    expect_invalid([](Params& p) { std::memset(&p.wm[6].wmtype, 0xFF, sizeof(p.wm[6].wmtype)); });
    client.begin();
    EXPECT_EQ(client.finish(1).error().code, ErrorCode::kInvalidParameter);
    EXPECT_FALSE(client.add(VAIQMatrixBufferType, test::av1_text("x")));
    EXPECT_FALSE(client.add(VASliceParameterBufferType, test::av1_text("x")));
}

}  // namespace
}  // namespace v4l2va
