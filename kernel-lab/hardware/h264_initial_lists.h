// SPDX-License-Identifier: MIT
// The initial reference picture lists of H.264 (8.2.4.2), for decoders that are given them in a
// table.
#pragma once

#include <linux/v4l2-controls.h>

#include <array>
#include <vector>

#include "h264/syntax.h"

namespace hardware {

// An entry of the DPB, or one field of it.
struct H264ListEntry {
    unsigned index = 0;
    bool bottom = false;  // of a field picture

    friend bool operator==(const H264ListEntry&, const H264ListEntry&) = default;
};

using H264List = std::vector<H264ListEntry>;

// Of P slices, and the two of B slices, as long as there are references. SETS: what the device was
// told, with DECODE_PARAMS; of short-term references `pic_num` is FrameNumWrap, of long-term ones
// LongTermFrameIdx. FIRST_FIELD: the entry that the current picture is the second field of, else
// none (16).
std::array<H264List, 3> initial_lists(const vdec::h264::Sets& sets, unsigned first_field);

}  // namespace hardware
