// SPDX-License-Identifier: MIT
// Parameter set synthesis and slice segment header writing.
#include "hevc/writer.h"

#include <algorithm>
#include <array>
#include <span>

namespace vdec::hevc {
namespace {

constexpr unsigned kLsbBits = 16;
constexpr unsigned kHighestLevel = 186;  // 6.2: nothing is limited by it
constexpr int kHalfRangeC = 128;

enum NalHeader { kVps = 32, kSps = 33, kPps = 34 };

void nal_header(BitWriter& out, unsigned type) {
    out.bits(type << 1, 8);
    out.bits(1, 8);
}

void profile_tier_level(BitWriter& out, const Sets& sets) {
    const unsigned profile = sets.sps.bit_depth_luma_minus8 > 0 ? 2 : 1;
    out.bits(profile, 8);
    out.bits(1U << (31 - profile), 32);
    out.bits(0x9, 4);  // progressive, not interlaced, not non-packed, frame only
    out.bits(0, 32);
    out.bits(0, 12);
    out.bits(kHighestLevel, 8);
}

// Up-right diagonal scan (6.5.3): the raster position of each coefficient.
template <size_t size>
constexpr std::array<uint8_t, size * size> make_diagonal() {
    std::array<uint8_t, size* size> scan = {};
    size_t at = 0;
    for (size_t diagonal = 0; diagonal < 2 * size - 1; ++diagonal) {
        for (size_t x = 0; x <= diagonal; ++x) {
            const size_t y = diagonal - x;
            if (x < size && y < size) scan[at++] = static_cast<uint8_t>(y * size + x);
        }
    }
    return scan;
}

constexpr auto kDiagonal4x4 = make_diagonal<4>();
constexpr auto kDiagonal8x8 = make_diagonal<8>();

void write_scaling_list(BitWriter& out, const uint8_t* list, std::span<const uint8_t> scan,
                        const uint8_t* dc) {
    out.flag(true);  // not predicted
    int last = 8;
    if (dc != nullptr) {
        // Zero is not a legal weight; one keeps the syntax intact.
        last = std::max<int>(*dc, 1);
        out.se(last - 8);
    }
    for (const uint8_t position : scan) {
        int delta = list[position] - last;
        if (delta > 127) delta -= 256;
        if (delta < -128) delta += 256;
        out.se(delta);
        last = list[position];
    }
}

void write_scaling_lists(BitWriter& out, const v4l2_ctrl_hevc_scaling_matrix& matrix) {
    for (size_t i = 0; i < 6; ++i) {
        write_scaling_list(out, matrix.scaling_list_4x4[i], kDiagonal4x4, nullptr);
    }
    for (size_t i = 0; i < 6; ++i) {
        write_scaling_list(out, matrix.scaling_list_8x8[i], kDiagonal8x8, nullptr);
    }
    for (size_t i = 0; i < 6; ++i) {
        write_scaling_list(out, matrix.scaling_list_16x16[i], kDiagonal8x8,
                           &matrix.scaling_list_dc_coef_16x16[i]);
    }
    for (size_t i = 0; i < 2; ++i) {
        write_scaling_list(out, matrix.scaling_list_32x32[i], kDiagonal8x8,
                           &matrix.scaling_list_dc_coef_32x32[i]);
    }
}

void write_tiles(BitWriter& out, const Sets& sets) {
    const v4l2_ctrl_hevc_pps& pps = sets.pps;
    out.ue(pps.num_tile_columns_minus1);
    out.ue(pps.num_tile_rows_minus1);
    const bool uniform = sets.pps_flag(V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING);
    out.flag(uniform);
    for (size_t i = 0; !uniform && i < pps.num_tile_columns_minus1; ++i) {
        out.ue(pps.column_width_minus1[i]);
    }
    for (size_t i = 0; !uniform && i < pps.num_tile_rows_minus1; ++i) {
        out.ue(pps.row_height_minus1[i]);
    }
    out.flag(sets.pps_flag(V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED));
}

class HeaderWriter {
  public:
    HeaderWriter(const SliceHeader& header, const ReferenceLists& lists,
                 const CodedPicture& picture, const Sets& sets)
        : h_(header), lists_(lists), picture_(picture), sets_(sets) {}

