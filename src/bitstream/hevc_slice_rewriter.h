// SPDX-License-Identifier: MIT
// Rewrites an HEVC slice segment header so that it does not refer to the reference picture sets of
// its SPS.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "bitstream/hevc_slice_header.h"

namespace v4l2va {

// The reference pictures of one picture, written out in full.
struct HevcRefPicSets {
    HevcShortTermSet short_term;
    HevcLongTermSet long_term;  // no entry is from_sps
};

// Appends to `out` the header that stands in `nal` with `sets` instead of its own sets, as under an
// SPS without any set (num_short_term_ref_pic_sets and num_long_term_ref_pics_sps 0): from the NAL
// unit header to slice_segment_data(), emulation prevention bytes in place. Everything else keeps
// its bits, entry points too: these count bytes of slice data only. The last byte is not 0, so that
// the old slice data may follow as it is.
// `header`, as parsed from `nal`, must have sets, and its sizes and positions are brought up to
// date.
void rewrite_hevc_ref_pic_sets(std::span<const std::byte> nal, const HevcSliceHeaderInput& input,
                               const HevcRefPicSets& sets, HevcSliceSegmentHeader& header,
                               std::vector<std::byte>& out);

}  // namespace v4l2va
