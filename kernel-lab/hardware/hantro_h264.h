// SPDX-License-Identifier: MIT
// HantroH264: pictures of H.264 as Hantro's decoders G1 and VPU2 are told them. The chips differ in
// where a value is; drivers/media/platform/verisilicon, hantro_h264.c: what the table has.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "chip_model.h"
#include "h264_order_counts.h"

namespace hardware {

// Names of flags and values as in H.264.
struct HantroH264Registers {
    struct Reference {
        uint64_t address = 0;
        uint32_t number = 0;  // frame_num, or the long-term index
    };

    unsigned width_in_mbs = 0;
    unsigned height_in_mbs = 0;  // of the frame
    bool frame_mbs_only = false;
    bool mb_adaptive_frame_field = false;
    bool field_pic = false;
    bool bottom_field = false;
    bool direct_8x8_inference = false;
    bool writes_motion = false;  // which direct prediction in later B pictures needs
    bool monochrome = false;
    unsigned frame_num_bits = 0;
    unsigned num_ref_frames = 0;
    unsigned pic_parameter_set_id = 0;
    bool entropy_coding_mode = false;
    bool weighted_pred = false;
    unsigned weighted_bipred_idc = 0;
    unsigned init_qp = 0;
    int chroma_qp_index_offset = 0;
    int second_chroma_qp_index_offset = 0;
    bool constrained_intra_pred = false;
    bool deblocking_filter_control_present = false;
    bool redundant_pic_cnt_present = false;
    bool transform_8x8_mode = false;
    bool scaling_matrix_present = false;
    unsigned num_ref_idx_active[2] = {};
    bool idr = false;
    unsigned frame_num = 0;
    unsigned idr_pic_id = 0;
    unsigned poc_bits = 0;      // of what a slice header says of the order of pictures
    unsigned marking_bits = 0;  // of dec_ref_pic_marking()
    uint32_t valid = 0;      // bit 31 - i: reference i; of fields, bits 31 - 2 i and 30 - 2 i
    uint32_t long_term = 0;  // the same
    std::array<Reference, 16> references;
    uint64_t stream = 0;
    uint32_t stream_size = 0;  // bytes
    uint64_t output = 0;       // address of the first row that is written
    uint64_t table = 0;
};

class HantroH264 {
  public:
    std::variant<PictureJob, NoPicture> read(const HantroH264Registers& told, DeviceMemory& memory,
                                             const DecodedPictures& pictures);

  private:
    H264OrderCounts order_counts_;
};

}  // namespace hardware
