// SPDX-License-Identifier: MIT
// The std_validate rules of the VP8 control types.
#include "vp8/checks.h"

#include <cerrno>

#include "backend/field_checks.h"

namespace vdec::vp8 {

int check(v4l2_ctrl_vp8_frame& frame) {
    const unsigned parts = frame.num_dct_parts;
    if (parts != 1 && parts != 2 && parts != 4 && parts != 8) return -EINVAL;
    frame.segment.padding = 0;
    frame.lf.padding = 0;
    frame.quant.padding = 0;
    zero(frame.entropy.padding);
    frame.coder_state.padding = 0;
    return 0;
}

}  // namespace vdec::vp8
