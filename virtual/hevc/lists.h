// SPDX-License-Identifier: MIT
// The final reference picture lists of a slice (8.3.4), as indices into the client's dpb.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hevc/dpb_model.h"
#include "hevc/syntax.h"

namespace vdec::hevc {

// Stands where there is nothing to refer to.
constexpr uint8_t kNoReference = 0xff;

struct DpbLists {
    std::vector<uint8_t> lists[2];
};

// The entries that the client calls active.
std::span<const v4l2_hevc_dpb_entry> dpb_of(const Sets& sets);
// poc_st_curr_before, poc_st_curr_after or poc_lt_curr; empty for `following`.
std::span<const uint8_t> list_of(const Sets& sets, Wanted::Part part);

// From the client's three lists and the header's modification.
DpbLists lists_from_controls(const SliceHeader& header, const Sets& sets);
// From the header's own reference picture set, its order counts looked up in the dpb.
DpbLists lists_from_header(const SliceHeader& header, const Sets& sets);
// As SLICE_PARAMS gives them.
DpbLists lists_from_params(const SliceHeader& header, const v4l2_ctrl_hevc_slice_params& params);

}  // namespace vdec::hevc
