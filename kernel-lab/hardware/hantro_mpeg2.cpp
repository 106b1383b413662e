// SPDX-License-Identifier: MIT
#include "hantro_mpeg2.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <array>
#include <cstddef>
#include <span>

namespace hardware {
namespace {

constexpr size_t kMatrix = 64;

// The table's matrices are in raster order, the control's in the order of the zigzag scan (7.3).
constexpr std::array<uint8_t, kMatrix> kZigzag = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

uint32_t flag(bool value, uint32_t bit) { return value ? bit : 0; }

v4l2_ctrl_mpeg2_sequence sequence(const HantroMpeg2Registers& told) {
    v4l2_ctrl_mpeg2_sequence sequence = {};
    sequence.horizontal_size = static_cast<uint16_t>(told.width_in_mbs * 16);
    sequence.vertical_size = static_cast<uint16_t>(told.height_in_mbs * 16);
    sequence.chroma_format = 1;
    sequence.flags = static_cast<uint8_t>(flag(!told.interlaced, V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE));
    return sequence;
}

unsigned coding_type(const HantroMpeg2Registers& told) {
    if (told.bidirectional) return V4L2_MPEG2_PIC_CODING_TYPE_B;
    return told.inter ? V4L2_MPEG2_PIC_CODING_TYPE_P : V4L2_MPEG2_PIC_CODING_TYPE_I;
}

unsigned structure(const HantroMpeg2Registers& told) {
    if (!told.field) return V4L2_MPEG2_PIC_FRAME;
    return told.top_field ? V4L2_MPEG2_PIC_TOP_FIELD : V4L2_MPEG2_PIC_BOTTOM_FIELD;
}

// The bottom field begins in the second row.
uint64_t frame_address(const HantroMpeg2Registers& told) {
    return told.output - (told.field && !told.top_field ? uint64_t{told.width_in_mbs} * 16 : 0);
}

// Of a P field picture the addresses tell whether it is the second one of its frame: then the other
// field is in the same frame. No device needs to know which field comes first.
bool top_field_first(const HantroMpeg2Registers& told) {
    const bool second = told.forward[told.top_field ? 1 : 0] == frame_address(told);
    return told.top_field != second;
}

v4l2_ctrl_mpeg2_picture picture(const HantroMpeg2Registers& told, const DecodedPictures& pictures) {
    v4l2_ctrl_mpeg2_picture picture = {};
    picture.picture_coding_type = static_cast<uint8_t>(coding_type(told));
    picture.picture_structure = static_cast<uint8_t>(structure(told));
    picture.intra_dc_precision = static_cast<uint8_t>(told.intra_dc_precision);
    for (size_t i = 0; i < 4; ++i) {
        picture.f_code[i / 2][i % 2] = static_cast<uint8_t>(told.f_code[i / 2][i % 2]);
    }
    picture.flags = flag(told.field && top_field_first(told), V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST) |
                    flag(told.frame_pred_frame_dct, V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT) |
                    flag(told.concealment_motion_vectors, V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV) |
                    flag(told.q_scale_type, V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE) |
                    flag(told.intra_vlc_format, V4L2_MPEG2_PIC_FLAG_INTRA_VLC) |
                    flag(told.alternate_scan, V4L2_MPEG2_PIC_FLAG_ALT_SCAN);
    if (told.inter) {
        // Of the two, the one that is the current frame for a second field is of the other parity.
        picture.forward_ref_ts =
            pictures.timestamp(told.forward[told.field && !told.top_field ? 1 : 0]);
    }
    if (told.bidirectional) picture.backward_ref_ts = pictures.timestamp(told.backward[0]);
    return picture;
}

v4l2_ctrl_mpeg2_quantisation quantisation(std::span<const uint8_t> table) {
    v4l2_ctrl_mpeg2_quantisation matrices = {};
    for (size_t i = 0; i < kMatrix; ++i) {
        matrices.intra_quantiser_matrix[i] = table[kZigzag[i]];
        matrices.non_intra_quantiser_matrix[i] = table[kMatrix + kZigzag[i]];
        matrices.chroma_intra_quantiser_matrix[i] = table[2 * kMatrix + kZigzag[i]];
        matrices.chroma_non_intra_quantiser_matrix[i] = table[3 * kMatrix + kZigzag[i]];
    }
    return matrices;
}

}  // namespace

std::variant<PictureJob, NoPicture> read_mpeg2(const HantroMpeg2Registers& told,
                                               DeviceMemory& memory,
                                               const DecodedPictures& pictures) {
    const std::span table = memory.at(told.table, 4 * kMatrix);
    const std::span bitstream = memory.at(told.stream, told.stream_size);
    if (table.empty() || bitstream.empty()) return NoPicture{"no table or no bitstream"};
    if (told.width_in_mbs == 0 || told.height_in_mbs == 0) return NoPicture{"a picture of no size"};
    if (told.bidirectional && told.backward[0] != told.backward[1]) {
        return NoPicture{"backward prediction from two frames"};
    }
    PictureJob job;
    job.coded_format = V4L2_PIX_FMT_MPEG2_SLICE;
    job.stream = memory.serial(told.table).value_or(0);
    job.width = told.width_in_mbs * 16;
    job.height = told.height_in_mbs * 16;
    if (told.field) job.rows = told.top_field ? vdec::Rows::top : vdec::Rows::bottom;
    job.bitstream.assign(bitstream.begin(), bitstream.end());
    job.address = frame_address(told);
    job.set(V4L2_CID_STATELESS_MPEG2_SEQUENCE, sequence(told));
    job.set(V4L2_CID_STATELESS_MPEG2_PICTURE, picture(told, pictures));
    job.set(V4L2_CID_STATELESS_MPEG2_QUANTISATION, quantisation(table));
    job.outputs = {nv12_at(job.address, job.width, job.height)};
    return job;
}

}  // namespace hardware
