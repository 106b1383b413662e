// SPDX-License-Identifier: MIT
#include "hantro_g1.h"

namespace hardware {

uint32_t HantroG1::mode(const SwRegisters& of) const { return of.bits(3, 28, 4); }

// Fields by the names and numbers of hantro_g1_regs.h.
HantroH264Registers HantroG1::h264(const SwRegisters& of) const {
    HantroH264Registers told;
    told.field_pic = of.bit(3, 22);                  // PIC_FIELDMODE_E
    told.bottom_field = told.field_pic && !of.bit(3, 19);  // PIC_TOPFIELD_E
    told.writes_motion = of.bit(3, 12);  // WRITE_MVS_E
    told.mb_adaptive_frame_field = of.bit(3, 10);    // SEQ_MBAFF_E
    told.width_in_mbs = of.bits(4, 23, 9);
    told.height_in_mbs = of.bits(4, 11, 8);
    told.num_ref_frames = of.bits(4, 0, 5);
    told.scaling_matrix_present = of.bit(5, 24);  // TYPE1_QUANT_E
    told.chroma_qp_index_offset = of.number(5, 19, 5);
    told.second_chroma_qp_index_offset = of.number(5, 14, 5);
    told.frame_mbs_only = !of.bit(5, 0);  // FIELDPIC_FLAG_E
    told.init_qp = of.bits(6, 25, 6);
    told.stream_size = of.bits(6, 0, 24);
    told.entropy_coding_mode = of.bit(7, 31);
    told.monochrome = of.bit(7, 30);
    told.direct_8x8_inference = of.bit(7, 29);
    told.weighted_pred = of.bit(7, 28);
    told.weighted_bipred_idc = of.bits(7, 26, 2);
    told.frame_num_bits = of.bits(7, 16, 5);
    told.frame_num = of.bits(7, 0, 16);
    told.constrained_intra_pred = of.bit(8, 31);
    told.deblocking_filter_control_present = of.bit(8, 30);
    told.redundant_pic_cnt_present = of.bit(8, 29);
    told.transform_8x8_mode = of.bit(8, 28);
    told.marking_bits = of.bits(8, 17, 11);
    told.idr = of.bit(8, 16);
    told.idr_pic_id = of.bits(8, 0, 16);
    told.pic_parameter_set_id = of.bits(9, 24, 8);
    told.num_ref_idx_active[1] = of.bits(9, 19, 5);
    told.num_ref_idx_active[0] = of.bits(9, 14, 5);
    told.poc_bits = of.bits(9, 0, 8);
    told.stream = of.word(12);
    told.output = of.word(13);
    for (unsigned i = 0; i < told.references.size(); ++i) {
        // Two low bits of the address tell of fields.
        told.references[i] = {of.word(14 + i) & ~3U, of.bits(30 + i / 2, i % 2 * 16, 16)};
    }
    told.long_term = of.word(38);
    told.valid = of.word(39);
    told.table = of.word(40);
    return told;
}

HantroMpeg2Registers HantroG1::mpeg2(const SwRegisters& of) const {
    HantroMpeg2Registers told;
    told.interlaced = of.bit(3, 23);
    told.field = of.bit(3, 22);
    told.bidirectional = of.bit(3, 21);
    told.inter = of.bit(3, 20);
    told.top_field = of.bit(3, 19);
    told.width_in_mbs = of.bits(4, 23, 9);
    told.height_in_mbs = of.bits(4, 11, 8);
    told.q_scale_type = of.bit(5, 24);
    told.concealment_motion_vectors = of.bit(5, 4);
    told.intra_dc_precision = of.bits(5, 2, 2);
    told.intra_vlc_format = of.bit(5, 1);
    told.frame_pred_frame_dct = of.bit(5, 0);
    told.stream_size = of.bits(6, 0, 24);
    told.stream = of.word(12);
    told.output = of.word(13);
    told.alternate_scan = of.bit(18, 19);
    for (unsigned i = 0; i < 4; ++i) told.f_code[i / 2][i % 2] = of.bits(18, 15 - 4 * i, 4);
    for (unsigned i = 0; i < 2; ++i) {
        told.forward[i] = of.word(14 + i);
        told.backward[i] = of.word(16 + i);
    }
    told.table = of.word(40);
    return told;
}

// Names as in hantro_g1_vp8_dec.c: REF_PIC(0) is swreg30, BD_REF_PIC(0) swreg42.
HantroVp8Registers HantroG1::vp8(const SwRegisters& of) const {
    HantroVp8Registers told;
    told.no_skipping = of.bit(3, 26);
    told.inter = of.bit(3, 20);
    told.no_filter = of.bit(3, 14);
    told.width_in_mbs = of.bits(4, 23, 9) | of.bits(4, 3, 3) << 9;
    told.height_in_mbs = of.bits(4, 11, 8) | of.bits(4, 0, 3) << 8;
    told.range = of.bits(5, 0, 8);
    told.value = of.bits(5, 8, 8);
    told.first_part_bit = of.bits(5, 18, 6);
    told.part_bit[0] = of.bits(5, 26, 6);
    told.parts_size = of.bits(6, 0, 24);
    told.not_full_pixel = of.bit(7, 13);
    told.bilinear = of.bit(7, 12);
    told.parts = of.bits(9, 24, 4) + 1;
    // One more than the driver of VPU2 writes for the same.
    told.first_part_size = of.bits(9, 0, 22) - 1;
    told.segmentation = of.bit(10, 0);
    told.update_segment_map = of.bit(10, 1);
    for (unsigned i = 0; i < 4; ++i) {
        told.mode_deltas[i] = of.number(30, 21 - 7 * i, 7);
        told.reference_deltas[i] = of.number(31, 21 - 7 * i, 7);
        told.filter_levels[i] = of.bits(32, 18 - 6 * i, 6);
        told.quantizers[i] = of.bits(i < 2 ? 33 : 46, i % 2 == 0 ? 11 : 0, 11);
    }
    told.quantizer_deltas = {of.number(33, 27, 5), of.number(33, 22, 5), of.number(46, 27, 5),
                             of.number(46, 22, 5), of.number(47, 27, 5)};
    told.sharpness = of.bits(30, 28, 3);
    told.simple_filter = of.bit(30, 31);
    told.last = of.word(14);
    told.golden = of.word(18) & ~1U;
    told.sign_bias_golden = of.bit(18, 0);
    told.alternate = of.word(19) & ~1U;
    told.sign_bias_alternate = of.bit(19, 0);
    told.first_part = of.word(27);
    told.part[0] = of.word(12);
    for (unsigned i = 1; i < 8; ++i) {
        // vp8_dec_dct_base: swreg27 is in between.
        told.part[i] = of.word(21 + i + (i < 6 ? 0 : 1));
        told.part_bit[i] =
            i < 3 ? of.bits(7, i == 1 ? 26 : 20, 6) : of.bits(11, 24 - 6 * (i - 3), 6);
    }
    told.output = of.word(13);
    told.table = of.word(40);
    return told;
}

}  // namespace hardware
