// SPDX-License-Identifier: MIT
// What a VA-API client hands over for AV1 pictures, for tests only.
#pragma once

#include <va/va.h>
#include <va/va_dec_av1.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "codec/av1.h"
#include "codec_fixture.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va::test {

inline std::vector<std::byte> av1_text(const std::string& characters) {
    std::vector<std::byte> out(characters.size());
    std::memcpy(out.data(), characters.data(), out.size());
    return out;
}

// One frame of a 640x360 stream: a shown key frame of one tile.
struct Av1TestPicture {
    explicit Av1TestPicture(VASurfaceID surface = 1) : target(surface) {
        auto& seq = params.seq_info_fields.fields;
        seq.enable_order_hint = 1;
        seq.subsampling_x = seq.subsampling_y = 1;
        params.order_hint_bits_minus_1 = 6;
        params.current_frame = surface;
        params.current_display_picture = VA_INVALID_ID;
        std::fill_n(params.ref_frame_map, 8, VA_INVALID_ID);
        params.frame_width_minus1 = 639;
        params.frame_height_minus1 = 359;
        params.primary_ref_frame = 7;
        params.tile_cols = params.tile_rows = 1;
        params.superres_scale_denominator = 8;
        params.pic_info_fields.bits.show_frame = 1;
        params.pic_info_fields.bits.uniform_tile_spacing_flag = 1;
        data = av1_text("tile");
        add_tile(0, 0, 0, 4);
    }

    void make_inter(VASurfaceID reference, uint8_t order_hint) {
        params.pic_info_fields.bits.frame_type = V4L2_AV1_INTER_FRAME;
        std::fill_n(params.ref_frame_map, 8, reference);
        params.order_hint = order_hint;
    }

    void add_tile(uint16_t row, uint16_t column, uint32_t offset, uint32_t size) {
        VASliceParameterBufferAV1 tile = {};
        tile.slice_data_size = size;
        tile.slice_data_offset = offset;
        tile.tile_row = row;
        tile.tile_column = column;
        tiles.push_back(tile);
    }

    VASurfaceID target;
    VADecPictureParameterBufferAV1 params = {};
    std::vector<VASliceParameterBufferAV1> tiles;
    std::vector<std::byte> data;
};

inline CodecTraits av1_traits_with_grain() {
    CodecTraits traits;
    traits.max_bit_depth = 10;
    traits.has_av1_film_grain = true;
    traits.no_reference = NoReference::kItself;
    return traits;
}

struct Av1TestClient : TestClient {
    explicit Av1TestClient(const CodecTraits& traits = av1_traits_with_grain(),
                           Size size = {640, 360})
        : TestClient(create_av1_codec(traits, VAProfileAV1Profile0, size)) {}

    // All tiles in one buffer, as libavcodec does.
    Result<CodedPicture> decode(const Av1TestPicture& picture) {
        begin();
        EXPECT_TRUE(add_struct(VAPictureParameterBufferType, picture.params));
        EXPECT_TRUE(add_structs(VASliceParameterBufferType, picture.tiles));
        EXPECT_TRUE(add(VASliceDataBufferType, picture.data));
        return finish(picture.target);
    }
};

// With film grain, shown in surface 2.
inline Av1TestPicture av1_grain_picture() {
    Av1TestPicture picture(1);
    picture.params.current_display_picture = 2;
    VAFilmGrainStructAV1& grain = picture.params.film_grain_info;
    grain.film_grain_info_fields.bits.apply_grain = 1;
    grain.film_grain_info_fields.bits.ar_coeff_lag = 3;
    grain.film_grain_info_fields.bits.overlap_flag = 1;
    grain.grain_seed = 0x1234;
    grain.num_y_points = 2;
    grain.point_y_value[1] = 200;
    grain.point_y_scaling[1] = 40;
    grain.point_y_value[2] = 77;  // not used
    grain.ar_coeffs_y[0] = -128;
    grain.ar_coeffs_y[23] = 127;
    grain.ar_coeffs_cr[24] = 1;
    grain.cb_offset = 256;
    return picture;
}

}  // namespace v4l2va::test
