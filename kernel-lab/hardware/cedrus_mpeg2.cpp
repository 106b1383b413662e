// SPDX-License-Identifier: MIT
#include "cedrus_mpeg2.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "cedrus_registers.h"

namespace hardware {
namespace {

// VE_DEC_MPEG_*
constexpr size_t kHeader = 0x100;
constexpr size_t kCodedSize = 0x108;  // in macroblocks
constexpr size_t kVldAddress = 0x128;
constexpr size_t kVldLength = 0x130;
constexpr size_t kLuma = 0x148;
constexpr size_t kChroma = 0x14c;
constexpr size_t kForward = 0x150;
constexpr size_t kBackward = 0x158;

// No register has progressive_sequence. Frames with an odd number of macroblock rows are of one; for
// the others it decides nothing.
v4l2_ctrl_mpeg2_sequence sequence(unsigned width_in_mbs, unsigned height_in_mbs) {
    v4l2_ctrl_mpeg2_sequence sequence = {};
    sequence.horizontal_size = static_cast<uint16_t>(width_in_mbs * 16);
    sequence.vertical_size = static_cast<uint16_t>(height_in_mbs * 16);
    sequence.chroma_format = 1;
    sequence.flags = height_in_mbs % 2 != 0 ? V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE : 0;
    return sequence;
}

v4l2_ctrl_mpeg2_picture picture(const Registers& registers, const DecodedPictures& pictures) {
    struct Flag {
        unsigned bit;
        uint32_t flag;
    };
    constexpr Flag kFlags[] = {{7, V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST},
                               {6, V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT},
                               {5, V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV},
                               {4, V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE},
                               {3, V4L2_MPEG2_PIC_FLAG_INTRA_VLC},
                               {2, V4L2_MPEG2_PIC_FLAG_ALT_SCAN}};
    v4l2_ctrl_mpeg2_picture picture = {};
    picture.picture_coding_type = static_cast<uint8_t>(registers.bits(kHeader, 28, 3));
    for (unsigned i = 0; i < 4; ++i) {
        picture.f_code[i / 2][i % 2] = static_cast<uint8_t>(registers.bits(kHeader, 24 - 4 * i, 4));
    }
    picture.intra_dc_precision = static_cast<uint8_t>(registers.bits(kHeader, 10, 2));
    picture.picture_structure = static_cast<uint8_t>(registers.bits(kHeader, 8, 2));
    for (const Flag& flag : kFlags) {
        if (registers.bit(kHeader, flag.bit)) picture.flags |= flag.flag;
    }
    if (picture.picture_coding_type != V4L2_MPEG2_PIC_CODING_TYPE_I) {
        picture.forward_ref_ts = pictures.timestamp(registers.word(kForward));
    }
    if (picture.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B) {
        picture.backward_ref_ts = pictures.timestamp(registers.word(kBackward));
    }
    return picture;
}

v4l2_ctrl_mpeg2_quantisation quantisation(const Registers& registers) {
    v4l2_ctrl_mpeg2_quantisation matrices = {};
    for (size_t i = 0; i < sizeof matrices.intra_quantiser_matrix; ++i) {
        const uint8_t intra = mpeg_matrix(registers, true, i);
        const uint8_t non_intra = mpeg_matrix(registers, false, i);
        matrices.intra_quantiser_matrix[i] = intra;
        matrices.non_intra_quantiser_matrix[i] = non_intra;
        matrices.chroma_intra_quantiser_matrix[i] = intra;
        matrices.chroma_non_intra_quantiser_matrix[i] = non_intra;
    }
    return matrices;
}

vdec::Rows rows(const v4l2_ctrl_mpeg2_picture& picture) {
    switch (picture.picture_structure) {
        case V4L2_MPEG2_PIC_TOP_FIELD:
            return vdec::Rows::top;
        case V4L2_MPEG2_PIC_BOTTOM_FIELD:
            return vdec::Rows::bottom;
        default:
            return vdec::Rows::all;
    }
}

}  // namespace

std::variant<PictureJob, NoPicture> read_cedrus_mpeg2(const JobView& view) {
    const Registers& registers = view.registers;
    const unsigned width_in_mbs = registers.bits(kCodedSize, 8, 8);
    const unsigned height_in_mbs = registers.bits(kCodedSize, 0, 8);
    const std::span stream = view.memory.at(stream_address(registers.word(kVldAddress)),
                                            registers.word(kVldLength) / 8);
    if (stream.empty()) return NoPicture{"no bitstream"};
    if (width_in_mbs == 0 || height_in_mbs == 0) return NoPicture{"a picture of no size"};
    PictureJob job;
    job.coded_format = V4L2_PIX_FMT_MPEG2_SLICE;
    job.stream = uint64_t{width_in_mbs} << 32 | height_in_mbs;
    job.width = width_in_mbs * 16;
    job.height = height_in_mbs * 16;
    job.bitstream.assign(stream.begin(), stream.end());
    job.address = registers.word(kLuma);
    const v4l2_ctrl_mpeg2_picture told = picture(registers, view.pictures);
    job.rows = rows(told);
    job.set(V4L2_CID_STATELESS_MPEG2_SEQUENCE, sequence(width_in_mbs, height_in_mbs));
    job.set(V4L2_CID_STATELESS_MPEG2_PICTURE, told);
    job.set(V4L2_CID_STATELESS_MPEG2_QUANTISATION, quantisation(registers));
    const auto output =
        cedrus_output(registers, job.address, registers.word(kChroma), job.width, job.height);
    if (!output) return NoPicture{"an output format that is not modelled"};
    job.outputs = {*output};
    return job;
}

}  // namespace hardware
