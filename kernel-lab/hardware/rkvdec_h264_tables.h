// SPDX-License-Identifier: MIT
// The tables that Rockchip's decoders read for H.264: parameter sets, references, scaling lists.
#pragma once

#include <linux/v4l2-controls.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hardware {

// How an entry of a chip's table of parameter sets lies. The fields have the same order everywhere;
// positions in bits.
struct H264SetsLayout {
    unsigned size_bits = 0;  // of the picture's width and height
    size_t pps = 0;          // where the PPS begins
    size_t long_term = 0;    // the flags of the DPB
    bool has_scaling_address = false;
    size_t bytes = 0;  // of an entry; one for each pic_parameter_set_id
};

// rkvdec-h264.c, rkvdec-vdpu381-h264.c, rkvdec-vdpu383-h264.c
inline constexpr H264SetsLayout kRkvdecH264Sets = {9, 128, 216, true, 32};
inline constexpr H264SetsLayout kVdpu381H264Sets = {12, 256, 344, true, 48};
inline constexpr H264SetsLayout kVdpu383H264Sets = {16, 96, 152, false, 176};

// What an entry holds. Fields that it does not have are 0, but for gaps in frame_num: these it
// takes.
struct H264Sets {
    v4l2_ctrl_h264_sps sps = {};  // without the sizes
    v4l2_ctrl_h264_pps pps = {};
    unsigned width = 0;  // as they stand there: macroblocks, of VDPU383 samples
    unsigned height = 0;
    uint16_t long_term = 0;      // a bit for each entry of the DPB
    uint64_t scaling_lists = 0;  // their address
};

H264Sets read_h264_sets(std::span<const uint8_t> entry, const H264SetsLayout& layout);

// struct rkvdec_rps of rkvdec-h264-common.h: initial reference lists, and what they hold.
struct H264ReferenceTable {
    struct Entry {
        unsigned index = 0;    // of the DPB
        bool decoded = false;  // it has a buffer
        bool bottom = false;   // of a field picture: the field

        friend bool operator==(const Entry&, const Entry&) = default;
    };

    // FrameNumWrap (8.2.4.1), or LongTermFrameIdx.
    std::array<int16_t, 16> frame_num = {};
    // Of P slices, list 0 and list 1 of B slices; 32 entries each, of which the used ones come
    // first.
    std::array<std::array<Entry, 32>, 3> lists = {};
};

inline constexpr size_t kH264ReferenceBytes = 128;

H264ReferenceTable read_h264_references(std::span<const uint8_t> table);

inline constexpr size_t kH264ScalingBytes = 6 * 16 + 6 * 64;

// Raster order, as the control has them.
v4l2_ctrl_h264_scaling_matrix read_h264_scaling_lists(std::span<const uint8_t> table);

}  // namespace hardware
