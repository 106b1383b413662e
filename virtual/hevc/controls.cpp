// SPDX-License-Identifier: MIT
// Reading the HEVC controls, and resolving the reference picture sets of the SPS.
#include "hevc/controls.h"

#include <algorithm>
#include <cstring>

namespace vdec::hevc {
namespace {

constexpr size_t kMaxPictures = 16;

template <typename T>
std::vector<T> read_array(const ControlValues& controls, uint32_t id) {
    const ControlValues::Payload* payload = controls.find(id);
    if (payload == nullptr) return {};
    std::vector<T> values(payload->size() / sizeof(T));
    std::memcpy(values.data(), payload->data(), values.size() * sizeof(T));
    return values;
}

std::vector<RefPicSet::Entry> explicit_entries(const uint16_t* deltas, size_t count, int sign,
                                               uint32_t used) {
    std::vector<RefPicSet::Entry> entries;
    int poc = 0;
    for (size_t i = 0; i < std::min(count, kMaxPictures); ++i) {
        poc += sign * (deltas[i] + 1);
        entries.push_back({poc, (used >> i & 1) != 0});
    }
    return entries;
}

RefPicSet resolve(const ExtSpsStRps& from, const std::vector<RefPicSet>& before) {
    if ((from.flags & kInterRefPicSetPred) == 0) {
        const uint32_t used = from.used_by_curr_pic;
        RefPicSet set;
        set.negative = explicit_entries(from.delta_poc_s0_minus1, from.num_negative_pics, -1, used);
        set.positive = explicit_entries(from.delta_poc_s1_minus1, from.num_positive_pics, 1,
                                        used >> std::min<size_t>(from.num_negative_pics, 31));
        return set;
    }
    const size_t distance = from.delta_idx_minus1 + 1U;
    if (distance > before.size()) return {};
    const RefPicSet& ref = before[before.size() - distance];
    RpsPrediction how;
    how.delta_rps = (1 - 2 * (from.delta_rps_sign & 1)) * (from.abs_delta_rps_minus1 + 1);
    for (size_t j = 0; j <= ref.size(); ++j) {
        how.used_by_curr_pic.push_back((from.used_by_curr_pic >> j & 1) != 0);
        how.use_delta.push_back((from.use_delta_flag >> j & 1) != 0);
    }
    return predict(ref, how);
}

}  // namespace

RefPicSet predict(const RefPicSet& ref, const RpsPrediction& how) {
    RefPicSet set;
    const auto take = [&](int delta_poc, size_t j, bool negative) {
        if (delta_poc == 0 || (delta_poc < 0) != negative || !how.use_delta[j]) return;
        auto& list = negative ? set.negative : set.positive;
        if (list.size() < kMaxPictures) list.push_back({delta_poc, how.used_by_curr_pic[j]});
    };
    const size_t negatives = ref.negative.size();
    for (const bool negative : {true, false}) {
        const auto& far = negative ? ref.positive : ref.negative;
        const auto& near = negative ? ref.negative : ref.positive;
        const size_t far_base = negative ? negatives : 0;
        const size_t near_base = negative ? 0 : negatives;
        for (size_t i = far.size(); i-- > 0;) {
            take(far[i].delta_poc + how.delta_rps, far_base + i, negative);
        }
        take(how.delta_rps, ref.size(), negative);
        for (size_t i = 0; i < near.size(); ++i) {
            take(near[i].delta_poc + how.delta_rps, near_base + i, negative);
        }
    }
    return set;
}

Sets read_sets(const ControlValues& controls, const HevcStyle& style) {
    Sets sets = {};
    sets.sps = controls.get<v4l2_ctrl_hevc_sps>(V4L2_CID_STATELESS_HEVC_SPS);
    sets.pps = controls.get<v4l2_ctrl_hevc_pps>(V4L2_CID_STATELESS_HEVC_PPS);
    sets.scaling =
        controls.get<v4l2_ctrl_hevc_scaling_matrix>(V4L2_CID_STATELESS_HEVC_SCALING_MATRIX);
    sets.params = controls.get<v4l2_ctrl_hevc_decode_params>(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS);
    if (style.max_slices > 0) {
        sets.slices =
            read_array<v4l2_ctrl_hevc_slice_params>(controls, V4L2_CID_STATELESS_HEVC_SLICE_PARAMS);
    }
    if (style.max_entry_points > 0) {
        sets.entry_points =
            read_array<uint32_t>(controls, V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS);
    }
    if (style.ext_sps_rps) {
        for (const ExtSpsStRps& set : read_array<ExtSpsStRps>(controls, kCidExtSpsStRps)) {
            if (sets.st_sets.size() == sets.sps.num_short_term_ref_pic_sets) break;
            sets.st_sets.push_back(resolve(set, sets.st_sets));
        }
        sets.lt_sps = read_array<ExtSpsLtRps>(controls, kCidExtSpsLtRps);
        sets.has_tables = sets.st_sets.size() == sets.sps.num_short_term_ref_pic_sets &&
                          sets.lt_sps.size() >= sets.sps.num_long_term_ref_pics_sps;
    } else {
        sets.has_tables =
            sets.sps.num_short_term_ref_pic_sets == 0 && sets.sps.num_long_term_ref_pics_sps == 0;
    }
    return sets;
}

bool is_sane(const Sets& sets) {
    const v4l2_ctrl_hevc_sps& sps = sets.sps;
    const unsigned min_cb = sps.log2_min_luma_coding_block_size_minus3 + 3U;
    if (min_cb > 6 || sets.ctb_log2() > 6 || sets.ctb_log2() < 3) return false;
    if (sps.pic_width_in_luma_samples == 0 || sps.pic_height_in_luma_samples == 0) return false;
    return sps.log2_max_pic_order_cnt_lsb_minus4 <= 12 && sps.num_short_term_ref_pic_sets <= 64 &&
           sps.num_long_term_ref_pics_sps <= 32 && sets.pps.num_extra_slice_header_bits <= 7;
}

}  // namespace vdec::hevc
