// SPDX-License-Identifier: MIT
// No field of VA's H.264 structs is forgotten: each bit, flipped, changes what the translator hands
// out (a control, the payload, an error), or stands in a table below with the reason why not.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "h264_fixture.h"

namespace v4l2va {
namespace {

using test::H264TestCodec;
using test::H264TestPicture;
using test::IgnoredField;
using test::short_term;

// A B picture with 16 references, all weights in use if `weights`, after an IDR picture.
struct Audit {
    explicit Audit(bool weights) : picture(H264SliceType::kB, 40) {
        // Two numbers: a surface that is no reference falls back to the nearest, which may be it.
        picture.set_order(weights ? 3 : 20, 50);
        picture.params.CurrPic.BottomFieldOrderCnt = 51;
        picture.params.seq_fields.bits.log2_max_frame_num_minus4 = 2;
        picture.params.pic_fields.bits.weighted_bipred_idc = 1;
        for (uint32_t i = 0; i < 16; ++i) {
            picture.params.ReferenceFrames[i] = short_term(100 + i, i, static_cast<int32_t>(2 * i),
                                                           static_cast<int32_t>(2 * i + 1));
        }
        auto& slice = picture.slices[0];
        slice.params.num_ref_idx_l0_active_minus1 = 15;
        slice.params.num_ref_idx_l1_active_minus1 = 15;
        slice.syntax.header.num_ref_idx_l0_active_minus1 = 15;
        slice.syntax.header.num_ref_idx_l1_active_minus1 = 15;
        for (int i = 0; i < 16; ++i) {
            slice.params.RefPicList0[i] = picture.params.ReferenceFrames[i];
            slice.params.RefPicList1[i] = picture.params.ReferenceFrames[15 - i];
        }
        const uint8_t flag = weights ? 1 : 0;
        slice.params.luma_weight_l0_flag = flag;
        slice.params.luma_weight_l1_flag = flag;
        slice.params.chroma_weight_l0_flag = flag;
        slice.params.chroma_weight_l1_flag = flag;
        std::memset(&picture.iq_matrix, 16, sizeof(picture.iq_matrix));
        data = picture.nals()[0];
        data.push_back(std::byte{0x77});  // so that sizes and offsets can grow
        data.insert(data.begin(), std::byte{0x21});
        slice.params.slice_data_offset = 1;
    }

    std::string run() {
        H264TestCodec codec(VAProfileH264High, H264TestCodec::slice_mode());
        for (uint32_t i = 0; i < 16; ++i) {
            codec.surfaces.timestamps[100 + i] = Timestamp(500 + i);
        }
        H264TestPicture idr(H264SliceType::kI, 30);
        idr.make_idr();
        EXPECT_TRUE(codec.decode(idr));
        codec.begin();
        codec.add_struct(VAPictureParameterBufferType, picture.params);
        codec.add_struct(VAIQMatrixBufferType, picture.iq_matrix);
        codec.add_struct(VASliceParameterBufferType, picture.slices[0].params);
        codec.add(VASliceDataBufferType, data);
        return test::outcome_of(codec.finish(picture.target));
    }

