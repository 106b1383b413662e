// SPDX-License-Identifier: MIT
// No field of VA's HEVC structs is forgotten: each bit, flipped, changes what the translator hands
// out (a control, the payload, an error) in one of the styles of devices, or stands in a table
// below with the reason why not.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "hevc_fixture.h"

namespace v4l2va {
namespace {

using test::HevcStyle;
using test::HevcTestCodec;
using test::HevcTestPicture;
using test::IgnoredField;

// A B picture with 15 references, all of them in use. `predicted`: its set is predicted from one of
// the SPS; else it is one of them, and tiles, PCM, weights and scaling lists are in use.
struct Audit {
    explicit Audit(bool predicted) : picture(HevcSliceType::kB, 100, 40) {
        auto& va = picture.params;
        for (uint32_t i = 0; i < 15; ++i) {
            const uint32_t flags = i < 7    ? VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE
                                   : i < 13 ? VA_PICTURE_HEVC_RPS_ST_CURR_AFTER
                                            : VA_PICTURE_HEVC_RPS_LT_CURR;
            const auto poc = static_cast<int32_t>(i < 7 ? 99 - i : i < 13 ? 200 + i : i);
            picture.add_reference(100 + i, poc, flags);
        }
        va.slice_parsing_fields.bits.long_term_ref_pics_present_flag = 1;
        va.num_long_term_ref_pic_sps = 2;
        va.num_short_term_ref_pic_sets = 5;
        va.slice_parsing_fields.bits.dependent_slice_segments_enabled_flag = 1;
        auto& slice = picture.slices[0];
        auto& header = slice.syntax.header;
        header.long_term_set.count = 2;
        header.long_term_set.pics[0].from_sps = true;
        header.long_term_set.pics[1].from_sps = true;
        slice.syntax.num_long_term_sps = 2;
        if (predicted) {
            header.short_term_ref_pic_set_sps_flag = false;
            header.inter_ref_pic_set_prediction_flag = true;
            slice.syntax.predicted_flags = {1, 0, 2, 1};
            test::HevcSliceWriter writer(hevc_slice_header_input(va), slice.syntax);
            (void)writer.write();
            va.st_rps_bits = static_cast<uint32_t>(writer.short_term_ref_pic_set_size);
        } else {
            va.pic_fields.bits.pcm_enabled_flag = 1;
            va.pic_fields.bits.tiles_enabled_flag = 1;
            va.pic_fields.bits.weighted_bipred_flag = 1;
            va.pic_fields.bits.scaling_list_enabled_flag = 1;
            va.num_tile_columns_minus1 = 19;
            va.num_tile_rows_minus1 = 14;
            picture.has_iq_matrix = true;
        }
        va.slice_parsing_fields.bits.sps_temporal_mvp_enabled_flag = 1;
        header.slice_temporal_mvp_enabled_flag = true;
        header.num_ref_idx_active_override_flag = true;
        header.num_ref_idx_l0_active_minus1 = 14;
        header.num_ref_idx_l1_active_minus1 = 14;
        slice.params.num_ref_idx_l0_active_minus1 = 14;
        slice.params.num_ref_idx_l1_active_minus1 = 14;
        // Two orders: an index that names nothing falls back to the nearest picture, the first one.
        for (uint8_t i = 0; i < 15; ++i) {
            slice.params.RefPicList[0][i] = static_cast<uint8_t>(predicted ? i : 14 - i);
            slice.params.RefPicList[1][i] = static_cast<uint8_t>(predicted ? 14 - i : i);
        }
        slice.params.collocated_ref_idx = 0;
        slice.syntax.payload.assign(20, std::byte{0x77});
        data = picture.nal(0);
        data.push_back(std::byte{0x77});  // so that sizes and offsets can grow
        data.insert(data.begin(), std::byte{0x21});
        slice.params.slice_data_offset = 1;
    }

    std::string run() {
        std::string out;
        for (const HevcStyle style : {HevcStyle::kSlice, HevcStyle::kFrameRps}) {
            HevcTestCodec codec(style);
            codec.begin();
            codec.add_struct(VAPictureParameterBufferType, picture.params);
            codec.add_struct(VAIQMatrixBufferType, picture.iq_matrix);
            codec.add_struct(VASliceParameterBufferType, picture.slices[0].params);
            codec.add(VASliceDataBufferType, data);
            out += test::outcome_of(codec.finish(picture.target));
        }
        return out;
    }

