// SPDX-License-Identifier: MIT
// H264QpBias: whether a client adds QpBdOffsetY to pic_init_qp_minus26 of pictures deeper than 8
// bits.
#pragma once

#include <va/va.h>

#include <cstdint>

namespace v4l2va {

// Who sent a picture, as far as the fields tell that every libavcodec fills in its own way.
enum class H264Client : uint8_t { kUnknown, kStandard, kLibavcodec };

// libavcodec, which offers High 10 from 7.0 on, adds 6 * (depth - 8) to init_qp and init_qs when
// it reads a PPS (ff_h264_decode_picture_parameter_set) and hands out the sums; VA-API asks for the
// values of the standard (7.4.2.2), and other clients send these. Which of both a context's client
// does is decided at its first picture, from the first of these that says anything:
//  1. a value that only one of both can send: pic_init_qp_minus26 is in -26 - offset..25, or in
//     -26..25 + offset; pic_init_qs_minus26 in -26..25, or in -26 + offset..25 + offset;
//  2. a slice whose SliceQPY is out of range (7-30) with the other: over 51, or under 0;
//  3. pic_init_qs_minus26 of 0 or of the offset. It is of SP and SI slices, which no profile with
//     deep pictures has, and encoders write 0;
//  4. the client's picture order counts, and what it leaves in a field without meaning.
// While none does, the standard's values are assumed. Later pictures change the verdict when they
// have 1, or when they have 2 and it rests on only one of 3 and 4.
class H264QpBias {
  public:
    // `lowest` and `highest` slice_qp_delta of the picture's slices. Pictures of 8 bits say
    // nothing.
    void look_at(const VAPictureParameterBufferH264& picture, int lowest, int highest,
                 H264Client client);

    // What must be taken off the client's two values to get the standard's, for `picture`'s depth.
    [[nodiscard]] int of(const VAPictureParameterBufferH264& picture) const;

    // The verdict in words, if the last look_at() made or changed it; else null. A literal.
    [[nodiscard]] const char* news() const { return news_; }

  private:
    // In the order of strength: a stronger one can overrule a verdict.
    enum class Evidence : uint8_t { kNone, kOneHint, kSlices, kTwoHints, kParameters };
    enum class Says : uint8_t { kNothing, kStandard, kBiased };

    static Says parameters(const VAPictureParameterBufferH264& picture, int offset);
    static Says slices(const VAPictureParameterBufferH264& picture, int lowest, int highest);
    void take_hints(const VAPictureParameterBufferH264& picture, int offset, H264Client client);
    void adopt(Says verdict, Evidence evidence);

    Evidence evidence_ = Evidence::kNone;
    bool biased_ = false;
    const char* news_ = nullptr;
};

}  // namespace v4l2va
