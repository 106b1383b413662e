// SPDX-License-Identifier: MIT
// RkvdecVp9: VP9 on rkvdec (rkvdec-vp9.c).
#pragma once

#include <cstdint>
#include <map>
#include <variant>

#include "rkvdec_picture.h"
#include "vp9/syntax.h"
#include "vp9_contexts.h"

namespace hardware {

// The device reads the frame's header from the stream, probabilities from a table, and what it
// needs of the frame before from registers. The backend decodes with the probabilities that the
// stream itself leads to, adapted ones included: what registers and the table say is compared with
// the stream (Vp9Contexts), and where they are wrong there is no picture. Symbols are not counted.
class RkvdecVp9 {
  public:
    // The registers of a job in that mode; PICTURE is what they say of its memory.
    std::variant<PictureJob, NoPicture> read(const RkvdecPicture& picture, const JobView& view);

  private:
    struct Stream {
        vdec::vp9::HeaderReader reader;
        Vp9Contexts contexts;
        bool has_last = false;
        vdec::vp9::FrameHeader last;
        uint64_t last_output = 0;
    };

    std::map<uint64_t, Stream> streams_;  // by the serial of their table
};

}  // namespace hardware
