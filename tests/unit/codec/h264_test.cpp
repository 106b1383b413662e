// SPDX-License-Identifier: MIT
// The H.264 translator: buffers in, controls and payload out.
#include "codec/h264.h"

#include <gtest/gtest.h>

#include "h264_fixture.h"

namespace v4l2va {
namespace {

using test::bytes_of;
using test::control;
using test::decode_params;
using test::H264TestCodec;
using test::H264TestPicture;
using test::short_term;
using test::unit_bytes;

TEST(H264Codec, SequenceControl) {
    H264TestCodec codec(VAProfileH264High);
    H264TestPicture picture(H264SliceType::kI);
    picture.make_idr();
    picture.params.picture_height_in_mbs_minus1 = 23;
    auto& seq = picture.params.seq_fields.bits;
    seq.frame_mbs_only_flag = 0;
    seq.mb_adaptive_frame_field_flag = 1;
    seq.direct_8x8_inference_flag = 1;
    seq.gaps_in_frame_num_value_allowed_flag = 1;
    seq.delta_pic_order_always_zero_flag = 1;
    seq.log2_max_frame_num_minus4 = 5;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto sps = control<v4l2_ctrl_h264_sps>(*coded, V4L2_CID_STATELESS_H264_SPS);
    EXPECT_EQ(sps.profile_idc, 100);
    EXPECT_EQ(sps.constraint_set_flags, 0);
    EXPECT_EQ(sps.level_idc, 41);
    EXPECT_EQ(sps.chroma_format_idc, 1);
    EXPECT_EQ(sps.bit_depth_luma_minus8, 0);
    EXPECT_EQ(sps.bit_depth_chroma_minus8, 0);
    EXPECT_EQ(sps.log2_max_frame_num_minus4, 5);
    EXPECT_EQ(sps.pic_order_cnt_type, 0);
    EXPECT_EQ(sps.log2_max_pic_order_cnt_lsb_minus4, 4);
    EXPECT_EQ(sps.max_num_ref_frames, 4);
    EXPECT_EQ(sps.pic_width_in_mbs_minus1, 39);
    EXPECT_EQ(sps.pic_height_in_map_units_minus1, 11);
    EXPECT_EQ(sps.flags, uint32_t{V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD |
                                  V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE |
                                  V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED |
                                  V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO});
}

TEST(H264Codec, ProfileOfTheContext) {
    struct Case {
        VAProfile profile;
        int profile_idc;
        int constraint_set_flags;
    };
    // The stream may become one of Main: motion is kept from the beginning.
    for (const Case& c : {Case{VAProfileH264ConstrainedBaseline, 77, 2},
                          Case{VAProfileH264Main, 77, 0}, Case{VAProfileH264High, 100, 0}}) {
        H264TestCodec codec(c.profile);
        H264TestPicture picture(H264SliceType::kI);
        const auto coded = codec.decode(picture);
        ASSERT_TRUE(coded);
        const auto sps = control<v4l2_ctrl_h264_sps>(*coded, V4L2_CID_STATELESS_H264_SPS);
        EXPECT_EQ(sps.profile_idc, c.profile_idc);
        EXPECT_EQ(sps.constraint_set_flags, c.constraint_set_flags);
        EXPECT_EQ(sps.flags, uint32_t{V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY});
        EXPECT_EQ(sps.pic_height_in_map_units_minus1, 22);
    }
    EXPECT_EQ(create_h264_codec({}, VAProfileHEVCMain, {640, 384}), nullptr);
}

TEST(H264Codec, High10) {
    H264TestCodec codec(kVaProfileH264High10);
    H264TestPicture picture(H264SliceType::kI);
    for (const uint8_t depth : {uint8_t{0}, uint8_t{2}}) {
        picture.params.bit_depth_luma_minus8 = depth;
        picture.params.bit_depth_chroma_minus8 = depth;
        const auto coded = codec.decode(picture);
        ASSERT_TRUE(coded);
        const auto sps = control<v4l2_ctrl_h264_sps>(*coded, V4L2_CID_STATELESS_H264_SPS);
        EXPECT_EQ(sps.profile_idc, 110);
        EXPECT_EQ(sps.bit_depth_luma_minus8, depth);
        EXPECT_EQ(sps.bit_depth_chroma_minus8, depth);
    }
    H264TestCodec high(VAProfileH264High);
    EXPECT_EQ(high.decode(picture).error().code, ErrorCode::kUnsupported);
    picture.params.bit_depth_chroma_minus8 = 0;
    EXPECT_EQ(codec.decode(picture).error().code, ErrorCode::kUnsupported);
    picture.params.bit_depth_luma_minus8 = 1;
    picture.params.bit_depth_chroma_minus8 = 1;
    EXPECT_EQ(codec.decode(picture).error().code, ErrorCode::kUnsupported);
}

TEST(H264Codec, PictureControl) {
    H264TestCodec codec;
    H264TestPicture picture(H264SliceType::kP);
    picture.params.pic_init_qp_minus26 = -3;
    picture.params.pic_init_qs_minus26 = 4;
    picture.params.chroma_qp_index_offset = -12;
    picture.params.second_chroma_qp_index_offset = 12;
    auto& pic = picture.params.pic_fields.bits;
    pic.entropy_coding_mode_flag = 1;
    pic.weighted_bipred_idc = 2;
    pic.transform_8x8_mode_flag = 1;
    pic.deblocking_filter_control_present_flag = 1;
    picture.header().pic_parameter_set_id = 200;
    picture.slices[0].params.num_ref_idx_l0_active_minus1 = 2;
    picture.header().num_ref_idx_l0_active_minus1 = 2;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto pps = control<v4l2_ctrl_h264_pps>(*coded, V4L2_CID_STATELESS_H264_PPS);
    EXPECT_EQ(pps.pic_parameter_set_id, 200);
    EXPECT_EQ(pps.seq_parameter_set_id, 0);
    EXPECT_EQ(pps.num_slice_groups_minus1, 0);
    EXPECT_EQ(pps.num_ref_idx_l0_default_active_minus1, 2);
    EXPECT_EQ(pps.num_ref_idx_l1_default_active_minus1, 0);
    EXPECT_EQ(pps.weighted_bipred_idc, 2);
    EXPECT_EQ(pps.pic_init_qp_minus26, -3);
    EXPECT_EQ(pps.pic_init_qs_minus26, 4);
    EXPECT_EQ(pps.chroma_qp_index_offset, -12);
    EXPECT_EQ(pps.second_chroma_qp_index_offset, 12);
    EXPECT_EQ(pps.flags, V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE |
                             V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE |
                             V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT);
}

TEST(H264Codec, DefaultsAreKeptForEachPps) {
    H264TestCodec codec;
    H264TestPicture showing(H264SliceType::kB);
    showing.header().pic_parameter_set_id = 3;
    showing.slices[0].params.num_ref_idx_l0_active_minus1 = 5;
    showing.slices[0].params.num_ref_idx_l1_active_minus1 = 1;
    ASSERT_TRUE(codec.decode(showing));

    H264TestPicture overriding(H264SliceType::kB);
    overriding.header().pic_parameter_set_id = 3;
    overriding.header().num_ref_idx_active_override_flag = true;
    overriding.slices[0].params.num_ref_idx_l0_active_minus1 = 0;
    const auto kept = codec.decode(overriding);
    ASSERT_TRUE(kept);
    auto pps = control<v4l2_ctrl_h264_pps>(*kept, V4L2_CID_STATELESS_H264_PPS);
    EXPECT_EQ(pps.num_ref_idx_l0_default_active_minus1, 5);
    EXPECT_EQ(pps.num_ref_idx_l1_default_active_minus1, 1);

    overriding.header().pic_parameter_set_id = 4;
    const auto other = codec.decode(overriding);
    ASSERT_TRUE(other);
    pps = control<v4l2_ctrl_h264_pps>(*other, V4L2_CID_STATELESS_H264_PPS);
    EXPECT_EQ(pps.num_ref_idx_l0_default_active_minus1, 0);
}

TEST(H264Codec, DecodeParamsFromTheSliceHeader) {
    H264TestCodec codec;
    H264TestPicture picture(H264SliceType::kI);
    picture.make_idr();
    picture.params.pic_fields.bits.pic_order_present_flag = 1;
    picture.header().nal_ref_idc = 3;
    picture.header().idr_pic_id = 65535;
    picture.header().delta_pic_order_cnt_bottom = 1;
    picture.params.CurrPic.BottomFieldOrderCnt = 1;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    const auto params = decode_params(*coded);
    EXPECT_EQ(params.nal_ref_idc, 3);
    EXPECT_EQ(params.frame_num, 0);
    EXPECT_EQ(params.idr_pic_id, 65535);
    EXPECT_EQ(params.pic_order_cnt_lsb, 0);
    EXPECT_EQ(params.delta_pic_order_cnt_bottom, 1);
    EXPECT_EQ(params.pic_order_cnt_bit_size, 8U + 3U);
    EXPECT_EQ(params.dec_ref_pic_marking_bit_size, 2U);
    EXPECT_EQ(params.top_field_order_cnt, 0);
    EXPECT_EQ(params.bottom_field_order_cnt, 1);
    EXPECT_EQ(params.flags, uint32_t{V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC});
}

// A recovery point: frame_num 0 and intra slices do not make an IDR picture, the NAL unit does.
TEST(H264Codec, IdrIsWhatTheNalUnitSays) {
    H264TestCodec codec;
    H264TestPicture picture(H264SliceType::kI);
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    EXPECT_EQ(decode_params(*coded).flags & V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC, 0U);
    picture.set_order(0, 6);
    picture.make_idr();
    EXPECT_NE(decode_params(*codec.decode(picture)).flags & V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC,
              0U);
    // 7.4.3: an IDR picture has intra slices only.
    H264TestPicture inter(H264SliceType::kP);
    inter.make_idr();
    EXPECT_EQ(codec.decode(inter).error().code, ErrorCode::kInvalidBitstream);
}

TEST(H264Codec, DecodeParamsOfPocType1) {
    H264TestCodec codec;
    H264TestPicture picture(H264SliceType::kP);
    picture.params.seq_fields.bits.pic_order_cnt_type = 1;
    picture.params.pic_fields.bits.pic_order_present_flag = 1;
    picture.header().delta_pic_order_cnt[0] = -4;
    picture.header().delta_pic_order_cnt[1] = 7;
    picture.params.CurrPic.TopFieldOrderCnt = 12;
    picture.params.CurrPic.BottomFieldOrderCnt = 13;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    const auto params = decode_params(*coded);
    EXPECT_EQ(params.delta_pic_order_cnt0, -4);
    EXPECT_EQ(params.delta_pic_order_cnt1, 7);
    EXPECT_EQ(params.pic_order_cnt_bit_size, 7U + 7U);
    EXPECT_EQ(params.dec_ref_pic_marking_bit_size, 1U);
    EXPECT_EQ(params.top_field_order_cnt, 12) << "no bias with type 1";
    EXPECT_EQ(params.bottom_field_order_cnt, 13);
    EXPECT_EQ(params.flags, uint32_t{V4L2_H264_DECODE_PARAM_FLAG_PFRAME});
}

TEST(H264Codec, PictureTypeFlagsCoverAllSlices) {
    H264TestCodec codec;
    H264TestPicture picture(H264SliceType::kI);
    EXPECT_EQ(decode_params(*codec.decode(picture)).flags, 0U);
    picture.add_slice(H264SliceType::kP);
    EXPECT_EQ(decode_params(*codec.decode(picture)).flags,
              uint32_t{V4L2_H264_DECODE_PARAM_FLAG_PFRAME});
    picture.add_slice(H264SliceType::kB);
    EXPECT_EQ(decode_params(*codec.decode(picture)).flags,
              uint32_t{V4L2_H264_DECODE_PARAM_FLAG_BFRAME});
}

TEST(H264Codec, ScalingMatrix) {
    H264TestCodec codec;
    H264TestPicture picture(H264SliceType::kI);
    picture.has_iq_matrix = true;
    for (int list = 0; list < 6; ++list) {
        for (int i = 0; i < 16; ++i) {
            picture.iq_matrix.ScalingList4x4[list][i] = static_cast<uint8_t>(1 + 16 * list + i);
        }
    }
    for (int list = 0; list < 2; ++list) {
        for (int i = 0; i < 64; ++i) {
            picture.iq_matrix.ScalingList8x8[list][i] = static_cast<uint8_t>(1 + 64 * list + i);
        }
    }
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    auto matrix =
        control<v4l2_ctrl_h264_scaling_matrix>(*coded, V4L2_CID_STATELESS_H264_SCALING_MATRIX);
    for (int list = 0; list < 6; ++list) {
        for (int i = 0; i < 16; ++i) {
            EXPECT_EQ(matrix.scaling_list_4x4[list][i], 1 + 16 * list + i);
        }
        for (int i = 0; i < 64; ++i) {
            EXPECT_EQ(matrix.scaling_list_8x8[list][i], 1 + 64 * (list % 2) + i);
        }
    }
    auto pps = control<v4l2_ctrl_h264_pps>(*coded, V4L2_CID_STATELESS_H264_PPS);
    EXPECT_NE(pps.flags & V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT, 0);

    // Without the buffer the last values must not stay.
    picture.has_iq_matrix = false;
    const auto flat = codec.decode(picture);
    ASSERT_TRUE(flat);
    matrix = control<v4l2_ctrl_h264_scaling_matrix>(*flat, V4L2_CID_STATELESS_H264_SCALING_MATRIX);
    for (const std::byte byte : bytes_of(matrix)) {
        EXPECT_EQ(byte, std::byte{16});
    }
    pps = control<v4l2_ctrl_h264_pps>(*flat, V4L2_CID_STATELESS_H264_PPS);
    EXPECT_EQ(pps.flags & V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT, 0);
}

TEST(H264Codec, DeviceWithoutScalingMatrix) {
    CodecTraits traits = H264TestCodec::frame_mode();
    traits.has_scaling_matrix = false;
    H264TestCodec codec(VAProfileH264High, traits);
    H264TestPicture picture(H264SliceType::kI);
    picture.has_iq_matrix = true;
    std::memset(&picture.iq_matrix, 16, sizeof(picture.iq_matrix));
    const auto flat = codec.decode(picture);
    ASSERT_TRUE(flat);
    EXPECT_TRUE(flat->units[0].controls->find(V4L2_CID_STATELESS_H264_SCALING_MATRIX).empty());
    picture.iq_matrix.ScalingList4x4[0][0] = 17;
    const auto refused = codec.decode(picture);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
}

TEST(H264Codec, DeviceWithoutFieldPictures) {
    CodecTraits traits = H264TestCodec::frame_mode();
    traits.has_h264_fields = false;
    H264TestCodec codec(VAProfileH264Main, traits);
    H264TestPicture field(H264SliceType::kI);
    field.make_field(false, 0);
    EXPECT_EQ(codec.decode(field).error().code, ErrorCode::kUnsupported);
    // A frame where fields are allowed, with macroblocks of fields.
    H264TestPicture frame(H264SliceType::kI);
    frame.params.picture_height_in_mbs_minus1 = 23;
    frame.params.seq_fields.bits.frame_mbs_only_flag = 0;
    frame.params.seq_fields.bits.mb_adaptive_frame_field_flag = 1;
    EXPECT_TRUE(codec.decode(frame));
}

TEST(H264Codec, DeviceWithoutTheToolsOfMain) {
    CodecTraits traits = H264TestCodec::frame_mode();
    traits.has_h264_fields = false;
    traits.has_h264_main_tools = false;
    H264TestCodec codec(VAProfileH264ConstrainedBaseline, traits);
    const H264TestPicture plain(H264SliceType::kP);
    H264TestPicture picture = plain;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(control<v4l2_ctrl_h264_sps>(*coded, V4L2_CID_STATELESS_H264_SPS).profile_idc, 66);
    H264TestPicture b(H264SliceType::kB);
    EXPECT_EQ(codec.decode(b).error().code, ErrorCode::kUnsupported);
    picture.params.pic_fields.bits.entropy_coding_mode_flag = 1;
    EXPECT_EQ(codec.decode(picture).error().code, ErrorCode::kUnsupported);
    picture = plain;
    picture.params.picture_height_in_mbs_minus1 = 23;
    picture.params.seq_fields.bits.frame_mbs_only_flag = 0;
    EXPECT_EQ(codec.decode(picture).error().code, ErrorCode::kUnsupported);
    picture = plain;
    picture.params.pic_fields.bits.weighted_pred_flag = 1;
    EXPECT_EQ(codec.decode(picture).error().code, ErrorCode::kUnsupported);
    picture = plain;
    picture.params.pic_fields.bits.transform_8x8_mode_flag = 1;
    EXPECT_EQ(codec.decode(picture).error().code, ErrorCode::kUnsupported);
    picture = plain;
    picture.add_slice(H264SliceType::kI).syntax.header.first_mb_in_slice = 40;
    EXPECT_EQ(codec.decode(picture).error().code, ErrorCode::kUnsupported);
    picture = plain;
    picture.add_slice(H264SliceType::kP).syntax.header.first_mb_in_slice = 40;
    EXPECT_TRUE(codec.decode(picture));
}

TEST(H264Codec, AnnexBPayload) {
    H264TestCodec codec;
    H264TestPicture picture(H264SliceType::kI);
    picture.add_slice(H264SliceType::kP).syntax.header.first_mb_in_slice = 40;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    ASSERT_EQ(coded->units.size(), 1U);
    std::vector<std::byte> want;
    for (const auto& nal : codec.data) {
        want.insert(want.end(), {std::byte{0}, std::byte{0}, std::byte{1}});
        want.insert(want.end(), nal.begin(), nal.end());
    }
    EXPECT_EQ(unit_bytes(coded->units[0]), want);
    EXPECT_EQ(coded->units[0].bytes, want.size());
    EXPECT_EQ(coded->part, PicturePart::kFrame);
}

TEST(H264Codec, StartCodeOfTheClientIsReplaced) {
    for (const int zeros : {2, 3, 7}) {
        H264TestCodec codec;
        H264TestPicture picture(H264SliceType::kI);
        auto data = picture.nals()[0];
        const auto bare = data;
        data.insert(data.begin(), std::byte{1});
        data.insert(data.begin(), static_cast<size_t>(zeros), std::byte{0});
        picture.slices[0].params.slice_data_size = static_cast<uint32_t>(data.size());
        codec.begin();
        codec.add_struct(VAPictureParameterBufferType, picture.params);
        codec.add_struct(VASliceParameterBufferType, picture.slices[0].params);
        codec.add(VASliceDataBufferType, data);
        const auto coded = codec.finish(1);
        ASSERT_TRUE(coded) << coded.error().op;
        EXPECT_EQ(coded->units[0].bytes, bare.size() + 3);
    }
}

// On any picture: FM1_FT_E has slice groups from its second packet on only.
TEST(H264Codec, RefusesWhatNoDecoderHas) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    using Parameters = VAPictureParameterBufferH264;
    const std::vector<void (*)(Parameters&)> changes = {
        [](Parameters& params) { params.num_slice_groups_minus1 = 1; },
        [](Parameters& params) { params.seq_fields.bits.chroma_format_idc = 2; },
        [](Parameters& params) { params.seq_fields.bits.chroma_format_idc = 3; },
        [](Parameters& params) { params.seq_fields.bits.residual_colour_transform_flag = 1; },
        [](Parameters& params) { params.bit_depth_luma_minus8 = 2; },
        [](Parameters& params) { params.bit_depth_chroma_minus8 = 2; },
    };
#pragma GCC diagnostic pop
    H264TestCodec codec(kVaProfileH264High10);
    for (const auto& change : changes) {
        H264TestPicture picture(H264SliceType::kI);
        ASSERT_TRUE(codec.decode(picture));
        H264TestPicture changed(H264SliceType::kI);
        change(changed.params);
        const auto refused = codec.decode(changed);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
        EXPECT_TRUE(codec.decode(picture));
    }
}

// The first byte of a start code of four bytes belongs to no NAL unit, but clients that look for
// those of three leave it with the slice before; some leave more, and some the start code itself.
TEST(H264Codec, TrailingZerosNeverReachTheDevice) {
    for (const bool slice_based : {false, true}) {
        for (const size_t zeros : {size_t{1}, size_t{2}, size_t{3}, size_t{40}}) {
            H264TestCodec codec(VAProfileH264High, slice_based ? H264TestCodec::slice_mode()
                                                               : H264TestCodec::frame_mode());
            H264TestPicture picture(H264SliceType::kI);
            picture.add_slice(H264SliceType::kI).syntax.header.first_mb_in_slice = 40;
            picture.add_slice(H264SliceType::kP).syntax.header.first_mb_in_slice = 80;
            const auto nals = picture.nals();
            auto sent = nals;
            codec.begin();
            codec.add_struct(VAPictureParameterBufferType, picture.params);
            std::vector<std::byte> want;
            for (size_t i = 0; i < sent.size(); ++i) {
                sent[i].insert(sent[i].end(), zeros, std::byte{0});
                sent[i].insert(sent[i].begin(), {std::byte{0}, std::byte{0}, std::byte{1}});
                picture.slices[i].params.slice_data_size = static_cast<uint32_t>(sent[i].size());
                codec.add_struct(VASliceParameterBufferType, picture.slices[i].params);
                codec.add(VASliceDataBufferType, sent[i]);
                want.insert(want.end(), {std::byte{0}, std::byte{0}, std::byte{1}});
                want.insert(want.end(), nals[i].begin(), nals[i].end());
            }
            const auto coded = codec.finish(1);
            ASSERT_TRUE(coded) << coded.error().op;
            ASSERT_EQ(coded->units.size(), slice_based ? 3U : 1U);
            for (size_t i = 0; slice_based && i < 3; ++i) {
                EXPECT_EQ(unit_bytes(coded->units[i]), nals[i]) << zeros;
                EXPECT_EQ(coded->units[i].bytes, nals[i].size());
            }
            if (!slice_based) {
                EXPECT_EQ(unit_bytes(coded->units[0]), want) << zeros;
            }
        }
    }
}

TEST(H264Codec, RedundantSlicesAreDropped) {
    H264TestCodec codec;
    H264TestPicture picture(H264SliceType::kI);
    picture.params.pic_fields.bits.redundant_pic_cnt_present_flag = 1;
    picture.add_slice(H264SliceType::kI).syntax.header.redundant_pic_cnt = 1;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(coded->units[0].bytes, codec.data[0].size() + 3);
    picture.header().redundant_pic_cnt = 2;
    const auto none = codec.decode(picture);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::kInvalidBitstream);
}

