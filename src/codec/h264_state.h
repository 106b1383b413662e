// SPDX-License-Identifier: MIT
// H264State: what the H.264 translator must remember from picture to picture, because VA-API does
// not say it again.
#pragma once

#include <va/va.h>

#include <array>
#include <cstdint>

#include "bitstream/h264_slice_header.h"
#include "codec/h264_qp_bias.h"
#include "v4l2/types.h"

namespace v4l2va {

enum class H264Structure : uint8_t { kFrame, kTopField, kBottomField };

// TopFieldOrderCnt and BottomFieldOrderCnt (8.2.1), each only if it is known.
struct H264FieldOrderCnt {
    int32_t top = 0;
    int32_t bottom = 0;
    bool has_top = false;
    bool has_bottom = false;

    // As controls have them while a picture of `current` is decoded. While it is a frame, the
    // kernel's list initialisation takes the smaller of both: an unknown one repeats the other.
    // While it is a field, lists are of fields that exist, but hantro compares the distances of
    // both to say which field is closer (hantro_h264_get_ref_buf): two equal ones would say that
    // the only field of the current frame is not. 0, as GStreamer has it.
    [[nodiscard]] int32_t told_top(H264Structure current) const {
        return has_top ? top : current == H264Structure::kFrame ? bottom : 0;
    }
    [[nodiscard]] int32_t told_bottom(H264Structure current) const {
        return has_bottom ? bottom : current == H264Structure::kFrame ? top : 0;
    }
};

// A client marks the count of an absent field with INT_MAX, INT_MIN or garbage: anything from 2^30
// on counts as absent. No legal stream gets there (8.2.1 allows it, no level's frame rate does).
[[nodiscard]] bool h264_poc_present(int32_t poc);

// A frame that this codec has decoded.
struct H264DecodedPicture {
    Timestamp timestamp;
    H264FieldOrderCnt poc;
    bool as_fields = false;
    uint64_t last_use = 0;  // in pictures
};

// A plain value: finish() works on a copy and keeps it when all went well.
class H264State {
  public:
    // To be called first for each picture. Learns how far the client's picture order counts are
    // from the standard's. libavcodec starts each sequence of pic_order_cnt_type 0 at 65536 (its
    // prev_poc_msb), and does not start anew after memory_management_control_operation 5. So the
    // difference is taken where the standard itself knows the count: at an IDR picture, after
    // operation 5, and at the first picture of all.
    void start_picture(const VAPictureParameterBufferH264& picture, const H264SliceHeader& header);

    // Who the client is by the counts of the last IDR picture, or of the first of all. Where
    // pic_order_cnt_type is not 0, libavcodec's are the standard's, but it then leaves -4 in
    // log2_max_pic_order_cnt_lsb_minus4, others 0.
    [[nodiscard]] H264Client client() const { return client_; }

    // The client's counts, each corrected if it is present.
    [[nodiscard]] H264FieldOrderCnt corrected(const VAPictureH264& picture) const;

    // Null if `timestamp` was not decoded here, or too long ago. Marks the picture as used.
    [[nodiscard]] const H264DecodedPicture* use(Timestamp timestamp);

    // The picture of start_picture() is translated: `poc` has the fields decoded by it (and by its
    // first field, if it is a second one).
    void finish_picture(Timestamp timestamp, const H264FieldOrderCnt& poc, bool as_fields,
                        const H264SliceHeader& header);

    // The first field that waits for its second one.
    struct FirstField {
        VASurfaceID target = VA_INVALID_ID;
        Timestamp timestamp;  // invalid: none waits
        H264Structure structure = H264Structure::kFrame;
        uint16_t frame_num = 0;  // that the second field must have
    };
    FirstField first_field;

    // num_ref_idx_lX_default_active_minus1 of each PPS, as far as a slice has shown it.
    struct NumRefIdxDefault {
        uint8_t l0 = 0;
        uint8_t l1 = 0;
    };
    std::array<NumRefIdxDefault, 256> num_ref_idx_default;

    H264QpBias qp_bias;
    bool has_told_lists = false;  // that they are not what ReferenceFrames give

  private:
    H264DecodedPicture* find(Timestamp timestamp);
    H264DecodedPicture& slot_of(Timestamp timestamp);
    void learn_bias(const VAPictureParameterBufferH264& picture, const H264SliceHeader& header);
    void learn_client(const VAPictureParameterBufferH264& picture);

    int64_t poc_bias_ = 0;
    H264Client client_ = H264Client::kUnknown;
    bool learn_ = true;
    int32_t prev_pic_order_cnt_lsb_ = 0;  // prevPicOrderCntLsb while learn_; its Msb is then 0
    uint64_t pictures_ = 0;
    // 16 references and what a long chain of non-reference pictures passes through.
    std::array<H264DecodedPicture, 48> decoded_;
};

}  // namespace v4l2va
