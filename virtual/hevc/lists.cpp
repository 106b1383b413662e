// SPDX-License-Identifier: MIT
// Building reference picture lists.
#include "hevc/lists.h"

#include <algorithm>
#include <array>

namespace vdec::hevc {
namespace {

using Part = Wanted::Part;
// The dpb indices of the parts before, after and lt.
using Parts = std::array<std::vector<uint8_t>, 3>;

// 8-8 to 8-11
DpbLists build(const SliceHeader& header, const Parts& parts, size_t dpb_size) {
    static constexpr size_t kOrder[2][3] = {{0, 1, 2}, {1, 0, 2}};
    DpbLists result;
    if (header.intra()) return result;
    for (size_t list = 0; list < (header.b() ? 2U : 1U); ++list) {
        std::vector<uint8_t> initial;
        for (const size_t part : kOrder[list]) {
            initial.insert(initial.end(), parts[part].begin(), parts[part].end());
        }
        for (size_t i = 0; i < header.num_ref_idx[list]; ++i) {
            const size_t at = header.modified[list] ? header.list_entry[list][i] : i;
            const uint8_t index = initial.empty() ? kNoReference : initial[at % initial.size()];
            result.lists[list].push_back(index < dpb_size ? index : kNoReference);
        }
    }
    return result;
}

template <typename Matches>
uint8_t find_entry(const Sets& sets, Matches matches) {
    const auto dpb = dpb_of(sets);
    for (size_t i = 0; i < dpb.size(); ++i) {
        if (matches(dpb[i])) return static_cast<uint8_t>(i);
    }
    return kNoReference;
}

bool is_long(const v4l2_hevc_dpb_entry& entry) {
    return (entry.flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE) != 0;
}

std::vector<uint8_t> look_up(const std::vector<RefPicSet::Entry>& entries, const Sets& sets) {
    std::vector<uint8_t> found;
    for (const RefPicSet::Entry& entry : entries) {
        if (!entry.used) continue;
        const int poc = sets.params.pic_order_cnt_val + entry.delta_poc;
        found.push_back(find_entry(sets, [poc](const v4l2_hevc_dpb_entry& candidate) {
            return !is_long(candidate) && candidate.pic_order_cnt_val == poc;
        }));
    }
    return found;
}

std::vector<uint8_t> look_up(const std::vector<LongTerm>& entries, const Sets& sets) {
    const int max_lsb = sets.max_poc_lsb();
    const int current = sets.params.pic_order_cnt_val;
    std::vector<uint8_t> found;
    for (const LongTerm& entry : entries) {
        if (!entry.used) continue;
        const int mask = entry.has_msb ? -1 : max_lsb - 1;
        int poc = entry.poc_lsb;
        if (entry.has_msb) {
            poc += current - entry.delta_msb_cycle * max_lsb - (current & (max_lsb - 1));
        }
        found.push_back(find_entry(sets, [&](const v4l2_hevc_dpb_entry& candidate) {
            return is_long(candidate) && (candidate.pic_order_cnt_val & mask) == poc;
        }));
    }
    return found;
}

}  // namespace

std::span<const v4l2_hevc_dpb_entry> dpb_of(const Sets& sets) {
    return {sets.params.dpb, std::min<size_t>(sets.params.num_active_dpb_entries, 16)};
}

std::span<const uint8_t> list_of(const Sets& sets, Part part) {
    const v4l2_ctrl_hevc_decode_params& params = sets.params;
    const auto list = [](const auto& indices, size_t count) {
        return std::span<const uint8_t>(indices, std::min<size_t>(count, 16));
    };
    switch (part) {
        case Part::before:
            return list(params.poc_st_curr_before, params.num_poc_st_curr_before);
        case Part::after:
            return list(params.poc_st_curr_after, params.num_poc_st_curr_after);
        case Part::lt:
            return list(params.poc_lt_curr, params.num_poc_lt_curr);
        default:
            return {};
    }
}

DpbLists lists_from_controls(const SliceHeader& header, const Sets& sets) {
    Parts parts;
    size_t at = 0;
    for (const Part part : {Part::before, Part::after, Part::lt}) {
        const auto indices = list_of(sets, part);
        parts[at++].assign(indices.begin(), indices.end());
    }
    return build(header, parts, dpb_of(sets).size());
}

DpbLists lists_from_header(const SliceHeader& header, const Sets& sets) {
    const Parts parts = {look_up(header.rps.negative, sets), look_up(header.rps.positive, sets),
                         look_up(header.long_terms, sets)};
    return build(header, parts, dpb_of(sets).size());
}

DpbLists lists_from_params(const SliceHeader& header, const v4l2_ctrl_hevc_slice_params& params) {
    DpbLists result;
    if (header.intra()) return result;
    result.lists[0].assign(params.ref_idx_l0, params.ref_idx_l0 + header.num_ref_idx[0]);
    if (header.b()) {
        result.lists[1].assign(params.ref_idx_l1, params.ref_idx_l1 + header.num_ref_idx[1]);
    }
    return result;
}

}  // namespace vdec::hevc
