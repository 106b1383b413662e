// SPDX-License-Identifier: MIT
#include "hantro_g2_hevc.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "backend/bits.h"
#include "hantro_g2_output.h"
#include "hevc/controls.h"
#include "hevc/syntax.h"
#include "hevc_slices.h"
#include "sw_registers.h"

namespace hardware {
namespace {

using vdec::hevc::Sets;

constexpr unsigned kReferences = V4L2_HEVC_DPB_ENTRIES_NUM_MAX;
constexpr size_t kHeaderBytes = 16384;

// prepare_scaling_list_buffer().
constexpr size_t kScalingLists = 16 + 6 * 16 + (6 + 6 + 2) * 64;

struct Told : SwRegisters {
    explicit Told(const Registers& registers) : SwRegisters(registers, 0) {}

    [[nodiscard]] uint64_t reference(unsigned index) const { return word(67 + 2 * index); }
    [[nodiscard]] uint64_t stream() const { return word(169); }
    [[nodiscard]] uint64_t tile_sizes() const { return word(167); }
    // hevc_cur_poc_*: the picture's order count less that of the reference.
    [[nodiscard]] int distance(unsigned index) const {
        return number(46 + index / 4, 24 - index % 4 * 8, 8);
    }
    // hevc_rlist_f*, hevc_rlist_b*: an entry of the initial list.
    [[nodiscard]] unsigned initial(unsigned list, unsigned entry) const {
        return bits(14 + entry / 3, entry % 3 * 10 + list * 5, 5);
    }
    // Those of a picture are followed by itself.
    [[nodiscard]] unsigned references() const {
        unsigned count = kReferences;
        while (count > 0 && reference(count - 1) == 0) --count;
        return count > 0 ? count - 1 : 0;
    }
};

struct Flag {
    unsigned swreg;
    unsigned bit;
    uint64_t flag;
};

template <typename Flags>
void set_flags(Flags& flags, const Told& told, std::span<const Flag> table) {
    for (const Flag& entry : table) {
        if (told.bit(entry.swreg, entry.bit)) flags |= static_cast<Flags>(entry.flag);
    }
}

uint8_t less(unsigned value, unsigned base) {
    return static_cast<uint8_t>(value > base ? value - base : 0);
}

v4l2_ctrl_hevc_sps sequence(const Told& told) {
    constexpr Flag kFlags[] = {{5, 24, V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED},
                               {5, 11, V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED},
                               {7, 23, V4L2_HEVC_SPS_FLAG_AMP_ENABLED},
                               {7, 22, V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET},
                               {7, 21, V4L2_HEVC_SPS_FLAG_PCM_LOOP_FILTER_DISABLED},
                               {7, 17, V4L2_HEVC_SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED},
                               {12, 3, V4L2_HEVC_SPS_FLAG_PCM_ENABLED}};
    v4l2_ctrl_hevc_sps sps = {};
    const unsigned min_cb = told.bits(12, 13, 3);
    const unsigned min_trb = told.bits(13, 13, 3);
    sps.pic_width_in_luma_samples = static_cast<uint16_t>(told.bits(4, 19, 13) << min_cb);
    sps.pic_height_in_luma_samples = static_cast<uint16_t>(told.bits(4, 6, 13) << min_cb);
    sps.bit_depth_luma_minus8 = static_cast<uint8_t>(told.bits(8, 6, 2));
    sps.bit_depth_chroma_minus8 = static_cast<uint8_t>(told.bits(8, 4, 2));
    sps.log2_min_luma_coding_block_size_minus3 = less(min_cb, 3);
    sps.log2_diff_max_min_luma_coding_block_size = less(told.bits(12, 10, 3), min_cb);
    sps.log2_min_luma_transform_block_size_minus2 = less(min_trb, 2);
    sps.log2_diff_max_min_luma_transform_block_size = less(told.bits(13, 10, 3), min_trb);
    sps.max_transform_hierarchy_depth_inter = static_cast<uint8_t>(told.bits(13, 4, 3));
    sps.max_transform_hierarchy_depth_intra = static_cast<uint8_t>(told.bits(13, 7, 3));
    if (told.bit(12, 3)) {
        const unsigned min_pcm = told.bits(12, 7, 3);
        sps.pcm_sample_bit_depth_luma_minus1 = less(told.bits(8, 12, 4), 1);
        sps.pcm_sample_bit_depth_chroma_minus1 = less(told.bits(8, 8, 4), 1);
        sps.log2_min_pcm_luma_coding_block_size_minus3 = less(min_pcm, 3);
        sps.log2_diff_max_min_pcm_luma_coding_block_size = less(told.bits(12, 4, 3), min_pcm);
    }
    sps.chroma_format_idc = 1;
    set_flags(sps.flags, told, kFlags);
    return sps;
}

v4l2_ctrl_hevc_pps picture_set(const Told& told) {
    constexpr Flag kFlags[] = {
        {3, 14, V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER},
        {5, 12, V4L2_HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED},
        {5, 4, V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED},
        {7, 31, V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT},
        {7, 28, V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED},
        {7, 26, V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED},
        {7, 25, V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED},
        {7, 24, V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED},
        {7, 20, V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT},
        {7, 19, V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED},
        {7, 18, V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED},
        {7, 6, V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT},
        {8, 31, V4L2_HEVC_PPS_FLAG_CONSTRAINED_INTRA_PRED},
        {8, 30, V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT},
        {10, 1, V4L2_HEVC_PPS_FLAG_TILES_ENABLED},
        {10, 0, V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED},
        {12, 2, V4L2_HEVC_PPS_FLAG_TRANSFORM_SKIP_ENABLED},
        {12, 1, V4L2_HEVC_PPS_FLAG_TRANSQUANT_BYPASS_ENABLED},
        {12, 0, V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT}};
    v4l2_ctrl_hevc_pps pps = {};
    pps.num_extra_slice_header_bits = static_cast<uint8_t>(told.bits(7, 3, 3));
    pps.num_ref_idx_l0_default_active_minus1 = less(told.bits(9, 14, 5), 1);
    pps.num_ref_idx_l1_default_active_minus1 = less(told.bits(9, 19, 5), 1);
    pps.init_qp_minus26 = static_cast<int8_t>(told.number(10, 24, 7) - 26);
    pps.diff_cu_qp_delta_depth = static_cast<uint8_t>(told.bits(5, 5, 6));
    pps.pps_cb_qp_offset = static_cast<int8_t>(told.number(5, 19, 5));
    pps.pps_cr_qp_offset = static_cast<int8_t>(told.number(5, 14, 5));
    pps.pps_beta_offset_div2 = static_cast<int8_t>(told.number(7, 12, 5));
    pps.pps_tc_offset_div2 = static_cast<int8_t>(told.number(7, 7, 5));
    pps.log2_parallel_merge_level_minus2 = less(told.bits(13, 0, 4), 2);
    set_flags(pps.flags, told, kFlags);
    return pps;
}

// Two bytes for the width of each tile, and two for its height, in coding tree blocks.
bool set_tiles(v4l2_ctrl_hevc_pps& pps, const Told& told, DeviceMemory& memory) {
    const unsigned columns = told.bits(10, 19, 5);
    const unsigned rows = told.bits(10, 14, 5);
    const std::span table = memory.at(told.tile_sizes(), size_t{4} * columns * rows);
    if (table.empty() || columns > std::size(pps.column_width_minus1) ||
        rows > std::size(pps.row_height_minus1)) {
        return false;
    }
    const auto size = [&](size_t tile, size_t side) {
        return static_cast<uint8_t>(table[4 * tile + 2 * side] - 1);
    };
    pps.num_tile_columns_minus1 = static_cast<uint8_t>(columns - 1);
    pps.num_tile_rows_minus1 = static_cast<uint8_t>(rows - 1);
    for (unsigned i = 0; i < columns; ++i) pps.column_width_minus1[i] = size(i, 0);
    for (unsigned i = 0; i < rows; ++i) pps.row_height_minus1[i] = size(size_t{i} * columns, 1);
    return true;
}

v4l2_ctrl_hevc_scaling_matrix scaling_matrix(std::span<const uint8_t> table) {
    v4l2_ctrl_hevc_scaling_matrix matrix = {};
    std::ranges::copy(table.first(6), matrix.scaling_list_dc_coef_16x16);
    std::ranges::copy(table.subspan(6, 2), matrix.scaling_list_dc_coef_32x32);
    size_t at = 16;
    // Column by column.
    const auto read = [&](uint8_t* list, size_t side) {
        for (size_t i = 0; i < side * side; ++i) list[i % side * side + i / side] = table[at + i];
        at += side * side;
    };
    for (auto& list : matrix.scaling_list_4x4) read(list, 4);
    for (auto& list : matrix.scaling_list_8x8) read(list, 8);
    for (auto& list : matrix.scaling_list_16x16) read(list, 8);
    for (auto& list : matrix.scaling_list_32x32) read(list, 8);
    return matrix;
}

vdec::hevc::DpbLists lists_of(const vdec::hevc::SliceHeader& header, const Told& told) {
    vdec::hevc::DpbLists lists;
    for (unsigned list = 0; list < 2; ++list) {
        for (unsigned i = 0; i < header.num_ref_idx[list]; ++i) {
            const unsigned entry = header.modified[list] ? header.list_entry[list][i] : i;
            const unsigned index = told.initial(list, std::min(entry, kReferences - 1));
            lists.lists[list].push_back(static_cast<uint8_t>(index));
        }
    }
    return lists;
}

// False where a header cannot be read.
bool read_slices(HevcSlices& slices, std::span<const uint8_t> stream, const Sets& sets,
                 const Told& told) {
    vdec::hevc::SliceHeader previous;
    for (const std::span nal : vdec::split_annex_b(stream)) {
        if (nal.size() < 3 || (nal[0] >> 1 & 63) > vdec::hevc::kLastIrap) continue;
        const vdec::Bytes head = vdec::unescaped(nal, kHeaderBytes);
        vdec::hevc::SliceHeader header;
        if (!vdec::hevc::parse_slice_header(head, sets, slices.empty() ? nullptr : &previous,
                                            told.bits(9, 0, 14), header)) {
            return false;
        }
        slices.add(nal, header.data_begin, params_of(header, lists_of(header, told)),
                   header.entry_points);
        previous = header;
    }
    return !slices.empty();
}

}  // namespace

std::variant<PictureJob, NoPicture> HantroG2Hevc::read(const JobView& view) {
    const Told told(view.registers);
    const std::span stream = view.memory.at(told.stream() + told.word(259), told.word(6));
    if (stream.empty()) return NoPicture{"no bitstream"};
    Sets sets = {};
    sets.sps = sequence(told);
    sets.pps = picture_set(told);
    // NumPicTotalCurr, as the device has it.
    sets.params.num_poc_st_curr_before = static_cast<uint8_t>(told.bits(4, 0, 5));
    if (told.bit(10, 1) && !set_tiles(sets.pps, told, view.memory)) return NoPicture{"no tiles"};
    HevcSlices slices;
    if (!vdec::hevc::is_sane(sets) || !read_slices(slices, stream, sets, told)) {
        return NoPicture{"no slice header"};
    }
    // It is told as 0 for IDR pictures: each slice says by now what it uses.
    sets.sps.flags |= V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED;
    PictureJob job;
    job.coded_format = V4L2_PIX_FMT_HEVC_SLICE;
    job.stream = view.memory.serial(told.tile_sizes()).value_or(0);
    job.width = sets.sps.pic_width_in_luma_samples;
    job.height = sets.sps.pic_height_in_luma_samples;
    job.bit_depth = sets.sps.bit_depth_luma_minus8 + 8U;
    job.address = g2_output_address(view.registers);

    v4l2_ctrl_hevc_decode_params params = {};
    Counts& counts = counts_[job.stream];
    Counts kept;
    const unsigned long_term = told.bits(12, 16, 16);
    params.num_active_dpb_entries = static_cast<uint8_t>(told.references());
    for (unsigned i = 0; i < told.references(); ++i) {
        const uint64_t address = told.reference(i);
        params.dpb[i].timestamp = view.pictures.timestamp(address);
        const auto known = counts.find(address);
        if (known == counts.end() || address == job.address) continue;
        kept.insert(*known);
        if (kept.size() == 1) params.pic_order_cnt_val = known->second + told.distance(i);
        if ((long_term >> (kReferences - 1 - i) & 1) != 0) {
            params.dpb[i].flags |= V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE;
        }
    }
    for (unsigned i = 0; i < told.references(); ++i) {
        params.dpb[i].pic_order_cnt_val = params.pic_order_cnt_val - told.distance(i);
    }
    counts = std::move(kept);
    counts[job.address] = params.pic_order_cnt_val;

    if (told.bit(5, 24)) {
        const std::span table = view.memory.at(told.word(171), kScalingLists);
        if (table.empty()) return NoPicture{"no scaling lists"};
        job.set(V4L2_CID_STATELESS_HEVC_SCALING_MATRIX, scaling_matrix(table));
    }
    job.set(V4L2_CID_STATELESS_HEVC_SPS, sets.sps);
    job.set(V4L2_CID_STATELESS_HEVC_PPS, sets.pps);
    job.set(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, params);
    std::move(slices).move_to(job);
    const auto output = g2_output(view.registers, job.width, job.height, job.bit_depth, false);
    if (!output) return NoPicture{"a smaller picture is not modelled"};
    job.outputs = {*output};
    return job;
}

}  // namespace hardware
