// SPDX-License-Identifier: MIT
// Synthesis of the MPEG-2 headers (ISO/IEC 13818-2 6.2) that V4L2 carries as controls.
#pragma once

#include <linux/v4l2-controls.h>

#include "backend/bits.h"

namespace vdec::mpeg2 {

struct Controls {
    v4l2_ctrl_mpeg2_sequence sequence;
    v4l2_ctrl_mpeg2_picture picture;
    v4l2_ctrl_mpeg2_quantisation quantisation;

    [[nodiscard]] bool flag(uint32_t flag) const { return (picture.flags & flag) != 0; }
    [[nodiscard]] bool is_frame() const {
        return picture.picture_structure == V4L2_MPEG2_PIC_FRAME;
    }
    [[nodiscard]] bool intra() const {
        return picture.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_I;
    }
    [[nodiscard]] bool bidirectional() const {
        return picture.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B;
    }
};

// Sequence header and extension, before a frame or a first field. Always "interlaced": a change of
// progressive_sequence would make libavcodec drop its references, and decoding does not need it.
void write_sequence(Bytes& to, const Controls& controls);
// A closed group, so that leading B pictures are decoded.
void write_group(Bytes& to);
// Picture header, coding extension and quantiser matrices.
void write_picture(Bytes& to, const Controls& controls);

}  // namespace vdec::mpeg2
