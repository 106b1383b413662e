// SPDX-License-Identifier: MIT
// Pictures of MPEG-2 as Hantro's decoders G1 and VPU2 are told them. The chips differ in where a
// value is; drivers/media/platform/verisilicon, hantro_mpeg2.c: what the table has.
#pragma once

#include <cstdint>
#include <variant>

#include "chip_model.h"

namespace hardware {

// Names of flags and values as in ISO/IEC 13818-2.
struct HantroMpeg2Registers {
    unsigned width_in_mbs = 0;
    unsigned height_in_mbs = 0;  // of the frame
    bool interlaced = false;
    bool field = false;
    bool top_field = false;
    bool inter = false;
    bool bidirectional = false;
    bool alternate_scan = false;
    bool q_scale_type = false;
    bool concealment_motion_vectors = false;
    unsigned intra_dc_precision = 0;
    bool intra_vlc_format = false;
    bool frame_pred_frame_dct = false;
    unsigned f_code[2][2] = {};    // forward and backward; horizontal and vertical
    uint64_t forward[2] = {};      // addresses of the frames that the top and the bottom field are of
    uint64_t backward[2] = {};
    uint64_t stream = 0;
    uint32_t stream_size = 0;  // bytes
    uint64_t output = 0;       // address of the first row that is written
    uint64_t table = 0;
};

std::variant<PictureJob, NoPicture> read_mpeg2(const HantroMpeg2Registers& told,
                                               DeviceMemory& memory,
                                               const DecodedPictures& pictures);

}  // namespace hardware
