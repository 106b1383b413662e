// SPDX-License-Identifier: MIT
// No field of VA's AV1 structs is forgotten: each bit, flipped, changes what the translator hands
// out, or stands in a table below with the reason why not.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "av1_fixture.h"

namespace v4l2va {
namespace {

using Picture = test::Av1TestPicture;
using Av1 = test::Av1TestClient;
using test::IgnoredField;

// An inter frame with every tool in use, so that every field of VA's structs counts.
struct Audit {
    Audit() : picture(9) {
        auto& params = picture.params;
        params.pic_info_fields.bits.frame_type = V4L2_AV1_INTER_FRAME;
        params.pic_info_fields.bits.use_superres = 1;
        params.pic_info_fields.bits.uniform_tile_spacing_flag = 0;
        params.superres_scale_denominator = 9;
        params.current_display_picture = 50;
        params.tile_cols = 2;
        params.tile_rows = 2;
        params.order_hint = 20;
        for (size_t i = 0; i < 8; ++i) {
            params.ref_frame_map[i] = static_cast<VASurfaceID>(100 + i);
        }
        for (size_t i = 0; i < 7; ++i) {
            params.ref_frame_idx[i] = static_cast<uint8_t>(i);
            params.wm[i].wmtype = VAAV1TransformationRotzoom;
        }
        params.seg_info.segment_info_fields.bits.enabled = 1;
        std::fill_n(params.seg_info.feature_mask, 8, uint8_t{0xFF});
        params.qmatrix_fields.bits.using_qmatrix = 1;
        params.cdef_bits = 3;
        params.loop_restoration_fields.bits.yframe_restoration_type = 1;
        params.loop_restoration_fields.bits.cbframe_restoration_type = 1;
        params.film_grain_info = test::av1_grain_picture().params.film_grain_info;
        params.film_grain_info.num_y_points = 14;
        params.film_grain_info.num_cb_points = 10;
        params.film_grain_info.num_cr_points = 10;
        picture.tiles.clear();
        picture.data = test::av1_text("0123456789abcdef");
        for (uint16_t i = 0; i < 4; ++i) {
            picture.add_tile(i / 2, i % 2, 4U * i + 1, 2);
        }
    }

    std::string run() {
        Av1 client(test::av1_traits_with_grain(), {1024, 720});
        std::array<VASurfaceID, 8> map;
        map.fill(VA_INVALID_ID);
        // Eight frames, of different order hints.
        for (size_t i = 0; i < 8; ++i) {
            Picture before(static_cast<VASurfaceID>(100 + i));
            before.params.pic_info_fields.bits.show_frame = 0;
            before.params.order_hint = static_cast<uint8_t>(5 * i);
            std::copy(map.begin(), map.end(), before.params.ref_frame_map);
            EXPECT_TRUE(client.decode(before));
            map[i] = before.target;
        }
        return test::outcome_of(client.decode(picture));
    }

    Picture picture;
};

#define FIELD(member) offsetof(VADecPictureParameterBufferAV1, member)

TEST(Av1Audit, PictureParameters) {
    Audit audit;
    std::vector<IgnoredField> ignored = {
        {FIELD(matrix_coefficients), 8, "no control has it: for display only"},
        {FIELD(seq_info_fields), 1, "chroma_sample_position: for display only", 14},
        {FIELD(seq_info_fields), 16, "reserved", 16},
        {FIELD(current_frame), 32, "vaBeginPicture names the target"},
        {FIELD(anchor_frames_num), 8, "large scale tile is refused"},
        {FIELD(anchor_frames_num) + 1,
         (FIELD(anchor_frames_list) - FIELD(anchor_frames_num) - 1) * 8, "padding"},
        {FIELD(anchor_frames_list), sizeof(void*) * 8, "large scale tile is refused"},
        {FIELD(output_frame_width_in_tiles_minus_1), 32, "large scale tile is refused"},
        {FIELD(order_hint) + 1, (FIELD(seg_info) - FIELD(order_hint) - 1) * 8, "padding"},
        {FIELD(seg_info.segment_info_fields), 28, "reserved", 4},
        {FIELD(seg_info.va_reserved), 4 * 32, "reserved"},
        {FIELD(film_grain_info.film_grain_info_fields), 20, "reserved", 12},
        {FIELD(film_grain_info.cb_offset) - 1, 8, "padding"},
        {FIELD(film_grain_info.va_reserved), 4 * 32, "reserved"},
        {FIELD(width_in_sbs_minus_1) + 2, 62 * 16, "two tile columns; the last is what is left"},
        {FIELD(height_in_sbs_minus_1) + 2, 62 * 16, "two tile rows; the last is what is left"},
        {FIELD(tile_count_minus_1), 16, "large scale tile is refused"},
        {FIELD(context_update_tile_id) + 2, 16, "padding"},
        {FIELD(pic_info_fields), 15, "reserved", 17},
        {FIELD(loop_filter_info_fields), 3, "reserved", 5},
        {FIELD(qmatrix_fields) - 1, 8, "padding"},
        {FIELD(qmatrix_fields), 3, "reserved", 13},
        {FIELD(qmatrix_fields) + 2, 16, "padding"},
        {FIELD(mode_control_fields), 20, "reserved", 12},
        {FIELD(loop_restoration_fields), 7, "reserved", 9},
        {FIELD(va_reserved), (sizeof(VADecPictureParameterBufferAV1) - FIELD(va_reserved)) * 8,
         "reserved"},
    };
    for (size_t i = 0; i < 7; ++i) {
        const size_t warp = FIELD(wm) + i * sizeof(VAWarpedMotionParamsAV1);
        ignored.push_back({warp + offsetof(VAWarpedMotionParamsAV1, wmmat) + 6 * 4, 64,
                           "a warp model has six parameters"});
        ignored.push_back(
            {warp + offsetof(VAWarpedMotionParamsAV1, invalid) + 1,
             (sizeof(VAWarpedMotionParamsAV1) - offsetof(VAWarpedMotionParamsAV1, invalid) - 1) * 8,
             "padding, reserved"});
    }
    test::audit_fields(audit.picture.params, ignored, [&audit] { return audit.run(); });
}

#undef FIELD

TEST(Av1Audit, TileParameters) {
    using Tile = VASliceParameterBufferAV1;
    Audit audit;
    const std::vector<IgnoredField> ignored = {
        {offsetof(Tile, tile_column) + 2, (sizeof(Tile) - offsetof(Tile, tile_column) - 2) * 8,
         "tg_start, tg_end: deprecated; large scale tile is refused; reserved"},
    };
    for (Tile& tile : audit.picture.tiles) {
        test::audit_fields(tile, ignored, [&audit] { return audit.run(); });
    }
}

}  // namespace
}  // namespace v4l2va
