// SPDX-License-Identifier: MIT
#include "hantro_g1.h"

#include <string>

namespace hardware {
namespace {

// DEC_MODE of swreg3.
constexpr uint32_t kH264 = 0;

}  // namespace

// Fields by the names and numbers of hantro_g1_regs.h.
HantroH264Registers HantroG1::h264_registers(const Registers& registers) const {
    const auto bits = [&](unsigned swreg, unsigned low, unsigned count) {
        return registers.bits(base_ + size_t{swreg} * 4, low, count);
    };
    const auto bit = [&](unsigned swreg, unsigned number) { return bits(swreg, number, 1) != 0; };
    const auto word = [&](unsigned swreg) { return registers.word(base_ + size_t{swreg} * 4); };
    HantroH264Registers told;
    told.field_pic = bit(3, 22);                  // PIC_FIELDMODE_E
    told.bottom_field = told.field_pic && !bit(3, 19);  // PIC_TOPFIELD_E
    told.mb_adaptive_frame_field = bit(3, 10);    // SEQ_MBAFF_E
    told.width_in_mbs = bits(4, 23, 9);
    told.height_in_mbs = bits(4, 11, 8);
    told.num_ref_frames = bits(4, 0, 5);
    told.scaling_matrix_present = bit(5, 24);  // TYPE1_QUANT_E
    told.chroma_qp_index_offset = sign_extended(bits(5, 19, 5), 5);
    told.second_chroma_qp_index_offset = sign_extended(bits(5, 14, 5), 5);
    told.frame_mbs_only = !bit(5, 0);  // FIELDPIC_FLAG_E
    told.init_qp = bits(6, 25, 6);
    told.stream_size = bits(6, 0, 24);
    told.entropy_coding_mode = bit(7, 31);
    told.monochrome = bit(7, 30);
    told.direct_8x8_inference = bit(7, 29);
    told.weighted_pred = bit(7, 28);
    told.weighted_bipred_idc = bits(7, 26, 2);
    told.frame_num_bits = bits(7, 16, 5);
    told.frame_num = bits(7, 0, 16);
    told.constrained_intra_pred = bit(8, 31);
    told.deblocking_filter_control_present = bit(8, 30);
    told.redundant_pic_cnt_present = bit(8, 29);
    told.transform_8x8_mode = bit(8, 28);
    told.marking_bits = bits(8, 17, 11);
    told.idr = bit(8, 16);
    told.idr_pic_id = bits(8, 0, 16);
    told.pic_parameter_set_id = bits(9, 24, 8);
    told.num_ref_idx_active[1] = bits(9, 19, 5);
    told.num_ref_idx_active[0] = bits(9, 14, 5);
    told.poc_bits = bits(9, 0, 8);
    told.stream = word(12);
    told.output = word(13);
    for (unsigned i = 0; i < told.references.size(); ++i) {
        // Two low bits of the address tell of fields.
        told.references[i] = {word(14 + i) & ~3U, bits(30 + i / 2, i % 2 * 16, 16)};
    }
    told.long_term = word(38);
    told.valid = word(39);
    told.table = word(40);
    return told;
}

std::variant<PictureJob, NoPicture> HantroG1::read(const JobView& view) {
    const uint32_t mode = view.registers.bits(base_ + 3 * 4, 28, 4);
    switch (mode) {
        case kH264:
            return h264_.read(h264_registers(view.registers), view.memory, view.pictures);
        default:
            return NoPicture{"mode " + std::to_string(mode) + " is not modelled"};
    }
}

void HantroG1::adapt(vdec::Personality& device) const { device.h264.skips_headers = true; }

}  // namespace hardware