    Bytes run() {
        start();
        if (!h_.dependent) independent_fields();
        if (sets_.has_entry_points()) entry_points();
        out_.trailing_bits();
        return out_.bytes();
    }

  private:
    void start() {
        nal_header(out_, picture_.idr ? kIdrNLp : kTrailR);
        out_.flag(h_.first_in_picture);
        if (picture_.idr) out_.flag(false);
        out_.ue(0);
        if (h_.first_in_picture) return;
        if (sets_.pps_flag(V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED)) {
            out_.flag(h_.dependent);
        }
        out_.bits(h_.address, ceil_log2(sets_.columns() * sets_.rows()));
    }

    void independent_fields() {
        out_.ue(h_.slice_type);
        if (!picture_.idr) {
            out_.bits(static_cast<uint32_t>(picture_.poc) & 0xffffU, kLsbBits);
            out_.flag(false);
            reference_set();
            if (sets_.sps_flag(V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED)) {
                out_.flag(h_.temporal_mvp);
            }
        }
        if (sets_.sps_flag(V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET)) {
            out_.flag(h_.sao_luma);
            out_.flag(h_.sao_chroma);
        }
        if (!h_.intra()) inter_fields();
        out_.se(h_.qp_delta);
        out_.se(h_.cb_qp_offset);
        out_.se(h_.cr_qp_offset);
        out_.flag(true);  // deblocking_filter_override_flag
        out_.flag(h_.deblocking_disabled);
        if (!h_.deblocking_disabled) {
            out_.se(h_.beta_offset_div2);
            out_.se(h_.tc_offset_div2);
        }
        if (sets_.pps_flag(V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED) &&
            (h_.sao_luma || h_.sao_chroma || !h_.deblocking_disabled)) {
            out_.flag(h_.loop_filter_across_slices);
        }
    }

    // Indices of the short-term references on one side, nearest first; then the long-term ones.
    [[nodiscard]] std::vector<size_t> side(int sign) const {
        std::vector<size_t> found;
        for (size_t i = 0; i < picture_.references.size(); ++i) {
            const Reference& reference = picture_.references[i];
            if (reference.long_term) {
                if (sign == 0) found.push_back(i);
            } else if ((reference.poc - picture_.poc) * sign > 0) {
                found.push_back(i);
            }
        }
        std::ranges::sort(found, {}, [&](size_t i) { return picture_.references[i].poc * sign; });
        return found;
    }

    void reference_set() {
        const std::vector<size_t> before = side(-1);
        const std::vector<size_t> after = side(1);
        const std::vector<size_t> long_term = side(0);
        out_.ue(static_cast<uint32_t>(before.size()));
        out_.ue(static_cast<uint32_t>(after.size()));
        for (const auto* list : {&before, &after}) {
            int last = picture_.poc;
            for (const size_t i : *list) {
                const int poc = picture_.references[i].poc;
                out_.ue(static_cast<uint32_t>(std::abs(poc - last) - 1));
                out_.flag(true);
                last = poc;
            }
        }
        out_.ue(static_cast<uint32_t>(long_term.size()));
        for (const size_t i : long_term) {
            out_.bits(static_cast<uint32_t>(picture_.references[i].poc) & 0xffffU, kLsbBits);
            out_.flag(true);
            out_.flag(false);
        }
        initial_[0] = initial_[1] = {};
        for (const auto* part : {&before, &after, &long_term}) append(initial_[0], *part);
        for (const auto* part : {&after, &before, &long_term}) append(initial_[1], *part);
    }

    static void append(std::vector<size_t>& to, const std::vector<size_t>& from) {
        to.insert(to.end(), from.begin(), from.end());
    }

    void inter_fields() {
        const size_t count = h_.b() ? 2 : 1;
        out_.flag(true);
        for (size_t list = 0; list < count; ++list) out_.ue(h_.num_ref_idx[list] - 1);
        const size_t total = picture_.references.size();
        for (size_t list = 0; list < count && total > 1; ++list) {
            out_.flag(true);
            for (size_t i = 0; i < h_.num_ref_idx[list]; ++i) {
                const auto& initial = initial_[list];
                const auto entry = std::ranges::find(initial, lists_.lists[list][i]);
                const auto index = entry == initial.end() ? 0 : entry - initial.begin();
                out_.bits(static_cast<uint32_t>(index), ceil_log2(static_cast<unsigned>(total)));
            }
        }
        if (h_.b()) out_.flag(h_.mvd_l1_zero);
        out_.flag(h_.cabac_init);
        if (h_.temporal_mvp) {
            if (h_.b()) out_.flag(h_.collocated_from_l0);
            if (h_.num_ref_idx[h_.b() && !h_.collocated_from_l0 ? 1 : 0] > 1) {
                out_.ue(h_.collocated_ref_idx);
            }
        }
        if (is_weighted(h_, sets_)) pred_weight_table();
        out_.ue(h_.five_minus_max_num_merge_cand);
    }

