// SPDX-License-Identifier: MIT
// The reference picture lists of an H.264 slice (8.2.4), from the stream or from the controls.
#pragma once

#include <array>
#include <vector>

#include "h264/dpb_model.h"
#include "h264/syntax.h"

namespace vdec::h264 {

// A frame, or one field of it (bit 0 top, bit 1 bottom). Without a frame: nothing to refer to.
struct Reference {
    const Frame* frame = nullptr;
    unsigned fields = 3;

    friend bool operator==(const Reference&, const Reference&) = default;
};

using ReferenceLists = std::array<std::vector<Reference>, 2>;

// What the slice header says: initial lists and their modification. Call after DpbModel::begin and
// before DpbModel::finish, as for the other function.
ReferenceLists lists_from_stream(const SliceHeader& header, const Sets& sets,
                                 const DpbModel& model);
// What SLICE_PARAMS says, as cedrus reads it: an entry of no valid dpb entry has no frame.
ReferenceLists lists_from_controls(const Sets& sets, const DpbModel& model);

// PicNum or LongTermPicNum (8.2.4.1) of a reference, seen from the current picture.
int pic_num(const Reference& reference, const SliceHeader& header);
bool is_long_term(const Reference& reference);

}  // namespace vdec::h264
