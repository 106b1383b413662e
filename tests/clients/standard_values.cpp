// SPDX-License-Identifier: MIT
//
// Preloaded into a program with FFmpeg 7 or later, whose H.264 pictures of ten bits it makes those
// of a client that sends the standard's values: QpBdOffsetY comes off pic_init_qp and pic_init_qs,
// and what libavcodec's picture order counts of type 0 begin with, 65536, off all of them.

#include <dlfcn.h>
#include <va/va.h>

#include <cstdint>
#include <cstring>

namespace {

constexpr int32_t kFirstOrderCount = 65536;

using CreateBuffer = VAStatus (*)(VADisplay, VAContextID, VABufferType, unsigned, unsigned, void*,
                                  VABufferID*);

// Of the field that a picture has not, it is 0.
void make_standard(VAPictureH264& picture) {
    if (picture.TopFieldOrderCnt != 0) {
        picture.TopFieldOrderCnt -= kFirstOrderCount;
    }
    if (picture.BottomFieldOrderCnt != 0) {
        picture.BottomFieldOrderCnt -= kFirstOrderCount;
    }
}

void make_standard(VAPictureParameterBufferH264& picture) {
    const int offset = 6 * picture.bit_depth_luma_minus8;
    picture.pic_init_qp_minus26 = static_cast<int8_t>(picture.pic_init_qp_minus26 - offset);
    picture.pic_init_qs_minus26 = static_cast<int8_t>(picture.pic_init_qs_minus26 - offset);
    if (picture.seq_fields.bits.pic_order_cnt_type != 0) {
        picture.seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4 = 0;
        return;
    }
    make_standard(picture.CurrPic);
    for (VAPictureH264& reference : picture.ReferenceFrames) {
        make_standard(reference);
    }
}

}  // namespace

// The order counts of the slices' lists are left alone: surfaces name their entries.
extern "C" VAStatus vaCreateBuffer(VADisplay display, VAContextID context, VABufferType type,
                                   unsigned size, unsigned num_elements, void* data,
                                   VABufferID* id) {
    static const auto real = reinterpret_cast<CreateBuffer>(dlsym(RTLD_NEXT, "vaCreateBuffer"));
    VAPictureParameterBufferH264 picture;
    if (type == VAPictureParameterBufferType && data && size == sizeof picture &&
        num_elements == 1) {
        std::memcpy(&picture, data, sizeof picture);
        if (picture.bit_depth_luma_minus8 > 0) {
            make_standard(picture);
            data = &picture;
        }
    }
    return real(display, context, type, size, num_elements, data, id);
}