    void pred_weight_table() {
        const WeightTable& table = h_.weights;
        out_.ue(static_cast<uint32_t>(table.luma_log2_denom));
        out_.se(table.delta_chroma_log2_denom);
        for (size_t list = 0; list < (h_.b() ? 2U : 1U); ++list) {
            const size_t count = h_.num_ref_idx[list];
            for (size_t i = 0; i < count; ++i) out_.flag(has_luma(table.entries[list][i]));
            for (size_t i = 0; i < count; ++i) out_.flag(has_chroma(table.entries[list][i]));
            for (size_t i = 0; i < count; ++i) write_weight(table.entries[list][i]);
        }
    }

    static bool has_luma(const Weight& weight) {
        return weight.delta_luma != 0 || weight.luma_offset != 0;
    }
    static bool has_chroma(const Weight& weight) {
        return weight.delta_chroma[0] != 0 || weight.delta_chroma[1] != 0 ||
               weight.chroma_offset[0] != 0 || weight.chroma_offset[1] != 0;
    }

    void write_weight(const Weight& weight) {
        if (has_luma(weight)) {
            out_.se(weight.delta_luma);
            out_.se(weight.luma_offset);
        }
        const int denom = h_.weights.luma_log2_denom + h_.weights.delta_chroma_log2_denom;
        for (size_t c = 0; c < 2 && has_chroma(weight); ++c) {
            const int scale = (1 << denom) + weight.delta_chroma[c];
            out_.se(weight.delta_chroma[c]);
            out_.se(weight.chroma_offset[c] - kHalfRangeC + ((kHalfRangeC * scale) >> denom));
        }
    }

    void entry_points() {
        out_.ue(static_cast<uint32_t>(h_.entry_points.size()));
        if (h_.entry_points.empty()) return;
        out_.ue(31);
        for (const uint32_t offset : h_.entry_points) out_.bits(offset - 1, 32);
    }

