// SPDX-License-Identifier: MIT
// A client that sends VP8 buffers in any order, of any content, to one codec for many pictures.
#include <linux/v4l2-controls.h>
#include <va/va.h>

#include <array>

#include "codec/vp8.h"
#include "codec_fuzz_client.h"

namespace v4l2va::fuzz {
namespace {

void picture_parameters(FuzzInput& fuzz, FuzzClient& client) {
    VAPictureParameterBufferVP8 picture = {};
    picture.frame_width = 1 + fuzz.byte() % 200U;
    picture.frame_height = 1 + fuzz.byte() % 200U;
    picture.last_ref_frame = fuzz.below(24);
    picture.golden_ref_frame = fuzz.below(24);
    picture.alt_ref_frame = fuzz.below(24);
    picture.pic_fields.value = fuzz.byte() & 7U;
    fuzz.patch(picture);
    client.add_struct(VAPictureParameterBufferType, picture);
}

void probabilities(FuzzInput&, FuzzClient& client) {
    const VAProbabilityDataBufferVP8 values = {};
    client.add_struct(VAProbabilityBufferType, values);
}

void frame(FuzzInput& fuzz, FuzzClient& client) {
    const auto data = fuzz.take(fuzz.number<uint16_t>() % 1024);
    VASliceParameterBufferVP8 slice = {};
    slice.slice_data_size = static_cast<uint32_t>(data.size());
    slice.slice_data_offset = std::array<uint32_t, 4>{0, 3, 10, 4}[fuzz.below(4)];
    slice.macroblock_offset = fuzz.byte();
    slice.num_of_partitions = fuzz.byte();
    slice.partition_size[0] = fuzz.byte();
    fuzz.patch(slice);
    client.add_struct(VASliceParameterBufferType, slice);
    client.add(VASliceDataBufferType, data, 1);
}

void step(FuzzInput& fuzz, FuzzClient& client) {
    switch (fuzz.below(8)) {
        case 0:
            return client.add_noise();
        case 1:
            return probabilities(fuzz, client);
        case 2:
            return frame(fuzz, client);
        case 3: {
            const VAIQMatrixBufferVP8 matrix = {};
            return client.add_struct(VAIQMatrixBufferType, matrix);
        }
        case 4:
            return picture_parameters(fuzz, client);
        default:
            probabilities(fuzz, client);
            picture_parameters(fuzz, client);
            frame(fuzz, client);
    }
}

// What drivers rely on: the partitions fill the payload, the state is one of a bool decoder.
void check(const CodedPicture& coded) {
    const DecodeUnit& unit = only_unit(coded);
    const auto control = control_of<v4l2_ctrl_vp8_frame>(unit, V4L2_CID_STATELESS_VP8_FRAME);
    const bool key_frame = V4L2_VP8_FRAME_IS_KEY_FRAME(&control);
    uint64_t bytes = key_frame ? 10 : 3;
    bytes += control.first_part_size + 3U * (control.num_dct_parts - 1U);
    for (const uint32_t size : control.dct_part_sizes) {
        bytes += size;
    }
    const uint8_t parts = control.num_dct_parts;
    require(bytes == unit.bytes);
    require((parts & (parts - 1)) == 0 && parts <= 8);
    require(control.first_part_header_bits <= control.first_part_size * 8);
    require(control.coder_state.value < control.coder_state.range);
    for (const uint64_t ts :
         {control.last_frame_ts, control.golden_frame_ts, control.alt_frame_ts}) {
        require((ts == 0) == key_frame);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    FuzzInput fuzz(data, size);
    const auto codec = create_vp8_codec({.no_reference = NoReference::kItself},
                                        VAProfileVP8Version0_3, {176, 144});
    FuzzClient client(fuzz, *codec);
    client.run(step, check);
    return 0;
}

}  // namespace v4l2va::fuzz
