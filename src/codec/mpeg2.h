// SPDX-License-Identifier: MIT
// Mpeg2Codec: VA-API's MPEG-2 buffers to V4L2_PIX_FMT_MPEG2_SLICE.
#pragma once

#include <va/va.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codec/codec.h"
#include "codec/decode_units.h"
#include "codec/mpeg2_controls.h"
#include "codec/slice_list.h"
#include "codec/stand_in.h"
#include "v4l2/control_set.h"

namespace v4l2va {

// One unit a picture (a frame or a field): its slices in order, each with its start code. Sequence,
// group and picture headers are not sent: the controls say what they say.
//
// VA-API cannot mark an MPEG-1 picture. One that comes with no picture_structure is refused; one
// that a client dresses up as a frame picture is not told apart, and no client does so.
class Mpeg2Codec final : public Codec {
  public:
    Mpeg2Codec(Size coded_size, NoReference no_reference)
        : coded_size_(coded_size), no_reference_(no_reference) {}

    void begin() override;
    [[nodiscard]] Result<> add(VABufferType type, std::span<const std::byte> bytes,
                               uint32_t num_elements) override;
    [[nodiscard]] Result<CodedPicture> finish(const PictureInput& input) override;

  private:
    // The first field that waits for its second one.
    struct FirstField {
        VASurfaceID target = VA_INVALID_ID;
        Timestamp timestamp;  // invalid: none waits
        uint32_t picture_structure = 0;
    };

    [[nodiscard]] Result<> parse_slices();
    [[nodiscard]] PicturePart part_of(const PictureInput& input) const;
    [[nodiscard]] Result<Mpeg2References> find_references(const PictureInput& input,
                                                          PicturePart part);
    void commit(const PictureInput& input, PicturePart part, bool progressive_sequence,
                const v4l2_ctrl_mpeg2_quantisation& quantisation);

    Size coded_size_;
    NoReference no_reference_;

    // The picture being built.
    std::optional<VAPictureParameterBufferMPEG2> picture_;
    std::optional<VAIQMatrixBufferMPEG2> iq_matrix_;
    SliceList<VASliceParameterBufferMPEG2> slice_list_;
    std::vector<std::span<const std::byte>> slices_;  // each with its start code
    uint32_t last_row_ = 0;                           // of macroblocks in which a slice starts

    // After the last picture that was translated.
    v4l2_ctrl_mpeg2_quantisation quantisation_ = mpeg2_default_quantisation();
    FirstField first_field_;
    LatestPicture latest_;
    bool seen_interlaced_ = false;

    // What finish() hands out.
    DecodeUnits units_;
    std::array<VASurfaceID, 2> references_ = {};
    size_t reference_count_ = 0;
};

// For the table of codecs; null if `profile` is none of MPEG-2's.
[[nodiscard]] std::unique_ptr<Codec> create_mpeg2_codec(const CodecTraits& traits,
                                                        VAProfile profile, Size coded_size);

}  // namespace v4l2va
