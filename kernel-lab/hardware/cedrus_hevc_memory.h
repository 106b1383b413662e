// SPDX-License-Identifier: MIT
// What cedrus_h265.c of drivers/staging/media/sunxi/cedrus writes to the small memory of Allwinner's
// decoder of HEVC.
#pragma once

#include <linux/v4l2-controls.h>

#include <cstdint>

#include "decoded_pictures.h"
#include "registers.h"

namespace hardware {

struct HevcFrameInfo {
    int order_count = 0;
    uint64_t luma = 0;
    uint64_t chroma = 0;
};

HevcFrameInfo read_frame_info(const Registers& registers, unsigned index);
v4l2_hevc_pred_weight_table read_pred_weights(const Registers& registers);
v4l2_ctrl_hevc_scaling_matrix read_scaling_lists(const Registers& registers);
// The lists of SLICE, and as dpb[] of PARAMS all frames of which the device was told for this slice,
// without OWN.
void read_references(const Registers& registers, const DecodedPictures& pictures,
                     const HevcFrameInfo& own, v4l2_ctrl_hevc_slice_params& slice,
                     v4l2_ctrl_hevc_decode_params& params);

}  // namespace hardware