    H264TestPicture picture;
    std::vector<std::byte> data;
};

// A bit is live if any of the two base pictures sees it.
template <typename Struct>
void audit(Struct& (*select)(Audit&), const std::vector<IgnoredField>& ignored) {
    Audit plain(false);
    Audit weighted(true);
    test::audit_fields<Struct>({{select(plain), [&] { return plain.run(); }},
                                {select(weighted), [&] { return weighted.run(); }}},
                               ignored);
}

TEST(H264Audit, BasesAreTranslated) {
    for (const bool weights : {false, true}) {
        EXPECT_GT(Audit(weights).run().size(), sizeof(v4l2_ctrl_h264_decode_params));
    }
}

#define FIELD(member) offsetof(VAPictureParameterBufferH264, member)

TEST(H264Audit, PictureParameters) {
    std::vector<IgnoredField> ignored;
    const auto ignore = [&](size_t offset, size_t bits, const char* reason, size_t first = 0) {
        ignored.push_back({offset, bits, reason, first});
    };
    const auto ignore_flags = [&](size_t picture) {
        ignore(picture + offsetof(VAPictureH264, flags), 1, "no marking means short-term", 3);
        ignore(picture + offsetof(VAPictureH264, flags), 27, "non-existing: the surface decides",
               5);
        ignore(picture + offsetof(VAPictureH264, va_reserved), 4 * 32, "reserved");
    };
    ignore(FIELD(CurrPic.picture_id), 32, "vaBeginPicture names the target");
    ignore(FIELD(CurrPic.frame_idx), 32, "frame_num says it");
    ignore(FIELD(CurrPic.flags), 1, "the current picture is valid");
    ignore(FIELD(CurrPic.flags), 29, "marking follows from the slice header", 3);
    ignore(FIELD(CurrPic.va_reserved), 4 * 32, "reserved");
    for (size_t i = 0; i < 16; ++i) {
        ignore_flags(FIELD(ReferenceFrames) + i * sizeof(VAPictureH264));
    }
    ignore(FIELD(num_ref_frames) + 1, 8, "padding");
    ignore(FIELD(seq_fields), 1, "MinLumaBiPredSize8x8: no control has it", 7);
    ignore(FIELD(seq_fields), 32 - 19, "unnamed bits", 19);
    ignore(FIELD(seq_fields) + 5, 8, "slice groups are refused");
    ignore(FIELD(seq_fields) + 6, 16, "slice groups are refused");
    ignore(FIELD(pic_fields), 1, "field_pic_flag: CurrPic and the slice header say it", 5);
    ignore(FIELD(pic_fields), 1, "reference_pic_flag: nal_ref_idc says it", 10);
    ignore(FIELD(pic_fields), 32 - 11, "unnamed bits", 11);
    ignore(FIELD(frame_num) + 2, 16 + 8 * 32, "padding, reserved");
    audit<VAPictureParameterBufferH264>(
        [](Audit& a) -> VAPictureParameterBufferH264& { return a.picture.params; }, ignored);
}

#undef FIELD

TEST(H264Audit, IqMatrix) {
    audit<VAIQMatrixBufferH264>(
        [](Audit& a) -> VAIQMatrixBufferH264& { return a.picture.iq_matrix; },
        {{offsetof(VAIQMatrixBufferH264, va_reserved), 4 * 32, "reserved"}});
}

#define FIELD(member) offsetof(VASliceParameterBufferH264, member)

TEST(H264Audit, SliceParameters) {
    std::vector<IgnoredField> ignored;
    const auto ignore = [&](size_t offset, size_t bits, const char* reason, size_t first = 0) {
        ignored.push_back({offset, bits, reason, first});
    };
    ignore(FIELD(slice_data_bit_offset), 6 * 8, "bit offset to direct mode: the slice header");
    ignore(FIELD(cabac_init_idc), 5 * 8, "cabac_init_idc to beta offset: the slice header");
    ignore(FIELD(slice_beta_offset_div2) + 1,
           (FIELD(RefPicList0) - FIELD(slice_beta_offset_div2) - 1) * 8, "padding");
    for (size_t i = 0; i < 64; ++i) {
        const size_t picture = FIELD(RefPicList0) + i * sizeof(VAPictureH264);
        if (i % 32 >= 16) {
            ignore(picture, sizeof(VAPictureH264) * 8, "frames have 16 references at most");
            continue;
        }
        ignore(picture + offsetof(VAPictureH264, frame_idx), 32, "the DPB entry has it");
        ignore(picture + offsetof(VAPictureH264, flags), 29, "the DPB entry has the marking", 3);
        ignore(picture + offsetof(VAPictureH264, TopFieldOrderCnt), 6 * 32,
               "counts: the DPB entry; reserved");
    }
    const auto upper_half = [&](size_t offset, size_t size) {
        ignore(offset + size / 2, size / 2 * 8, "frames have 16 references at most");
    };
    upper_half(FIELD(luma_weight_l0), 64);
    upper_half(FIELD(luma_offset_l0), 64);
    upper_half(FIELD(chroma_weight_l0), 128);
    upper_half(FIELD(chroma_offset_l0), 128);
    upper_half(FIELD(luma_weight_l1), 64);
    upper_half(FIELD(luma_offset_l1), 64);
    upper_half(FIELD(chroma_weight_l1), 128);
    upper_half(FIELD(chroma_offset_l1), 128);
    // A one-byte flag before 16-bit values is followed by a byte of padding.
    ignore(FIELD(luma_weight_l0_flag) + 1,
           (FIELD(luma_weight_l0) - FIELD(luma_weight_l0_flag) - 1) * 8, "padding");
    ignore(FIELD(chroma_weight_l0_flag) + 1, 8, "padding");
    ignore(FIELD(luma_weight_l1_flag) + 1, 8, "padding");
    ignore(FIELD(chroma_weight_l1_flag) + 1, 8, "padding");
    ignore(FIELD(chroma_offset_l1) + 128,
           (sizeof(VASliceParameterBufferH264) - FIELD(chroma_offset_l1) - 128) * 8, "reserved");
    audit<VASliceParameterBufferH264>(
        [](Audit& a) -> VASliceParameterBufferH264& { return a.picture.slices[0].params; },
        ignored);
}

#undef FIELD

}  // namespace
}  // namespace v4l2va
