// SPDX-License-Identifier: MIT
// H264ReferenceMarking: frame_num and dec_ref_pic_marking() for a decoder that has them from slice
// headers, where a device has none.
//
// Allwinner's decoder is told by addresses which frames a picture may refer to, with the order
// counts that they have now. Frame numbers, IDR pictures and the marking of references are not its
// concern. Here references are numbered anew, one by one, and a frame that was left out is marked
// as unused by the next reference.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "h264_order_counts.h"

namespace hardware {

class H264ReferenceMarking {
  public:
    // The most frames that a DPB has, H.264 A.3.1.
    static constexpr size_t kFrames = 16;
    static constexpr unsigned kFrameNumBits = 16;
    static constexpr unsigned kLsbBits = 16;  // of pic_order_cnt_lsb

    struct Frame {
        uint64_t address = 0;
        OrderCount count;
    };
    struct Picture {
        bool field_pic = false;
        bool bottom_field = false;
        bool reference = false;
        Frame frame;                // where it goes
        std::vector<Frame> active;  // what it may refer to, without its own frame
    };
    struct Syntax {
        bool idr = false;
        bool second_field = false;
        uint32_t frame_num = 0;
        OrderCount count;
        // difference_of_pic_nums_minus1 of each frame or field that is no reference any more.
        std::vector<uint32_t> unused;
    };

    // Begins a picture of a stream, whose slices all have what it returns.
    const Syntax& begin(uint64_t stream, const Picture& picture);
    // Whether PICTURE may be the stream's last one, of which there is a slice already.
    [[nodiscard]] bool continues(uint64_t stream, const Picture& picture) const;
    // Of the stream's last picture.
    const Syntax& syntax(uint64_t stream) { return streams_[stream].syntax; }

  private:
    struct Reference {
        uint64_t address = 0;
        uint32_t frame_num = 0;
        unsigned fields = 0;  // bit 0: top, bit 1: bottom
        OrderCount count;     // as it was coded
    };
    struct Stream {
        uint32_t frame_num = 0;  // of the last reference
        int offset = 0;          // between order counts as they are told and as they are coded
        std::vector<Reference> references;  // the oldest first
        Picture last;
        bool awaits_second_field = false;
        Syntax syntax;
    };

    static void follow_order(Stream& stream, const Picture& picture);
    static void leave_out(Stream& stream, const Picture& picture);
    static void add_reference(Stream& stream, const Picture& picture);

    std::map<uint64_t, Stream> streams_;
};

}  // namespace hardware
