// SPDX-License-Identifier: MIT
#include "codec/vp9.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "vp9_fixture.h"

namespace v4l2va {
namespace {

using test::full_vp9_inter_frame;
using test::payload_of;
using test::vp9_compressed_hdr_of;
using test::vp9_frame_of;
using test::vp9_frame_to_write;
using test::vp9_key_frame;
using test::Vp9FrameToWrite;
using test::Vp9TestCodec;
using test::Vp9TestPicture;

template <typename T, size_t N>
std::vector<int> ints(const T (&values)[N]) {
    return {values, values + N};
}

std::string as_string(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Vp9, InterFrameFieldByField) {
    const Vp9FrameToWrite to_write = full_vp9_inter_frame();
    Vp9TestCodec codec;
    const auto coded = codec.decode(to_write);
    ASSERT_TRUE(coded);
    ASSERT_EQ(coded->units.size(), 1U);
    EXPECT_EQ(coded->part, PicturePart::kFrame);
    EXPECT_EQ(payload_of(*coded), as_string(to_write.frame()));
    const v4l2_ctrl_vp9_frame frame = vp9_frame_of(*coded);

    EXPECT_EQ(ints(frame.lf.ref_deltas), (std::vector<int>{-63, 0, 63, -1}));
    EXPECT_EQ(ints(frame.lf.mode_deltas), (std::vector<int>{17, 0}));
    EXPECT_EQ(frame.lf.level, 63);
    EXPECT_EQ(frame.lf.sharpness, 5);
    EXPECT_EQ(frame.lf.flags, 3);
    EXPECT_EQ(frame.quant.base_q_idx, 200);
    EXPECT_EQ(frame.quant.delta_q_y_dc, -15);
    EXPECT_EQ(frame.quant.delta_q_uv_dc, 15);
    EXPECT_EQ(frame.quant.delta_q_uv_ac, -1);
    EXPECT_EQ(ints(frame.seg.feature_data[0]), (std::vector<int>{-255, -63, 3, 0}));
    EXPECT_EQ(ints(frame.seg.feature_data[6]), (std::vector<int>{1, -1, 0, 0}));
    EXPECT_EQ(ints(frame.seg.feature_enabled), (std::vector<int>{15, 1, 2, 4, 8, 0, 3, 12}));
    EXPECT_EQ(ints(frame.seg.tree_probs), (std::vector<int>{1, 2, 255, 4, 5, 6, 254}));
    EXPECT_EQ(ints(frame.seg.pred_probs), (std::vector<int>{11, 255, 13}));
    EXPECT_EQ(frame.seg.flags, 0x1f);
    EXPECT_EQ(
        frame.flags,
        uint32_t{V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV | V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX |
                 V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE | V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING |
                 V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING});
    EXPECT_EQ(frame.compressed_header_size, to_write.compressed_header().size());
    EXPECT_EQ(frame.uncompressed_header_size, to_write.uncompressed_header(1).size());
    EXPECT_EQ(frame.frame_width_minus_1, 2047);
    EXPECT_EQ(frame.frame_height_minus_1, 1089);
    EXPECT_EQ(frame.render_width_minus_1, 1919);
    EXPECT_EQ(frame.render_height_minus_1, 1079);
    EXPECT_EQ(frame.last_frame_ts, 111000U);
    EXPECT_EQ(frame.golden_frame_ts, 116000U);
    EXPECT_EQ(frame.alt_frame_ts, 113000U);
    EXPECT_EQ(frame.ref_frame_sign_bias, V4L2_VP9_SIGN_BIAS_ALT);
    EXPECT_EQ(frame.reset_frame_context, V4L2_VP9_RESET_FRAME_CTX_SPEC);
    EXPECT_EQ(frame.frame_context_idx, 3);
    EXPECT_EQ(frame.profile, 0);
    EXPECT_EQ(frame.bit_depth, 8);
    EXPECT_EQ(frame.interpolation_filter, V4L2_VP9_INTERP_FILTER_SWITCHABLE);
    EXPECT_EQ(frame.tile_cols_log2, 2);
    EXPECT_EQ(frame.tile_rows_log2, 2);
    EXPECT_EQ(frame.reference_mode, V4L2_VP9_REFERENCE_MODE_SELECT);
    EXPECT_EQ(vp9_compressed_hdr_of(*coded).tx_mode, V4L2_VP9_TX_MODE_SELECT);
    ASSERT_EQ(coded->references.size(), 3U);
    EXPECT_EQ(coded->references[0], 11U);
    EXPECT_EQ(coded->references[1], 16U);
    EXPECT_EQ(coded->references[2], 13U);
}

TEST(Vp9, KeyFrames) {
    struct Case {
        VAProfile profile;
        uint8_t number, bit_depth;
    };
    for (const Case& c : {Case{VAProfileVP9Profile0, 0, 8}, Case{VAProfileVP9Profile2, 2, 10}}) {
        Vp9FrameToWrite to_write = vp9_key_frame(c.number, c.bit_depth);
        to_write.lasting.color_range = true;
        Vp9TestCodec codec(c.profile);
        const auto coded = codec.decode(to_write);
        ASSERT_TRUE(coded);
        const v4l2_ctrl_vp9_frame frame = vp9_frame_of(*coded);
        EXPECT_EQ(frame.profile, c.number);
        EXPECT_EQ(frame.bit_depth, c.bit_depth);
        EXPECT_EQ(frame.flags,
                  uint32_t{V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_SHOW_FRAME |
                           V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX |
                           V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING |
                           V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING});
        EXPECT_EQ(ints(frame.lf.ref_deltas), (std::vector<int>{1, 0, -1, -1}));
        EXPECT_EQ(ints(frame.seg.tree_probs), std::vector<int>(7, 255));
        EXPECT_EQ(ints(frame.seg.pred_probs), std::vector<int>(3, 255));
        EXPECT_EQ(frame.last_frame_ts, 0U);
        EXPECT_EQ(frame.golden_frame_ts, 0U);
        EXPECT_EQ(frame.alt_frame_ts, 0U);
        EXPECT_TRUE(coded->references.empty());

        // Range and depth hold for what follows.
        Vp9FrameToWrite inter = vp9_frame_to_write();
        inter.header.profile = c.number;
        inter.lasting.bit_depth = c.bit_depth;
        const auto next = codec.decode(inter);
        ASSERT_TRUE(next);
        EXPECT_EQ(vp9_frame_of(*next).bit_depth, c.bit_depth);
        EXPECT_NE(vp9_frame_of(*next).flags & V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING, 0U);
    }
}

TEST(Vp9, CompressedHeaderControl) {
    Vp9FrameToWrite frame = full_vp9_inter_frame();
    frame.choose = [](size_t index) { return static_cast<uint32_t>(index % 127); };
    const auto parsed = parse_vp9_compressed_header(frame.compressed_header(), frame.header);
    ASSERT_TRUE(parsed);
    const Vp9ProbUpdates& updates = parsed->updates;
    Vp9TestCodec codec;
    const auto coded = codec.decode(frame);
    ASSERT_TRUE(coded);
    const v4l2_ctrl_vp9_compressed_hdr hdr = vp9_compressed_hdr_of(*coded);
    const auto expect_same = [](const auto& actual, const auto& expected) {
        static_assert(sizeof(actual) == sizeof(expected));
        EXPECT_EQ(std::memcmp(&actual, &expected, sizeof(actual)), 0);
    };
    expect_same(hdr.tx8, updates.tx8);
    expect_same(hdr.tx16, updates.tx16);
    expect_same(hdr.tx32, updates.tx32);
    expect_same(hdr.coef, updates.coef);
    expect_same(hdr.skip, updates.skip);
    expect_same(hdr.inter_mode, updates.inter_mode);
    expect_same(hdr.interp_filter, updates.interp_filter);
    expect_same(hdr.is_inter, updates.is_inter);
    expect_same(hdr.comp_mode, updates.comp_mode);
    expect_same(hdr.single_ref, updates.single_ref);
    expect_same(hdr.comp_ref, updates.comp_ref);
    expect_same(hdr.y_mode, updates.y_mode);
    expect_same(hdr.partition, updates.partition);
    expect_same(hdr.mv.joint, updates.mv.joint);
    expect_same(hdr.mv.sign, updates.mv.sign);
    expect_same(hdr.mv.classes, updates.mv.classes);
    expect_same(hdr.mv.class0_bit, updates.mv.class0_bit);
    expect_same(hdr.mv.bits, updates.mv.bits);
    expect_same(hdr.mv.class0_fr, updates.mv.class0_fr);
    expect_same(hdr.mv.fr, updates.mv.fr);
    expect_same(hdr.mv.class0_hp, updates.mv.class0_hp);
    expect_same(hdr.mv.hp, updates.mv.hp);
    EXPECT_EQ(ints(hdr.uv_mode[9]), std::vector<int>(9, 0));
}

TEST(Vp9, NoCompressedHeaderControlForDevicesWithoutIt) {
    Vp9TestCodec codec(VAProfileVP9Profile0, {2048, 1090}, false);
    const auto coded = codec.decode(full_vp9_inter_frame());
    ASSERT_TRUE(coded);
    EXPECT_TRUE(coded->units[0].controls->find(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR).empty());
    EXPECT_EQ(vp9_frame_of(*coded).reference_mode, V4L2_VP9_REFERENCE_MODE_SELECT);
}

TEST(Vp9, FilterAndResetNumbers) {
    constexpr std::array<uint8_t, 5> kFilters = {
        V4L2_VP9_INTERP_FILTER_EIGHTTAP_SMOOTH, V4L2_VP9_INTERP_FILTER_EIGHTTAP,
        V4L2_VP9_INTERP_FILTER_EIGHTTAP_SHARP, V4L2_VP9_INTERP_FILTER_BILINEAR,
        V4L2_VP9_INTERP_FILTER_SWITCHABLE};
    for (uint8_t filter = 0; filter < 5; ++filter) {
        Vp9FrameToWrite frame = full_vp9_inter_frame();
        frame.header.interp_filter = static_cast<Vp9InterpFilter>(filter);
        Vp9TestCodec codec;
        const auto coded = codec.decode(frame);
        ASSERT_TRUE(coded);
        EXPECT_EQ(vp9_frame_of(*coded).interpolation_filter, kFilters[filter]);
    }
    constexpr std::array<uint8_t, 4> kResets = {
        V4L2_VP9_RESET_FRAME_CTX_NONE, V4L2_VP9_RESET_FRAME_CTX_NONE, V4L2_VP9_RESET_FRAME_CTX_SPEC,
        V4L2_VP9_RESET_FRAME_CTX_ALL};
    for (uint8_t reset = 0; reset < 4; ++reset) {
        Vp9FrameToWrite frame = full_vp9_inter_frame();
        frame.header.intra_only = true;
        frame.header.frame_context_idx = 2;
        frame.header.reset_frame_context = reset;
        Vp9TestCodec codec;
        const auto coded = codec.decode(frame);
        ASSERT_TRUE(coded);
        const v4l2_ctrl_vp9_frame control = vp9_frame_of(*coded);
        EXPECT_EQ(control.reset_frame_context, kResets[reset]);
        EXPECT_EQ(control.frame_context_idx, 2);
        EXPECT_NE(control.flags & V4L2_VP9_FRAME_FLAG_INTRA_ONLY, 0U);
        EXPECT_EQ(control.last_frame_ts, 0U);
        EXPECT_TRUE(coded->references.empty());
    }
}

TEST(Vp9, LossyAndLosslessTxMode) {
    Vp9FrameToWrite frame = vp9_key_frame();
    frame.header.base_q_idx = 0;
    Vp9TestCodec codec;
    auto coded = codec.decode(frame);
    ASSERT_TRUE(coded);
    EXPECT_EQ(vp9_compressed_hdr_of(*coded).tx_mode, V4L2_VP9_TX_MODE_ONLY_4X4);
    frame.header.base_q_idx = 1;
    frame.compressed.tx_mode = Vp9TxMode::kAllow32x32;
    coded = codec.decode(frame);
    ASSERT_TRUE(coded);
    EXPECT_EQ(vp9_compressed_hdr_of(*coded).tx_mode, V4L2_VP9_TX_MODE_ALLOW_32X32);
}

TEST(Vp9, SizeOfAReferenceComesFromTheClient) {
    Vp9FrameToWrite frame = full_vp9_inter_frame();
    frame.found_ref = 1;
    frame.header.frame_width = 1025;
    frame.header.frame_height = 577;
    frame.render_and_frame_size_different = false;
    Vp9TestCodec codec;
    const auto coded = codec.decode(frame);
    ASSERT_TRUE(coded);
    EXPECT_EQ(vp9_frame_of(*coded).frame_width_minus_1, 1024);
    EXPECT_EQ(vp9_frame_of(*coded).frame_height_minus_1, 576);
    EXPECT_EQ(vp9_frame_of(*coded).render_width_minus_1, 1024);
}

TEST(Vp9, TellsTheSizeOfEachPicture) {
    Vp9TestCodec codec(VAProfileVP9Profile0, {350, 286});
    ASSERT_TRUE(codec.decode(vp9_key_frame()));
    for (const Size size :
         {Size{1, 1}, Size{33, 17}, Size{352, 288}, Size{353, 289}, Size{65535, 65535}}) {
        const Vp9FrameToWrite inter = vp9_frame_to_write(size.width, size.height);
        const auto coded = codec.decode(inter);
        ASSERT_TRUE(coded);
        EXPECT_EQ(coded->coded_size, size);
    }
}

TEST(Vp9, LostReferencesAreReplaced) {
    const Vp9FrameToWrite frame = full_vp9_inter_frame();
    Vp9TestPicture picture(frame);
    picture.params.reference_frames[1] = VA_INVALID_ID;
    picture.params.reference_frames[6] = 30;  // the target
    Vp9TestCodec codec;
    auto coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(vp9_frame_of(*coded).last_frame_ts, 113000U);
    EXPECT_EQ(vp9_frame_of(*coded).golden_frame_ts, 113000U);
    ASSERT_EQ(coded->references.size(), 1U);

    picture.params.reference_frames[3] = 77;  // never decoded: then any that the client still has
    coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(vp9_frame_of(*coded).alt_frame_ts, 110000U);
    ASSERT_EQ(coded->references.size(), 1U);
    EXPECT_EQ(coded->references[0], 10U);

    codec.surfaces.timestamps.clear();
    coded = codec.decode(picture);
    ASSERT_TRUE(coded);
    EXPECT_EQ(vp9_frame_of(*coded).last_frame_ts, 502000U);
    EXPECT_TRUE(coded->references.empty());
}

TEST(Vp9, StateLastsAndAFailedPictureLeavesNoTrace) {
    Vp9TestCodec codec;
    ASSERT_TRUE(codec.decode(full_vp9_inter_frame()));
    Vp9FrameToWrite damaged = vp9_key_frame();  // would reset all
    damaged.compressed.marker = true;
    const auto failed = codec.decode(damaged);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kInvalidBitstream);

