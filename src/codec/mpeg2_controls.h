// SPDX-License-Identifier: MIT
// The V4L2 controls of MPEG-2, each from VA's parameters.
#pragma once

#include <linux/v4l2-controls.h>
#include <va/va.h>

#include <cstdint>

#include "base/result.h"
#include "v4l2/types.h"

namespace v4l2va {

// Both valid where the picture's type uses them, else invalid.
struct Mpeg2References {
    Timestamp forward;
    Timestamp backward;
};

// Every number of `picture` that is used below, against the range of the standard and the context's
// size (rounded up to macroblocks). Errors: kInvalidParameter, kUnsupported.
[[nodiscard]] Result<> check_mpeg2_picture(const VAPictureParameterBufferMPEG2& picture,
                                           Size coded_size);

// Whether nothing in this picture says that progressive_sequence is 0. `last_row`: of macroblocks,
// from 0, the lowest one in which a slice starts.
[[nodiscard]] bool mpeg2_may_be_progressive(const VAPictureParameterBufferMPEG2& picture,
                                            uint32_t last_row);

[[nodiscard]] v4l2_ctrl_mpeg2_sequence mpeg2_sequence(const VAPictureParameterBufferMPEG2& picture,
                                                      bool progressive_sequence);

[[nodiscard]] v4l2_ctrl_mpeg2_picture mpeg2_picture(const VAPictureParameterBufferMPEG2& picture,
                                                    PicturePart part,
                                                    const Mpeg2References& references);

// The matrices of ISO/IEC 13818-2 6.3.11 for a sequence that loads none, in zig-zag order.
[[nodiscard]] v4l2_ctrl_mpeg2_quantisation mpeg2_default_quantisation();

// `current` with what `iq_matrix` loads.
[[nodiscard]] v4l2_ctrl_mpeg2_quantisation mpeg2_quantisation(
    const v4l2_ctrl_mpeg2_quantisation& current, const VAIQMatrixBufferMPEG2& iq_matrix);

}  // namespace v4l2va
