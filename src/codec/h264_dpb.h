// SPDX-License-Identifier: MIT
// H264Dpb: VA's ReferenceFrames as the dpb[] of v4l2_ctrl_h264_decode_params.
#pragma once

#include <linux/v4l2-controls.h>
#include <va/va.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "codec/codec.h"
#include "codec/h264_state.h"
#include "codec/stand_in.h"
#include "codec/va_compat.h"

namespace v4l2va {

// What of VA's `picture` is meant; neither or both of the field flags mean a frame.
[[nodiscard]] H264Structure h264_structure(const VAPictureH264& picture);

// V4L2_H264_{TOP_FIELD,BOTTOM_FIELD,FRAME}_REF of the same flags.
[[nodiscard]] uint8_t h264_reference_fields(const VAPictureH264& picture);

class H264Dpb {
  public:
    // Fills dpb[] for the picture that `picture` and `input` describe; `structure` is its own. Two
    // entries of one surface become one. An entry without a decoded surface keeps its place, since
    // list initialisation (8.2.4.2) counts it, and borrows the pixels of another (stand_in.h). When
    // `has_inter_slices`, there is at least one entry. Errors: kInvalidBitstream (nothing to
    // borrow).
    [[nodiscard]] Result<> assign(const VAPictureParameterBufferH264& picture,
                                  const PictureInput& input, H264Structure structure,
                                  bool second_field, bool has_inter_slices,
                                  const LatestPicture& latest, NoReference no_reference,
                                  H264State& state);

    [[nodiscard]] const std::array<v4l2_h264_dpb_entry, V4L2_H264_NUM_DPB_ENTRIES>& entries()
        const {
        return entries_;
    }

    // The surfaces, other than the target, that hold references.
    [[nodiscard]] std::span<const VASurfaceID> references() const {
        return {references_.data(), reference_count_};
    }

    // Whether the client's RefPicList0 of a P slice without modification is what devices in
    // frame-based mode get, for which the kernel makes the lists from dpb[] (8.2.4.2.1). Also true
    // where that is not known: of fields, and while an entry has no decoded surface.
    [[nodiscard]] bool gives_list0(const VASliceParameterBufferH264& slice, size_t count) const;

    // The index of a surface in dpb[].
    [[nodiscard]] std::optional<uint8_t> find(VASurfaceID surface) const;

    // The same; if it has none, of the reference that is nearest in decoding order. Nothing only
    // when dpb[] is empty.
    [[nodiscard]] std::optional<uint8_t> find_or_nearest(VASurfaceID surface) const;

  private:
    void add(const VAPictureH264& reference, H264State& state, Timestamp timestamp);
    void merge(size_t index, const VAPictureH264& reference, const H264State& state);
    void set_pic_num(v4l2_h264_dpb_entry& entry) const;
    [[nodiscard]] Result<> borrow(size_t index, const PictureInput& input,
                                  const LatestPicture& latest, NoReference no_reference);
    void add_made_up();
    void add_reference(VASurfaceID surface);
    [[nodiscard]] int64_t order_of(const v4l2_h264_dpb_entry& entry) const;
    [[nodiscard]] int32_t frame_num_wrap(const v4l2_h264_dpb_entry& entry) const;

    std::array<v4l2_h264_dpb_entry, V4L2_H264_NUM_DPB_ENTRIES> entries_;
    std::array<VASurfaceID, V4L2_H264_NUM_DPB_ENTRIES> surfaces_;
    std::array<bool, V4L2_H264_NUM_DPB_ENTRIES> resolved_;
    std::array<H264FieldOrderCnt, V4L2_H264_NUM_DPB_ENTRIES> pocs_;
    size_t count_ = 0;
    std::array<VASurfaceID, V4L2_H264_NUM_DPB_ENTRIES> references_;
    size_t reference_count_ = 0;
    uint16_t frame_num_ = 0;
    int32_t max_frame_num_ = 0;
    H264Structure structure_ = H264Structure::kFrame;
};

}  // namespace v4l2va
