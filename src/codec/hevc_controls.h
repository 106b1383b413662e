// SPDX-License-Identifier: MIT
// The V4L2 controls of HEVC, each from VA's parameters and the parsed slice segment headers.
#pragma once

#include <linux/v4l2-controls.h>
#include <va/va.h>
#include <va/va_dec_hevc.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "bitstream/hevc_slice_header.h"
#include "codec/hevc_dpb.h"
#include "v4l2/types.h"

namespace v4l2va {

// A slice segment that the device shall decode.
struct HevcSlice {
    const VASliceParameterBufferHEVC* params = nullptr;
    // Of the slice: of the independent segment, whose values a dependent one takes over. Clients
    // repeat these, or leave zeros.
    const VASliceParameterBufferHEVC* slice_params = nullptr;
    HevcSliceSegmentHeader header;   // as sent
    std::span<const std::byte> nal;  // as it came, no start code
    // As sent: the header, then the slice data, which is always the client's.
    std::span<const std::byte> header_bytes;
    std::span<const std::byte> data;
    // Where the header's own bytes lie in the codec's memory, if it was rewritten.
    size_t rewritten_begin = 0;
    size_t rewritten_bytes = 0;
};

// What a VAProfile says about the stream.
struct HevcProfile {
    VAProfile profile = VAProfileNone;
    uint8_t max_bit_depth = 8;
};

// Null if it is no HEVC profile that can be translated.
[[nodiscard]] const HevcProfile* find_hevc_profile(VAProfile profile);

// Every number of `picture` that is used below, against the range of the standard, the profile and
// the context's size (rounded up to coding blocks). Errors: kInvalidParameter, kUnsupported.
[[nodiscard]] Result<> check_hevc_picture(const VAPictureParameterBufferHEVC& picture,
                                          const HevcProfile& profile, Size coded_size);

// The same for a slice. Errors: kInvalidParameter.
[[nodiscard]] Result<> check_hevc_slice(const VAPictureParameterBufferHEVC& picture,
                                        const VASliceParameterBufferHEVC& slice);

[[nodiscard]] HevcSliceHeaderInput hevc_slice_header_input(
    const VAPictureParameterBufferHEVC& picture);

// `rewritten`: the slice headers no longer refer to reference picture sets of the SPS.
[[nodiscard]] v4l2_ctrl_hevc_sps hevc_sps(const VAPictureParameterBufferHEVC& picture,
                                          bool rewritten);

[[nodiscard]] v4l2_ctrl_hevc_pps hevc_pps(const VAPictureParameterBufferHEVC& picture,
                                          uint8_t pic_parameter_set_id);

// The standard's default lists if `iq_matrix` is null.
[[nodiscard]] v4l2_ctrl_hevc_scaling_matrix hevc_scaling_matrix(
    const VAIQMatrixBufferHEVC* iq_matrix);

// `first`: header of the picture's first slice segment.
[[nodiscard]] v4l2_ctrl_hevc_decode_params hevc_decode_params(
    const VAPictureParameterBufferHEVC& picture, const HevcSliceSegmentHeader& first,
    const HevcDpb& dpb);

// Where a slice segment lies in its OUTPUT buffer, as the device counts it.
struct HevcSlicePlace {
    uint32_t bit_size = 0;
    uint32_t data_byte_offset = 0;
};

[[nodiscard]] v4l2_ctrl_hevc_slice_params hevc_slice_params(
    const VAPictureParameterBufferHEVC& picture, const HevcSlice& slice,
    const HevcSlicePlace& place, const HevcDpb& dpb);

}  // namespace v4l2va
