// SPDX-License-Identifier: MIT
// Vp8Codec: VA-API's VP8 buffers to V4L2_PIX_FMT_VP8_FRAME.
#pragma once

#include <linux/v4l2-controls.h>
#include <va/va.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "bitstream/vp8_frame_header.h"
#include "codec/codec.h"
#include "codec/decode_units.h"
#include "codec/vpx_picture.h"
#include "v4l2/control_set.h"

namespace v4l2va {

// One unit a picture: the whole frame, with its frame tag. libavcodec strips the tag; it is then
// written anew, as that of a shown frame, since VA does not say show_frame.
// The frame header is parsed: VA has the quantizer and filter values only per segment, clamped.
class Vp8Codec final : public Codec {
  public:
    explicit Vp8Codec(NoReference no_reference) : no_reference_(no_reference) {}

    void begin() override;
    [[nodiscard]] Result<> add(VABufferType type, std::span<const std::byte> bytes,
                               uint32_t num_elements) override;
    [[nodiscard]] Result<CodedPicture> finish(const PictureInput& input) override;

  private:
    // The frame, taken apart.
    struct Frame {
        Vp8FrameTag tag;
        std::array<std::byte, kVp8KeyFrameTagSize> tag_bytes = {};
        std::span<const std::byte> data;  // behind the tag
        Vp8FrameHeader header;
        std::array<uint32_t, 8> dct_part_sizes = {};
    };

    [[nodiscard]] Result<> check_picture() const;
    [[nodiscard]] Result<> split_frame();
    [[nodiscard]] bool take_tag();
    [[nodiscard]] Result<> make_tag();
    [[nodiscard]] Result<> split_dct_partitions();
    [[nodiscard]] v4l2_ctrl_vp8_frame frame_control() const;

    NoReference no_reference_;

    // The picture being built.
    std::optional<VAPictureParameterBufferVP8> picture_;
    std::optional<VAProbabilityDataBufferVP8> probabilities_;
    VpxSlice<VASliceParameterBufferVP8> slice_;
    Frame frame_;

    Vp8LastingState state_;       // after the last picture that was translated
    Vp8LastingState next_state_;  // after this one, if it can be
    VpxReferences references_;

    // What finish() hands out.
    DecodeUnits units_;
};

// For the table of codecs; null if `profile` is not VP8's.
[[nodiscard]] std::unique_ptr<Codec> create_vp8_codec(const CodecTraits& traits, VAProfile profile,
                                                      Size coded_size);

}  // namespace v4l2va
