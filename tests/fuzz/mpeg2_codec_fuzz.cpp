// SPDX-License-Identifier: MIT
// A client that sends MPEG-2 buffers in any order, of any content, to one codec for many pictures.
#include <linux/v4l2-controls.h>
#include <va/va.h>

#include <algorithm>

#include "codec/mpeg2.h"
#include "codec_fuzz_client.h"

namespace v4l2va::fuzz {
namespace {

VAPictureParameterBufferMPEG2 picture_parameters(FuzzInput& fuzz) {
    VAPictureParameterBufferMPEG2 picture = {};
    picture.horizontal_size = 128;
    picture.vertical_size = 112;
    picture.forward_reference_picture = fuzz.below(24);
    picture.backward_reference_picture = fuzz.below(24);
    picture.picture_coding_type = 1 + fuzz.below(3);
    picture.f_code = 0x1234;
    picture.picture_coding_extension.value = fuzz.number<uint32_t>();
    fuzz.patch(picture);
    return picture;
}

void slices(FuzzInput& fuzz, FuzzClient& client) {
    const auto data = fuzz.take(fuzz.byte());
    VASliceParameterBufferMPEG2 slice = {};
    slice.slice_data_size = static_cast<uint32_t>(data.size());
    fuzz.patch(slice);
    client.add_struct(VASliceParameterBufferType, slice);
    if (fuzz.flag()) {  // noise never has a start code
        std::vector<std::byte> whole(data.begin(), data.end());
        const uint8_t code[] = {0, 0, 1, fuzz.byte()};
        std::copy_n(std::as_bytes(std::span(code)).begin(), std::min<size_t>(4, whole.size()),
                    whole.begin());
        return client.add(VASliceDataBufferType, whole, 1);
    }
    client.add(VASliceDataBufferType, data, 1);
}

void step(FuzzInput& fuzz, FuzzClient& client) {
    switch (fuzz.below(6)) {
        case 0:
            return client.add_struct(VAPictureParameterBufferType, picture_parameters(fuzz));
        case 1: {
            VAIQMatrixBufferMPEG2 matrix = {};
            fuzz.patch(matrix);
            return client.add_struct(VAIQMatrixBufferType, matrix);
        }
        case 2:
            return slices(fuzz, client);
        case 3:
            return client.add_noise();
        default:
            client.add_struct(VAPictureParameterBufferType, picture_parameters(fuzz));
            return slices(fuzz, client);
    }
}

// What the kernel or a driver would use without a look.
void check(const CodedPicture& coded) {
    const auto picture =
        control_of<v4l2_ctrl_mpeg2_picture>(only_unit(coded), V4L2_CID_STATELESS_MPEG2_PICTURE);
    const bool p = picture.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_P;
    const bool b = picture.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B;
    require(picture.picture_structure >= 1 && picture.picture_structure <= 3);
    require((picture.forward_ref_ts != 0) == (p || b));
    require((picture.backward_ref_ts != 0) == b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    FuzzInput fuzz(data, size);
    const auto codec =
        create_mpeg2_codec({.no_reference = NoReference::kItself}, VAProfileMPEG2Main, {128, 128});
    FuzzClient client(fuzz, *codec);
    client.run(step, check);
    return 0;
}

}  // namespace v4l2va::fuzz
