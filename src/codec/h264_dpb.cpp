// SPDX-License-Identifier: MIT
// H264Dpb: VA's ReferenceFrames as the dpb[] of v4l2_ctrl_h264_decode_params.
#include "codec/h264_dpb.h"

#include <algorithm>
#include <numeric>

namespace v4l2va {
namespace {

constexpr uint32_t kFieldFlags = VA_PICTURE_H264_TOP_FIELD | VA_PICTURE_H264_BOTTOM_FIELD;
constexpr uint32_t kReferenceFlags =
    VA_PICTURE_H264_SHORT_TERM_REFERENCE | VA_PICTURE_H264_LONG_TERM_REFERENCE;

bool is_unused(const VAPictureH264& reference) {
    // A gap frame may come without a surface, but then with a marking.
    const bool marked = (reference.flags & (kReferenceFlags | kVaPictureH264NonExisting)) != 0;
    return (reference.flags & VA_PICTURE_H264_INVALID) != 0 ||
           (reference.picture_id == VA_INVALID_ID && !marked);
}

bool is_long_term(const v4l2_h264_dpb_entry& entry) {
    return (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM) != 0;
}

// The client's counts of the fields that are referenced: it may leave anything in the other's.
H264FieldOrderCnt referenced_poc(const VAPictureH264& reference, const H264State& state) {
    H264FieldOrderCnt poc = state.corrected(reference);
    const uint8_t fields = h264_reference_fields(reference);
    poc.has_top = poc.has_top && (fields & V4L2_H264_TOP_FIELD_REF) != 0;
    poc.has_bottom = poc.has_bottom && (fields & V4L2_H264_BOTTOM_FIELD_REF) != 0;
    return poc;
}

}  // namespace

H264Structure h264_structure(const VAPictureH264& picture) {
    switch (picture.flags & kFieldFlags) {
        case VA_PICTURE_H264_TOP_FIELD:
            return H264Structure::kTopField;
        case VA_PICTURE_H264_BOTTOM_FIELD:
            return H264Structure::kBottomField;
        default:
            return H264Structure::kFrame;
    }
}

uint8_t h264_reference_fields(const VAPictureH264& picture) {
    switch (h264_structure(picture)) {
        case H264Structure::kTopField:
            return V4L2_H264_TOP_FIELD_REF;
        case H264Structure::kBottomField:
            return V4L2_H264_BOTTOM_FIELD_REF;
        default:
            return V4L2_H264_FRAME_REF;
    }
}

Result<> H264Dpb::assign(const VAPictureParameterBufferH264& picture, const PictureInput& input,
                         H264Structure structure, bool second_field, bool has_inter_slices,
                         const LatestPicture& latest, NoReference no_reference, H264State& state) {
    entries_ = {};
    count_ = 0;
    reference_count_ = 0;
    frame_num_ = picture.frame_num;
    max_frame_num_ = 1 << (picture.seq_fields.bits.log2_max_frame_num_minus4 + 4);
    structure_ = structure;

    for (const VAPictureH264& reference : picture.ReferenceFrames) {
        if (is_unused(reference)) {
            continue;
        }
        Timestamp timestamp;
        // What the target held before is gone, unless it is the first field of this frame.
        const bool is_target = reference.picture_id == input.target;
        if (input.references != nullptr && (!is_target || second_field)) {
            timestamp = input.references->find(reference.picture_id);
        }
        add(reference, state, timestamp);
        if (timestamp.valid() && !is_target) {
            add_reference(reference.picture_id);
        }
    }
    if (count_ == 0 && has_inter_slices) {
        add_made_up();
    }
    for (size_t i = 0; i < count_; ++i) {
        set_pic_num(entries_[i]);
        entries_[i].top_field_order_cnt = pocs_[i].told_top(structure_);
        entries_[i].bottom_field_order_cnt = pocs_[i].told_bottom(structure_);
        if (resolved_[i]) {
            continue;
        }
        const Result<> result = borrow(i, input, latest, no_reference);
        // Without slices that read it, it is there for its place alone.
        if (!result && has_inter_slices) {
            return result;
        }
    }
    return {};
}

void H264Dpb::add_reference(VASurfaceID surface) {
    const auto end = references_.begin() + static_cast<std::ptrdiff_t>(reference_count_);
    if (std::find(references_.begin(), end, surface) == end) {
        references_[reference_count_++] = surface;
    }
}

// For slices that refer to pictures where the client knows of none: the one before.
void H264Dpb::add_made_up() {
    v4l2_h264_dpb_entry& entry = entries_[count_];
    entry.frame_num = static_cast<uint16_t>((frame_num_ + max_frame_num_ - 1) % max_frame_num_);
    entry.fields = V4L2_H264_FRAME_REF;
    entry.flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
    surfaces_[count_] = VA_INVALID_ID;
    resolved_[count_] = false;
    pocs_[count_] = {};
    ++count_;
}

void H264Dpb::add(const VAPictureH264& reference, H264State& state, Timestamp timestamp) {
    if (const std::optional<uint8_t> same = find(reference.picture_id)) {
        merge(*same, reference, state);
        return;
    }
    v4l2_h264_dpb_entry& entry = entries_[count_];
    surfaces_[count_] = reference.picture_id;
    resolved_[count_] = timestamp.valid();

    entry.reference_ts = timestamp.nanoseconds();
    // FrameNum, or LongTermFrameIdx of a long-term picture: VA's frame_idx follows the same rule.
    entry.frame_num = static_cast<uint16_t>(reference.frame_idx);
    entry.fields = h264_reference_fields(reference);
    entry.flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
    if ((reference.flags & VA_PICTURE_H264_LONG_TERM_REFERENCE) != 0) {
        entry.flags |= V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
    }
    if (const H264DecodedPicture* decoded = state.use(timestamp)) {
        // What the stream said when it was decoded is the truth under any later bias.
        pocs_[count_] = decoded->poc;
        if (decoded->as_fields) {
            entry.flags |= V4L2_H264_DPB_ENTRY_FLAG_FIELD;
        }
    } else {
        pocs_[count_] = referenced_poc(reference, state);
    }
    ++count_;
}

// Some clients give each field of a frame its own entry.
void H264Dpb::merge(size_t index, const VAPictureH264& reference, const H264State& state) {
    entries_[index].fields |= h264_reference_fields(reference);
    const H264FieldOrderCnt poc = referenced_poc(reference, state);
    H264FieldOrderCnt& known = pocs_[index];
    if (!known.has_top && poc.has_top) {
        known.top = poc.top;
        known.has_top = true;
    }
    if (!known.has_bottom && poc.has_bottom) {
        known.bottom = poc.bottom;
        known.has_bottom = true;
    }
}

// FrameNumWrap (8.2.4.1).
int32_t H264Dpb::frame_num_wrap(const v4l2_h264_dpb_entry& entry) const {
    return entry.frame_num > frame_num_ ? entry.frame_num - max_frame_num_ : entry.frame_num;
}

// PicNum or LongTermPicNum (8.2.4.1). An entry of both fields has one per field; the one of the
// current picture's parity is given, as GStreamer does.
void H264Dpb::set_pic_num(v4l2_h264_dpb_entry& entry) const {
    const int32_t frame_number = is_long_term(entry) ? entry.frame_num : frame_num_wrap(entry);
    if (structure_ == H264Structure::kFrame) {
        entry.pic_num = static_cast<uint32_t>(frame_number);
        return;
    }
    const uint8_t own = structure_ == H264Structure::kTopField ? V4L2_H264_TOP_FIELD_REF
                                                               : V4L2_H264_BOTTOM_FIELD_REF;
    const int32_t same_parity = (entry.fields & own) != 0 ? 1 : 0;
    entry.pic_num = static_cast<uint32_t>(2 * frame_number + same_parity);
}

// In decoding order; the index of a long-term picture says nothing about that.
int64_t H264Dpb::order_of(const v4l2_h264_dpb_entry& entry) const {
    return is_long_term(entry) ? kFarOrder : frame_num_wrap(entry);
}

// A reference that was lost, or that a gap in frame_num implies.
Result<> H264Dpb::borrow(size_t index, const PictureInput& input, const LatestPicture& latest,
                         NoReference no_reference) {
    std::array<ExistingPicture, V4L2_H264_NUM_DPB_ENTRIES> existing;
    std::array<size_t, V4L2_H264_NUM_DPB_ENTRIES> entry_of = {};
    size_t count = 0;
    for (size_t i = 0; i < count_; ++i) {
        if (resolved_[i]) {
            entry_of[count] = i;
            existing[count++].order = order_of(entries_[i]);
        }
    }
    v4l2_h264_dpb_entry& entry = entries_[index];
    entry.reference_ts = input.timestamp.nanoseconds();
    // Of a long-term one any short-term one is as near.
    const int64_t order = is_long_term(entry) ? frame_num_ : frame_num_wrap(entry);
    const Result<StandIn> found =
        stand_in(std::span(existing).first(count), order, latest, input, no_reference);
    if (!found) {
        return fail(found.error());
    }
    if (found->kind == StandIn::Kind::kExisting) {
        if (count > 0) {
            entry.reference_ts = entries_[entry_of[found->index]].reference_ts;
        } else {
            entry.reference_ts = found->picture.timestamp.nanoseconds();
            add_reference(found->picture.surface);
        }
    }
    return {};
}

bool H264Dpb::gives_list0(const VASliceParameterBufferH264& slice, size_t count) const {
    const auto end = static_cast<std::ptrdiff_t>(count_);
    if (structure_ != H264Structure::kFrame ||
        !std::all_of(resolved_.begin(), resolved_.begin() + end,
                     [](bool known) { return known; })) {
        return true;
    }
    // Falling PicNum, then rising LongTermPicNum.
    std::array<uint8_t, V4L2_H264_NUM_DPB_ENTRIES> order = {};
    std::iota(order.begin(), order.end(), uint8_t{0});
    std::sort(order.begin(), order.begin() + end, [this](uint8_t a, uint8_t b) {
        const bool a_is_long = is_long_term(entries_[a]);
        if (a_is_long != is_long_term(entries_[b])) {
            return !a_is_long;
        }
        const auto a_num = static_cast<int32_t>(entries_[a].pic_num);
        const auto b_num = static_cast<int32_t>(entries_[b].pic_num);
        return a_is_long ? a_num < b_num : a_num > b_num;
    });
    // A stream may have longer lists than pictures.
    for (size_t i = 0; i < count; ++i) {
        const VASurfaceID wanted = i < count_ ? surfaces_[order[i]] : VA_INVALID_ID;
        if (slice.RefPicList0[i].picture_id != wanted) {
            return false;
        }
    }
    return true;
}

std::optional<uint8_t> H264Dpb::find(VASurfaceID surface) const {
    if (surface == VA_INVALID_ID) {
        return std::nullopt;
    }
    for (size_t i = 0; i < count_; ++i) {
        if (surfaces_[i] == surface) {
            return static_cast<uint8_t>(i);
        }
    }
    return std::nullopt;
}

std::optional<uint8_t> H264Dpb::find_or_nearest(VASurfaceID surface) const {
    if (const std::optional<uint8_t> index = find(surface)) {
        return index;
    }
    std::array<ExistingPicture, V4L2_H264_NUM_DPB_ENTRIES> pictures;
    for (size_t i = 0; i < count_; ++i) {
        pictures[i].order = order_of(entries_[i]);
    }
    const std::optional<size_t> index = nearest(std::span(pictures).first(count_), frame_num_);
    return index ? std::optional(static_cast<uint8_t>(*index)) : std::nullopt;
}

}  // namespace v4l2va
