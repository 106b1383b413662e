// SPDX-License-Identifier: MIT
// HevcDpb: VA's ReferenceFrames as the dpb[] and the reference picture set of
// v4l2_ctrl_hevc_decode_params.
#include "codec/hevc_dpb.h"

#include <algorithm>
#include <cstdlib>

namespace v4l2va {
namespace {

constexpr uint32_t kCurrFlags = VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE |
                                VA_PICTURE_HEVC_RPS_ST_CURR_AFTER | VA_PICTURE_HEVC_RPS_LT_CURR;

bool is_unused(const VAPictureHEVC& reference) {
    return (reference.flags & VA_PICTURE_HEVC_INVALID) != 0 ||
           (reference.picture_id == VA_INVALID_ID && (reference.flags & kCurrFlags) == 0);
}

int64_t distance(int32_t a, int32_t b) { return std::abs(int64_t{a} - b); }

}  // namespace

Result<> HevcDpb::assign(const VAPictureParameterBufferHEVC& picture, const PictureInput& input,
                         bool has_inter_slices, const LatestPicture& latest,
                         const HevcDpbRules& rules) {
    static_assert(std::size(decltype(picture.ReferenceFrames){}) == 15);
    entries_ = {};
    count_ = 0;
    picture_count_ = 0;
    picture_of_va_.fill(kNoReference);
    before_ = {};
    after_ = {};
    long_term_ = {};
    reference_count_ = 0;
    refers_to_itself_ = false;
    pic_order_cnt_ = picture.CurrPic.pic_order_cnt;
    lsb_mask_ = (1 << (picture.log2_max_pic_order_cnt_lsb_minus4 + 4)) - 1;

    for (size_t i = 0; i < picture_of_va_.size(); ++i) {
        const VAPictureHEVC& reference = picture.ReferenceFrames[i];
        if (is_unused(reference)) {
            continue;
        }
        Timestamp timestamp;
        // What the target held before is gone.
        if (input.references != nullptr && reference.picture_id != input.target) {
            timestamp = input.references->find(reference.picture_id);
        }
        // G2's driver reuses the place of a picture that is not in one dpb[].
        if (rules.no_reference == NoReference::kNothing && !kept(timestamp)) {
            timestamp = {};
        }
        // libavcodec makes up pictures for all that a stream cut at a CRA picture lacks.
        if (!timestamp.valid() && (reference.flags & kCurrFlags) == 0) {
            continue;
        }
        picture_of_va_[i] = static_cast<uint8_t>(picture_count_);
        add(reference, timestamp);
    }
    // 8.3.2: nearest first.
    const auto poc = [this](uint8_t index) { return pictures_[index].pic_order_cnt_val; };
    std::stable_sort(before_.span().begin(), before_.span().end(),
                     [&poc](uint8_t a, uint8_t b) { return poc(a) > poc(b); });
    std::stable_sort(after_.span().begin(), after_.span().end(),
                     [&poc](uint8_t a, uint8_t b) { return poc(a) < poc(b); });
    return replace_lost(input, has_inter_slices, latest, rules);
}

void HevcDpb::decoded(Timestamp timestamp) {
    kept_ = {};
    for (size_t i = 0; i < count_; ++i) {
        kept_[i] = entries_[i].timestamp;
    }
    kept_[count_] = timestamp.nanoseconds();
}

bool HevcDpb::kept(Timestamp timestamp) const {
    return std::find(kept_.begin(), kept_.end(), timestamp.nanoseconds()) != kept_.end();
}

void HevcDpb::add(const VAPictureHEVC& reference, Timestamp timestamp) {
    const auto index = static_cast<uint8_t>(picture_count_++);
    Picture& picture = pictures_[index];
    picture = {};
    picture.pic_order_cnt_val = reference.pic_order_cnt;
    picture.long_term = (reference.flags &
                         (VA_PICTURE_HEVC_LONG_TERM_REFERENCE | VA_PICTURE_HEVC_RPS_LT_CURR)) != 0;
    picture.used = (reference.flags & kCurrFlags) != 0;

    // va.h: no more than one of the three flags.
    if ((reference.flags & VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE) != 0) {
        before_.add(index);
    } else if ((reference.flags & VA_PICTURE_HEVC_RPS_ST_CURR_AFTER) != 0) {
        after_.add(index);
    } else if ((reference.flags & VA_PICTURE_HEVC_RPS_LT_CURR) != 0) {
        long_term_.add(index);
    }
    if (timestamp.valid()) {
        existing_[count_] = {reference.picture_id, timestamp, reference.pic_order_cnt};
        picture.dpb_index = add_entry(picture, timestamp);
        entries_[picture.dpb_index].field_pic =
            (reference.flags & VA_PICTURE_HEVC_FIELD_PIC) != 0 ? 1 : 0;
        add_reference(reference.picture_id);
    }
}

uint8_t HevcDpb::add_entry(const Picture& picture, Timestamp timestamp) {
    v4l2_hevc_dpb_entry& entry = entries_[count_];
    entry.timestamp = timestamp.nanoseconds();
    entry.pic_order_cnt_val = picture.pic_order_cnt_val;
    entry.flags = picture.long_term ? uint8_t{V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE} : uint8_t{0};
    return static_cast<uint8_t>(count_++);
}

void HevcDpb::add_reference(VASurfaceID surface) {
    const auto end = references_.begin() + static_cast<std::ptrdiff_t>(reference_count_);
    if (std::find(references_.begin(), end, surface) == end) {
        references_[reference_count_++] = surface;
    }
}

// Each lost picture that is used gets the index of another; with nothing in dpb[] that slices could
// be sent to, one entry is made.
Result<> HevcDpb::replace_lost(const PictureInput& input, bool has_inter_slices,
                               const LatestPicture& latest, const HevcDpbRules& rules) {
    const std::span existing(existing_.data(), count_);
    const auto replace = [&](Picture& lost) -> Result<> {
        const Result<StandIn> found =
            stand_in(existing, lost.pic_order_cnt_val, latest, input, rules.no_reference);
        if (!found) {
            return fail(found.error());
        }
        switch (found->kind) {
            case StandIn::Kind::kNothing:
                return {};
            case StandIn::Kind::kItself:
                refers_to_itself_ = true;
                break;
            case StandIn::Kind::kExisting:
                if (!rules.sets_from_headers && !existing.empty()) {
                    lost.dpb_index = static_cast<uint8_t>(found->index);
                    return {};
                }
                add_reference(found->picture.surface);
                break;
        }
        Picture entry = lost;
        if (found->kind == StandIn::Kind::kExisting && !rules.sets_from_headers) {
            entry.pic_order_cnt_val = static_cast<int32_t>(found->picture.order);
        }
        // All lost ones may share the one entry of the latest picture.
        const bool shared =
            found->kind == StandIn::Kind::kExisting && !rules.sets_from_headers && count_ > 0;
        lost.dpb_index = shared ? uint8_t{0} : add_entry(entry, found->picture.timestamp);
        return {};
    };
    for (Picture& picture : std::span(pictures_.data(), picture_count_)) {
        if (picture.dpb_index != kNoReference) {
            continue;
        }
        const Result<> result = replace(picture);
        if (!result && has_inter_slices) {
            return result;
        }
    }
    if (has_inter_slices && count_ == 0) {
        Picture none;  // of a client that names nothing: the picture before
        none.pic_order_cnt_val = pic_order_cnt_ > INT32_MIN ? pic_order_cnt_ - 1 : INT32_MAX;
        return replace(none);
    }
    return {};
}

HevcIndexSet HevcDpb::dpb_indices(const Set& set) const {
    HevcIndexSet indices;
    for (const uint8_t index : set.span()) {
        if (pictures_[index].dpb_index != kNoReference) {
            indices.add(pictures_[index].dpb_index);
        }
    }
    return indices;
}

uint8_t HevcDpb::index_or_nearest(uint8_t va_index) const {
    if (va_index < picture_of_va_.size() && picture_of_va_[va_index] != kNoReference) {
        const uint8_t index = pictures_[picture_of_va_[va_index]].dpb_index;
        return index != kNoReference ? index : uint8_t{0};
    }
    uint8_t nearest = 0;
    int64_t best = INT64_MAX;
    for (const Picture& picture : pictures()) {
        const int64_t away = distance(picture.pic_order_cnt_val, pic_order_cnt_);
        if (picture.used && picture.dpb_index != kNoReference && away < best) {
            best = away;
            nearest = picture.dpb_index;
        }
    }
    return nearest;
}

void HevcDpb::order_long_term(const HevcListSource& slice) {
    if (long_term_.count < 2) {
        return;
    }
    order_by_header(slice.header);
    if (slice.header.is(HevcSliceType::kI)) {
        return;
    }
    const auto order = [this, &slice](size_t list, uint8_t num_ref_idx_active_minus1) {
        const size_t count = num_ref_idx_active_minus1 + size_t{1};
        order_by_list(std::span(slice.params.RefPicList[list]).first(count),
                      std::span(slice.header.list_entry[list]).first(count),
                      slice.header.ref_pic_list_modification_flag[list]);
    };
    order(0, slice.header.num_ref_idx_l0_active_minus1);
    if (slice.header.is(HevcSliceType::kB)) {
        order(1, slice.header.num_ref_idx_l1_active_minus1);
    }
}

// The entries of the SPS, of which only the index is known, come first in a header; those that are
// written out are found by their count.
void HevcDpb::order_by_header(const HevcSliceHeader& header) {
    Set rest = long_term_;
    Set written;
    const HevcLongTermSet& set = header.long_term_set;
    for (const HevcLongTermPic& pic : std::span(set.pics).first(set.count)) {
        if (pic.from_sps || !pic.used_by_curr_pic_lt_flag) {
            continue;
        }
        if (const std::optional<uint8_t> found = find_long_term(pic, rest)) {
            written.add(rest.index[*found]);
            std::copy(rest.index.begin() + *found + 1, rest.index.end(),
                      rest.index.begin() + *found);
            --rest.count;
        }
    }
    std::copy(written.span().begin(), written.span().end(), rest.index.begin() + rest.count);
    rest.count = long_term_.count;
    long_term_ = rest;
}

// The position in `in` of the picture that `pic` describes (8.3.2).
std::optional<uint8_t> HevcDpb::find_long_term(const HevcLongTermPic& pic, const Set& in) const {
    const int64_t msb = int64_t{pic_order_cnt_} - (pic_order_cnt_ & lsb_mask_) -
                        int64_t{pic.delta_poc_msb_cycle_lt} * (lsb_mask_ + int64_t{1});
    for (uint8_t i = 0; i < in.count; ++i) {
        const int32_t poc = pictures_[in.index[i]].pic_order_cnt_val;
        if (pic.delta_poc_msb_present_flag ? poc == msb + pic.poc_lsb_lt
                                           : (poc & lsb_mask_) == pic.poc_lsb_lt) {
            return i;
        }
    }
    return std::nullopt;
}

// 8.3.4: a list starts with both short-term sets (in an order of its own), then has the long-term
// set, then starts anew; a modified list picks from that. So each entry of a list that is a
// long-term picture shows the place of this picture in its set.
void HevcDpb::order_by_list(std::span<const uint8_t> list, std::span<const uint8_t> list_entry,
                            bool modified) {
    const size_t short_term = size_t{before_.count} + after_.count;
    const size_t total = short_term + long_term_.count;
    for (size_t i = 0; i < list.size(); ++i) {
        const size_t place = (modified ? list_entry[i] : i) % total;
        if (place < short_term || list[i] >= picture_of_va_.size()) {
            continue;
        }
        const std::span<uint8_t> set = long_term_.span();
        const auto found = std::find(set.begin(), set.end(), picture_of_va_[list[i]]);
        if (found != set.end()) {
            std::iter_swap(found, set.begin() + static_cast<std::ptrdiff_t>(place - short_term));
        }
    }
}

Result<HevcRefPicSets> HevcDpb::written_sets(const HevcSliceHeader& header,
                                             const HevcSliceHeaderInput& input) const {
    HevcRefPicSets sets;
    if (header.has_short_term_set()) {
        sets.short_term = header.short_term_set;
    } else {
        const Result<HevcShortTermSet> set = short_term_set();
        if (!set) {
            return fail(set.error());
        }
        sets.short_term = *set;
    }
    const std::span<const HevcLongTermPic> pics =
        std::span(header.long_term_set.pics).first(header.long_term_set.count);
    if (std::none_of(pics.begin(), pics.end(),
                     [](const HevcLongTermPic& pic) { return pic.from_sps; })) {
        sets.long_term = header.long_term_set;
        return sets;
    }
    const Result<HevcLongTermSet> set = long_term_set(input.log2_max_pic_order_cnt_lsb_minus4 + 4U);
    if (!set) {
        return fail(set.error());
    }
    sets.long_term = *set;
    return sets;
}

// From the pictures' counts: what a set of the SPS, or one predicted from it, comes to.
Result<HevcShortTermSet> HevcDpb::short_term_set() const {
    Set order;
    for (size_t i = 0; i < picture_count_; ++i) {
        if (!pictures_[i].long_term) {
            order.add(static_cast<uint8_t>(i));
        }
    }
    // Nearest first; of two with the same count, which no good client sends, the one that is used.
    const auto away = [this](uint8_t index) {
        return distance(pictures_[index].pic_order_cnt_val, pic_order_cnt_);
    };
    std::stable_sort(order.span().begin(), order.span().end(), [&](uint8_t a, uint8_t b) {
        return away(a) != away(b) ? away(a) < away(b) : pictures_[a].used && !pictures_[b].used;
    });
    HevcShortTermSet set;
    for (const uint8_t index : order.span()) {
        const int64_t delta = int64_t{pictures_[index].pic_order_cnt_val} - pic_order_cnt_;
        const bool negative = delta < 0;
        uint8_t& count = negative ? set.num_negative_pics : set.num_positive_pics;
        auto& delta_poc = negative ? set.delta_poc_s0 : set.delta_poc_s1;
        const int64_t step =
            std::abs(delta) - (count > 0 ? std::abs(int64_t{delta_poc[count - 1U]}) : 0);
        if (step == 0) {
            continue;
        }
        if (step > 32768) {  // delta_poc_sX_minus1 ends at 2^15 - 1 (7.4.8)
            if (pictures_[index].used) {
                return fail(ErrorCode::kUnsupported, "HEVC short-term reference too far away");
            }
            continue;
        }
        delta_poc[count] = static_cast<int32_t>(delta);
        (negative ? set.used_by_curr_pic_s0 : set.used_by_curr_pic_s1)[count] =
            pictures_[index].used;
        ++count;
    }
    return set;
}

// The pictures in use in the order of their set, then the others.
Result<HevcLongTermSet> HevcDpb::long_term_set(uint32_t lsb_bits) const {
    Set order = long_term_;
    for (size_t i = 0; i < picture_count_; ++i) {
        if (pictures_[i].long_term && !pictures_[i].used) {
            order.add(static_cast<uint8_t>(i));
        }
    }
    HevcLongTermSet set;
    int64_t cycle_before = 0;
    for (const uint8_t index : order.span()) {
        const int32_t poc = pictures_[index].pic_order_cnt_val;
        HevcLongTermPic pic;
        pic.poc_lsb_lt = static_cast<uint16_t>(poc & lsb_mask_);
        pic.used_by_curr_pic_lt_flag = pictures_[index].used;
        // Only where the lsb leaves a doubt (7.4.7.1): a picture that follows in output order has
        // no such cycle, nor one that libavcodec made up, and cycles may not fall.
        pic.delta_poc_msb_present_flag = same_lsb_elsewhere(index, lsb_mask_);
        if (pic.delta_poc_msb_present_flag) {
            const int64_t cycle = ((int64_t{pic_order_cnt_} - (pic_order_cnt_ & lsb_mask_)) -
                                   (int64_t{poc} - (poc & lsb_mask_))) >>
                                  lsb_bits;
            if (cycle < cycle_before) {
                if (!pictures_[index].used) {
                    continue;
                }
                return fail(ErrorCode::kUnsupported, "HEVC order of long-term references");
            }
            cycle_before = cycle;
        }
        pic.delta_poc_msb_cycle_lt = static_cast<uint32_t>(cycle_before);
        set.pics[set.count++] = pic;
    }
    return set;
}

bool HevcDpb::same_lsb_elsewhere(size_t index, int32_t lsb_mask) const {
    const int32_t lsb = pictures_[index].pic_order_cnt_val & lsb_mask;
    for (size_t i = 0; i < picture_count_; ++i) {
        if (i != index && (pictures_[i].pic_order_cnt_val & lsb_mask) == lsb) {
            return true;
        }
    }
    return false;
}

}  // namespace v4l2va
