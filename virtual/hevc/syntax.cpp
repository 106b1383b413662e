// SPDX-License-Identifier: MIT
// The slice segment header parser.
#include "hevc/syntax.h"

#include <algorithm>

namespace vdec::hevc {
namespace {

constexpr uint32_t kMaxEntryPoints = 440 * 135;
constexpr int kHalfRangeC = 128;  // WpOffsetHalfRangeC without high_precision_offsets

class Parser {
  public:
    Parser(std::span<const uint8_t> rbsp, const Sets& sets, std::optional<unsigned> skipped_bits,
           SliceHeader& header)
        : reader_(rbsp), sets_(sets), skipped_bits_(skipped_bits), h_(header) {}

    bool run(const SliceHeader* previous) {
        start();
        if (h_.dependent) {
            if (previous == nullptr) return false;
            inherit(*previous);
        } else if (!independent_fields()) {
            return false;
        }
        if (sets_.has_entry_points() && !entry_points()) return false;
        if (sets_.pps_flag(V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT)) {
            const uint32_t length = reader_.ue();
            if (length > 256) return false;
            reader_.skip(length * 8);
        }
        if (!reader_.flag()) return false;  // alignment_bit_equal_to_one
        h_.data_begin = (reader_.position() + 7) / 8;
        return !reader_.failed();
    }

  private:
    void start() {
        reader_.skip(1);
        h_.nal_unit_type = reader_.bits(6);
        h_.layer_id = reader_.bits(6);
        h_.temporal_id_plus1 = reader_.bits(3);
        h_.first_in_picture = reader_.flag();
        if (h_.irap()) h_.no_output_of_prior_pics = reader_.flag();
        h_.pps_id = reader_.ue();
        if (h_.first_in_picture) return;
        if (sets_.pps_flag(V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED)) {
            h_.dependent = reader_.flag();
        }
        h_.address = reader_.bits(ceil_log2(sets_.columns() * sets_.rows()));
    }

    void inherit(const SliceHeader& previous) {
        SliceHeader own = h_;
        h_ = previous;
        h_.nal_unit_type = own.nal_unit_type;
        h_.layer_id = own.layer_id;
        h_.temporal_id_plus1 = own.temporal_id_plus1;
        h_.first_in_picture = false;
        h_.no_output_of_prior_pics = own.no_output_of_prior_pics;
        h_.pps_id = own.pps_id;
        h_.dependent = true;
        h_.address = own.address;
        h_.entry_points.clear();
    }

    bool independent_fields() {
        reader_.skip(sets_.pps.num_extra_slice_header_bits);
        h_.slice_type = reader_.ue();
        if (h_.slice_type > V4L2_HEVC_SLICE_TYPE_I) return false;
        if (skipped_bits_) {
            reader_.skip(*skipped_bits_);
            h_.rps_known = false;
        } else if (!order_and_references()) {
            return false;
        }
        if (!h_.idr() && sets_.sps_flag(V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED)) {
            h_.temporal_mvp = reader_.flag();
        }
        if (sets_.sps_flag(V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET)) {
            h_.sao_luma = reader_.flag();
            h_.sao_chroma = reader_.flag();
        }
        if (!h_.intra() && !inter_fields()) return false;
        h_.qp_delta = reader_.se();
        if (sets_.pps_flag(V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT)) {
            h_.cb_qp_offset = reader_.se();
            h_.cr_qp_offset = reader_.se();
        }
        loop_filters();
        return !reader_.failed();
    }

    bool order_and_references() {
        if (sets_.pps_flag(V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT)) reader_.skip(1);
        if (sets_.sps_flag(V4L2_HEVC_SPS_FLAG_SEPARATE_COLOUR_PLANE)) {
            h_.colour_plane = reader_.bits(2);
        }
        if (h_.idr()) return true;
        h_.poc_lsb =
            static_cast<int>(reader_.bits(sets_.sps.log2_max_pic_order_cnt_lsb_minus4 + 4U));
        h_.st_sps_flag = reader_.flag();
        const unsigned sets_in_sps = sets_.sps.num_short_term_ref_pic_sets;
        const size_t begin = reader_.position();
        if (!h_.st_sps_flag) {
            if (!st_ref_pic_set()) return false;
            h_.st_bits = static_cast<unsigned>(reader_.position() - begin);
        } else {
            if (sets_in_sps == 0) return false;
            h_.st_idx = reader_.bits(ceil_log2(sets_in_sps));
            h_.rps_known = sets_.has_tables && h_.st_idx < sets_.st_sets.size();
            if (h_.rps_known) h_.rps = sets_.st_sets[h_.st_idx];
        }
        if (!sets_.sps_flag(V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT)) return true;
        const size_t lt_begin = reader_.position();
        if (!long_term_pictures()) return false;
        h_.lt_bits = static_cast<unsigned>(reader_.position() - lt_begin);
        return true;
    }

