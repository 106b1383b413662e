// SPDX-License-Identifier: MIT
// What a VA-API client hands over for H.264 pictures, for tests only.
#pragma once

#include <va/va.h>

#include <cstring>
#include <vector>

#include "../bitstream/h264_slice_writer.h"
#include "codec/h264.h"
#include "codec_fixture.h"

namespace v4l2va::test {

inline VAPictureH264 no_picture() {
    VAPictureH264 picture = {};
    picture.picture_id = VA_INVALID_ID;
    picture.flags = VA_PICTURE_H264_INVALID;
    return picture;
}

inline VAPictureH264 va_picture(VASurfaceID surface, uint32_t frame_idx, int32_t top,
                                int32_t bottom, uint32_t flags = 0) {
    VAPictureH264 picture = {};
    picture.picture_id = surface;
    picture.frame_idx = frame_idx;
    picture.flags = flags;
    picture.TopFieldOrderCnt = top;
    picture.BottomFieldOrderCnt = bottom;
    return picture;
}

inline VAPictureH264 short_term(VASurfaceID surface, uint32_t frame_num, int32_t top,
                                int32_t bottom) {
    return va_picture(surface, frame_num, top, bottom, VA_PICTURE_H264_SHORT_TERM_REFERENCE);
}

// One picture of a 640x368 stream; each test changes what it is about.
struct H264TestPicture {
    explicit H264TestPicture(H264SliceType type, VASurfaceID surface = 1) : target(surface) {
        params.CurrPic = va_picture(surface, 0, 0, 0);
        for (auto& reference : params.ReferenceFrames) {
            reference = no_picture();
        }
        params.picture_width_in_mbs_minus1 = 39;
        params.picture_height_in_mbs_minus1 = 22;
        params.num_ref_frames = 4;
        params.seq_fields.bits.chroma_format_idc = 1;
        params.seq_fields.bits.frame_mbs_only_flag = 1;
        params.seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4 = 4;
        params.pic_fields.bits.reference_pic_flag = 1;
        add_slice(type);
    }

    // A slice as the client describes it, and as it stands in the stream.
    struct Slice {
        VASliceParameterBufferH264 params = {};
        H264SliceToWrite syntax;
    };

    Slice& add_slice(H264SliceType type) {
        Slice slice;
        slice.syntax.header.nal_unit_type = 1;
        slice.syntax.header.nal_ref_idc = 1;
        slice.syntax.header.slice_type = type;
        for (int i = 0; i < 32; ++i) {
            slice.params.RefPicList0[i] = no_picture();
            slice.params.RefPicList1[i] = no_picture();
        }
        slice.params.slice_type = static_cast<uint8_t>(type);
        slices.push_back(slice);
        return slices.back();
    }

    H264SliceHeader& header() { return slices.front().syntax.header; }

    void make_idr() {
        for (Slice& slice : slices) {
            slice.syntax.header.nal_unit_type = 5;
        }
    }

    // Frame number and the lsb of the count, in VA and in the stream.
    void set_order(uint16_t frame_num, int32_t poc, int32_t bias = 0) {
        params.frame_num = frame_num;
        params.CurrPic.frame_idx = frame_num;
        params.CurrPic.TopFieldOrderCnt = poc + bias;
        params.CurrPic.BottomFieldOrderCnt = poc + bias;
        for (Slice& slice : slices) {
            slice.syntax.header.frame_num = frame_num;
            slice.syntax.header.pic_order_cnt_lsb = static_cast<uint16_t>(poc & 0xff);
        }
    }

    void make_field(bool bottom, int32_t poc) {
        params.picture_height_in_mbs_minus1 = 23;
        params.seq_fields.bits.frame_mbs_only_flag = 0;
        params.pic_fields.bits.field_pic_flag = 1;
        params.CurrPic.flags |= bottom ? VA_PICTURE_H264_BOTTOM_FIELD : VA_PICTURE_H264_TOP_FIELD;
        params.CurrPic.TopFieldOrderCnt = bottom ? 0 : poc;
        params.CurrPic.BottomFieldOrderCnt = bottom ? poc : 0;
        for (Slice& slice : slices) {
            slice.syntax.header.field_pic_flag = true;
            slice.syntax.header.bottom_field_flag = bottom;
            slice.syntax.header.pic_order_cnt_lsb = static_cast<uint16_t>(poc & 0xff);
        }
    }

    // The slices' NAL units; fills in the slice parameters' sizes.
    std::vector<std::vector<std::byte>> nals() {
        std::vector<std::vector<std::byte>> out;
        for (Slice& slice : slices) {
            const H264SliceHeaderInput input = h264_slice_header_input(params, slice.params);
            out.push_back(H264SliceWriter(input, slice.syntax).write());
            slice.params.slice_data_size = static_cast<uint32_t>(out.back().size());
        }
        return out;
    }

    VASurfaceID target;
    VAPictureParameterBufferH264 params = {};
    VAIQMatrixBufferH264 iq_matrix = {};
    bool has_iq_matrix = false;
    std::vector<Slice> slices;
};

// A codec and the surfaces around it.
class H264TestCodec : public TestClient {
  public:
    explicit H264TestCodec(VAProfile profile = VAProfileH264High, CodecTraits traits = frame_mode(),
                           Size size = {640, 384})
        : TestClient(create_h264_codec(traits, profile, size)) {}

    static CodecTraits frame_mode() {
        CodecTraits traits;
        traits.has_scaling_matrix = true;
        traits.no_reference = NoReference::kItself;
        return traits;
    }
    static CodecTraits slice_mode() {
        CodecTraits traits = frame_mode();
        traits.decode_mode = DecodeMode::kSliceBased;
        traits.start_code = StartCode::kNone;
        traits.has_slice_params = true;
        traits.has_pred_weights = true;
        return traits;
    }

    // As ffmpeg does: parameters, then a pair of buffers for each slice.
    Result<CodedPicture> decode(H264TestPicture& picture) {
        begin();
        data = picture.nals();
        add_struct(VAPictureParameterBufferType, picture.params);
        if (picture.has_iq_matrix) {
            add_struct(VAIQMatrixBufferType, picture.iq_matrix);
        }
        for (size_t i = 0; i < picture.slices.size(); ++i) {
            add_struct(VASliceParameterBufferType, picture.slices[i].params);
            add(VASliceDataBufferType, data[i]);
        }
        return finish(picture.target);
    }

    std::vector<std::vector<std::byte>> data;  // the NAL units of the last decode()
};

inline v4l2_ctrl_h264_decode_params decode_params(const CodedPicture& coded) {
    return control<v4l2_ctrl_h264_decode_params>(coded, V4L2_CID_STATELESS_H264_DECODE_PARAMS);
}

}  // namespace v4l2va::test
