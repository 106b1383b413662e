// SPDX-License-Identifier: MIT
// Writes HEVC parameter sets from controls, and slice segment headers in one canonical form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "backend/bits.h"
#include "hevc/syntax.h"

namespace vdec::hevc {

// A reference picture of the rebuilt stream.
struct Reference {
    int poc = 0;  // in the rebuilt stream
    bool long_term = false;
};

// What all slices of a picture share in the rebuilt stream.
struct CodedPicture {
    int poc = 0;
    // Written as an IDR picture: it needs no other, and order counts start again at 0.
    bool idr = false;
    // All of them marked "used by the current picture"; slices choose by list modification, so
    // that the sets of the SPS, which V4L2 may lack, are not needed.
    std::vector<Reference> references;
};

// Which references a slice uses, as indices into CodedPicture::references.
struct ReferenceLists {
    std::vector<size_t> lists[2];
};

// RBSP with the NAL unit header.
Bytes write_vps(const Sets& sets);
Bytes write_sps(const Sets& sets);
Bytes write_pps(const Sets& sets);
// Ends with byte_alignment(): slice_segment_data() follows unchanged. Its last byte is never zero,
// so that no emulation prevention spans the two.
Bytes write_slice_header(const SliceHeader& header, const ReferenceLists& lists,
                         const CodedPicture& picture, const Sets& sets);

}  // namespace vdec::hevc
