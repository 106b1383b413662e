// SPDX-License-Identifier: MIT
// hantro's table of references, and the indices that stop a Raspberry Pi or an AVD.
#include "hevc/references.h"

#include <algorithm>

#include "hevc/lists.h"

namespace vdec::hevc {
namespace {

std::span<const uint8_t> active_list(const v4l2_ctrl_hevc_slice_params& slice, size_t list) {
    const bool used = slice.slice_type == V4L2_HEVC_SLICE_TYPE_B ||
                      (slice.slice_type == V4L2_HEVC_SLICE_TYPE_P && list == 0);
    if (!used) return {};
    const std::span<const uint8_t> entries =
        list == 0 ? std::span<const uint8_t>(slice.ref_idx_l0) : slice.ref_idx_l1;
    const size_t count =
        1U + (list == 0 ? slice.num_ref_idx_l0_active_minus1 : slice.num_ref_idx_l1_active_minus1);
    return entries.first(std::min(count, entries.size()));
}

// The entry of the list that the collocated picture is; nothing without temporal motion.
std::optional<uint8_t> collocated(const v4l2_ctrl_hevc_slice_params& slice) {
    if ((slice.flags & V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED) == 0 ||
        slice.slice_type == V4L2_HEVC_SLICE_TYPE_I) {
        return std::nullopt;
    }
    const bool in_l1 = slice.slice_type == V4L2_HEVC_SLICE_TYPE_B &&
                       (slice.flags & V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0) == 0;
    const auto list = active_list(slice, in_l1 ? 1 : 0);
    if (slice.collocated_ref_idx >= list.size()) return kNoReference;
    return list[slice.collocated_ref_idx];
}

}  // namespace

const PocTable::Place* PocTable::place_of(int poc) const {
    const auto found = std::ranges::find(places_, poc, &Place::poc);
    return found != places_.end() && found->timestamp ? &*found : nullptr;
}

std::optional<uint64_t> PocTable::find(int poc) const {
    const Place* place = place_of(poc);
    return place != nullptr ? place->timestamp : std::nullopt;
}

bool PocTable::decode(std::span<const v4l2_hevc_dpb_entry> dpb, int poc, uint64_t timestamp) {
    for (Place& place : places_) place.used = false;
    for (const v4l2_hevc_dpb_entry& entry : dpb.first(std::min<size_t>(dpb.size(), 15))) {
        const Place* place = place_of(entry.pic_order_cnt_val);
        if (place == nullptr) return false;
        places_[static_cast<size_t>(place - places_.data())].used = true;
    }
    const auto free = std::ranges::find(places_, false, &Place::used);
    if (free == places_.end()) return false;
    *free = {poc, timestamp, true};
    return true;
}

ReferenceFault reference_fault(const Sets& sets, HevcReferences references,
                               const std::function<bool(uint64_t)>& decoded) {
    if (references != HevcReferences::in_dpb_or_hang &&
        references != HevcReferences::active_or_hang) {
        return {};
    }
    const auto dpb = dpb_of(sets);
    ReferenceFault fault;
    for (const v4l2_ctrl_hevc_slice_params& slice : sets.slices) {
        for (const size_t list : {0U, 1U}) {
            for (const uint8_t index : active_list(slice, list)) {
                if (index >= dpb.size()) return {DecodeStatus::hang, "list entry"};
                if (references == HevcReferences::active_or_hang &&
                    !decoded(dpb[index].timestamp)) {
                    return {DecodeStatus::hang, "reference that was never decoded"};
                }
            }
        }
        const std::optional<uint8_t> index = collocated(slice);
        if (!index) continue;
        if (*index >= dpb.size()) return {DecodeStatus::hang, "collocated picture"};
        // "Missing DPB ent for col": the driver notices, and ends the frame.
        if (!decoded(dpb[*index].timestamp)) {
            fault = {DecodeStatus::error, "collocated picture without a buffer"};
        }
    }
    return fault;
}

}  // namespace vdec::hevc