    // 7.3.7, with stRpsIdx == num_short_term_ref_pic_sets.
    bool st_ref_pic_set() {
        if (sets_.sps.num_short_term_ref_pic_sets > 0) h_.inter_rps = reader_.flag();
        if (h_.inter_rps) return predicted_set();
        const uint32_t negatives = reader_.ue();
        const uint32_t positives = reader_.ue();
        if (negatives > kMaxRefIdx || positives > kMaxRefIdx) return false;
        read_entries(negatives, -1, h_.rps.negative);
        read_entries(positives, 1, h_.rps.positive);
        return !reader_.failed();
    }

    void read_entries(uint32_t count, int sign, std::vector<RefPicSet::Entry>& entries) {
        int poc = 0;
        for (uint32_t i = 0; i < count; ++i) {
            poc += sign * static_cast<int>((reader_.ue() & 0xffffU) + 1);
            entries.push_back({poc, reader_.flag()});
        }
    }

    bool predicted_set() {
        const uint32_t distance = reader_.ue() + 1;
        const bool negative = reader_.flag();
        const auto magnitude = static_cast<int>((reader_.ue() & 0xffffU) + 1);
        if (distance > sets_.sps.num_short_term_ref_pic_sets) return false;
        const RefPicSet* ref = nullptr;
        if (sets_.has_tables) ref = &sets_.st_sets[sets_.st_sets.size() - distance];
        // Without the sets of the SPS, only the client knows how many flags there are.
        const size_t count =
            ref != nullptr ? ref->size() : sets_.params.num_delta_pocs_of_ref_rps_idx;
        RpsPrediction how;
        how.delta_rps = negative ? -magnitude : magnitude;
        for (size_t j = 0; j <= count; ++j) {
            how.used_by_curr_pic.push_back(reader_.flag());
            how.use_delta.push_back(how.used_by_curr_pic.back() || reader_.flag());
        }
        h_.rps_known = ref != nullptr;
        if (h_.rps_known) h_.rps = predict(*ref, how);
        return !reader_.failed();
    }

    bool long_term_pictures() {
        const unsigned in_sps = sets_.sps.num_long_term_ref_pics_sps;
        const uint32_t from_sps = in_sps > 0 ? reader_.ue() : 0;
        const uint32_t count = from_sps + reader_.ue();
        if (from_sps > kMaxRefIdx || count > 2 * kMaxRefIdx) return false;
        for (uint32_t i = 0; i < count; ++i) {
            LongTerm entry;
            if (i < from_sps) {
                const uint32_t index = reader_.bits(ceil_log2(in_sps));
                entry.known = sets_.has_tables && index < sets_.lt_sps.size();
                if (entry.known) {
                    entry.poc_lsb = sets_.lt_sps[index].lt_ref_pic_poc_lsb_sps;
                    entry.used = (sets_.lt_sps[index].flags & kUsedLt) != 0;
                }
            } else {
                const unsigned bits = sets_.sps.log2_max_pic_order_cnt_lsb_minus4 + 4U;
                entry.poc_lsb = static_cast<int>(reader_.bits(bits));
                entry.used = reader_.flag();
            }
            entry.has_msb = reader_.flag();
            if (entry.has_msb) entry.delta_msb_cycle = static_cast<int>(reader_.ue() & 0xfffffU);
            // 7-52
            if (i != 0 && i != from_sps) {
                entry.delta_msb_cycle += h_.long_terms.back().delta_msb_cycle;
            }
            h_.long_terms.push_back(entry);
        }
        return !reader_.failed();
    }

    [[nodiscard]] unsigned num_pic_total_curr() const {
        if (skipped_bits_ || !h_.references_known()) return sets_.named_curr();
        const auto used = [](const auto& entry) { return entry.used; };
        const auto count = std::ranges::count_if(h_.rps.negative, used) +
                           std::ranges::count_if(h_.rps.positive, used) +
                           std::ranges::count_if(h_.long_terms, used);
        return static_cast<unsigned>(count);
    }

    bool inter_fields() {
        h_.num_ref_idx[0] = sets_.pps.num_ref_idx_l0_default_active_minus1 + 1U;
        h_.num_ref_idx[1] = h_.b() ? sets_.pps.num_ref_idx_l1_default_active_minus1 + 1U : 0;
        if (reader_.flag()) {
            h_.num_ref_idx[0] = reader_.ue() + 1;
            if (h_.b()) h_.num_ref_idx[1] = reader_.ue() + 1;
        }
        if (h_.num_ref_idx[0] > kMaxRefIdx || h_.num_ref_idx[1] > kMaxRefIdx) return false;
        list_modification();
        if (h_.b()) h_.mvd_l1_zero = reader_.flag();
        if (sets_.pps_flag(V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT)) h_.cabac_init = reader_.flag();
        if (h_.temporal_mvp) {
            if (h_.b()) h_.collocated_from_l0 = reader_.flag();
            if (h_.num_ref_idx[h_.collocated_from_l0 ? 0 : 1] > 1) {
                h_.collocated_ref_idx = reader_.ue();
            }
        }
        if (is_weighted(h_, sets_) && !pred_weight_table()) return false;
        h_.five_minus_max_num_merge_cand = reader_.ue();
        return h_.five_minus_max_num_merge_cand <= 4;
    }

