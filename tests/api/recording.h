// SPDX-License-Identifier: MIT
// Recording: what a real client (libavcodec) sent through VA-API for a clip, picture by picture,
// with the pixels that a software decoder gives for each. Tests replay it, whole or damaged.
#pragma once

#include <va/va.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace v4l2va::test {

// A picture of NV12, or of P010 in its order of bytes, without padding.
struct Pixels {
    unsigned width = 0;
    unsigned height = 0;
    std::vector<uint8_t> luma;
    std::vector<uint8_t> chroma;
    friend bool operator==(const Pixels&, const Pixels&) = default;
};

struct RecordedBuffer {
    VABufferType type = VAPictureParameterBufferType;
    unsigned element_size = 0;
    unsigned num_elements = 0;
    std::vector<std::byte> bytes;
};

// In decoding order. Surface ids are the recorded client's.
struct RecordedPicture {
    VASurfaceID target = VA_INVALID_ID;
    std::vector<RecordedBuffer> buffers;
    bool is_idr = false;
    bool has_expected = false;  // false: the picture was never put out
    size_t output_index = 0;    // the how manieth to be put out
    Pixels expected;
};

struct Recording {
    VAProfile profile = VAProfileNone;
    unsigned bit_depth = 8;
    unsigned coded_width = 0;
    unsigned coded_height = 0;
    unsigned visible_width = 0;
    unsigned visible_height = 0;
    std::vector<RecordedPicture> pictures;
    // All surface ids that pictures decode into or refer to.
    std::vector<VASurfaceID> surfaces;
};

struct ClipOptions {
    unsigned width = 176;
    unsigned height = 144;
    int frames = 24;
    int gop = 8;
    std::string x264_params = "bframes=2:b-pyramid=normal:ref=3:slices=2";
    std::string profile = "high";
    // h264, hevc, vp8, vp9, av1 or mpeg2; what is x264's above is for h264 only.
    std::string codec = "h264";
    // 10: of HEVC (Main 10), VP9 (Profile 2) and AV1; of H.264 see record_deep_clip().
    unsigned bit_depth = 8;
    // Of the encoder, by name; in place of what every clip of its codec has.
    std::map<std::string, std::string> encoder_options = {};
};

// VAProfileH264High10, which libva 2.17's header lacks.
inline constexpr VAProfile kH264High10 = static_cast<VAProfile>(36);

// Encodes a moving test pattern, decodes it with libavcodec twice (in software, and
// through VA-API on the machine's driver) and keeps what went through VA-API. Aborts the test
// program with a message when an encoder or the VA device is missing, or when libavcodec fell back
// to software.
Recording record_clip(const ClipOptions& options);

// The same of ten bits, which libavcodec 5.1 cannot ask VA-API for: it is recorded with 8 bits, and
// the slices are those of a second encoder that must take the same decisions but the values of
// samples. `x264_params` must see to that: no decision by content.
Recording record_deep_clip(ClipOptions options);

}  // namespace v4l2va::test
