// SPDX-License-Identifier: MIT
#include "hantro_vpu2.h"

namespace hardware {

uint32_t HantroVpu2::mode(const SwRegisters& of) const { return of.bits(53, 0, 4); }

HantroH264Registers HantroVpu2::h264(const SwRegisters& of) const {
    HantroH264Registers told;
    told.init_qp = of.bits(51, 25, 6);
    told.stream_size = of.bits(51, 0, 24);
    told.field_pic = of.bit(57, 16);
    told.bottom_field = told.field_pic && !of.bit(57, 13);
    told.writes_motion = of.bit(57, 10);  // WRITE_MVS_E
    told.mb_adaptive_frame_field = of.bit(57, 7);
    told.second_chroma_qp_index_offset = of.number(110, 22, 5);
    told.chroma_qp_index_offset = of.number(110, 17, 5);
    told.height_in_mbs = of.bits(110, 9, 8);
    told.width_in_mbs = of.bits(110, 0, 9);
    told.weighted_bipred_idc = of.bits(111, 16, 2);
    told.num_ref_frames = of.bits(111, 0, 5);
    told.deblocking_filter_control_present = of.bit(112, 31);
    told.redundant_pic_cnt_present = of.bit(112, 30);
    told.frame_num_bits = of.bits(112, 16, 5);
    told.frame_num = of.bits(112, 0, 16);
    told.marking_bits = of.bits(113, 16, 11);
    told.idr_pic_id = of.bits(113, 0, 16);
    told.pic_parameter_set_id = of.bits(114, 24, 8);
    told.num_ref_idx_active[1] = of.bits(114, 19, 5);
    told.num_ref_idx_active[0] = of.bits(114, 14, 5);
    told.poc_bits = of.bits(114, 0, 8);
    told.idr = of.bit(115, 8);
    told.direct_8x8_inference = of.bit(115, 7);
    told.monochrome = of.bit(115, 6);
    told.entropy_coding_mode = of.bit(115, 5);
    told.weighted_pred = of.bit(115, 4);
    told.constrained_intra_pred = of.bit(115, 3);
    told.transform_8x8_mode = of.bit(115, 2);
    told.scaling_matrix_present = of.bit(115, 1);
    told.frame_mbs_only = !of.bit(115, 0);
    for (unsigned i = 0; i < told.references.size(); ++i) {
        // Two low bits of the address tell of fields.
        told.references[i] = {of.word(84 + i) & ~3U, of.bits(76 + i / 2, i % 2 * 16, 16)};
    }
    told.long_term = of.word(107);
    told.valid = of.word(108);
    told.table = of.word(61);
    told.output = of.word(63);
    told.stream = of.word(64);
    return told;
}

HantroMpeg2Registers HantroVpu2::mpeg2(const SwRegisters& of) const {
    HantroMpeg2Registers told;
    told.stream_size = of.bits(51, 0, 24);
    told.interlaced = of.bit(57, 17);
    told.field = of.bit(57, 16);
    told.bidirectional = of.bit(57, 15);
    told.inter = of.bit(57, 14);
    told.top_field = of.bit(57, 13);
    told.width_in_mbs = of.bits(120, 23, 9);
    told.height_in_mbs = of.bits(120, 11, 8);
    told.q_scale_type = of.bit(122, 24);
    told.concealment_motion_vectors = of.bit(122, 4);
    told.intra_dc_precision = of.bits(122, 2, 2);
    told.intra_vlc_format = of.bit(122, 1);
    told.frame_pred_frame_dct = of.bit(122, 0);
    told.alternate_scan = of.bit(136, 19);
    for (unsigned i = 0; i < 4; ++i) told.f_code[i / 2][i % 2] = of.bits(136, 15 - 4 * i, 4);
    told.forward[0] = of.word(131);
    told.forward[1] = of.word(148);
    told.backward[0] = of.word(134);
    told.backward[1] = of.word(135);
    told.table = of.word(61);
    told.output = of.word(63);
    told.stream = of.word(64);
    return told;
}

// Names as in rockchip_vpu2_hw_vp8_dec.c.
HantroVp8Registers HantroVpu2::vp8(const SwRegisters& of) const {
    HantroVp8Registers told;
    told.no_skipping = of.bit(50, 9);
    told.no_filter = of.bit(50, 8);
    told.parts_size = of.bits(51, 0, 24);
    told.inter = of.bit(57, 14);
    told.width_in_mbs = of.bits(120, 23, 9) | of.bits(120, 3, 3) << 9;
    told.height_in_mbs = of.bits(120, 11, 8) | of.bits(120, 0, 3) << 8;
    told.not_full_pixel = of.bit(121, 13);
    told.bilinear = of.bit(121, 12);
    told.range = of.bits(122, 0, 8);
    told.value = of.bits(122, 8, 8);
    told.first_part_bit = of.bits(122, 18, 6);
    told.part_bit[0] = of.bits(122, 26, 6);
    told.parts = of.bits(124, 24, 4) + 1;
    told.first_part_size = of.bits(124, 0, 22);
    for (unsigned i = 0; i < 4; ++i) {
        told.filter_levels[i] = of.bits(129, 18 - 6 * i, 6);
        told.mode_deltas[i] = of.number(132, 21 - 7 * i, 7);
        told.reference_deltas[i] = of.number(133, 21 - 7 * i, 7);
        // VDPU_REG_VP8_QUANTER0 and 1
        told.quantizers[i] = of.bits(i < 2 ? 130 : 151, i % 2 == 0 ? 11 : 0, 11);
    }
    told.quantizer_deltas = {of.number(130, 27, 5), of.number(130, 22, 5), of.number(151, 27, 5),
                             of.number(151, 22, 5), of.number(152, 27, 5)};
    told.sharpness = of.bits(132, 28, 3);
    told.simple_filter = of.bit(132, 31);
    told.last = of.word(131);
    told.golden = of.word(136) & ~1U;
    told.sign_bias_golden = of.bit(136, 0);
    told.alternate = of.word(137) & ~1U;
    told.sign_bias_alternate = of.bit(137, 0);
    told.first_part = of.word(145);
    told.part[0] = of.word(64);
    for (unsigned i = 1; i < 8; ++i) {
        // VDPU_REG_VP8_DCT_BASE(i - 1): register 145 is in between.
        told.part[i] = of.word(139 + i + (i < 6 ? 0 : 1));
        told.part_bit[i] = i < 3 ? of.bits(121, i == 1 ? 26 : 20, 6)
                                 : of.bits(150, 24 - 6 * (i - 3), 6);
    }
    told.segmentation = of.bit(149, 0);
    told.update_segment_map = of.bit(149, 1);
    told.table = of.word(61);
    told.output = of.word(63);
    return told;
}

}  // namespace hardware
