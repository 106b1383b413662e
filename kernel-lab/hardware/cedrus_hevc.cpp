// SPDX-License-Identifier: MIT
#include "cedrus_hevc.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "cedrus_hevc_memory.h"
#include "cedrus_registers.h"
#include "hevc_slices.h"

namespace hardware {
namespace {

// VE_DEC_H265_*
constexpr size_t kNalHeader = 0x500;
constexpr size_t kSps = 0x504;
constexpr size_t kPictureSize = 0x508;
constexpr size_t kPcm = 0x50c;
constexpr size_t kPps0 = 0x510;
constexpr size_t kPps1 = 0x514;
constexpr size_t kScalingLists = 0x518;
constexpr size_t kSlice0 = 0x520;
constexpr size_t kSlice1 = 0x524;
constexpr size_t kSlice2 = 0x528;
constexpr size_t kCtbAddress = 0x52c;
constexpr size_t kBitsAddress = 0x540;
constexpr size_t kBitsLength = 0x548;
constexpr size_t kOutputFrame = 0x55c;
constexpr size_t kNeighbours = 0x560;
constexpr size_t kEntryPoints = 0x564;
constexpr size_t kTileStart = 0x568;
constexpr size_t kTileEnd = 0x56c;

constexpr unsigned kTilesEnabled = 3;  // of PPS_CTRL1

struct Flag {
    unsigned bit;
    uint64_t flag;
};

template <typename Flags>
void set_flags(Flags& flags, const Registers& registers, size_t offset,
               std::span<const Flag> table) {
    for (const Flag& entry : table) {
        if (registers.bit(offset, entry.bit)) flags |= static_cast<Flags>(entry.flag);
    }
}

int8_t number(const Registers& registers, size_t offset, unsigned low, unsigned count) {
    return static_cast<int8_t>(sign_extended(registers.bits(offset, low, count), count));
}

uint8_t field(const Registers& registers, size_t offset, unsigned low, unsigned count) {
    return static_cast<uint8_t>(registers.bits(offset, low, count));
}

v4l2_ctrl_hevc_sps sequence(const Registers& registers) {
    constexpr Flag kFlags[] = {{26, V4L2_HEVC_SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED},
                               {25, V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED},
                               {24, V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET},
                               {23, V4L2_HEVC_SPS_FLAG_AMP_ENABLED},
                               {2, V4L2_HEVC_SPS_FLAG_SEPARATE_COLOUR_PLANE}};
    constexpr Flag kPcmFlags[] = {{15, V4L2_HEVC_SPS_FLAG_PCM_ENABLED},
                                  {14, V4L2_HEVC_SPS_FLAG_PCM_LOOP_FILTER_DISABLED}};
    constexpr Flag kListFlags[] = {{31, V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED}};
    v4l2_ctrl_hevc_sps sps = {};
    sps.pic_width_in_luma_samples = static_cast<uint16_t>(registers.bits(kPictureSize, 0, 14));
    sps.pic_height_in_luma_samples = static_cast<uint16_t>(registers.bits(kPictureSize, 16, 14));
    sps.bit_depth_luma_minus8 = field(registers, kSps, 3, 3);
    sps.bit_depth_chroma_minus8 = field(registers, kSps, 6, 3);
    sps.log2_min_luma_coding_block_size_minus3 = field(registers, kSps, 9, 2);
    sps.log2_diff_max_min_luma_coding_block_size = field(registers, kSps, 11, 2);
    sps.log2_min_luma_transform_block_size_minus2 = field(registers, kSps, 13, 2);
    sps.log2_diff_max_min_luma_transform_block_size = field(registers, kSps, 15, 2);
    sps.max_transform_hierarchy_depth_inter = field(registers, kSps, 17, 3);
    sps.max_transform_hierarchy_depth_intra = field(registers, kSps, 20, 3);
    sps.pcm_sample_bit_depth_luma_minus1 = field(registers, kPcm, 0, 4);
    sps.pcm_sample_bit_depth_chroma_minus1 = field(registers, kPcm, 4, 4);
    sps.log2_min_pcm_luma_coding_block_size_minus3 = field(registers, kPcm, 8, 2);
    sps.log2_diff_max_min_pcm_luma_coding_block_size = field(registers, kPcm, 10, 2);
    sps.chroma_format_idc = field(registers, kSps, 0, 2);
    set_flags(sps.flags, registers, kSps, kFlags);
    set_flags(sps.flags, registers, kPcm, kPcmFlags);
    set_flags(sps.flags, registers, kScalingLists, kListFlags);
    return sps;
}

v4l2_ctrl_hevc_pps picture_set(const Registers& registers) {
    constexpr Flag kFlags0[] = {{3, V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED},
                                {2, V4L2_HEVC_PPS_FLAG_TRANSFORM_SKIP_ENABLED},
                                {1, V4L2_HEVC_PPS_FLAG_CONSTRAINED_INTRA_PRED},
                                {0, V4L2_HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED}};
    constexpr Flag kFlags1[] = {
        {6, V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED},
        {5, V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED},
        {4, V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED},
        {kTilesEnabled, V4L2_HEVC_PPS_FLAG_TILES_ENABLED},
        {2, V4L2_HEVC_PPS_FLAG_TRANSQUANT_BYPASS_ENABLED},
        {1, V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED},
        {0, V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED}};
    v4l2_ctrl_hevc_pps pps = {};
    pps.init_qp_minus26 = number(registers, kPps0, 8, 7);
    pps.diff_cu_qp_delta_depth = field(registers, kPps0, 4, 2);
    pps.pps_cb_qp_offset = number(registers, kPps0, 16, 6);
    pps.pps_cr_qp_offset = number(registers, kPps0, 24, 6);
    pps.log2_parallel_merge_level_minus2 = field(registers, kPps1, 8, 3);
    // No register has it: each slice tells whether it is a dependent one.
    pps.flags = V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED;
    set_flags(pps.flags, registers, kPps0, kFlags0);
    set_flags(pps.flags, registers, kPps1, kFlags1);
    return pps;
}

v4l2_ctrl_hevc_slice_params slice_params(const Registers& registers, unsigned columns) {
    constexpr Flag kFlags0[] = {
        {11, V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0},
        {10, V4L2_HEVC_SLICE_PARAMS_FLAG_CABAC_INIT},
        {9, V4L2_HEVC_SLICE_PARAMS_FLAG_MVD_L1_ZERO},
        {8, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA},
        {7, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA},
        {6, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED},
        {1, V4L2_HEVC_SLICE_PARAMS_FLAG_DEPENDENT_SLICE_SEGMENT}};
    constexpr Flag kFlags1[] = {
        {23, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_DEBLOCKING_FILTER_DISABLED},
        {22, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED}};
    v4l2_ctrl_hevc_slice_params slice = {};
    slice.slice_segment_addr =
        registers.bits(kCtbAddress, 0, 10) + registers.bits(kCtbAddress, 16, 10) * columns;
    slice.num_entry_point_offsets = registers.bits(kSlice2, 8, 14);
    slice.nal_unit_type = field(registers, kNalHeader, 0, 6);
    slice.nuh_temporal_id_plus1 = field(registers, kNalHeader, 6, 3);
    slice.slice_type = field(registers, kSlice0, 2, 2);
    slice.num_ref_idx_l0_active_minus1 = field(registers, kSlice0, 16, 4);
    slice.num_ref_idx_l1_active_minus1 = field(registers, kSlice0, 20, 4);
    slice.collocated_ref_idx = field(registers, kSlice0, 12, 4);
    slice.five_minus_max_num_merge_cand = field(registers, kSlice0, 24, 3);
    slice.slice_qp_delta = number(registers, kSlice1, 0, 7);
    slice.slice_cb_qp_offset = number(registers, kSlice1, 8, 5);
    slice.slice_cr_qp_offset = number(registers, kSlice1, 16, 5);
    slice.slice_beta_offset_div2 = number(registers, kSlice1, 24, 4);
    slice.slice_tc_offset_div2 = number(registers, kSlice1, 28, 4);
    slice.pred_weight_table = read_pred_weights(registers);
    slice.pred_weight_table.luma_log2_weight_denom = field(registers, kSlice2, 0, 3);
    slice.pred_weight_table.delta_chroma_log2_weight_denom = static_cast<int8_t>(
        static_cast<int>(registers.bits(kSlice2, 4, 3)) - slice.pred_weight_table.luma_log2_weight_denom);
    set_flags(slice.flags, registers, kSlice0, kFlags0);
    set_flags(slice.flags, registers, kSlice1, kFlags1);
    return slice;
}

// Sizes, less one, of the parts that begin at STARTS and end at TOTAL.
template <size_t kCount>
uint8_t set_sizes(uint8_t (&sizes)[kCount], const std::set<unsigned>& starts, unsigned total) {
    uint8_t count = 0;
    for (auto start = starts.begin(); start != starts.end() && count < kCount; ++start) {
        const unsigned end = std::next(start) == starts.end() ? total : *std::next(start);
        sizes[count++] = static_cast<uint8_t>(end - *start - 1);
    }
    return static_cast<uint8_t>(count - 1);
}

}  // namespace

std::variant<PictureJob, NoPicture> CedrusHevc::read(const JobView& view) {
    const Registers& registers = view.registers;
    const uint64_t begin = uint64_t{registers.bits(kBitsAddress, 0, 28)} << 8;
    const std::span stream = view.memory.at(begin, registers.word(kBitsLength) / 8);
    if (stream.empty()) return NoPicture{"no bitstream"};
    const v4l2_ctrl_hevc_sps sps = sequence(registers);
    v4l2_ctrl_hevc_pps pps = picture_set(registers);
    const unsigned ctb_log2 = sps.log2_min_luma_coding_block_size_minus3 + 3U +
                              sps.log2_diff_max_min_luma_coding_block_size;
    const unsigned columns = (sps.pic_width_in_luma_samples + (1U << ctb_log2) - 1) >> ctb_log2;
    const unsigned rows = (sps.pic_height_in_luma_samples + (1U << ctb_log2) - 1) >> ctb_log2;
    const HevcFrameInfo own = read_frame_info(registers, registers.word(kOutputFrame) & 31);
    PictureJob job;
    job.coded_format = V4L2_PIX_FMT_HEVC_SLICE;
    job.stream = view.memory.serial(uint64_t{registers.word(kNeighbours)} << 8).value_or(0);
    job.width = sps.pic_width_in_luma_samples;
    job.height = sps.pic_height_in_luma_samples;
    job.bit_depth = sps.bit_depth_luma_minus8 + 8U;
    job.address = own.luma;
    job.first_slice = registers.bit(kSlice0, 0);
    job.may_go_on = true;

    v4l2_ctrl_hevc_slice_params slice = slice_params(registers, columns);
    slice.slice_pic_order_cnt = own.order_count;
    std::vector<uint32_t> entry_points;
    const bool tiles = registers.bit(kPps1, kTilesEnabled);
    Grid& grid = grids_[job.stream];
    if (job.first_slice) grid = {};
    const auto add_tile = [&](uint32_t start, uint32_t end) {
        grid.columns.insert(start & 0xffff);
        grid.rows.insert(start >> 16);
        if ((end & 0xffff) + 1 < columns) grid.columns.insert((end & 0xffff) + 1);
        if ((end >> 16) + 1 < rows) grid.rows.insert((end >> 16) + 1);
    };
    if (tiles) {
        grid.columns.insert(0);
        grid.rows.insert(0);
        add_tile(registers.word(kTileStart), registers.word(kTileEnd));
    }
    // Of wavefronts it has the offset alone (cedrus_h265_write_tiles()).
    const size_t words = tiles && !registers.bit(kPps1, kTilesEnabled + 1) ? 4 : 1;
    const std::span table =
        view.memory.at(uint64_t{registers.word(kEntryPoints)} << 8,
                       slice.num_entry_point_offsets * words * sizeof(uint32_t));
    for (size_t i = 0; i < slice.num_entry_point_offsets && !table.empty(); ++i) {
        std::array<uint32_t, 4> entry = {};
        std::memcpy(entry.data(), &table[i * words * sizeof(uint32_t)], words * sizeof(uint32_t));
        entry_points.push_back(entry[0]);
        if (words == entry.size()) add_tile(entry[2], entry[3]);
    }
    if (tiles) {
        pps.num_tile_columns_minus1 = set_sizes(pps.column_width_minus1, grid.columns, columns);
        pps.num_tile_rows_minus1 = set_sizes(pps.row_height_minus1, grid.rows, rows);
    }
    v4l2_ctrl_hevc_decode_params params = {};
    params.pic_order_cnt_val = own.order_count;
    read_references(registers, view.pictures, own, slice, params);

    job.set(V4L2_CID_STATELESS_HEVC_SPS, sps);
    job.set(V4L2_CID_STATELESS_HEVC_PPS, pps);
    job.set(V4L2_CID_STATELESS_HEVC_SCALING_MATRIX, read_scaling_lists(registers));
    job.set(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, params);
    HevcSlices slices;
    // What was skipped ends before the bit that begins the alignment.
    slices.add(stream, h265_position(registers) / 8 + 1, slice, entry_points);
    std::move(slices).move_to(job);
    const auto output = cedrus_output(registers, own.luma, own.chroma, job.width, job.height);
    if (!output) return NoPicture{"an output format that is not modelled"};
    job.outputs = {*output};
    return job;
}

}  // namespace hardware
