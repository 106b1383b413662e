// SPDX-License-Identifier: MIT
// Vp9Codec: VA-API's VP9 buffers to V4L2_PIX_FMT_VP9_FRAME.
#pragma once

#include <linux/v4l2-controls.h>
#include <va/va.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "bitstream/vp9_frame_header.h"
#include "codec/codec.h"
#include "codec/decode_units.h"
#include "codec/vpx_picture.h"
#include "v4l2/control_set.h"

namespace v4l2va {

struct Vp9Profile {
    VAProfile profile = VAProfileNone;
    uint8_t number = 0;
    uint8_t bit_depth = 8;
};

// One unit a picture: the frame as the client sends it. Both headers are parsed: VA lacks the loop
// filter deltas, the quantizer, the segment features, the probabilities and the reference mode.
class Vp9Codec final : public Codec {
  public:
    Vp9Codec(const CodecTraits& traits, const Vp9Profile& profile);

    void begin() override;
    [[nodiscard]] Result<> add(VABufferType type, std::span<const std::byte> bytes,
                               uint32_t num_elements) override;
    [[nodiscard]] Result<CodedPicture> finish(const PictureInput& input) override;

  private:
    [[nodiscard]] Result<> parse_frame();
    [[nodiscard]] Result<> check_frame() const;
    [[nodiscard]] Result<> assign_references(const PictureInput& input);
    [[nodiscard]] v4l2_ctrl_vp9_frame frame_control() const;

    CodecTraits traits_;
    const Vp9Profile& profile_;

    // The picture being built.
    std::optional<VADecPictureParameterBufferVP9> picture_;
    VpxSlice<VASliceParameterBufferVP9> slice_;
    std::span<const std::byte> frame_;
    Vp9FrameHeader header_;
    Vp9CompressedHeader compressed_header_;

    Vp9LastingState state_;       // after the last picture that was translated
    Vp9LastingState next_state_;  // after this one, if it can be
    VpxReferences references_;

    // What finish() hands out.
    DecodeUnits units_;
};

// For the table of codecs; null if `profile` is none of VP9's.
[[nodiscard]] std::unique_ptr<Codec> create_vp9_codec(const CodecTraits& traits, VAProfile profile,
                                                      Size coded_size);

}  // namespace v4l2va
