// SPDX-License-Identifier: MIT
// The decoded picture buffer model.
#include "hevc/dpb_model.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace vdec::hevc {

void DpbModel::begin_sequence(bool complete) {
    pictures_.clear();
    exact_ = complete;
    incomplete_start_ = !complete;
    poc_known_ = true;
}

// 8.3.1
void DpbModel::count_order(const SliceHeader& header, const Sets& sets) {
    const int max_lsb = sets.max_poc_lsb();
    const int client = sets.params.pic_order_cnt_val;
    const int prev_lsb = prev_tid0_poc_ & (max_lsb - 1);
    int msb = prev_tid0_poc_ - prev_lsb;
    if (header.poc_lsb < prev_lsb && prev_lsb - header.poc_lsb >= max_lsb / 2) msb += max_lsb;
    if (header.poc_lsb > prev_lsb && header.poc_lsb - prev_lsb > max_lsb / 2) msb -= max_lsb;
    current_.poc = msb + header.poc_lsb;
    if (header.idr()) {
        current_.poc = 0;
        begin_sequence(true);
    } else if (header.bla()) {
        current_.poc = header.poc_lsb;
        begin_sequence(false);
    } else if (!poc_known_) {
        const bool plausible = !header.irap() && (client & (max_lsb - 1)) == header.poc_lsb;
        current_.poc = plausible ? client : header.poc_lsb;
        begin_sequence(false);
    } else if (header.nal_unit_type == kCra && client == header.poc_lsb && client != current_.poc) {
        current_.poc = client;
        begin_sequence(false);
    }
    // Pictures after the leading ones do not refer to what came before the start (8.1.3).
    const bool trailing = !header.irap() && !header.leading();
    if (incomplete_start_ && trailing && !pictures_.empty()) {
        incomplete_start_ = false;
        exact_ = true;
    }
    const bool sub_layer_non_reference = header.nal_unit_type < 16 && header.nal_unit_type % 2 == 0;
    if (header.temporal_id_plus1 == 1 && !header.leading() && !sub_layer_non_reference) {
        prev_tid0_poc_ = current_.poc;
    }
}

void DpbModel::add(Wanted wanted, const Picture* picture) {
    wanted.present = picture != nullptr;
    if (picture != nullptr) {
        wanted.poc = picture->poc;
        wanted.timestamp = picture->timestamp;
    }
    wants_.push_back(wanted);
}

void DpbModel::add_short(const std::vector<RefPicSet::Entry>& entries, Wanted::Part part) {
    for (const RefPicSet::Entry& entry : entries) {
        Wanted wanted;
        wanted.poc = current_.poc + entry.delta_poc;
        if (entry.used) wanted.part = part;
        const auto picture = std::ranges::find_if(pictures_, [&](const Picture& candidate) {
            return !candidate.long_term && candidate.poc == wanted.poc;
        });
        add(wanted, picture == pictures_.end() ? nullptr : &*picture);
    }
}

// 8-5: a long-term picture is known by its low bits alone, or by all.
void DpbModel::add_long(const LongTerm& entry, const Sets& sets) {
    const int max_lsb = sets.max_poc_lsb();
    Wanted wanted;
    wanted.long_term = true;
    wanted.poc = entry.poc_lsb;
    if (entry.used) wanted.part = Wanted::Part::lt;
    if (entry.has_msb) {
        wanted.poc +=
            current_.poc - entry.delta_msb_cycle * max_lsb - (current_.poc & (max_lsb - 1));
    }
    const auto picture = std::ranges::find_if(pictures_, [&](const Picture& candidate) {
        return entry.has_msb ? candidate.poc == wanted.poc
                             : (candidate.poc & (max_lsb - 1)) == entry.poc_lsb;
    });
    add(wanted, picture == pictures_.end() ? nullptr : &*picture);
}

void DpbModel::find_wants(const SliceHeader& header, const Sets& sets) {
    wants_.clear();
    wants_known_ = header.references_known();
    if (!wants_known_ || header.idr()) return;
    add_short(header.rps.negative, Wanted::Part::before);
    add_short(header.rps.positive, Wanted::Part::after);
    for (const LongTerm& entry : header.long_terms) add_long(entry, sets);
}

void DpbModel::keep_wanted() {
    std::erase_if(pictures_, [&](Picture& picture) {
        const auto wanted = std::ranges::find_if(wants_, [&](const Wanted& candidate) {
            return candidate.present && candidate.timestamp == picture.timestamp;
        });
        if (wanted == wants_.end()) return true;
        picture.long_term |= wanted->long_term;
        return false;
    });
}

// Without the sets of the SPS the client's word has to do.
void DpbModel::keep_named(const SliceHeader& header, const Sets& sets) {
    std::vector<uint8_t> sps(sizeof sets.sps);
    std::memcpy(sps.data(), &sets.sps, sizeof sets.sps);
    if (sps != learned_for_) learned_.clear();
    learned_for_ = std::move(sps);
    const std::span dpb(sets.params.dpb, std::min<size_t>(sets.params.num_active_dpb_entries, 16));
    std::erase_if(pictures_, [&](Picture& picture) {
        const auto entry = std::ranges::find_if(dpb, [&](const v4l2_hevc_dpb_entry& candidate) {
            return candidate.pic_order_cnt_val == picture.poc;
        });
        if (entry == dpb.end()) return true;
        picture.long_term |= (entry->flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE) != 0;
        return false;
    });
    if (!header.st_sps_flag) return;
    for (const v4l2_hevc_dpb_entry& entry : dpb) {
        if ((entry.flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE) != 0) continue;
        lesson_.insert(entry.pic_order_cnt_val - current_.poc);
    }
    lesson_index_ = header.st_idx;
}

void DpbModel::begin(const SliceHeader& header, const Sets& sets, uint64_t timestamp) {
    count_order(header, sets);
    current_.timestamp = timestamp;
    current_.long_term = false;
    lesson_.clear();
    find_wants(header, sets);
    if (header.irap() && pictures_.empty()) wants_.clear();
    kept_.clear();
    for (const Picture& picture : pictures_) {
        Wanted& kept = kept_.emplace_back();
        kept.present = true;
        kept.poc = picture.poc;
        kept.timestamp = picture.timestamp;
        kept.long_term = picture.long_term;
    }
    if (wants_known_) {
        keep_wanted();
    } else {
        keep_named(header, sets);
    }
}

void DpbModel::finish() {
    pictures_.push_back(current_);
    if (!lesson_.empty()) learned_[lesson_index_].insert(lesson_.begin(), lesson_.end());
}

const Wanted* DpbModel::find(uint64_t timestamp) const {
    const auto found = std::ranges::find(kept_, timestamp, &Wanted::timestamp);
    return found == kept_.end() ? nullptr : &*found;
}

bool DpbModel::has_poc(int poc) const {
    return std::ranges::find(kept_, poc, &Wanted::poc) != kept_.end();
}

DpbModel::Seen DpbModel::seen(const SliceHeader& header, int poc) const {
    if (!header.st_sps_flag) return Seen::never;
    const auto learned = learned_.find(header.st_idx);
    if (learned == learned_.end()) return Seen::never;
    return learned->second.contains(poc - current_.poc) ? Seen::with : Seen::without;
}

}  // namespace vdec::hevc
