// SPDX-License-Identifier: MIT
// H264QpBias: whether a client adds QpBdOffsetY to pic_init_qp_minus26.
#include "codec/h264_qp_bias.h"

namespace v4l2va {
namespace {

constexpr int kMaxQp = 51;
constexpr int kMaxMinus26 = kMaxQp - 26;
constexpr int kMinMinus26 = -26;

// QpBdOffsetY (7-3).
int qp_bd_offset(const VAPictureParameterBufferH264& picture) {
    return 6 * picture.bit_depth_luma_minus8;
}

}  // namespace

void H264QpBias::look_at(const VAPictureParameterBufferH264& picture, int lowest, int highest,
                         H264Client client) {
    news_ = nullptr;
    const int offset = qp_bd_offset(picture);
    if (offset == 0) {
        return;
    }
    if (const Says says = parameters(picture, offset); says != Says::kNothing) {
        adopt(says, Evidence::kParameters);
    } else if (const Says told = slices(picture, lowest, highest); told != Says::kNothing) {
        adopt(told, Evidence::kSlices);
    } else if (evidence_ == Evidence::kNone) {
        take_hints(picture, offset, client);
    }
}

int H264QpBias::of(const VAPictureParameterBufferH264& picture) const {
    return biased_ ? qp_bd_offset(picture) : 0;
}

// kNothing where the values contradict each other, too.
H264QpBias::Says H264QpBias::parameters(const VAPictureParameterBufferH264& picture, int offset) {
    const int qp = picture.pic_init_qp_minus26;
    const int qs = picture.pic_init_qs_minus26;
    const bool biased = qp > kMaxMinus26 || qs > kMaxMinus26;
    const bool standard = qp < kMinMinus26 || qs < kMinMinus26 + offset;
    if (biased == standard) {
        return Says::kNothing;
    }
    return biased ? Says::kBiased : Says::kStandard;
}

// SliceQPY is in -offset..51; with the offset in it, in 0..51 + offset.
H264QpBias::Says H264QpBias::slices(const VAPictureParameterBufferH264& picture, int lowest,
                                    int highest) {
    const int init_qp = 26 + picture.pic_init_qp_minus26;
    const bool biased = init_qp + highest > kMaxQp;
    const bool standard = init_qp + lowest < 0;
    if (biased == standard) {
        return Says::kNothing;
    }
    return biased ? Says::kBiased : Says::kStandard;
}

void H264QpBias::take_hints(const VAPictureParameterBufferH264& picture, int offset,
                            H264Client client) {
    const int qs = picture.pic_init_qs_minus26;
    Says by_qs = Says::kNothing;
    if (qs == offset) {
        by_qs = Says::kBiased;
    } else if (qs == 0) {
        by_qs = Says::kStandard;
    }
    Says by_client = Says::kNothing;
    if (client != H264Client::kUnknown) {
        by_client = client == H264Client::kLibavcodec ? Says::kBiased : Says::kStandard;
    }
    if (by_qs != Says::kNothing || by_client != Says::kNothing) {
        adopt(by_qs != Says::kNothing ? by_qs : by_client,
              by_qs == by_client ? Evidence::kTwoHints : Evidence::kOneHint);
    }
}

void H264QpBias::adopt(Says verdict, Evidence evidence) {
    if (evidence <= evidence_) {
        return;
    }
    const bool biased = verdict == Says::kBiased;
    if (evidence_ == Evidence::kNone || biased != biased_) {
        news_ = biased ? "H.264 of 10 bits: the client adds QpBdOffset to pic_init_qp, as FFmpeg "
                         "does; it is taken off"
                       : "H.264 of 10 bits: pic_init_qp is the standard's";
    }
    biased_ = biased;
    evidence_ = evidence;
}

}  // namespace v4l2va
