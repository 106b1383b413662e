// SPDX-License-Identifier: MIT
// The list of MPEG-2 controls.
#include "mpeg2/control_table.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace vdec::mpeg2 {
namespace {

// The matrix that MPEG-2 begins a sequence with (6.3.11), in zig-zag order.
constexpr std::array<uint8_t, 64> kIntraMatrix = {
    8,  16, 16, 19, 16, 19, 22, 22, 22, 22, 22, 22, 26, 24, 26, 27, 27, 27, 26, 26, 26, 26,
    27, 27, 27, 29, 29, 29, 34, 34, 34, 29, 29, 29, 27, 27, 29, 29, 32, 32, 34, 34, 37, 38,
    37, 35, 35, 34, 35, 38, 38, 40, 40, 40, 48, 48, 46, 46, 56, 56, 58, 69, 69, 83,
};

}  // namespace

void add_controls(std::vector<ControlInfo>& list) {
    v4l2_ctrl_mpeg2_sequence sequence = {};
    sequence.chroma_format = 1;
    v4l2_ctrl_mpeg2_picture picture = {};
    picture.picture_structure = V4L2_MPEG2_PIC_TOP_FIELD;
    picture.picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_I;
    // std_init_compound() leaves those of chroma, which 4:2:0 does not use, at 0.
    v4l2_ctrl_mpeg2_quantisation quantisation = {};
    std::ranges::copy(kIntraMatrix, quantisation.intra_quantiser_matrix);
    std::ranges::fill(quantisation.non_intra_quantiser_matrix, uint8_t{16});
    list.push_back(compound_value(V4L2_CID_STATELESS_MPEG2_SEQUENCE, "MPEG-2 Sequence Header",
                                  V4L2_CTRL_TYPE_MPEG2_SEQUENCE, sequence));
    list.push_back(compound_value(V4L2_CID_STATELESS_MPEG2_PICTURE, "MPEG-2 Picture Header",
                                  V4L2_CTRL_TYPE_MPEG2_PICTURE, picture));
    list.push_back(compound_value(V4L2_CID_STATELESS_MPEG2_QUANTISATION,
                                  "MPEG-2 Quantisation Matrices", V4L2_CTRL_TYPE_MPEG2_QUANTISATION,
                                  quantisation));
}

}  // namespace vdec::mpeg2
