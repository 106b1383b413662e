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

// A picture of 8-bit NV12 without padding.
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
    Pixels expected;
};

struct Recording {
    VAProfile profile = VAProfileNone;
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
};

// Encodes a moving test pattern with libx264, decodes it with libavcodec twice (in software, and
// through VA-API on the machine's driver) and keeps what went through VA-API. Aborts the test
// program with a message when an encoder or the VA device is missing, or when libavcodec fell back
// to software.
Recording record_clip(const ClipOptions& options);

}  // namespace v4l2va::test