// Slice-based mode: a unit for each slice, each with its own parameters.
TEST(H264Codec, SliceMode) {
    H264TestCodec codec(VAProfileH264High, H264TestCodec::slice_mode());
    codec.surfaces.timestamps = {{10, Timestamp(50)}, {11, Timestamp(51)}};
    H264TestPicture picture(H264SliceType::kB);
    picture.params.pic_fields.bits.weighted_bipred_idc = 1;
    picture.params.ReferenceFrames[0] = short_term(10, 0, 0, 0);
    picture.params.ReferenceFrames[1] = short_term(11, 1, 8, 8);
    auto& slice = picture.slices[0];
    slice.params.RefPicList0[0] = picture.params.ReferenceFrames[0];
    slice.params.RefPicList1[0] = picture.params.ReferenceFrames[1];
    slice.params.luma_log2_weight_denom = 5;
    slice.params.chroma_log2_weight_denom = 7;
    slice.params.luma_weight_l1_flag = 1;
    slice.params.luma_weight_l1[0] = 9;
    slice.params.luma_offset_l1[0] = -2;
    slice.syntax.header.direct_spatial_mv_pred_flag = true;
    slice.syntax.header.slice_qp_delta = -5;
    picture.add_slice(H264SliceType::kI).syntax.header.first_mb_in_slice = 80;
    const auto coded = codec.decode(picture);
    ASSERT_TRUE(coded) << coded.error().op;
    ASSERT_EQ(coded->units.size(), 2U);
    EXPECT_EQ(unit_bytes(coded->units[0]), codec.data[0]);
    EXPECT_EQ(unit_bytes(coded->units[1]), codec.data[1]);

    const auto b =
        control<v4l2_ctrl_h264_slice_params>(*coded, V4L2_CID_STATELESS_H264_SLICE_PARAMS);
    EXPECT_EQ(b.slice_type, V4L2_H264_SLICE_TYPE_B);
    EXPECT_EQ(b.slice_qp_delta, -5);
    EXPECT_EQ(b.flags, uint32_t{V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED});
    EXPECT_EQ(b.ref_pic_list0[0].fields, V4L2_H264_FRAME_REF);
    EXPECT_EQ(b.ref_pic_list0[0].index, 0);
    EXPECT_EQ(b.ref_pic_list1[0].index, 1);
    EXPECT_EQ(b.ref_pic_list0[1].index, 0xff);
    EXPECT_EQ(b.ref_pic_list0[1].fields, 0);
    const auto weights =
        control<v4l2_ctrl_h264_pred_weights>(*coded, V4L2_CID_STATELESS_H264_PRED_WEIGHTS);
    EXPECT_EQ(weights.luma_log2_weight_denom, 5);
    EXPECT_EQ(weights.weight_factors[0].luma_weight[0], 32) << "inferred";
    EXPECT_EQ(weights.weight_factors[0].chroma_weight[0][1], 128) << "inferred";
    EXPECT_EQ(weights.weight_factors[1].luma_weight[0], 9);
    EXPECT_EQ(weights.weight_factors[1].luma_offset[0], -2);

    const auto i =
        control<v4l2_ctrl_h264_slice_params>(*coded, V4L2_CID_STATELESS_H264_SLICE_PARAMS, 1);
    EXPECT_EQ(i.slice_type, V4L2_H264_SLICE_TYPE_I);
    EXPECT_EQ(i.first_mb_in_slice, 80U);
    EXPECT_EQ(i.ref_pic_list0[0].index, 0xff);
    EXPECT_GT(i.header_bit_size, 8U);
    EXPECT_TRUE(coded->units[1].controls->find(V4L2_CID_STATELESS_H264_PRED_WEIGHTS).empty());
}

