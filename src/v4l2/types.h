// SPDX-License-Identifier: MIT
// The small values that the V4L2 layer and the codecs share. No system call, no ownership.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace v4l2va {

// In pixels, coded (not cropped) unless a name says otherwise.
struct Size {
    uint32_t width = 0;
    uint32_t height = 0;
    friend bool operator==(const Size&, const Size&) = default;
};

// The name of a reference: the timestamp of the OUTPUT buffer that decoded it. A counter in
// microseconds that starts at 1 in each DecodeSession and is never reused; 0 means "no reference".
// (Kernel: dev-stateless-decoder; a struct timeval carries it, so the granularity is 1 us.)
class Timestamp {
  public:
    constexpr Timestamp() = default;
    explicit constexpr Timestamp(uint64_t microseconds) : microseconds_(microseconds) {}

    [[nodiscard]] constexpr uint64_t microseconds() const { return microseconds_; }
    // As every reference_ts field of the controls wants it.
    [[nodiscard]] constexpr uint64_t nanoseconds() const { return microseconds_ * 1000; }
    [[nodiscard]] constexpr bool valid() const { return microseconds_ != 0; }
    friend bool operator==(const Timestamp&, const Timestamp&) = default;

  private:
    uint64_t microseconds_ = 0;
};

// Values of V4L2_CID_STATELESS_{H264,HEVC}_DECODE_MODE.
enum class DecodeMode : uint8_t { kSliceBased = 0, kFrameBased = 1 };

// Values of V4L2_CID_STATELESS_{H264,HEVC}_START_CODE.
enum class StartCode : uint8_t { kNone = 0, kAnnexB = 1 };

// What a picture without any reference, whose slices need some (a stream joined in its middle), can
// be told to refer to.
enum class NoReference : uint8_t {
    kRefuse,   // nothing that the driver is known to take: the hardware may never answer
    kItself,   // its own timestamp: the driver finds the buffer that it decodes into
    kNothing,  // an empty dpb[]: there the driver puts the buffer that it decodes into
};

// What a codec must know of the device it translates for: all of it probed, but for what the last
// four say, which a device cannot be asked for (v4l2/quirks.h).
struct CodecTraits {
    DecodeMode decode_mode = DecodeMode::kFrameBased;
    StartCode start_code = StartCode::kAnnexB;
    bool has_scaling_matrix = false;      // H264_SCALING_MATRIX / HEVC_SCALING_MATRIX
    bool has_pred_weights = false;        // H264_PRED_WEIGHTS
    bool has_slice_params = false;        // H264_SLICE_PARAMS / HEVC_SLICE_PARAMS
    uint32_t max_slice_params = 0;        // elements of HEVC_SLICE_PARAMS, 1 if it is no array
    uint32_t max_entry_points = 0;        // elements of HEVC_ENTRY_POINT_OFFSETS, 0 if absent
    bool has_ext_sps_rps = false;         // HEVC_EXT_SPS_ST_RPS and _LT_RPS
    bool has_vp9_compressed_hdr = false;  // VP9_COMPRESSED_HDR
    bool has_av1_film_grain = false;      // AV1_FILM_GRAIN
    uint32_t max_bit_depth = 8;           // of the CAPTURE formats: 8 or 10
    bool supports_hold = false;           // V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF
    bool has_h264_fields = true;          // field pictures
    bool has_h264_main_tools = true;      // what Constrained Baseline has not; slices of two types
    NoReference no_reference = NoReference::kRefuse;
    bool pads_hevc_slices = false;  // see Quirks
};

// How a submission relates to the other field of its frame (both end in one CAPTURE buffer).
enum class PicturePart : uint8_t { kFrame, kFirstField, kSecondField };

class ControlSet;

// One request: the controls and the OUTPUT buffer of one submission. In frame-based mode a picture
// is one unit; in slice-based mode each slice is one.
// The pointers stay valid until the codec's next begin() call.
struct DecodeUnit {
    const ControlSet* controls = nullptr;
    std::span<const std::span<const std::byte>> fragments;  // concatenated: the OUTPUT payload
    size_t bytes = 0;                                       // sum of the fragments' sizes
};

}  // namespace v4l2va
