// SPDX-License-Identifier: MIT
// The tables that Rockchip's decoders read for HEVC: parameter sets, references, scaling lists.
#pragma once

#include <linux/v4l2-controls.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "uapi/hevc.h"

namespace hardware {

// How an entry of a chip's table of parameter sets lies. The fields have the same order everywhere;
// positions in bits.
struct HevcSetsLayout {
    unsigned size_bits = 0;  // of the picture's width and height
    // Of a bit depth; with three bits of it, what is above 8.
    unsigned depth_bits = 0;
    size_t pps = 0;              // where the PPS begins
    size_t tile_counts = 0;      // of columns and rows, five bits each
    size_t column_width = 0;     // of 20 columns
    size_t row_height = 0;       // of 22 rows
    unsigned tile_bits = 0;      // of a width or height
    unsigned tile_less = 0;      // widths and heights stand there less this
    size_t scaling_address = 0;  // 0: there is none
    size_t bytes = 0;            // of an entry
};

// rkvdec-hevc.c, rkvdec-vdpu381-hevc.c, rkvdec-vdpu383-hevc.c
inline constexpr HevcSetsLayout kRkvdecHevcSets = {13, 4, 128, 212, 256, 416, 8, 1, 592, 80};
inline constexpr HevcSetsLayout kVdpu381HevcSets = {16, 4, 128, 212, 256, 496, 12, 1, 0, 112};
inline constexpr HevcSetsLayout kVdpu383HevcSets = {16, 3, 118, 860, 870, 1110, 12, 0, 0, 192};

// What an entry holds. Flags that it does not have are as slice headers are read without them:
// tiles have explicit sizes, and the deblocking filter is controlled.
struct HevcSets {
    v4l2_ctrl_hevc_sps sps = {};
    v4l2_ctrl_hevc_pps pps = {};
    uint64_t scaling_lists = 0;  // their address
};

HevcSets read_hevc_sets(std::span<const uint8_t> entry, const HevcSetsLayout& layout);

// struct rkvdec_rps of rkvdec-hevc-common.h: the reference picture sets of the SPS, which the
// generations from VDPU381 on read slice headers with.
struct HevcReferenceSets {
    std::vector<vdec::hevc::ExtSpsStRps> short_term;  // explicit ones
    std::vector<vdec::hevc::ExtSpsLtRps> long_term;
};

inline constexpr size_t kHevcReferenceSetsBytes = 3216;

// The first of each, as many as the SPS says.
HevcReferenceSets read_hevc_reference_sets(std::span<const uint8_t> table,
                                           const v4l2_ctrl_hevc_sps& sps);

// What rkvdec-hevc.c tells of one slice segment: struct rkvdec_rps_packet.
struct HevcSliceReferences {
    struct Entry {
        unsigned index = 0;  // of the DPB
        bool long_term = false;
    };

    std::array<std::array<Entry, 15>, 2> lists = {};  // final ones
    bool low_delay = false;
    unsigned bits_to_temporal_mvp = 0;  // from short_term_ref_pic_set_sps_flag on, without it
    unsigned short_term_bits = 0;       // of st_ref_pic_set(), where the slice header has it
    unsigned num_pic_total_curr = 0;
};

inline constexpr size_t kHevcSliceReferencesBytes = 32;

HevcSliceReferences read_hevc_slice_references(std::span<const uint8_t> packet);

inline constexpr size_t kHevcScalingBytes = 1360;

// How the weights of a matrix lie: column by column, or column by column in blocks of 4x4.
enum class HevcScalingOrder { columns, blocks };

v4l2_ctrl_hevc_scaling_matrix read_hevc_scaling_lists(std::span<const uint8_t> table,
                                                      HevcScalingOrder order);

}  // namespace hardware
