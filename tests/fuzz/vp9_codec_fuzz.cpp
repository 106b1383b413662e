// SPDX-License-Identifier: MIT
// A client that sends VP9 buffers in any order, of any content, to one codec for many pictures.
#include <linux/v4l2-controls.h>
#include <va/va.h>

#include "codec/vp9.h"
#include "codec_fuzz_client.h"

namespace v4l2va::fuzz {
namespace {

void picture_parameters(FuzzInput& fuzz, FuzzClient& client) {
    VADecPictureParameterBufferVP9 picture = {};
    picture.frame_width = 352;
    picture.frame_height = 288;
    for (VASurfaceID& reference : picture.reference_frames) {
        reference = fuzz.below(24);
    }
    fuzz.patch(picture);
    client.add_struct(VAPictureParameterBufferType, picture);
}

void frame(FuzzInput& fuzz, FuzzClient& client) {
    const auto data = fuzz.take(fuzz.number<uint16_t>() % 2048);
    VASliceParameterBufferVP9 slice = {};
    slice.slice_data_size = static_cast<uint32_t>(data.size());
    if (fuzz.flag()) {
        fuzz.patch(slice);
    }
    client.add_struct(VASliceParameterBufferType, slice);
    client.add(VASliceDataBufferType, data, 1);
}

void step(FuzzInput& fuzz, FuzzClient& client) {
    switch (fuzz.below(8)) {
        case 0:
            return client.add_noise();
        case 1:
            return frame(fuzz, client);
        case 2:
            return picture_parameters(fuzz, client);
        default:
            picture_parameters(fuzz, client);
            frame(fuzz, client);
    }
}

// What the kernel checks of the controls, and drivers rely on.
void check(const CodedPicture& coded) {
    const DecodeUnit& unit = only_unit(coded);
    const auto control = control_of<v4l2_ctrl_vp9_frame>(unit, V4L2_CID_STATELESS_VP9_FRAME);
    const auto hdr =
        control_of<v4l2_ctrl_vp9_compressed_hdr>(unit, V4L2_CID_STATELESS_VP9_COMPRESSED_HDR);
    constexpr uint32_t kExclusive =
        V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT | V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX;
    const bool intra =
        (control.flags & (V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_INTRA_ONLY)) != 0;
    require(control.uncompressed_header_size + size_t{control.compressed_header_size} <=
            unit.bytes);
    require((control.flags & kExclusive) != kExclusive);
    // A size that is another frame's is the client's word: of any value.
    require(control.frame_width_minus_1 + 1U == coded.coded_size.width);
    require(control.frame_height_minus_1 + 1U == coded.coded_size.height);
    require(control.reference_mode <= 2 && control.reset_frame_context <= 2);
    require(control.interpolation_filter <= 4 && hdr.tx_mode <= 4);
    for (const uint64_t ts :
         {control.last_frame_ts, control.golden_frame_ts, control.alt_frame_ts}) {
        require((ts == 0) == intra);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    FuzzInput fuzz(data, size);
    CodecTraits traits;
    traits.no_reference = NoReference::kItself;
    traits.has_vp9_compressed_hdr = true;
    const auto profile = fuzz.flag() ? VAProfileVP9Profile0 : VAProfileVP9Profile2;
    const auto codec = create_vp9_codec(traits, profile, {352, 288});
    FuzzClient client(fuzz, *codec);
    client.run(step, check);
    return 0;
}

}  // namespace v4l2va::fuzz
