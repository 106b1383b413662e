// SPDX-License-Identifier: MIT
// The V4L2 controls of MPEG-2.
#include "codec/mpeg2_controls.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "base/checked.h"

namespace v4l2va {
namespace {

constexpr uint32_t kMacroblockSize = 16;

// Table in 6.3.11, in zig-zag order.
constexpr std::array<uint8_t, 64> kDefaultIntraMatrix = {
    8,  16, 16, 19, 16, 19, 22, 22, 22, 22, 22, 22, 26, 24, 26, 27, 27, 27, 26, 26, 26, 26,
    27, 27, 27, 29, 29, 29, 34, 34, 34, 29, 29, 29, 27, 27, 29, 29, 32, 32, 34, 34, 37, 38,
    37, 35, 35, 34, 35, 38, 38, 40, 40, 40, 48, 48, 46, 46, 56, 56, 58, 69, 69, 83};
constexpr uint8_t kDefaultNonIntraScale = 16;

// f_code[s][t] (6.3.10): VA packs [0][0] into bits 15..12 down to [1][1] in bits 3..0.
uint8_t f_code(const VAPictureParameterBufferMPEG2& picture, size_t s, size_t t) {
    const auto packed = static_cast<uint32_t>(picture.f_code);
    return static_cast<uint8_t>((packed >> (12 - 4 * (2 * s + t))) & 0xF);
}

// Table 7-7: 1 to 9; 15 is written where no vector is.
bool valid_f_codes(const VAPictureParameterBufferMPEG2& picture, size_t s) {
    const auto valid = [&picture, s](size_t t) {
        const uint8_t code = f_code(picture, s, t);
        return code >= 1 && code <= 9;
    };
    return valid(0) && valid(1);
}

bool is_frame(const VAPictureParameterBufferMPEG2& picture) {
    return picture.picture_coding_extension.bits.picture_structure == V4L2_MPEG2_PIC_FRAME;
}

Result<> check_vectors(const VAPictureParameterBufferMPEG2& picture) {
    const bool forward = picture.picture_coding_type != V4L2_MPEG2_PIC_CODING_TYPE_I ||
                         picture.picture_coding_extension.bits.concealment_motion_vectors != 0;
    const bool backward = picture.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B;
    if ((forward && !valid_f_codes(picture, 0)) || (backward && !valid_f_codes(picture, 1))) {
        return fail(ErrorCode::kInvalidParameter, "MPEG-2 f_code");
    }
    return {};
}

Result<> check_size(const VAPictureParameterBufferMPEG2& picture, Size coded_size) {
    if (picture.horizontal_size == 0 || picture.vertical_size == 0) {
        return fail(ErrorCode::kInvalidParameter, "MPEG-2 picture size");
    }
    if (picture.horizontal_size > align_up(coded_size.width, kMacroblockSize) ||
        picture.vertical_size > align_up(coded_size.height, kMacroblockSize)) {
        return fail(ErrorCode::kInvalidParameter, "picture larger than the context");
    }
    return {};
}

// What top_field_first must be for hantro. It decides by it whether a field of a P picture is the
// first of its frame (both references are in forward_ref_ts) or the second (the reference of the
// other parity is the frame itself). The coded value says nothing there: it is always 0 in a field
// picture (6.3.10).
bool top_field_first(const VAPictureParameterBufferMPEG2& picture, PicturePart part) {
    const auto& extension = picture.picture_coding_extension.bits;
    const bool is_top = extension.picture_structure == V4L2_MPEG2_PIC_TOP_FIELD;
    switch (part) {
        case PicturePart::kFirstField:
            return is_top;
        case PicturePart::kSecondField:
            return !is_top;
        default:
            return extension.top_field_first != 0;
    }
}

}  // namespace

Result<> check_mpeg2_picture(const VAPictureParameterBufferMPEG2& picture, Size coded_size) {
    if (picture.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_D) {
        return fail(ErrorCode::kUnsupported, "MPEG-1 D picture");
    }
    if (picture.picture_coding_type < V4L2_MPEG2_PIC_CODING_TYPE_I ||
        picture.picture_coding_type > V4L2_MPEG2_PIC_CODING_TYPE_B) {
        return fail(ErrorCode::kInvalidParameter, "MPEG-2 picture_coding_type");
    }
    // Table 6-14; MPEG-1 has no such element, its clients leave 0.
    if (picture.picture_coding_extension.bits.picture_structure == 0) {
        return fail(ErrorCode::kUnsupported, "MPEG-1 picture");
    }
    if (const Result<> result = check_vectors(picture); !result) {
        return result;
    }
    return check_size(picture, coded_size);
}

bool mpeg2_may_be_progressive(const VAPictureParameterBufferMPEG2& picture, uint32_t last_row) {
    const auto& extension = picture.picture_coding_extension.bits;
    // 6.3.3: mb_height is the height in macroblocks if progressive_sequence is 1, else twice that
    // of a field: one row more where the former is odd.
    const uint32_t rows = (uint32_t{picture.vertical_size} + kMacroblockSize - 1) / kMacroblockSize;
    return is_frame(picture) && extension.progressive_frame != 0 &&
           extension.frame_pred_frame_dct != 0 && last_row < rows;
}

v4l2_ctrl_mpeg2_sequence mpeg2_sequence(const VAPictureParameterBufferMPEG2& picture,
                                        bool progressive_sequence) {
    v4l2_ctrl_mpeg2_sequence sequence = {};
    sequence.horizontal_size = picture.horizontal_size;
    sequence.vertical_size = picture.vertical_size;
    // vbv_buffer_size, profile_and_level_indication: not in VA, no driver reads them.
    sequence.chroma_format = 1;  // 4:2:0, the only one of Simple and Main profile
    if (progressive_sequence) {
        sequence.flags = V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE;
    }
    return sequence;
}

v4l2_ctrl_mpeg2_picture mpeg2_picture(const VAPictureParameterBufferMPEG2& picture,
                                      PicturePart part, const Mpeg2References& references) {
    const auto& extension = picture.picture_coding_extension.bits;
    v4l2_ctrl_mpeg2_picture control = {};
    control.backward_ref_ts = references.backward.nanoseconds();
    control.forward_ref_ts = references.forward.nanoseconds();
    const auto set = [&control](bool condition, uint32_t flag) {
        if (condition) {
            control.flags |= flag;
        }
    };
    set(top_field_first(picture, part), V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST);
    set(extension.frame_pred_frame_dct != 0, V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT);
    set(extension.concealment_motion_vectors != 0, V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV);
    set(extension.q_scale_type != 0, V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE);
    set(extension.intra_vlc_format != 0, V4L2_MPEG2_PIC_FLAG_INTRA_VLC);
    set(extension.alternate_scan != 0, V4L2_MPEG2_PIC_FLAG_ALT_SCAN);
    set(extension.repeat_first_field != 0, V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST);
    set(extension.progressive_frame != 0, V4L2_MPEG2_PIC_FLAG_PROGRESSIVE);
    for (size_t s = 0; s < 2; ++s) {
        for (size_t t = 0; t < 2; ++t) {
            control.f_code[s][t] = f_code(picture, s, t);
        }
    }
    control.picture_coding_type = narrow<uint8_t>(picture.picture_coding_type);
    control.picture_structure = extension.picture_structure;
    control.intra_dc_precision = extension.intra_dc_precision;
    return control;
}

v4l2_ctrl_mpeg2_quantisation mpeg2_default_quantisation() {
    v4l2_ctrl_mpeg2_quantisation quantisation = {};
    std::copy(kDefaultIntraMatrix.begin(), kDefaultIntraMatrix.end(),
              quantisation.intra_quantiser_matrix);
    std::fill(std::begin(quantisation.non_intra_quantiser_matrix),
              std::end(quantisation.non_intra_quantiser_matrix), kDefaultNonIntraScale);
    std::copy(kDefaultIntraMatrix.begin(), kDefaultIntraMatrix.end(),
              quantisation.chroma_intra_quantiser_matrix);
    std::fill(std::begin(quantisation.chroma_non_intra_quantiser_matrix),
              std::end(quantisation.chroma_non_intra_quantiser_matrix), kDefaultNonIntraScale);
    return quantisation;
}

v4l2_ctrl_mpeg2_quantisation mpeg2_quantisation(const v4l2_ctrl_mpeg2_quantisation& current,
                                                const VAIQMatrixBufferMPEG2& iq_matrix) {
    v4l2_ctrl_mpeg2_quantisation quantisation = current;
    // Both APIs have them in zig-zag order.
    const auto load = [](int32_t wanted, auto& to, const auto& from) {
        static_assert(sizeof(to) == sizeof(from));
        if (wanted != 0) {
            std::memcpy(to, from, sizeof(to));
        }
    };
    // 6.3.11: a luma matrix is the chroma one, too, until that is loaded by itself.
    load(iq_matrix.load_intra_quantiser_matrix, quantisation.intra_quantiser_matrix,
         iq_matrix.intra_quantiser_matrix);
    load(iq_matrix.load_intra_quantiser_matrix, quantisation.chroma_intra_quantiser_matrix,
         iq_matrix.intra_quantiser_matrix);
    load(iq_matrix.load_non_intra_quantiser_matrix, quantisation.non_intra_quantiser_matrix,
         iq_matrix.non_intra_quantiser_matrix);
    load(iq_matrix.load_non_intra_quantiser_matrix, quantisation.chroma_non_intra_quantiser_matrix,
         iq_matrix.non_intra_quantiser_matrix);
    load(iq_matrix.load_chroma_intra_quantiser_matrix, quantisation.chroma_intra_quantiser_matrix,
         iq_matrix.chroma_intra_quantiser_matrix);
    load(iq_matrix.load_chroma_non_intra_quantiser_matrix,
         quantisation.chroma_non_intra_quantiser_matrix,
         iq_matrix.chroma_non_intra_quantiser_matrix);
    return quantisation;
}

}  // namespace v4l2va