    Vp9FrameToWrite plain = vp9_frame_to_write();
    auto coded = codec.decode(plain);
    ASSERT_TRUE(coded);
    EXPECT_EQ(ints(vp9_frame_of(*coded).lf.ref_deltas), (std::vector<int>{-63, 0, 63, -1}));
    EXPECT_EQ(ints(vp9_frame_of(*coded).seg.feature_enabled),
              (std::vector<int>{15, 1, 2, 4, 8, 0, 3, 12}));
    EXPECT_EQ(vp9_frame_of(*coded).seg.flags, V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE);

    coded = codec.decode(vp9_key_frame());
    ASSERT_TRUE(coded);
    EXPECT_EQ(ints(vp9_frame_of(*coded).lf.ref_deltas), (std::vector<int>{1, 0, -1, -1}));
    EXPECT_EQ(ints(vp9_frame_of(*coded).seg.feature_enabled), std::vector<int>(8, 0));
    EXPECT_EQ(vp9_frame_of(*coded).seg.flags, 0);
}

TEST(Vp9, OtherProfilesAndDepthsAreRefused) {
    const auto error_of = [](VAProfile profile, const Vp9FrameToWrite& frame) {
        Vp9TestCodec codec(profile);
        const auto coded = codec.decode(frame);
        EXPECT_FALSE(coded);
        return coded ? ErrorCode::kKernel : coded.error().code;
    };
    Vp9FrameToWrite yuv444 = vp9_key_frame(1);
    yuv444.lasting.subsampling_x = false;
    yuv444.lasting.subsampling_y = false;
    EXPECT_EQ(error_of(VAProfileVP9Profile0, yuv444), ErrorCode::kUnsupported);
    EXPECT_EQ(error_of(VAProfileVP9Profile0, vp9_key_frame(2, 10)), ErrorCode::kUnsupported);
    EXPECT_EQ(error_of(VAProfileVP9Profile2, vp9_key_frame(0)), ErrorCode::kUnsupported);
    EXPECT_EQ(error_of(VAProfileVP9Profile2, vp9_key_frame(2, 12)), ErrorCode::kUnsupported);
    Vp9FrameToWrite inter = vp9_frame_to_write();  // of a 12-bit stream
    inter.header.profile = 2;
    inter.lasting.bit_depth = 12;
    EXPECT_EQ(error_of(VAProfileVP9Profile2, inter), ErrorCode::kUnsupported);
    EXPECT_EQ(create_vp9_codec({}, VAProfileVP9Profile1, {16, 16}), nullptr);
}

TEST(Vp9, SuperframeIndexIsStripped) {
    const Vp9FrameToWrite frame = vp9_key_frame();
    const std::vector<std::byte> plain = frame.frame();
    const auto with_index = [&plain](const std::vector<size_t>& sizes) {
        Vp9TestPicture picture(vp9_key_frame());
        const auto marker = static_cast<std::byte>(0xc8 | (sizes.size() - 1));  // 2 bytes a size
        picture.data = plain;
        picture.data.push_back(marker);
        for (const size_t size : sizes) {
            picture.data.push_back(static_cast<std::byte>(size));
            picture.data.push_back(static_cast<std::byte>(size >> 8));
        }
        picture.data.push_back(marker);
        picture.set_size();
        return picture;
    };
    Vp9TestCodec codec;
    auto coded = codec.decode(with_index({plain.size()}));
    ASSERT_TRUE(coded);
    EXPECT_EQ(payload_of(*coded), as_string(plain));
    coded = codec.decode(with_index({plain.size() - 1}));  // no index: it does not add up
    ASSERT_TRUE(coded);
    EXPECT_EQ(payload_of(*coded), as_string(with_index({plain.size() - 1}).data));
    coded = codec.decode(with_index({plain.size() - 5, 5}));
    ASSERT_FALSE(coded);
    EXPECT_EQ(coded.error().code, ErrorCode::kUnsupported);
}

TEST(Vp9, NothingToDecode) {
    Vp9FrameToWrite existing;
    existing.header.show_existing_frame = true;
    Vp9TestPicture picture(vp9_frame_to_write());
    picture.data = existing.uncompressed_header(0);
    picture.set_size();
    Vp9TestCodec codec;
    auto coded = codec.decode(picture);
    ASSERT_FALSE(coded);
    EXPECT_EQ(coded.error().code, ErrorCode::kInvalidParameter);
    for (int byte = 0; byte < 256; ++byte) {  // frames of one byte
        picture.data = {static_cast<std::byte>(byte)};
        picture.set_size();
        EXPECT_FALSE(codec.decode(picture));
    }
    picture = Vp9TestPicture(vp9_frame_to_write());
    picture.params.frame_width = 0;
    EXPECT_FALSE(codec.decode(picture));
}

TEST(Vp9, RefusesWrongBuffers) {
    const Vp9TestPicture picture(vp9_key_frame());
    Vp9TestCodec codec;
    codec.begin();
    EXPECT_FALSE(codec.finish(30));
    EXPECT_TRUE(codec.add_struct(VAPictureParameterBufferType, picture.params));
    EXPECT_FALSE(codec.finish(30));
    EXPECT_FALSE(codec.add_struct(VAIQMatrixBufferType, picture.params));
    EXPECT_FALSE(codec.add_struct(VASliceParameterBufferType, picture.params));
    EXPECT_TRUE(codec.add_struct(VASliceParameterBufferType, picture.slice));
    EXPECT_FALSE(codec.finish(30));
    EXPECT_TRUE(codec.add(VASliceDataBufferType, picture.data));
    EXPECT_FALSE(codec.add(VASliceDataBufferType, picture.data));
    EXPECT_TRUE(codec.finish(30));
    codec.begin();  // forgets all
    EXPECT_FALSE(codec.finish(30));
}

TEST(Vp9, TruncatedAnywhereIsRefusedUpToTheTiles) {
    const Vp9FrameToWrite frame = full_vp9_inter_frame();
    const Vp9TestPicture whole(frame);
    for (size_t size = 1; size <= whole.data.size(); ++size) {
        Vp9TestPicture picture = whole;
        picture.data.resize(size);
        picture.set_size();
        Vp9TestCodec codec;
        EXPECT_EQ(codec.decode(picture).has_value(),
                  size + frame.tile_data.size() >= whole.data.size())
            << size;
    }
}

#define FIELD(member) offsetof(VADecPictureParameterBufferVP9, member)

TEST(Vp9Audit, PictureParameters) {
    Vp9FrameToWrite frame = full_vp9_inter_frame();
    frame.found_ref = 0;
    frame.header.frame_width = 1025;
    frame.header.frame_height = 577;
    frame.header.tile_cols_log2 = 0;
    frame.render_and_frame_size_different = false;
    Vp9TestPicture picture(frame);
    const char* header = "the uncompressed header is parsed";
    std::vector<test::IgnoredField> ignored = {
        {FIELD(pic_fields), 32, header},
        {FIELD(filter_level), (FIELD(bit_depth) - FIELD(filter_level)) * 8, header},
        {FIELD(bit_depth), 1, "8 or 0: clients of old headers do not fill it", 3},
        {FIELD(bit_depth) + 1, (sizeof(VADecPictureParameterBufferVP9) - FIELD(bit_depth) - 1) * 8,
         "padding, reserved"},
    };
    for (const size_t unused : {0U, 2U, 4U, 5U, 7U}) {
        ignored.push_back({FIELD(reference_frames) + 4 * unused, 32, "no reference of this frame"});
    }
    test::audit_fields<VADecPictureParameterBufferVP9>(picture.params, ignored, [&picture] {
        Vp9TestCodec codec;
        return test::outcome_of(codec.decode(picture));
    });
}

#undef FIELD
#define FIELD(member) offsetof(VASliceParameterBufferVP9, member)

TEST(Vp9Audit, SliceParameters) {
    Vp9TestPicture picture(full_vp9_inter_frame());
    picture.data.resize(picture.data.size() + 8);  // so that the size can grow
    const std::vector<test::IgnoredField> ignored = {
        {FIELD(seg_param), (sizeof(VASliceParameterBufferVP9) - FIELD(seg_param)) * 8,
         "derived levels and scales: the uncompressed header has the features; reserved"},
    };
    test::audit_fields<VASliceParameterBufferVP9>(picture.slice, ignored, [&picture] {
        Vp9TestCodec codec;
        return test::outcome_of(codec.decode(picture));
    });
}

#undef FIELD

}  // namespace
}  // namespace v4l2va
