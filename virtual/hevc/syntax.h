// SPDX-License-Identifier: MIT
// HEVC slice segment headers (7.3.6), read with the parameter sets that the controls carry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backend/bits.h"
#include "hevc/controls.h"

namespace vdec::hevc {

constexpr unsigned kMaxRefIdx = 16;

enum NalType {
    kTrailR = 1,
    kRadlN = 6,
    kRaslR = 9,
    kBlaWLp = 16,
    kBlaNLp = 18,
    kIdrWRadl = 19,
    kIdrNLp = 20,
    kCra = 21,
    kLastIrap = 23,
};

struct LongTerm {
    int poc_lsb = 0;
    bool used = false;
    bool known = true;  // false: an entry of the SPS, which the device was not told
    bool has_msb = false;
    int delta_msb_cycle = 0;  // DeltaPocMsbCycleLt
};

struct Weight {
    int delta_luma = 0;
    int luma_offset = 0;
    int delta_chroma[2] = {};
    int chroma_offset[2] = {};  // ChromaOffsetL0/1, not the coded difference
};

struct WeightTable {
    int luma_log2_denom = 0;
    int delta_chroma_log2_denom = 0;
    Weight entries[2][kMaxRefIdx];
};

struct SliceHeader {
    unsigned nal_unit_type = 0;
    unsigned layer_id = 0;
    unsigned temporal_id_plus1 = 1;
    bool first_in_picture = false;
    bool no_output_of_prior_pics = false;
    uint32_t pps_id = 0;
    bool dependent = false;
    uint32_t address = 0;
    unsigned slice_type = V4L2_HEVC_SLICE_TYPE_I;
    unsigned colour_plane = 0;
    int poc_lsb = 0;
    bool st_sps_flag = false;
    unsigned st_idx = 0;
    bool inter_rps = false;  // the slice's own set is predicted from one of the SPS
    unsigned st_bits = 0;    // st_ref_pic_set() in this header
    unsigned lt_bits = 0;    // from num_long_term_sps up to slice_temporal_mvp_enabled_flag
    bool rps_known = true;   // `rps` is valid
    RefPicSet rps;
    std::vector<LongTerm> long_terms;
    bool temporal_mvp = false;
    bool sao_luma = false;
    bool sao_chroma = false;
    unsigned num_ref_idx[2] = {};
    bool modified[2] = {};
    unsigned list_entry[2][kMaxRefIdx] = {};
    bool mvd_l1_zero = false;
    bool cabac_init = false;
    bool collocated_from_l0 = true;
    unsigned collocated_ref_idx = 0;
    WeightTable weights;
    unsigned five_minus_max_num_merge_cand = 0;
    int qp_delta = 0;
    int cb_qp_offset = 0;
    int cr_qp_offset = 0;
    bool deblocking_disabled = false;
    int beta_offset_div2 = 0;
    int tc_offset_div2 = 0;
    bool loop_filter_across_slices = false;
    std::vector<uint32_t> entry_points;  // offset_minus1 + 1
    size_t data_begin = 0;               // of slice_segment_data() in the RBSP, in bytes

    [[nodiscard]] bool idr() const {
        return nal_unit_type == kIdrWRadl || nal_unit_type == kIdrNLp;
    }
    [[nodiscard]] bool bla() const { return nal_unit_type >= kBlaWLp && nal_unit_type <= kBlaNLp; }
    [[nodiscard]] bool irap() const {
        return nal_unit_type >= kBlaWLp && nal_unit_type <= kLastIrap;
    }
    [[nodiscard]] bool leading() const {
        return nal_unit_type >= kRadlN && nal_unit_type <= kRaslR;
    }
    [[nodiscard]] bool intra() const { return slice_type == V4L2_HEVC_SLICE_TYPE_I; }
    [[nodiscard]] bool b() const { return slice_type == V4L2_HEVC_SLICE_TYPE_B; }
    // The whole reference picture set is known from this header.
    [[nodiscard]] bool references_known() const;
};

// Whether the header has a prediction weight table.
bool is_weighted(const SliceHeader& header, const Sets& sets);

// Reads the header; false when it is damaged. `rbsp` begins with the NAL unit header, `previous`
// is the last header of the picture (a dependent slice segment takes its fields over). With
// `skipped_bits` the parser does as hardware that is told how many bits lie between slice_type and
// slice_temporal_mvp_enabled_flag.
bool parse_slice_header(std::span<const uint8_t> rbsp, const Sets& sets,
                        const SliceHeader* previous, std::optional<unsigned> skipped_bits,
                        SliceHeader& header);

// The bits between slice_type and slice_temporal_mvp_enabled_flag, computed from the sizes of the
// reference picture sets as the drivers do.
unsigned bits_to_skip(const Sets& sets, bool idr, unsigned st_size, unsigned lt_size);

// Ceil(Log2(value)).
unsigned ceil_log2(unsigned value);

}  // namespace vdec::hevc
