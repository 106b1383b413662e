// SPDX-License-Identifier: MIT
// A client that sends H.264 buffers in any order, of any content, to one codec for many pictures.
#include <linux/v4l2-controls.h>
#include <va/va.h>

#include "codec/h264.h"
#include "codec_fuzz_client.h"

namespace v4l2va::fuzz {
namespace {

VAPictureParameterBufferH264 picture_parameters(FuzzInput& fuzz) {
    VAPictureParameterBufferH264 picture = {};
    picture.picture_width_in_mbs_minus1 = 7;
    picture.picture_height_in_mbs_minus1 = 7;
    picture.num_ref_frames = fuzz.below(17);
    picture.seq_fields.value = fuzz.number<uint32_t>();
    picture.seq_fields.bits.chroma_format_idc = fuzz.flag() ? 1 : 0;
    picture.seq_fields.bits.residual_colour_transform_flag = 0;
    picture.pic_fields.value = fuzz.number<uint32_t>();
    picture.frame_num = fuzz.byte();
    picture.CurrPic.flags = fuzz.below(8);
    picture.CurrPic.TopFieldOrderCnt = fuzz.number<int32_t>();
    picture.CurrPic.BottomFieldOrderCnt = fuzz.number<int16_t>();
    const uint8_t count = fuzz.below(17);
    for (uint8_t i = 0; i < 16; ++i) {
        VAPictureH264& reference = picture.ReferenceFrames[i];
        reference.picture_id = i < count ? fuzz.below(24) : VA_INVALID_ID;
        reference.flags = i < count ? fuzz.byte() : VA_PICTURE_H264_INVALID;
        reference.frame_idx = fuzz.below(20);
        reference.TopFieldOrderCnt = fuzz.number<int16_t>();
        reference.BottomFieldOrderCnt = fuzz.number<int32_t>();
    }
    fuzz.patch(picture);
    return picture;
}

VASliceParameterBufferH264 slice_parameters(FuzzInput& fuzz, size_t size) {
    VASliceParameterBufferH264 slice = {};
    slice.slice_data_size = static_cast<uint32_t>(size);
    slice.num_ref_idx_l0_active_minus1 = fuzz.below(32);
    slice.num_ref_idx_l1_active_minus1 = fuzz.below(32);
    for (auto& reference : slice.RefPicList0) {
        reference.picture_id = fuzz.below(24);
    }
    fuzz.patch(slice);
    return slice;
}

void step(FuzzInput& fuzz, FuzzClient& client) {
    switch (fuzz.below(8)) {
        case 0:
            return client.add_struct(VAPictureParameterBufferType, picture_parameters(fuzz));
        case 1: {
            VAIQMatrixBufferH264 matrix = {};
            fuzz.patch(matrix);
            return client.add_struct(VAIQMatrixBufferType, matrix);
        }
        case 2:
        case 3:
        case 4:
            return client.add_slices(slice_parameters);
        case 5:
            return client.add_noise();
        default:
            client.add_struct(VAPictureParameterBufferType, picture_parameters(fuzz));
            return client.add_slices(slice_parameters);
    }
}

// What the kernel or a driver would use without a look.
void check(const CodedPicture& coded) {
    require(!coded.units.empty());
    for (const DecodeUnit& unit : coded.units) {
        const auto params =
            control_of<v4l2_ctrl_h264_decode_params>(unit, V4L2_CID_STATELESS_H264_DECODE_PARAMS);
        for (const v4l2_h264_dpb_entry& entry : params.dpb) {
            const bool active = (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE) != 0;
            require(!active || (entry.reference_ts != 0 && entry.fields != 0));
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
    traits.has_pred_weights = fuzz.flag();
    const VAProfile profile = fuzz.flag() ? VAProfileH264High : VAProfileH264Main;
    const auto codec = create_h264_codec(traits, profile, {128, 128});
    FuzzClient client(fuzz, *codec);
    client.run(step, check);
    return 0;
}

}  // namespace v4l2va::fuzz
