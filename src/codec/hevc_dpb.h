// SPDX-License-Identifier: MIT
// HevcDpb: VA's ReferenceFrames as the dpb[] and the reference picture set of
// v4l2_ctrl_hevc_decode_params.
#pragma once

#include <linux/v4l2-controls.h>
#include <va/va.h>
#include <va/va_dec_hevc.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "bitstream/hevc_slice_rewriter.h"
#include "codec/codec.h"

namespace v4l2va {

// One slice as its client and its header describe it.
struct HevcListSource {
    const VASliceParameterBufferHEVC& params;  // of the slice, not of a dependent segment
    const HevcSliceHeader& header;
};

class HevcDpb {
  public:
    static constexpr uint8_t kNoReference = 0xff;

    // Fills dpb[] for the picture that `picture` and `input` describe. A lost picture that this one
    // reads keeps its place and borrows the pixels of the one nearest in output order; one that it
    // does not read is left out.
    void assign(const VAPictureParameterBufferHEVC& picture, const PictureInput& input);

    // Brings the long-term set into the order of the slice header, which VA does not carry: from
    // what the header says of its entries, then from the lists of a slice, where there are some.
    void order_long_term(const HevcListSource& slice);

    [[nodiscard]] const std::array<v4l2_hevc_dpb_entry, V4L2_HEVC_DPB_ENTRIES_NUM_MAX>& entries()
        const {
        return entries_;
    }
    [[nodiscard]] size_t count() const { return count_; }

    // RefPicSetStCurrBefore, -After and LtCurr as indices into dpb[], in their order (8.3.2).
    [[nodiscard]] std::span<const uint8_t> before() const { return before_.span(); }
    [[nodiscard]] std::span<const uint8_t> after() const { return after_.span(); }
    [[nodiscard]] std::span<const uint8_t> long_term() const { return long_term_.span(); }

    // The surfaces, other than the target, that hold references.
    [[nodiscard]] std::span<const VASurfaceID> references() const {
        return {references_.data(), reference_count_};
    }

    // The index in dpb[] of ReferenceFrames[va_index]; if there is none, of the picture nearest in
    // output order, since rkvdec indexes dpb[] by it unchecked.
    [[nodiscard]] uint8_t index_or_nearest(uint8_t va_index) const;

    // The sets that `header` stands for, written out: as the header has them if it does so itself,
    // else from dpb[]. Errors: kUnsupported (they cannot be written without the SPS's tables).
    [[nodiscard]] Result<HevcRefPicSets> written_sets(const HevcSliceHeader& header,
                                                      const HevcSliceHeaderInput& input) const;

  private:
    // Indices into dpb[].
    struct Set {
        std::array<uint8_t, V4L2_HEVC_DPB_ENTRIES_NUM_MAX> index = {};
        uint8_t count = 0;
        void add(uint8_t value) { index[count++] = value; }
        [[nodiscard]] std::span<const uint8_t> span() const { return {index.data(), count}; }
        [[nodiscard]] std::span<uint8_t> span() { return {index.data(), count}; }
    };

    void add(const VAPictureHEVC& reference, Timestamp timestamp);
    void substitute(Timestamp fallback);
    void order_by_header(const HevcSliceHeader& header);
    void order_by_list(std::span<const uint8_t> list, std::span<const uint8_t> list_entry,
                       bool modified);
    [[nodiscard]] std::optional<uint8_t> find_long_term(const HevcLongTermPic& pic,
                                                        const Set& in) const;
    [[nodiscard]] bool is_long_term(size_t index) const;
    [[nodiscard]] Result<HevcShortTermSet> short_term_set() const;
    [[nodiscard]] Result<HevcLongTermSet> long_term_set(uint32_t lsb_bits) const;
    [[nodiscard]] bool same_lsb_elsewhere(size_t index, int32_t lsb_mask) const;

    std::array<v4l2_hevc_dpb_entry, V4L2_HEVC_DPB_ENTRIES_NUM_MAX> entries_;
    std::array<bool, V4L2_HEVC_DPB_ENTRIES_NUM_MAX> resolved_;
    std::array<bool, V4L2_HEVC_DPB_ENTRIES_NUM_MAX> used_;  // by the current picture
    std::array<uint8_t, 15> index_of_va_;                   // kNoReference: left out
    size_t count_ = 0;
    Set before_;
    Set after_;
    Set long_term_;
    std::array<VASurfaceID, V4L2_HEVC_DPB_ENTRIES_NUM_MAX> references_;
    size_t reference_count_ = 0;
    int32_t pic_order_cnt_ = 0;
    int32_t lsb_mask_ = 0;
};

}  // namespace v4l2va
