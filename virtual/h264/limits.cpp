// SPDX-License-Identifier: MIT
// The limits of H.264 decoders.
#include "h264/limits.h"

#include <bit>

namespace vdec::h264 {
namespace {

// tegra_vde_h264_setup_context() refuses what needs software; what it does not tell the device of
// is decoded as if it were not there.
Limit tegra_limit(const Sets& sets, SliceTypes types) {
    if (sets.pps_flag(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE)) return {Outcome::failed, "cabac"};
    if (sets.params_flag(V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC)) return {Outcome::failed, "field"};
    // The device wants one type for the whole picture, and stops where there is another.
    if (std::popcount(types) > 1) return {Outcome::failed, "mixed-slice-types"};
    if (!sets.sps_flag(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY)) return {Outcome::garbage, "interlaced"};
    const auto type = static_cast<unsigned>(std::countr_zero(types));
    if (sets.has_weights(type) || (type == kB && sets.pps.weighted_bipred_idc == 2)) {
        return {Outcome::garbage, "weighted-prediction"};
    }
    if (sets.pps_flag(V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE)) {
        return {Outcome::garbage, "transform-8x8"};
    }
    return {};
}

template <typename T>
void append(Bytes& to, const T& value) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
    to.insert(to.end(), bytes, bytes + sizeof value);
}

}  // namespace

Limit find_limit(const H264Style& style, const Sets& sets, SliceTypes types) {
    if (style.tegra_tools) return tegra_limit(sets, types);
    if (!sets.params_flag(V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC)) return {};
    switch (style.field_pictures) {
        case FieldPictures::garbage:
            return {Outcome::garbage, "field"};
        case FieldPictures::fail:
            return {Outcome::failed, "field"};
        case FieldPictures::decoded:
            break;
    }
    return {};
}

Bytes SetTable::entry_of(const Sets& sets) const {
    v4l2_ctrl_h264_pps pps = sets.pps;
    pps.pic_parameter_set_id = 0;
    Bytes entry;
    append(entry, sets.sps);
    append(entry, pps);
    for (const v4l2_h264_dpb_entry& reference : sets.params.dpb) {
        append(entry, (reference.flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM) != 0);
    }
    if (kind_ == H264Sets::indexed_with_order) {
        append(entry, sets.params.top_field_order_cnt);
        append(entry, sets.params.bottom_field_order_cnt);
    }
    return entry;
}

void SetTable::write(const Sets& sets) { entries_[sets.pps.pic_parameter_set_id] = entry_of(sets); }

bool SetTable::finds(const Sets& sets, uint32_t pps_id) const {
    if (kind_ == H264Sets::given) return true;
    const auto found = entries_.find(pps_id);
    return found != entries_.end() && found->second == entry_of(sets);
}

}  // namespace vdec::h264
