// SPDX-License-Identifier: MIT
// A client that sends HEVC buffers in any order, of any content, to one codec for many pictures.
#include <linux/v4l2-controls.h>
#include <va/va.h>
#include <va/va_dec_hevc.h>

#include <cstring>

#include "codec/hevc.h"
#include "codec_fuzz_client.h"

namespace v4l2va::fuzz {
namespace {

VAPictureParameterBufferHEVC picture_parameters(FuzzInput& fuzz) {
    VAPictureParameterBufferHEVC picture = {};
    picture.pic_width_in_luma_samples = 128;
    picture.pic_height_in_luma_samples = 128;
    picture.log2_diff_max_min_luma_coding_block_size = 1;
    picture.log2_diff_max_min_transform_block_size = 2;
    picture.pic_fields.value = fuzz.number<uint32_t>();
    picture.pic_fields.bits.chroma_format_idc = 1;
    picture.pic_fields.bits.separate_colour_plane_flag = 0;
    picture.pic_fields.bits.pcm_enabled_flag = 0;
    picture.slice_parsing_fields.value = fuzz.number<uint32_t>();
    picture.log2_max_pic_order_cnt_lsb_minus4 = fuzz.below(13);
    picture.num_short_term_ref_pic_sets = fuzz.below(65);
    picture.num_long_term_ref_pic_sps = fuzz.below(33);
    picture.st_rps_bits = fuzz.byte();
    picture.CurrPic.pic_order_cnt = fuzz.number<int16_t>();
    const uint8_t count = fuzz.below(16);
    for (uint8_t i = 0; i < 15; ++i) {
        VAPictureHEVC& reference = picture.ReferenceFrames[i];
        reference.picture_id = i < count ? fuzz.below(20) : VA_INVALID_ID;
        reference.flags = i < count ? fuzz.byte() & 0xfeU : VA_PICTURE_HEVC_INVALID;
        reference.pic_order_cnt = fuzz.number<int16_t>();
    }
    fuzz.patch(picture);
    return picture;
}

VASliceParameterBufferHEVC slice_parameters(FuzzInput& fuzz, size_t size) {
    VASliceParameterBufferHEVC slice = {};
    slice.slice_data_size = static_cast<uint32_t>(size);
    slice.num_ref_idx_l0_active_minus1 = fuzz.below(15);
    slice.num_ref_idx_l1_active_minus1 = fuzz.below(15);
    slice.LongSliceFlags.fields.slice_type = fuzz.below(3) & 3U;
    for (auto& list : slice.RefPicList) {
        for (uint8_t& index : list) {
            index = fuzz.below(16);
        }
    }
    fuzz.patch(slice);
    return slice;
}

void step(FuzzInput& fuzz, FuzzClient& client) {
    switch (fuzz.below(8)) {
        case 0:
            return client.add_struct(VAPictureParameterBufferType, picture_parameters(fuzz));
        case 1: {
            VAIQMatrixBufferHEVC matrix = {};
            fuzz.patch(matrix);
            return client.add_struct(VAIQMatrixBufferType, matrix);
        }
        case 2:
            return client.add_noise();
        case 3:
        case 4:
        case 5:
            return client.add_slices(slice_parameters);
        default:
            client.add_struct(VAPictureParameterBufferType, picture_parameters(fuzz));
            return client.add_slices(slice_parameters);
    }
}

// What the kernel or a driver would use without a look. A picture of slices of other layers has no
// units.
void check(const CodedPicture& coded) {
    for (const DecodeUnit& unit : coded.units) {
        const auto params =
            control_of<v4l2_ctrl_hevc_decode_params>(unit, V4L2_CID_STATELESS_HEVC_DECODE_PARAMS);
        for (size_t i = 0; i < params.num_active_dpb_entries; ++i) {
            require(params.dpb[i].timestamp != 0);
        }
        const auto slices = unit.controls->find(V4L2_CID_STATELESS_HEVC_SLICE_PARAMS);
        for (size_t at = 0; at < slices.size(); at += sizeof(v4l2_ctrl_hevc_slice_params)) {
            v4l2_ctrl_hevc_slice_params slice;
            std::memcpy(&slice, slices.data() + at, sizeof(slice));
            require(slice.data_byte_offset < unit.bytes && slice.bit_size <= unit.bytes * 8);
            for (size_t i = 0; slice.slice_type != V4L2_HEVC_SLICE_TYPE_I &&
                               i <= slice.num_ref_idx_l0_active_minus1;
                 ++i) {
                require(slice.ref_idx_l0[i] < V4L2_HEVC_DPB_ENTRIES_NUM_MAX);
            }
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    FuzzInput fuzz(data, size);
    CodecTraits traits;
    traits.no_reference = NoReference::kItself;
    traits.decode_mode = fuzz.flag() ? DecodeMode::kFrameBased : DecodeMode::kSliceBased;
    traits.start_code = fuzz.flag() ? StartCode::kAnnexB : StartCode::kNone;
    traits.has_scaling_matrix = fuzz.flag();
    traits.has_slice_params = fuzz.flag();
    traits.max_slice_params = fuzz.byte();
    traits.max_entry_points = fuzz.byte();
    traits.has_ext_sps_rps = fuzz.flag();
    const VAProfile profile = fuzz.flag() ? VAProfileHEVCMain10 : VAProfileHEVCMain;
    const auto codec = create_hevc_codec(traits, profile, {128, 128});
    FuzzClient client(fuzz, *codec);
    client.decode_surfaces(16);
    client.run(step, check);
    return 0;
}

}  // namespace v4l2va::fuzz
