// SPDX-License-Identifier: MIT
// rkvdec: Rockchip's own decoder in three generations.
#include "machines/personality_rows.h"

namespace vdec {
namespace {

// rkvdec_fill_decoded_pixfmt(): colocated motion vectors.
constexpr Tail kTail = {.sixteen_bits = true, .bytes = 128};
// vdpu383 keeps as much as a plane of luma, in blocks of 64x16.
constexpr Tail kVdpu383Tail = {
    .sixteen_bits = true, .block_width = 64, .block_height = 16, .bytes = 1024};

constexpr CodedFormat kRkvdec[] = {
    hevc_slices({64, 4096, 64, 64, 2304, 16}, kTail),
    h264({64, 4096, 64, 48, 2560, 16}, Hold::yes, kTail),
    vp9(sizes(64, 4096, 2304, 64), kTail),
};
constexpr CodedFormat kStaging[] = {
    h264(sizes(48, 4096, 2560, 16), Hold::yes, kTail),
    vp9(sizes(64, 4096, 2304, 64), kTail),
};
constexpr CodedFormat kRk3288[] = {hevc_slices({64, 4096, 64, 64, 2304, 16}, kTail)};
constexpr CodedFormat kVdpu381[] = {
    hevc_slices({64, 65472, 64, 64, 65472, 16}, kTail, Hold::yes),
    h264({64, 65520, 64, 64, 65520, 16}, Hold::yes, kTail),
};
constexpr CodedFormat kVdpu383[] = {
    hevc_slices({64, 65472, 64, 64, 65472, 16}, kVdpu383Tail, Hold::yes),
    h264({64, 65520, 64, 64, 65520, 16}, Hold::yes, kVdpu383Tail),
};

// VP9: the device reads the uncompressed header itself; segments and the deltas of the loop filter
// it is told for the frame before.
constexpr std::string_view kVp9Unread[] = {
    "lf_level",           "lf_sharpness",        "lf_delta_enabled", "lf_delta_update",
    "base_q_idx",         "delta_q_y_dc",        "delta_q_uv_dc",    "delta_q_uv_ac",
    "seg_update_data",    "seg_temporal_update", "tile_cols_log2",   "tile_rows_log2",
    "x_subsampling_flag", "y_subsampling_flag",  "color_range_flag", "ref_frame_sign_bias",
    "render_width",       "render_height",
};
constexpr std::string_view kVp9ForNext[] = {"seg_feature_enabled",     "seg_feature_data",
                                            "seg_abs_or_delta_update", "lf_ref_deltas",
                                            "lf_mode_deltas",          "show_frame_flag"};
constexpr FrameFields kVp9 = {.read = true, .unread = kVp9Unread, .read_for_next = kVp9ForNext};

constexpr uint32_t kNv15Only[] = {V4L2_PIX_FMT_NV15};
constexpr uint32_t kOthers[] = {V4L2_PIX_FMT_NV16, V4L2_PIX_FMT_NV20};

// The image format follows the SPS; the device is asked for all of them until there is one.
constexpr Personality rkvdec(const char* name, std::span<const CodedFormat> coded) {
    return {
        .name = name,
        .driver = "rkvdec",
        .card = "rkvdec",
        .bus_info = "platform:rkvdec",
        .model = "rkvdec",
        .stride_alignment = 64,
        .capture_size = CaptureSize::at_least_output,
        .sequence_check = SequenceCheck::when_set,
        .size_listing = SizeListing::continuous,
        .lists_all_formats = ListsAll::after_output_format,
        .h264_profile_mask = kConstrainedToHigh422Intra,
        .h264_levels = {V4L2_MPEG_VIDEO_H264_LEVEL_5_1},
        .max_bit_depth = 10,
        .vp9_profile_mask = 1U << V4L2_MPEG_VIDEO_VP9_PROFILE_0,
        .vp9_exact_size = true,
        .h264 = {.sets = H264Sets::indexed, .reads_field_flag = true},
        // Sizes and final reference lists of each slice.
        .hevc = {.max_slices = 600,
                 .indexes_sets = true,
                 .chroma_formats = 1U << 0 | 1U << 1,
                 .levels = {V4L2_MPEG_VIDEO_HEVC_LEVEL_5_1}},
        .vp9 = kVp9,
        .coded_formats = coded,
        .deep_capture_formats = kNv15Only,
        .other_capture_formats = kOthers,
    };
}

// Linux 6.12: no HEVC, eight bits.
constexpr Personality staging() {
    Personality row = rkvdec("rkvdec-staging", kStaging);
    row.sequence_check = SequenceCheck::at_streamon;
    row.size_listing = SizeListing::stepwise;
    row.lists_all_formats = ListsAll::never;
    row.limits_of_controls = false;
    row.h264_profile_mask = kBaselineToHigh;
    row.h264_levels = {};
    row.max_bit_depth = 8;
    return row;
}

// The device reads HEVC's slice headers whole, with the tables of the SPS.
constexpr Personality vdpu(const char* name, std::span<const CodedFormat> coded) {
    Personality row = rkvdec(name, coded);
    row.h264_levels = {kH264Level60};
    row.hevc = {.ext_sps_rps = true,
                .indexes_sets = true,
                .profile_mask = kMainAndMain10,
                .levels = {V4L2_MPEG_VIDEO_HEVC_LEVEL_6_1}};
    return row;
}

constexpr Personality vdpu383() {
    Personality row = vdpu("vdpu383", kVdpu383);
    row.sequence_check = SequenceCheck::at_streamon;
    row.h264.sets = H264Sets::indexed_with_order;
    row.hevc.indexes_sets = false;  // a single entry
    return row;
}

constexpr Personality kRows[] = {
    rkvdec("rkvdec", kRkvdec), staging(), rkvdec("rkvdec-rk3288", kRk3288),
    vdpu("vdpu381", kVdpu381), vdpu383(),
};

}  // namespace

std::span<const Personality> rkvdec_personalities() { return kRows; }

}  // namespace vdec
