// SPDX-License-Identifier: MIT
// The V4L2 controls of H.264, each from VA's parameters and the parsed slice headers.
#pragma once

#include <linux/v4l2-controls.h>
#include <va/va.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "bitstream/h264_slice_header.h"
#include "codec/h264_dpb.h"
#include "codec/h264_state.h"
#include "v4l2/types.h"

namespace v4l2va {

// A slice that the device shall decode.
struct H264Slice {
    const VASliceParameterBufferH264* params = nullptr;
    H264SliceHeader header;
    std::span<const std::byte> nal;  // no start code
};

// What a VAProfile says about the stream.
struct H264Profile {
    VAProfile profile = VAProfileNone;
    uint8_t profile_idc = 0;
    uint8_t constraint_set_flags = 0;
    uint8_t max_bit_depth = 8;
    bool allows_monochrome = false;  // chroma_format_idc 0
};

// Null if it is no H.264 profile that can be translated.
[[nodiscard]] const H264Profile* find_h264_profile(VAProfile profile);

// Every number of `picture` that is used below, against the range of the standard, the profile and
// the context's size (rounded up to macroblocks). Errors: kInvalidParameter, kUnsupported.
[[nodiscard]] Result<> check_h264_picture(const VAPictureParameterBufferH264& picture,
                                          const H264Profile& profile, Size coded_size);

// The same for what depends on the client's pic_init_qp_minus26 and pic_init_qs_minus26, once they
// are the standard's: these two, and SliceQPY of the slices.
[[nodiscard]] Result<> check_h264_qp(const VAPictureParameterBufferH264& picture,
                                     std::span<const H264Slice> slices);

// What the slice header's syntax depends on. `picture` has been checked; its pic_init_qp_minus26
// may still have QpBdOffsetY in it.
[[nodiscard]] H264SliceHeaderInput h264_slice_header_input(
    const VAPictureParameterBufferH264& picture, const VASliceParameterBufferH264& slice);

[[nodiscard]] v4l2_ctrl_h264_sps h264_sps(const VAPictureParameterBufferH264& picture,
                                          const H264Profile& profile);

// `scaling_matrix_present`: the lists of h264_scaling_matrix() are not all flat.
enum class H264Scaling : bool { kFlat, kMatrix };
[[nodiscard]] v4l2_ctrl_h264_pps h264_pps(const VAPictureParameterBufferH264& picture,
                                          uint8_t pic_parameter_set_id,
                                          const H264State::NumRefIdxDefault& num_ref_idx_default,
                                          H264Scaling scaling);

// `iq_matrix` null: Flat_4x4_16 and Flat_8x8_16 (7.4.2.1.1).
[[nodiscard]] v4l2_ctrl_h264_scaling_matrix h264_scaling_matrix(
    const VAIQMatrixBufferH264* iq_matrix);
[[nodiscard]] H264Scaling h264_scaling(const v4l2_ctrl_h264_scaling_matrix& matrix);

// `slices`: of the picture, at least one. `poc`: of the current frame, fields decoded so far.
[[nodiscard]] v4l2_ctrl_h264_decode_params h264_decode_params(
    const VAPictureParameterBufferH264& picture, std::span<const H264Slice> slices,
    const H264FieldOrderCnt& poc, const H264Dpb& dpb);

// Slice-based mode only.
[[nodiscard]] v4l2_ctrl_h264_slice_params h264_slice_params(const H264Slice& slice,
                                                            const H264Dpb& dpb);
[[nodiscard]] v4l2_ctrl_h264_pred_weights h264_pred_weights(const H264Slice& slice);

}  // namespace v4l2va
