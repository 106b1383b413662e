// SPDX-License-Identifier: MIT
// The std_validate rules of the MPEG-2 control types.
#include "mpeg2/checks.h"

#include <cerrno>

#include "backend/field_checks.h"

namespace vdec::mpeg2 {

int check(const v4l2_ctrl_mpeg2_sequence& sequence) {
    return outside(sequence.chroma_format, 1, 3) ? -EINVAL : 0;
}

int check(v4l2_ctrl_mpeg2_picture& picture) {
    if (picture.intra_dc_precision > 3) return -EINVAL;
    if (outside(picture.picture_structure, V4L2_MPEG2_PIC_TOP_FIELD, V4L2_MPEG2_PIC_FRAME)) {
        return -EINVAL;
    }
    if (outside(picture.picture_coding_type, V4L2_MPEG2_PIC_CODING_TYPE_I,
                V4L2_MPEG2_PIC_CODING_TYPE_B)) {
        return -EINVAL;
    }
    zero(picture.reserved);
    return 0;
}

}  // namespace vdec::mpeg2
