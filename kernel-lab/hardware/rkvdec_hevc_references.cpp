// SPDX-License-Identifier: MIT
#include "rkvdec_hevc_references.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "hevc/lists.h"

namespace hardware {
namespace {

using vdec::hevc::kNoReference;
using vdec::hevc::LongTerm;
using vdec::hevc::RefPicSet;
using vdec::hevc::Sets;
using vdec::hevc::SliceHeader;

constexpr size_t kHeaderBytes = 16384;
constexpr unsigned kMaxDeltaPocs = 16;

std::span<v4l2_hevc_dpb_entry> dpb_of(v4l2_ctrl_hevc_decode_params& params) {
    return {params.dpb, params.num_active_dpb_entries};
}

template <typename Matches>
uint8_t find(v4l2_ctrl_hevc_decode_params& params, Matches matches) {
    const auto dpb = dpb_of(params);
    const auto found = std::ranges::find_if(dpb, matches);
    return found == dpb.end() ? kNoReference
                              : static_cast<uint8_t>(std::distance(dpb.begin(), found));
}

// 8-5
bool is_that(const v4l2_hevc_dpb_entry& entry, const LongTerm& wanted, const Sets& sets,
             int current) {
    const int max_lsb = sets.max_poc_lsb();
    if (!wanted.has_msb) return (entry.pic_order_cnt_val & (max_lsb - 1)) == wanted.poc_lsb;
    return entry.pic_order_cnt_val ==
           wanted.poc_lsb + current - wanted.delta_msb_cycle * max_lsb - (current & (max_lsb - 1));
}

void set(__u64& flags, uint64_t flag, bool value) {
    if (value) flags |= flag;
}

}  // namespace

// Of a set that is predicted from one of an SPS that the device was not told, the number of flags
// is the one with which its size is what the device was told.
bool HevcReferenceFiller::read_header(std::span<const uint8_t> nal, size_t index, Sets& sets,
                                      const SliceHeader* previous, SliceHeader& header) {
    const vdec::Bytes head = vdec::unescaped(nal, kHeaderBytes);
    for (unsigned count = 0; count <= kMaxDeltaPocs; ++count) {
        header = {};
        sets.params.num_delta_pocs_of_ref_rps_idx = static_cast<uint8_t>(count);
        const bool read =
            vdec::hevc::parse_slice_header(head, sets, previous, std::nullopt, header);
        if (packets_.empty() || header.dependent || !header.inter_rps) {
            sets.params.num_delta_pocs_of_ref_rps_idx = 0;
            return read;
        }
        if (header.st_bits == packets_[index].short_term_bits) return read;
    }
    return false;
}

bool HevcReferenceFiller::read_headers(const Sets& told) {
    Sets sets = told;
    sets.params = params_;
    if (!packets_.empty()) {
        // named_curr()
        sets.params.num_poc_st_curr_before =
            static_cast<uint8_t>(packets_.front().num_pic_total_curr);
    }
    SliceHeader previous;
    for (size_t i = 0; i < nals_.size(); ++i) {
        SliceHeader header;
        if (!read_header(nals_[i], i, sets, i > 0 ? &previous : nullptr, header)) return false;
        if (i == 0) {
            params_.num_delta_pocs_of_ref_rps_idx = sets.params.num_delta_pocs_of_ref_rps_idx;
            fill_picture(header, sets);
        }
        if (i < packets_.size()) add_slice(header, packets_[i], sets);
        previous = header;
    }
    return true;
}

void HevcReferenceFiller::fill_picture(const SliceHeader& header, const Sets& sets) {
    if (header.irap()) params_.flags |= V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC;
    if (header.idr()) params_.flags |= V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC;
    params_.short_term_ref_pic_set_size = static_cast<uint16_t>(header.st_bits);
    params_.long_term_ref_pic_set_size = static_cast<uint16_t>(header.lt_bits);
    for (const HevcSliceReferences& packet : packets_) {
        for (const auto& list : packet.lists) {
            for (const HevcSliceReferences::Entry& entry : list) {
                if (!entry.long_term || entry.index >= params_.num_active_dpb_entries) continue;
                params_.dpb[entry.index].flags = V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE;
            }
        }
    }
    if (header.references_known()) {
        fill_lists(header, sets);
    } else {
        guess_lists();
    }
}

void HevcReferenceFiller::fill_lists(const SliceHeader& header, const Sets& sets) {
    const int current = params_.pic_order_cnt_val;
    const auto is_long = [](const v4l2_hevc_dpb_entry& entry) {
        return (entry.flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE) != 0;
    };
    for (const LongTerm& wanted : header.long_terms) {
        const uint8_t index = find(params_, [&](const v4l2_hevc_dpb_entry& entry) {
            return is_that(entry, wanted, sets, current);
        });
        if (index != kNoReference) {
            params_.dpb[index].flags = V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE;
        }
        if (wanted.used && params_.num_poc_lt_curr < std::size(params_.poc_lt_curr)) {
            params_.poc_lt_curr[params_.num_poc_lt_curr++] = index;
        }
    }
    const auto add = [&](const std::vector<RefPicSet::Entry>& entries, uint8_t(&list)[16],
                         uint8_t& count) {
        for (const RefPicSet::Entry& wanted : entries) {
            if (!wanted.used || count == std::size(list)) continue;
            list[count++] = find(params_, [&](const v4l2_hevc_dpb_entry& entry) {
                return !is_long(entry) && entry.pic_order_cnt_val == current + wanted.delta_poc;
            });
        }
    };
    add(header.rps.negative, params_.poc_st_curr_before, params_.num_poc_st_curr_before);
    add(header.rps.positive, params_.poc_st_curr_after, params_.num_poc_st_curr_after);
}

// A device that is told final lists needs no more than the number of pictures they are made of.
void HevcReferenceFiller::guess_lists() {
    const unsigned total = packets_.empty() ? 0 : packets_.front().num_pic_total_curr;
    std::vector<uint8_t> before;
    for (uint8_t i = 0; i < params_.num_active_dpb_entries; ++i) {
        const v4l2_hevc_dpb_entry& entry = params_.dpb[i];
        if (entry.flags == 0 && entry.pic_order_cnt_val < params_.pic_order_cnt_val) {
            before.push_back(i);
        }
    }
    std::ranges::sort(before, std::greater<>(),
                      [this](uint8_t i) { return params_.dpb[i].pic_order_cnt_val; });
    before.resize(std::min<size_t>(total, std::size(params_.poc_st_curr_before)), kNoReference);
    std::ranges::copy(before, params_.poc_st_curr_before);
    params_.num_poc_st_curr_before = static_cast<uint8_t>(before.size());
}

void HevcReferenceFiller::add_slice(const SliceHeader& header, const HevcSliceReferences& packet,
                                    const Sets& sets) {
    v4l2_ctrl_hevc_slice_params& slice = slices_.emplace_back();
    slice.nal_unit_type = static_cast<uint8_t>(header.nal_unit_type);
    slice.nuh_temporal_id_plus1 = static_cast<uint8_t>(header.temporal_id_plus1);
    slice.slice_segment_addr = header.address;
    slice.num_entry_point_offsets = static_cast<uint32_t>(header.entry_points.size());
    slice.slice_type = static_cast<uint8_t>(header.slice_type);
    slice.slice_pic_order_cnt = params_.pic_order_cnt_val;
    if (!header.intra()) {
        slice.num_ref_idx_l0_active_minus1 = static_cast<uint8_t>(header.num_ref_idx[0] - 1);
    }
    if (header.b()) {
        slice.num_ref_idx_l1_active_minus1 = static_cast<uint8_t>(header.num_ref_idx[1] - 1);
    }
    for (size_t i = 0; i < packet.lists[0].size(); ++i) {
        slice.ref_idx_l0[i] = static_cast<uint8_t>(packet.lists[0][i].index);
        slice.ref_idx_l1[i] = static_cast<uint8_t>(packet.lists[1][i].index);
    }
    set(slice.flags, V4L2_HEVC_SLICE_PARAMS_FLAG_DEPENDENT_SLICE_SEGMENT, header.dependent);
    slice.short_term_ref_pic_set_size = static_cast<uint16_t>(packet.short_term_bits);
    if (header.idr()) return;
    const unsigned in_front = packet.short_term_bits != 0
                                  ? packet.short_term_bits
                                  : vdec::hevc::ceil_log2(sets.sps.num_short_term_ref_pic_sets);
    slice.long_term_ref_pic_set_size = static_cast<uint16_t>(
        packet.bits_to_temporal_mvp - std::min(packet.bits_to_temporal_mvp, in_front));
}

}  // namespace hardware
