// SPDX-License-Identifier: MIT
// Writing of MPEG-2 headers.
#include "mpeg2/writer.h"

#include <algorithm>

namespace vdec::mpeg2 {
namespace {

constexpr uint32_t kPicture = 0x00;
constexpr uint32_t kSequence = 0xb3;
constexpr uint32_t kExtension = 0xb5;
constexpr uint32_t kGroup = 0xb8;

void begin(BitWriter& out, uint32_t code) { out.bits(0x100 | code, 32); }

void begin_extension(BitWriter& out, uint32_t identifier) {
    begin(out, kExtension);
    out.bits(identifier, 4);
}

// Start codes begin at byte boundaries, after zero bits.
void append(Bytes& to, const BitWriter& out) {
    to.insert(to.end(), out.bytes().begin(), out.bytes().end());
}

void write_matrix(BitWriter& out, const __u8 (&matrix)[64]) {
    out.flag(true);
    // Zero is forbidden; one keeps the syntax intact.
    for (const unsigned value : matrix) out.bits(std::max(value, 1U), 8);
}

void write_coding_extension(Bytes& to, const Controls& controls) {
    const v4l2_ctrl_mpeg2_picture& picture = controls.picture;
    const bool frame = controls.is_frame();
    const bool progressive = frame && controls.flag(V4L2_MPEG2_PIC_FLAG_PROGRESSIVE);
    BitWriter out;
    begin_extension(out, 8);
    for (const auto& direction : picture.f_code) {
        for (const uint8_t code : direction) out.bits(code & 15U, 4);
    }
    out.bits(picture.intra_dc_precision, 2);
    out.bits(picture.picture_structure, 2);
    out.flag(frame && controls.flag(V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST));
    out.flag(controls.flag(V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT));
    out.flag(controls.flag(V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV));
    out.flag(controls.flag(V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE));
    out.flag(controls.flag(V4L2_MPEG2_PIC_FLAG_INTRA_VLC));
    out.flag(controls.flag(V4L2_MPEG2_PIC_FLAG_ALT_SCAN));
    out.flag(false);        // repeat_first_field: display only
    out.flag(progressive);  // chroma_420_type
    out.flag(progressive);
    out.flag(false);  // composite_display_flag
    append(to, out);
}

void write_matrices(Bytes& to, const Controls& controls) {
    BitWriter out;
    begin_extension(out, 3);
    write_matrix(out, controls.quantisation.intra_quantiser_matrix);
    write_matrix(out, controls.quantisation.non_intra_quantiser_matrix);
    out.bits(0, 2);  // chroma matrices are for 4:2:2
    append(to, out);
}

}  // namespace

void write_sequence(Bytes& to, const Controls& controls) {
    const unsigned width = controls.sequence.horizontal_size;
    const unsigned height = controls.sequence.vertical_size;
    BitWriter header;
    begin(header, kSequence);
    header.bits(width & 0xfff, 12);
    header.bits(height & 0xfff, 12);
    header.bits(1, 4);         // square samples
    header.bits(3, 4);         // 25 Hz
    header.bits(0x3ffff, 18);  // bit rate
    header.flag(true);
    header.bits(112, 10);  // vbv_buffer_size
    header.bits(0, 3);     // constrained_parameters, no matrices here
    append(to, header);
    BitWriter extension;
    begin_extension(extension, 1);
    extension.bits(0x44, 8);  // Main profile at High level
    extension.flag(false);    // progressive_sequence
    extension.bits(controls.sequence.chroma_format, 2);
    extension.bits(width >> 12, 2);
    extension.bits(height >> 12, 2);
    extension.bits(0, 12);
    extension.flag(true);
    extension.bits(0, 8);
    extension.flag(false);  // low_delay
    extension.bits(0, 7);
    append(to, extension);
}

void write_group(Bytes& to) {
    BitWriter out;
    begin(out, kGroup);
    out.bits(0, 12);
    out.flag(true);  // marker within the time code
    out.bits(0, 12);
    out.flag(true);   // closed_gop
    out.flag(false);  // broken_link
    append(to, out);
}

void write_picture(Bytes& to, const Controls& controls) {
    const unsigned type = controls.picture.picture_coding_type;
    BitWriter out;
    begin(out, kPicture);
    out.bits(0, 10);  // temporal_reference: nobody orders by it
    out.bits(type, 3);
    out.bits(0xffff, 16);
    // MPEG-1's vectors, as MPEG-2 requires them.
    if (type != V4L2_MPEG2_PIC_CODING_TYPE_I) out.bits(7, 4);
    if (type == V4L2_MPEG2_PIC_CODING_TYPE_B) out.bits(7, 4);
    out.flag(false);
    append(to, out);
    write_coding_extension(to, controls);
    write_matrices(to, controls);
}

}  // namespace vdec::mpeg2