    HevcTestPicture picture;
    std::vector<std::byte> data;
};

// A bit is live if any of the two base pictures sees it.
template <typename Struct>
void audit(Struct& (*select)(Audit&), const std::vector<IgnoredField>& ignored) {
    Audit predicted(true);
    Audit chosen(false);
    test::audit_fields<Struct>({{select(predicted), [&] { return predicted.run(); }},
                                {select(chosen), [&] { return chosen.run(); }}},
                               ignored);
}

TEST(HevcAudit, BasesAreTranslated) {
    for (const bool predicted : {false, true}) {
        EXPECT_GT(Audit(predicted).run().size(), 2 * sizeof(v4l2_ctrl_hevc_decode_params));
    }
}

#define FIELD(member) offsetof(VAPictureParameterBufferHEVC, member)

TEST(HevcAudit, PictureParameters) {
    std::vector<IgnoredField> ignored = {
        {FIELD(CurrPic.picture_id), 32, "vaBeginPicture names the target"},
        {FIELD(CurrPic.flags), 32, "no control has them"},
        {FIELD(CurrPic.va_reserved), 4 * 32, "reserved"},
        {FIELD(pic_fields), 1, "NoBiPredFlag: no control has it", 20},
        {FIELD(pic_fields), 11, "reserved", 21},
        {FIELD(slice_parsing_fields), 3, "RapPicFlag.. IntraPicFlag: the NAL unit says it", 11},
        {FIELD(slice_parsing_fields), 18, "reserved", 14},
        {FIELD(va_reserved), 8 * 32, "reserved"},
    };
    for (size_t i = 0; i < 15; ++i) {
        const size_t flags =
            FIELD(ReferenceFrames) + i * sizeof(VAPictureHEVC) + offsetof(VAPictureHEVC, flags);
        ignored.push_back({flags, 1, "BOTTOM_FIELD: no control has it", 2});
        if (i >= 13) {
            ignored.push_back({flags, 1, "LT_CURR implies it", 3});
        }
        if (i < 7) {
            ignored.push_back({flags, 1, "ST_CURR_AFTER: BEFORE goes before", 5});
        }
        ignored.push_back({flags, 25, "no such flags", 7});
        ignored.push_back({FIELD(ReferenceFrames) + i * sizeof(VAPictureHEVC) +
                               offsetof(VAPictureHEVC, va_reserved),
                           4 * 32, "reserved"});
    }
    for (size_t i = 14; i < 21; ++i) {
        ignored.push_back(
            {FIELD(row_height_minus1) + 2 * i, 16, "the picture has 15 rows of tiles"});
    }
    audit<VAPictureParameterBufferHEVC>(
        [](Audit& a) -> VAPictureParameterBufferHEVC& { return a.picture.params; }, ignored);
}

#undef FIELD

TEST(HevcAudit, IqMatrix) {
    audit<VAIQMatrixBufferHEVC>(
        [](Audit& a) -> VAIQMatrixBufferHEVC& { return a.picture.iq_matrix; },
        {{offsetof(VAIQMatrixBufferHEVC, va_reserved), 4 * 32, "reserved"}});
}

#define FIELD(member) offsetof(VASliceParameterBufferHEVC, member)

TEST(HevcAudit, SliceParameters) {
    const size_t end = sizeof(VASliceParameterBufferHEVC);
    audit<VASliceParameterBufferHEVC>(
        [](Audit& a) -> VASliceParameterBufferHEVC& { return a.picture.slices[0].params; },
        {
            {FIELD(slice_data_byte_offset), 32, "the header is parsed to its end"},
            {FIELD(RefPicList) + 30, 16, "padding"},
            {FIELD(LongSliceFlags), 2, "LastSliceOfPic; dependent: the header says it"},
            {FIELD(LongSliceFlags), 1, "slice_temporal_mvp_enabled_flag: the header says it", 10},
            {FIELD(LongSliceFlags), 1, "collocated_from_l0_flag: the header says it", 12},
            {FIELD(LongSliceFlags), 18, "reserved", 14},
            {FIELD(five_minus_max_num_merge_cand) + 1,
             (end - FIELD(five_minus_max_num_merge_cand) - 1) * 8,
             "entry points and emulation prevention bytes: the header; reserved"},
        });
}

#undef FIELD

}  // namespace
}  // namespace v4l2va