// What clients leave of an earlier slice where this one's type has no such syntax (7.3.3).
TEST(H264Codec, WhatASliceTypeLacksIsZero) {
    for (const H264SliceType type : {H264SliceType::kI, H264SliceType::kP, H264SliceType::kB}) {
        H264TestCodec codec(VAProfileH264High, H264TestCodec::slice_mode());
        codec.surfaces.timestamps = {{10, Timestamp(50)}};
        H264TestPicture picture(type);
        picture.params.pic_fields.bits.entropy_coding_mode_flag = 1;
        picture.params.pic_fields.bits.weighted_pred_flag = 1;
        picture.params.ReferenceFrames[0] = short_term(10, 0, 0, 0);
        auto& header = picture.header();
        header.cabac_init_idc = 2;
        header.num_ref_idx_l0_active_minus1 = 1;
        header.num_ref_idx_l1_active_minus1 = 1;
        header.direct_spatial_mv_pred_flag = type == H264SliceType::kB;
        auto& va = picture.slices[0].params;
        va.cabac_init_idc = 2;
        va.direct_spatial_mv_pred_flag = 1;
        va.num_ref_idx_l0_active_minus1 = 1;
        va.num_ref_idx_l1_active_minus1 = 1;
        for (int i = 0; i < 2; ++i) {
            va.RefPicList0[i] = picture.params.ReferenceFrames[0];
            va.RefPicList1[i] = picture.params.ReferenceFrames[0];
        }
        va.luma_weight_l1_flag = 1;
        va.luma_weight_l1[0] = 9;
        const auto coded = codec.decode(picture);
        ASSERT_TRUE(coded) << coded.error().op;
        const auto params =
            control<v4l2_ctrl_h264_slice_params>(*coded, V4L2_CID_STATELESS_H264_SLICE_PARAMS);
        const bool inter = type != H264SliceType::kI;
        const bool b = type == H264SliceType::kB;
        EXPECT_EQ(params.cabac_init_idc, inter ? 2 : 0);
        EXPECT_EQ(params.num_ref_idx_l0_active_minus1, inter ? 1 : 0);
        EXPECT_EQ(params.num_ref_idx_l1_active_minus1, b ? 1 : 0);
        EXPECT_EQ(params.flags, b ? uint32_t{V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED} : 0U);
        EXPECT_EQ(params.ref_pic_list0[1].index, inter ? 0 : 0xff);
        EXPECT_EQ(params.ref_pic_list1[1].index, b ? 0 : 0xff);
        const auto weights =
            control<v4l2_ctrl_h264_pred_weights>(*coded, V4L2_CID_STATELESS_H264_PRED_WEIGHTS);
        EXPECT_EQ(weights.weight_factors[1].luma_weight[0], 0);
    }
}

}  // namespace
}  // namespace v4l2va
