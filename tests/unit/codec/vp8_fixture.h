// SPDX-License-Identifier: MIT
// What VA-API clients hand over for VP8 pictures, for tests only.
#pragma once

#include <linux/v4l2-controls.h>
#include <va/va.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "../bitstream/vp8_frame_writer.h"
#include "codec/vp8.h"
#include "codec_fixture.h"

namespace v4l2va::test {

// How a client passes the frame.
enum class Vp8Style {
    kStripped,   // libavcodec: from the first partition on
    kWhole,      // Chromium: with its tag, before slice_data_offset
    kWholeSize,  // GStreamer: likewise, but slice_data_size is that of the whole buffer
};

inline constexpr Size kVp8ContextSize = {176, 144};

// One picture; each test changes what it is about.
struct Vp8TestPicture {
    explicit Vp8TestPicture(const Vp8FrameToWrite& to_write, Vp8Style vp8_style)
        : frame(to_write), style(vp8_style) {
        params.frame_width = kVp8ContextSize.width;
        params.frame_height = kVp8ContextSize.height;
        const bool key_frame = frame.tag.key_frame;
        params.last_ref_frame = key_frame ? VA_INVALID_ID : 11;
        params.golden_ref_frame = key_frame ? VA_INVALID_ID : 12;
        params.alt_ref_frame = key_frame ? VA_INVALID_ID : 13;
        params.out_of_loop_frame = VA_INVALID_ID;
        params.pic_fields.bits.key_frame = key_frame ? 0 : 1;
        params.pic_fields.bits.version = frame.tag.version & 7U;
        for (uint8_t i = 0; i < 4; ++i) {
            params.y_mode_probs[i] = static_cast<uint8_t>(50 + i);
        }
        for (uint8_t i = 0; i < 3; ++i) {
            params.uv_mode_probs[i] = static_cast<uint8_t>(60 + i);
        }
        fill(params.mv_probs, 3);
        fill(probabilities.dct_coeff_probs, 5);
        set_slice();
    }

    // Anew from `frame`, as a client that parses it.
    void set_slice() {
        const std::vector<std::byte> first = frame.first_partition();
        Vp8LastingState lasting;
        const auto header = parse_vp8_frame_header(first, frame.tag.key_frame, lasting);
        const uint32_t header_bits = header ? header->header_bits : 0;
        data = frame.frame();
        const auto tag_size = static_cast<uint32_t>(frame.tag.size());
        if (style == Vp8Style::kStripped) {
            data.erase(data.begin(), data.begin() + frame.tag_size());
        }
        slice = {};
        slice.slice_data_offset = style == Vp8Style::kStripped ? 0 : tag_size;
        slice.slice_data_size = static_cast<uint32_t>(data.size());
        if (style == Vp8Style::kWhole) {
            slice.slice_data_size -= tag_size;
        }
        slice.macroblock_offset = header_bits;
        slice.num_of_partitions = static_cast<uint8_t>(frame.dct_partitions.size() + 1);
        slice.partition_size[0] = static_cast<uint32_t>(first.size()) - (header_bits + 7) / 8;
        for (size_t i = 0; i < frame.dct_partitions.size(); ++i) {
            slice.partition_size[1 + i] = static_cast<uint32_t>(frame.dct_partitions[i].size());
        }
    }

    Vp8FrameToWrite frame;
    Vp8Style style;
    VAPictureParameterBufferVP8 params = {};
    VAIQMatrixBufferVP8 iq_matrix = {};
    VAProbabilityDataBufferVP8 probabilities = {};
    VASliceParameterBufferVP8 slice = {};
    std::vector<std::byte> data;

  private:
    template <typename T>
    static void fill(T& array, uint32_t step) {
        auto* bytes = reinterpret_cast<uint8_t*>(&array);
        for (size_t i = 0; i < sizeof(array); ++i) {
            bytes[i] = static_cast<uint8_t>(1 + (i * step) % 255);
        }
    }
};

class Vp8TestCodec : public TestClient {
  public:
    explicit Vp8TestCodec(Size size = kVp8ContextSize)
        : TestClient(create_vp8_codec({.no_reference = NoReference::kItself},
                                      VAProfileVP8Version0_3, size)) {
        for (const VASurfaceID surface : {11U, 12U, 13U}) {
            surfaces.timestamps[surface] = Timestamp(100 + surface);
        }
        next_timestamp = 500;
    }

    // GStreamer's order: the matrix and the probabilities come first.
    Result<CodedPicture> decode(const Vp8TestPicture& picture, VASurfaceID target = 20) {
        begin();
        EXPECT_TRUE(add_struct(VAIQMatrixBufferType, picture.iq_matrix));
        EXPECT_TRUE(add_struct(VAProbabilityBufferType, picture.probabilities));
        EXPECT_TRUE(add_struct(VAPictureParameterBufferType, picture.params));
        EXPECT_TRUE(add_struct(VASliceParameterBufferType, picture.slice));
        EXPECT_TRUE(add(VASliceDataBufferType, picture.data));
        return finish(target);
    }
};

inline v4l2_ctrl_vp8_frame vp8_frame_of(const CodedPicture& coded) {
    return control_of<v4l2_ctrl_vp8_frame>(coded, V4L2_CID_STATELESS_VP8_FRAME);
}

inline std::string as_string(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace v4l2va::test
