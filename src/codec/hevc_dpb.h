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
#include "codec/stand_in.h"

namespace v4l2va {

// One slice as its client and its header describe it.
struct HevcListSource {
    const VASliceParameterBufferHEVC& params;  // of the slice, not of a dependent segment
    const HevcSliceHeader& header;
};

// Indices into dpb[].
struct HevcIndexSet {
    std::array<uint8_t, V4L2_HEVC_DPB_ENTRIES_NUM_MAX> index = {};
    uint8_t count = 0;
    void add(uint8_t value) { index[count++] = value; }
    [[nodiscard]] std::span<const uint8_t> span() const { return {index.data(), count}; }
    [[nodiscard]] std::span<uint8_t> span() { return {index.data(), count}; }
};

// How a device finds references, and what it takes where there is none.
struct HevcDpbRules {
    // By the order counts that the sets of the slice headers give: a lost picture keeps an entry of
    // its own, with the timestamp of what stands for it. Elsewhere dpb[] has only what this session
    // decoded: hantro G2 knows its pictures by their order counts, and never ends a request that
    // names another.
    bool sets_from_headers = false;
    NoReference no_reference = NoReference::kRefuse;
};

class HevcDpb {
  public:
    static constexpr uint8_t kNoReference = 0xff;

    // Fills dpb[] for the picture that `picture` and `input` describe; `has_inter_slices`: a slice
    // of it refers to others. A lost picture that it reads is replaced by another (stand_in.h); one
    // that it does not read is left out. Errors: kInvalidBitstream (nothing can replace it).
    [[nodiscard]] Result<> assign(const VAPictureParameterBufferHEVC& picture,
                                  const PictureInput& input, bool has_inter_slices,
                                  const LatestPicture& latest, const HevcDpbRules& rules);

    // The picture of the last assign() was translated; `timestamp` is its name.
    void decoded(Timestamp timestamp);

    // Brings the long-term set into the order of the slice header, which VA does not carry: from
    // what the header says of its entries, then from the lists of a slice, where there are some.
    void order_long_term(const HevcListSource& slice);

    [[nodiscard]] const std::array<v4l2_hevc_dpb_entry, V4L2_HEVC_DPB_ENTRIES_NUM_MAX>& entries()
        const {
        return entries_;
    }
    [[nodiscard]] size_t count() const { return count_; }

    // RefPicSetStCurrBefore, -After and LtCurr as indices into dpb[], in their order (8.3.2).
    [[nodiscard]] HevcIndexSet before() const { return dpb_indices(before_); }
    [[nodiscard]] HevcIndexSet after() const { return dpb_indices(after_); }
    [[nodiscard]] HevcIndexSet long_term() const { return dpb_indices(long_term_); }

    // The surfaces, other than the target, that hold references.
    [[nodiscard]] std::span<const VASurfaceID> references() const {
        return {references_.data(), reference_count_};
    }

    // The index in dpb[] of ReferenceFrames[va_index], or of what stands for it; if there is none,
    // of the picture nearest in output order. Below count(), unless that is 0.
    [[nodiscard]] uint8_t index_or_nearest(uint8_t va_index) const;

    // Slices refer to the picture that they are part of: no motion of another can be read.
    [[nodiscard]] bool refers_to_itself() const { return refers_to_itself_; }

    // The sets that `header` stands for, written out: as the header has them if it does so itself,
    // else from ReferenceFrames. Errors: kUnsupported (they cannot be written without the SPS's
    // tables).
    [[nodiscard]] Result<HevcRefPicSets> written_sets(const HevcSliceHeader& header,
                                                      const HevcSliceHeaderInput& input) const;

  private:
    // A picture of the reference picture set, lost or not.
    struct Picture {
        int32_t pic_order_cnt_val = 0;
        bool long_term = false;
        bool used = false;  // by the current picture
        uint8_t dpb_index = kNoReference;
    };
    using Set = HevcIndexSet;  // of indices into pictures_

    void add(const VAPictureHEVC& reference, Timestamp timestamp);
    [[nodiscard]] bool kept(Timestamp timestamp) const;
    uint8_t add_entry(const Picture& picture, Timestamp timestamp);
    void add_reference(VASurfaceID surface);
    [[nodiscard]] Result<> replace_lost(const PictureInput& input, bool has_inter_slices,
                                        const LatestPicture& latest, const HevcDpbRules& rules);
    [[nodiscard]] HevcIndexSet dpb_indices(const Set& set) const;
    void order_by_header(const HevcSliceHeader& header);
    void order_by_list(std::span<const uint8_t> list, std::span<const uint8_t> list_entry,
                       bool modified);
    [[nodiscard]] std::optional<uint8_t> find_long_term(const HevcLongTermPic& pic,
                                                        const Set& in) const;
    [[nodiscard]] std::span<const Picture> pictures() const {
        return {pictures_.data(), picture_count_};
    }
    [[nodiscard]] Result<HevcShortTermSet> short_term_set() const;
    [[nodiscard]] Result<HevcLongTermSet> long_term_set(uint32_t lsb_bits) const;
    [[nodiscard]] bool same_lsb_elsewhere(size_t index, int32_t lsb_mask) const;

    std::array<v4l2_hevc_dpb_entry, V4L2_HEVC_DPB_ENTRIES_NUM_MAX> entries_;
    std::array<ExistingPicture, V4L2_HEVC_DPB_ENTRIES_NUM_MAX> existing_;  // as entries_
    size_t count_ = 0;
    std::array<Picture, 15> pictures_;
    size_t picture_count_ = 0;
    std::array<uint8_t, 15> picture_of_va_;  // kNoReference: left out
    Set before_;
    Set after_;
    Set long_term_;
    std::array<VASurfaceID, V4L2_HEVC_DPB_ENTRIES_NUM_MAX> references_;
    size_t reference_count_ = 0;
    int32_t pic_order_cnt_ = 0;
    int32_t lsb_mask_ = 0;
    bool refers_to_itself_ = false;
    // The picture decoded last, and its dpb[], in nanoseconds.
    std::array<uint64_t, V4L2_HEVC_DPB_ENTRIES_NUM_MAX + 1> kept_ = {};
};

}  // namespace v4l2va