    void list_modification() {
        const unsigned total = num_pic_total_curr();
        if (!sets_.pps_flag(V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT) || total <= 1) return;
        for (size_t list = 0; list < (h_.b() ? 2U : 1U); ++list) {
            h_.modified[list] = reader_.flag();
            if (!h_.modified[list]) continue;
            for (size_t i = 0; i < h_.num_ref_idx[list]; ++i) {
                h_.list_entry[list][i] = reader_.bits(ceil_log2(total));
            }
        }
    }

    bool pred_weight_table() {
        WeightTable& table = h_.weights;
        table.luma_log2_denom = static_cast<int>(reader_.ue());
        table.delta_chroma_log2_denom = reader_.se();
        const int denom = table.luma_log2_denom + table.delta_chroma_log2_denom;
        if (table.luma_log2_denom > 7 || denom < 0 || denom > 7) return false;
        for (size_t list = 0; list < (h_.b() ? 2U : 1U); ++list) {
            bool luma[kMaxRefIdx] = {};
            bool chroma[kMaxRefIdx] = {};
            for (size_t i = 0; i < h_.num_ref_idx[list]; ++i) luma[i] = reader_.flag();
            for (size_t i = 0; i < h_.num_ref_idx[list]; ++i) chroma[i] = reader_.flag();
            for (size_t i = 0; i < h_.num_ref_idx[list]; ++i) {
                read_weight(table.entries[list][i], luma[i], chroma[i], denom);
            }
        }
        return !reader_.failed();
    }

    void read_weight(Weight& weight, bool luma, bool chroma, int denom) {
        if (luma) {
            weight.delta_luma = reader_.se();
            weight.luma_offset = reader_.se();
        }
        for (size_t c = 0; c < 2 && chroma; ++c) {
            weight.delta_chroma[c] = reader_.se();
            const int difference = reader_.se();
            // 7-56
            const int scale = (1 << denom) + weight.delta_chroma[c];
            const int offset = kHalfRangeC + difference - ((kHalfRangeC * scale) >> denom);
            weight.chroma_offset[c] = std::clamp(offset, -kHalfRangeC, kHalfRangeC - 1);
        }
    }

    void loop_filters() {
        bool override = false;
        if (sets_.pps_flag(V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED)) {
            override = reader_.flag();
        }
        h_.deblocking_disabled = sets_.pps_flag(V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER);
        h_.beta_offset_div2 = sets_.pps.pps_beta_offset_div2;
        h_.tc_offset_div2 = sets_.pps.pps_tc_offset_div2;
        if (override) {
            h_.deblocking_disabled = reader_.flag();
            if (!h_.deblocking_disabled) {
                h_.beta_offset_div2 = reader_.se();
                h_.tc_offset_div2 = reader_.se();
            }
        }
        h_.loop_filter_across_slices =
            sets_.pps_flag(V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED);
        if (h_.loop_filter_across_slices &&
            (h_.sao_luma || h_.sao_chroma || !h_.deblocking_disabled)) {
            h_.loop_filter_across_slices = reader_.flag();
        }
    }

    bool entry_points() {
        const uint32_t count = reader_.ue();
        if (count > kMaxEntryPoints) return false;
        if (count == 0) return true;
        const uint32_t length = reader_.ue() + 1;
        if (length > 32) return false;
        for (uint32_t i = 0; i < count && !reader_.failed(); ++i) {
            h_.entry_points.push_back(reader_.bits(length) + 1);
        }
        return !reader_.failed();
    }

    BitReader reader_;
    const Sets& sets_;
    std::optional<unsigned> skipped_bits_;
    SliceHeader& h_;
};

}  // namespace

unsigned ceil_log2(unsigned value) {
    unsigned bits = 0;
    while ((1U << bits) < value) ++bits;
    return bits;
}

bool SliceHeader::references_known() const {
    return idr() || (rps_known && std::ranges::all_of(long_terms, &LongTerm::known));
}

bool is_weighted(const SliceHeader& header, const Sets& sets) {
    if (header.intra()) return false;
    return sets.pps_flag(header.b() ? V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED
                                    : V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED);
}

bool parse_slice_header(std::span<const uint8_t> rbsp, const Sets& sets,
                        const SliceHeader* previous, std::optional<unsigned> skipped_bits,
                        SliceHeader& header) {
    return Parser(rbsp, sets, skipped_bits, header).run(previous);
}

unsigned bits_to_skip(const Sets& sets, bool idr, unsigned st_size, unsigned lt_size) {
    unsigned bits = 0;
    if (sets.pps_flag(V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT)) bits += 1;
    if (sets.sps_flag(V4L2_HEVC_SPS_FLAG_SEPARATE_COLOUR_PLANE)) bits += 2;
    if (idr) return bits;
    bits += sets.sps.log2_max_pic_order_cnt_lsb_minus4 + 4U + 1U;
    bits += st_size != 0 ? st_size : ceil_log2(sets.sps.num_short_term_ref_pic_sets);
    return bits + lt_size;
}

}  // namespace vdec::hevc
