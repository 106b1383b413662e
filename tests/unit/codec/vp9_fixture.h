// SPDX-License-Identifier: MIT
// What VA-API clients hand over for VP9 pictures, for tests only.
#pragma once

#include <linux/v4l2-controls.h>
#include <va/va.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../bitstream/vp9_frame_writer.h"
#include "codec/vp9.h"
#include "codec_fixture.h"

namespace v4l2va::test {

// One picture, as libavcodec and GStreamer hand it over; each test changes what it is about.
struct Vp9TestPicture {
    explicit Vp9TestPicture(const Vp9FrameToWrite& frame) : data(frame.frame()) {
        const Vp9FrameHeader& header = frame.header;
        params.frame_width = static_cast<uint16_t>(header.frame_width);
        params.frame_height = static_cast<uint16_t>(header.frame_height);
        for (uint32_t i = 0; i < 8; ++i) {
            params.reference_frames[i] = header.key_frame ? VA_INVALID_ID : 10 + i;
        }
        params.pic_fields.bits.subsampling_x = 1;
        params.pic_fields.bits.subsampling_y = 1;
        params.pic_fields.bits.frame_type = header.key_frame ? 0 : 1;
        params.pic_fields.bits.show_frame = header.show_frame ? 1 : 0;
        params.pic_fields.bits.last_ref_frame = header.ref_frame_idx[0] & 7U;
        params.pic_fields.bits.golden_ref_frame = header.ref_frame_idx[1] & 7U;
        params.pic_fields.bits.alt_ref_frame = header.ref_frame_idx[2] & 7U;
        params.filter_level = header.loop_filter_level;
        params.profile = header.profile;
        params.bit_depth = frame.lasting.bit_depth;
        set_size();
    }

    void set_size() { slice.slice_data_size = static_cast<uint32_t>(data.size()); }

    VADecPictureParameterBufferVP9 params = {};
    VASliceParameterBufferVP9 slice = {};
    std::vector<std::byte> data;
};

class Vp9TestCodec : public TestClient {
  public:
    explicit Vp9TestCodec(VAProfile profile = VAProfileVP9Profile0, Size size = {2048, 1090},
                          bool has_compressed_hdr = true)
        : TestClient(create_vp9_codec(traits(has_compressed_hdr), profile, size)) {
        for (VASurfaceID surface = 10; surface < 18; ++surface) {
            surfaces.timestamps[surface] = Timestamp(100 + surface);
        }
        next_timestamp = 500;
    }

    static CodecTraits traits(bool has_compressed_hdr) {
        CodecTraits traits;
        traits.has_vp9_compressed_hdr = has_compressed_hdr;
        traits.no_reference = NoReference::kItself;
        return traits;
    }

    Result<CodedPicture> decode(const Vp9TestPicture& picture, VASurfaceID target = 30) {
        begin();
        EXPECT_TRUE(add_struct(VAPictureParameterBufferType, picture.params));
        EXPECT_TRUE(add_struct(VASliceParameterBufferType, picture.slice));
        EXPECT_TRUE(add(VASliceDataBufferType, picture.data));
        return finish(target);
    }
    Result<CodedPicture> decode(const Vp9FrameToWrite& frame) {
        return decode(Vp9TestPicture(frame));
    }
};

inline v4l2_ctrl_vp9_frame vp9_frame_of(const CodedPicture& coded) {
    return control_of<v4l2_ctrl_vp9_frame>(coded, V4L2_CID_STATELESS_VP9_FRAME);
}

inline v4l2_ctrl_vp9_compressed_hdr vp9_compressed_hdr_of(const CodedPicture& coded) {
    return control_of<v4l2_ctrl_vp9_compressed_hdr>(coded, V4L2_CID_STATELESS_VP9_COMPRESSED_HDR);
}

}  // namespace v4l2va::test
