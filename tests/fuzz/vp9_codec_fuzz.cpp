// SPDX-License-Identifier: MIT
// A client that sends VP9 buffers in any order, of any content, to one codec for many pictures.
#include <linux/v4l2-controls.h>
#include <va/va.h>

#include <cstdlib>

#include "codec/vp9.h"
#include "codec_fuzz_client.h"

namespace {

using v4l2va::fuzz::FuzzClient;
using v4l2va::fuzz::FuzzInput;

void picture_parameters(FuzzInput& fuzz, FuzzClient& client) {
    VADecPictureParameterBufferVP9 picture = {};
    picture.frame_width = 352;
    picture.frame_height = 288;
    for (VASurfaceID& reference : picture.reference_frames) {
        reference = fuzz.below(24);
    }
    fuzz.patch(picture);
    client.add_structs(VAPictureParameterBufferType, &picture, 1);
}

void frame(FuzzInput& fuzz, FuzzClient& client) {
    const auto data = fuzz.take(fuzz.number<uint16_t>() % 2048);
    VASliceParameterBufferVP9 slice = {};
    slice.slice_data_size = static_cast<uint32_t>(data.size());
    if (fuzz.flag()) {
        fuzz.patch(slice);
    }
    client.add_structs(VASliceParameterBufferType, &slice, 1);
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
void check(const v4l2va::CodedPicture& coded) {
    v4l2_ctrl_vp9_frame control = {};
    v4l2_ctrl_vp9_compressed_hdr hdr = {};
    if (coded.units.size() != 1 ||
        !coded.units[0].controls->get(V4L2_CID_STATELESS_VP9_FRAME, control) ||
        !coded.units[0].controls->get(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, hdr)) {
        std::abort();
    }
    constexpr uint32_t kExclusive =
        V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT | V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX;
    const bool intra =
        (control.flags & (V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_INTRA_ONLY)) != 0;
    if (control.uncompressed_header_size + size_t{control.compressed_header_size} >
            coded.units[0].bytes ||
        (control.flags & kExclusive) == kExclusive || control.frame_width_minus_1 >= 352 ||
        control.frame_height_minus_1 >= 288 || control.reference_mode > 2 ||
        control.reset_frame_context > 2 || control.interpolation_filter > 4 || hdr.tx_mode > 4 ||
        (control.last_frame_ts == 0) != intra || (control.golden_frame_ts == 0) != intra ||
        (control.alt_frame_ts == 0) != intra) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    FuzzInput fuzz(data, size);
    v4l2va::CodecTraits traits;
    traits.no_reference = v4l2va::NoReference::kItself;
    traits.has_vp9_compressed_hdr = true;
    const auto profile = fuzz.flag() ? VAProfileVP9Profile0 : VAProfileVP9Profile2;
    const auto codec = v4l2va::create_vp9_codec(traits, profile, {352, 288});
    FuzzClient client(fuzz, *codec);
    while (!fuzz.empty()) {
        client.picture(step, check);
    }
    return 0;
}
