// SPDX-License-Identifier: MIT
// H264State: what the H.264 translator must remember from picture to picture.
#include "codec/h264_state.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace v4l2va {
namespace {

constexpr int32_t kPocLimit = 1 << 30;
constexpr int32_t kLibavcodecBias = 65536;
constexpr uint32_t kLibavcodecNoLsb = 12;  // -4 in four bits

// TopFieldOrderCnt, or of a bottom field its own count, of a picture whose predecessor left
// prevPicOrderCntMsb = 0 and `prev_lsb` (8.2.1.1), or prevFrameNumOffset = 0 (8.2.1.3). Type 1
// needs values of the SPS that VA does not carry.
std::optional<int32_t> expected_poc(const VAPictureParameterBufferH264& picture,
                                    const H264SliceHeader& header, int32_t prev_lsb) {
    switch (picture.seq_fields.bits.pic_order_cnt_type) {
        case 0: {
            const int32_t max_lsb =
                1 << (picture.seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4 + 4);
            const int32_t lsb = header.pic_order_cnt_lsb;
            if (lsb < prev_lsb && prev_lsb - lsb >= max_lsb / 2) {
                return lsb + max_lsb;
            }
            if (lsb > prev_lsb && lsb - prev_lsb > max_lsb / 2) {
                return lsb - max_lsb;
            }
            return lsb;
        }
        case 2:
            if (header.idr()) {
                return 0;
            }
            return 2 * header.frame_num - (header.nal_ref_idc == 0 ? 1 : 0);
        default:
            return std::nullopt;
    }
}

}  // namespace

bool h264_poc_present(int32_t poc) { return poc > -kPocLimit && poc < kPocLimit; }

void H264State::start_picture(const VAPictureParameterBufferH264& picture,
                              const H264SliceHeader& header) {
    ++pictures_;
    if (header.idr()) {
        learn_ = true;
        prev_pic_order_cnt_lsb_ = 0;
    }
    if (!learn_) {
        return;
    }
    learn_ = false;
    learn_bias(picture, header);
    // After operation 5 libavcodec's counts are off by anything.
    if (header.idr() || pictures_ == 1) {
        learn_client(picture);
    }
}

void H264State::learn_bias(const VAPictureParameterBufferH264& picture,
                           const H264SliceHeader& header) {
    const std::optional<int32_t> expected = expected_poc(picture, header, prev_pic_order_cnt_lsb_);
    if (!expected) {
        poc_bias_ = 0;
        return;
    }
    const int32_t given = header.bottom_field_flag ? picture.CurrPic.BottomFieldOrderCnt
                                                   : picture.CurrPic.TopFieldOrderCnt;
    if (h264_poc_present(given)) {
        poc_bias_ = int64_t{given} - *expected;
    }
}

void H264State::learn_client(const VAPictureParameterBufferH264& picture) {
    const auto& seq = picture.seq_fields.bits;
    const bool has_lsb = seq.pic_order_cnt_type == 0;
    const int64_t sign = has_lsb ? poc_bias_ : seq.log2_max_pic_order_cnt_lsb_minus4;
    client_ = H264Client::kUnknown;
    if (sign == 0) {
        client_ = H264Client::kStandard;
    } else if (sign == (has_lsb ? kLibavcodecBias : kLibavcodecNoLsb)) {
        client_ = H264Client::kLibavcodec;
    }
}

H264FieldOrderCnt H264State::corrected(const VAPictureH264& picture) const {
    const auto correct = [this](int32_t poc) {
        return static_cast<int32_t>(std::clamp<int64_t>(poc - poc_bias_, -kPocLimit, kPocLimit));
    };
    H264FieldOrderCnt poc;
    poc.has_top = h264_poc_present(picture.TopFieldOrderCnt);
    poc.has_bottom = h264_poc_present(picture.BottomFieldOrderCnt);
    poc.top = poc.has_top ? correct(picture.TopFieldOrderCnt) : 0;
    poc.bottom = poc.has_bottom ? correct(picture.BottomFieldOrderCnt) : 0;
    return poc;
}

H264DecodedPicture* H264State::find(Timestamp timestamp) {
    const auto found = std::find_if(
        decoded_.begin(), decoded_.end(),
        [timestamp](const H264DecodedPicture& picture) { return picture.timestamp == timestamp; });
    return timestamp.valid() && found != decoded_.end() ? &*found : nullptr;
}

const H264DecodedPicture* H264State::use(Timestamp timestamp) {
    H264DecodedPicture* picture = find(timestamp);
    if (picture != nullptr) {
        picture->last_use = pictures_;
    }
    return picture;
}

// The slot that has `timestamp`, else the one used longest ago.
H264DecodedPicture& H264State::slot_of(Timestamp timestamp) {
    if (H264DecodedPicture* picture = find(timestamp)) {
        return *picture;
    }
    return *std::min_element(decoded_.begin(), decoded_.end(),
                             [](const H264DecodedPicture& a, const H264DecodedPicture& b) {
                                 return a.last_use < b.last_use;
                             });
}

void H264State::finish_picture(Timestamp timestamp, const H264FieldOrderCnt& poc, bool as_fields,
                               const H264SliceHeader& header) {
    H264FieldOrderCnt kept = poc;
    if (header.has_mmco5) {
        // 8.2.1: after operation 5 the picture's own counts become relative to the smaller one.
        const int32_t base =
            std::min(kept.told_top(H264Structure::kFrame), kept.told_bottom(H264Structure::kFrame));
        kept.top -= kept.has_top ? base : 0;
        kept.bottom -= kept.has_bottom ? base : 0;
        learn_ = true;
        prev_pic_order_cnt_lsb_ = header.bottom_field_flag ? 0 : kept.top;
    }
    if (timestamp.valid()) {
        slot_of(timestamp) = {timestamp, kept, as_fields, pictures_};
    }
}

}  // namespace v4l2va