    BitWriter out_;
    std::vector<size_t> initial_[2];
    const SliceHeader& h_;
    const ReferenceLists& lists_;
    const CodedPicture& picture_;
    const Sets& sets_;
};

}  // namespace

Bytes write_vps(const Sets& sets) {
    BitWriter out;
    nal_header(out, kVps);
    out.bits(0, 4);
    out.bits(3, 2);
    out.bits(0, 6);
    out.bits(0, 3);
    out.flag(true);
    out.bits(0xffff, 16);
    profile_tier_level(out, sets);
    out.flag(true);
    out.ue(15);
    out.ue(0);
    out.ue(0);
    out.bits(0, 6);
    out.ue(0);
    out.flag(false);  // timing
    out.flag(false);  // extension
    out.trailing_bits();
    return out.bytes();
}

Bytes write_sps(const Sets& sets) {
    const v4l2_ctrl_hevc_sps& sps = sets.sps;
    BitWriter out;
    nal_header(out, kSps);
    out.bits(0, 4);
    out.bits(0, 3);
    out.flag(true);
    profile_tier_level(out, sets);
    out.ue(0);
    out.ue(sps.chroma_format_idc);
    out.ue(sps.pic_width_in_luma_samples);
    out.ue(sps.pic_height_in_luma_samples);
    out.flag(false);  // conformance window
    out.ue(sps.bit_depth_luma_minus8);
    out.ue(sps.bit_depth_chroma_minus8);
    out.ue(kLsbBits - 4);
    out.flag(true);
    out.ue(15);  // sps_max_dec_pic_buffering_minus1
    out.ue(0);
    out.ue(0);
    out.ue(sps.log2_min_luma_coding_block_size_minus3);
    out.ue(sps.log2_diff_max_min_luma_coding_block_size);
    out.ue(sps.log2_min_luma_transform_block_size_minus2);
    out.ue(sps.log2_diff_max_min_luma_transform_block_size);
    out.ue(sps.max_transform_hierarchy_depth_inter);
    out.ue(sps.max_transform_hierarchy_depth_intra);
    out.flag(sets.sps_flag(V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED));
    if (sets.sps_flag(V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED)) out.flag(false);
    out.flag(sets.sps_flag(V4L2_HEVC_SPS_FLAG_AMP_ENABLED));
    out.flag(sets.sps_flag(V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET));
    const bool pcm = sets.sps_flag(V4L2_HEVC_SPS_FLAG_PCM_ENABLED);
    out.flag(pcm);
    if (pcm) {
        out.bits(sps.pcm_sample_bit_depth_luma_minus1, 4);
        out.bits(sps.pcm_sample_bit_depth_chroma_minus1, 4);
        out.ue(sps.log2_min_pcm_luma_coding_block_size_minus3);
        out.ue(sps.log2_diff_max_min_pcm_luma_coding_block_size);
        out.flag(sets.sps_flag(V4L2_HEVC_SPS_FLAG_PCM_LOOP_FILTER_DISABLED));
    }
    out.ue(0);       // num_short_term_ref_pic_sets
    out.flag(true);  // long_term_ref_pics_present_flag
    out.ue(0);
    out.flag(sets.sps_flag(V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED));
    out.flag(sets.sps_flag(V4L2_HEVC_SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED));
    out.flag(false);  // VUI
    out.flag(false);  // extension
    out.trailing_bits();
    return out.bytes();
}

Bytes write_pps(const Sets& sets) {
    const v4l2_ctrl_hevc_pps& pps = sets.pps;
    BitWriter out;
    nal_header(out, kPps);
    out.ue(0);
    out.ue(0);
    out.flag(sets.pps_flag(V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED));
    out.flag(false);  // output_flag_present_flag
    out.bits(0, 3);   // num_extra_slice_header_bits
    out.flag(sets.pps_flag(V4L2_HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED));
    out.flag(true);  // cabac_init_present_flag
    out.ue(0);
    out.ue(0);
    out.se(pps.init_qp_minus26);
    out.flag(sets.pps_flag(V4L2_HEVC_PPS_FLAG_CONSTRAINED_INTRA_PRED));
    out.flag(sets.pps_flag(V4L2_HEVC_PPS_FLAG_TRANSFORM_SKIP_ENABLED));
    out.flag(sets.pps_flag(V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED));
    if (sets.pps_flag(V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED)) out.ue(pps.diff_cu_qp_delta_depth);
    out.se(pps.pps_cb_qp_offset);
    out.se(pps.pps_cr_qp_offset);
    out.flag(true);  // pps_slice_chroma_qp_offsets_present_flag
    out.flag(sets.pps_flag(V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED));
    out.flag(sets.pps_flag(V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED));
    out.flag(sets.pps_flag(V4L2_HEVC_PPS_FLAG_TRANSQUANT_BYPASS_ENABLED));
    const bool tiles = sets.pps_flag(V4L2_HEVC_PPS_FLAG_TILES_ENABLED);
    out.flag(tiles);
    out.flag(sets.pps_flag(V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED));
    if (tiles) write_tiles(out, sets);
    out.flag(sets.pps_flag(V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED));
    out.flag(true);   // deblocking_filter_control_present_flag
    out.flag(true);   // deblocking_filter_override_enabled_flag
    out.flag(false);  // pps_deblocking_filter_disabled_flag
    out.se(0);
    out.se(0);
    const bool lists = sets.sps_flag(V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED);
    out.flag(lists);
    if (lists) write_scaling_lists(out, sets.scaling);
    out.flag(true);  // lists_modification_present_flag
    out.ue(pps.log2_parallel_merge_level_minus2);
    out.flag(false);  // slice_segment_header_extension_present_flag
    out.flag(false);  // extension
    out.trailing_bits();
    return out.bytes();
}

Bytes write_slice_header(const SliceHeader& header, const ReferenceLists& lists,
                         const CodedPicture& picture, const Sets& sets) {
    return HeaderWriter(header, lists, picture, sets).run();
}

}  // namespace vdec::hevc
