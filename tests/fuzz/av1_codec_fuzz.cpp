// SPDX-License-Identifier: MIT
// A client that sends AV1 buffers in any order, of any content, to one codec for many pictures.
#include <va/va.h>
#include <va/va_dec_av1.h>

#include "codec/av1.h"
#include "codec_fuzz_client.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va::fuzz {
namespace {

VADecPictureParameterBufferAV1 picture_parameters(FuzzInput& fuzz) {
    VADecPictureParameterBufferAV1 picture = {};
    picture.seq_info_fields.value = fuzz.number<uint32_t>();
    picture.seq_info_fields.fields.subsampling_x = 1;
    picture.seq_info_fields.fields.subsampling_y = 1;
    picture.order_hint_bits_minus_1 = fuzz.below(8);
    picture.current_display_picture = fuzz.below(24);
    picture.frame_width_minus1 = static_cast<uint16_t>(fuzz.number<uint16_t>() % 2048);
    picture.frame_height_minus1 = static_cast<uint16_t>(fuzz.number<uint16_t>() % 1024);
    for (auto& surface : picture.ref_frame_map) {
        surface = fuzz.below(24);
    }
    for (auto& index : picture.ref_frame_idx) {
        index = fuzz.below(8);
    }
    picture.primary_ref_frame = fuzz.below(8);
    picture.order_hint = fuzz.byte();
    picture.tile_cols = static_cast<uint8_t>(1 + fuzz.below(3));
    picture.tile_rows = static_cast<uint8_t>(1 + fuzz.below(2));
    picture.pic_info_fields.value = fuzz.number<uint32_t>();
    picture.pic_info_fields.bits.large_scale_tile = 0;
    picture.superres_scale_denominator = static_cast<uint8_t>(9 + fuzz.below(8));
    picture.mode_control_fields.value = fuzz.number<uint32_t>();
    fuzz.patch(picture);
    return picture;
}

void tiles(FuzzInput& fuzz, FuzzClient& client) {
    const auto data = fuzz.take(fuzz.byte());
    VASliceParameterBufferAV1 params[6] = {};
    const auto count = static_cast<uint32_t>(1 + fuzz.below(6));
    const auto columns = static_cast<uint16_t>(1 + fuzz.below(3));
    for (uint16_t i = 0; i < count; ++i) {
        params[i].slice_data_offset = i;
        params[i].slice_data_size = 1U + fuzz.below(8);
        params[i].tile_row = i / columns;
        params[i].tile_column = i % columns;
        if (fuzz.below(4) == 0) {
            fuzz.patch(params[i]);
        }
    }
    client.add_structs(VASliceParameterBufferType, params, count);
    client.add(VASliceDataBufferType, data, 1);
}

void step(FuzzInput& fuzz, FuzzClient& client) {
    switch (fuzz.below(6)) {
        case 0:
            return client.add_struct(VAPictureParameterBufferType, picture_parameters(fuzz));
        case 1:
            return tiles(fuzz, client);
        case 2:
            return client.add_noise();
        default:
            client.add_struct(VAPictureParameterBufferType, picture_parameters(fuzz));
            return tiles(fuzz, client);
    }
}

// What the kernel or a driver would use without a look.
void check(const CodedPicture& coded) {
    const DecodeUnit& unit = only_unit(coded);
    const auto frame = control_of<v4l2_ctrl_av1_frame>(unit, V4L2_CID_STATELESS_AV1_FRAME);
    const auto& info = frame.tile_info;
    const auto entries = unit.controls->find(V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY);
    require(entries.size() ==
            sizeof(v4l2_ctrl_av1_tile_group_entry) * info.tile_cols * info.tile_rows);
    require(unit.fragments.size() == size_t{info.tile_cols} * info.tile_rows);
    for (size_t i = 0; i < info.tile_cols; ++i) {
        require(info.mi_col_starts[i] < info.mi_col_starts[i + 1]);
    }
    for (size_t i = 0; i < info.tile_rows; ++i) {
        require(info.mi_row_starts[i] < info.mi_row_starts[i + 1]);
    }
    require(frame.frame_width_minus_1 < frame.upscaled_width);
    for (const __s8 index : frame.ref_frame_idx) {
        const bool inter = frame.frame_type == V4L2_AV1_INTER_FRAME;
        require(index >= 0 && index < 8 && (!inter || frame.reference_frame_ts[index] != 0));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    FuzzInput fuzz(data, size);
    CodecTraits traits;
    traits.no_reference = NoReference::kItself;
    traits.max_bit_depth = 10;
    traits.has_av1_film_grain = fuzz.flag();
    const auto codec = create_av1_codec(traits, VAProfileAV1Profile0, {2048, 1024});
    FuzzClient client(fuzz, *codec);
    client.run(step, check);
    return 0;
}

}  // namespace v4l2va::fuzz
