// SPDX-License-Identifier: MIT
// cedrus, mtk-vcodec-dec, tegra-vde, rpi-hevc-dec, visl, and a device that only the interface has.
#include "machines/personality_rows.h"

namespace vdec {
namespace {

constexpr ModeRange kSliceBased = {V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED,
                                   V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED,
                                   V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED};
constexpr ModeRange kNoStartCode = {V4L2_STATELESS_H264_START_CODE_NONE,
                                    V4L2_STATELESS_H264_START_CODE_NONE,
                                    V4L2_STATELESS_H264_START_CODE_NONE};
constexpr ModeRange kAnyMode = {V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED,
                                V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED,
                                V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED};
constexpr ModeRange kAnyStartCode = {V4L2_STATELESS_H264_START_CODE_NONE,
                                     V4L2_STATELESS_H264_START_CODE_ANNEX_B,
                                     V4L2_STATELESS_H264_START_CODE_NONE};

// cedrus: what a chip has is a list of capabilities. Since Linux 6.2 NV12 comes before ST12.
constexpr Sizes kSunxi = sizes(16, 4096, 2304, 1);
constexpr CodedFormat kA20[] = {mpeg2(kSunxi), h264(kSunxi, Hold::yes), vp8(kSunxi)};
constexpr CodedFormat kA64[] = {mpeg2(kSunxi), h264(kSunxi, Hold::yes),
                                hevc_slices(kSunxi, {}, Hold::yes), vp8(kSunxi)};
constexpr CodedFormat kV3s[] = {h264(kSunxi, Hold::yes)};
constexpr uint32_t kSunxiTiled[] = {V4L2_PIX_FMT_NV12_32L32};
constexpr uint32_t kSunxiUntiled[] = {V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_NV12_32L32, V4L2_PIX_FMT_NV21,
                                      V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_YVU420};
constexpr uint32_t kSunxiTiledFirst[] = {V4L2_PIX_FMT_NV12_32L32, V4L2_PIX_FMT_NV12};

// VP8: the device reads the frame header, too, but goes by the control.
constexpr std::string_view kSunxiVp8Unread[] = {
    "show_frame_flag",        "horizontal_scale",  "vertical_scale",
    "first_part_header_bits", "dct_part_sizes",    "segment_update_feature_data",
    "coder_state_range",      "coder_state_value", "coder_state_bit_count",
};
constexpr FrameFields kSunxiVp8 = {.read = true, .unread = kSunxiVp8Unread};

constexpr Personality cedrus(const char* name, std::span<const CodedFormat> coded,
                             std::span<const uint32_t> capture, unsigned hevc_depth) {
    return {
        .name = name,
        .driver = "cedrus",
        .card = "cedrus",
        .bus_info = "platform:cedrus",
        .model = "cedrus",
        .multi_planar = false,
        .width_alignment = 1,
        .output_size = {.per_pixel = 0, .least = 1024},
        .size_listing = SizeListing::none,
        .depth_change = DepthChange::invalid,
        .try_sets_depth = true,
        .h264_decode_mode = kSliceBased,
        .h264_start_code = kNoStartCode,
        .h264_slice_controls = true,
        .h264_monochrome = false,
        .h264 = {.reads_valid = true},
        // One slice per request; everything but the slice data comes from the controls.
        .hevc = {.decode_mode = kSliceBased,
                 .start_code = kNoStartCode,
                 .max_slices = 1,
                 .max_entry_points = 256,
                 .headers_from_controls = true,
                 .max_bit_depth = hevc_depth,
                 .depths = DepthRule::largest,
                 .profile_mask = 0},
        .vp8 = kSunxiVp8,
        .coded_formats = coded,
        .capture_formats = capture,
        .deep_capture_formats = capture,
    };
}

constexpr Personality h6() {
    Personality row = cedrus("cedrus-h6", kA64, kSunxiUntiled, 10);
    row.high_bits_only = true;
    row.low_bits_behind = true;
    return row;
}

constexpr Personality before_linux_6_2(Personality row) {
    row.tells_max_buffers = false;
    row.limits_of_controls = false;
    row.capture_formats = kSunxiTiledFirst;
    row.deep_capture_formats = kSunxiTiledFirst;
    return row;
}

// No chip: ten bits with all of them in CAPTURE.
constexpr Personality cedrus_with_p010() {
    Personality row = cedrus("cedrus", kA64, kNv12Only, 10);
    row.deep_capture_formats = kP010Only;
    return row;
}

// mtk-vcodec-dec: two memory planes; the format with 10 bits is one for H.264 and another for the
// rest. What holds of one format holds of the device until it is closed.
constexpr Sizes kMediatekHd = sizes(64, 2048, 1088, 16);
constexpr Sizes kMediatek4k = sizes(64, 4096, 2304, 16);
constexpr CodedFormat kMt8183[] = {h264(kMediatek4k, Hold::no)};
constexpr CodedFormat kMt8192[] = {h264(kMediatek4k, Hold::no), hevc_slices(kMediatek4k),
                                   vp8(kMediatekHd), vp9(kMediatek4k)};
constexpr CodedFormat kMt8195[] = {h264(kMediatek4k, Hold::no), hevc_slices(kMediatek4k),
                                   vp8(kMediatekHd), vp9(kMediatek4k), av1_frame(kMediatek4k)};
constexpr int kAv1Level40 = 8;  // V4L2_MPEG_VIDEO_AV1_LEVEL_4_0
constexpr int kAv1Level51 = 13;
constexpr uint32_t kMm21[] = {V4L2_PIX_FMT_MM21};
constexpr uint32_t kMt2110[] = {V4L2_PIX_FMT_MT2110T, V4L2_PIX_FMT_MT2110R};

// VP9: the device reads the compressed header itself. Of VP8 it reads all, for all that is known.
constexpr std::string_view kMediatekVp9Unread[] = {
    "render_width",
    "render_height",
    "color_range_flag",
    "show_frame_flag",
    "reference_mode",
    "tx_mode",
    "tx8",
    "tx16",
    "tx32",
    "coef",
    "skip",
    "inter_mode",
    "interp_filter",
    "is_inter",
    "comp_mode",
    "single_ref",
    "comp_ref",
    "y_mode",
    "partition",
    "mv_joint",
    "mv_sign",
    "mv_classes",
    "mv_class0_bit",
    "mv_bits",
    "mv_class0_fr",
    "mv_fr",
    "mv_class0_hp",
    "mv_hp",
};
constexpr FrameFields kMediatekVp9 = {.read = true, .unread = kMediatekVp9Unread};

constexpr Personality mediatek(const char* name, const char* card,
                               std::span<const CodedFormat> coded) {
    return {
        .name = name,
        .driver = "mtk-vcodec-dec",
        .card = card,
        .bus_info = "platform:18000000.video-codec",
        .model = "mtk-vcodec-dec",
        .node_name = "mtk-vcodec-dec",
        .stride_alignment = 64,
        .height_alignment = 64,
        .capture_size = CaptureSize::asked,
        .forgets_output_size = true,
        .cache_hints = true,
        .selections = true,
        .prepare_buf = false,
        .output_size = {.per_pixel = 0},
        .capture_listing = CaptureListing::none_first,
        .output_has_no_step = true,
        .output_busy = OutputBusy::never,
        .set_format_forgets_depth = true,
        .forgets_deep_pitch = true,
        .capture_busy = false,
        .depth_change = DepthChange::accepted,
        .depth_is_sticky = true,
        .h264_profile_mask = kConstrainedToHigh,
        .h264_profile_minimum = V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE,
        .h264_levels = {V4L2_MPEG_VIDEO_H264_LEVEL_4_2, V4L2_MPEG_VIDEO_H264_LEVEL_4_1},
        .h264_depths = DepthRule::when_set,
        .vp8_profile_mask = 0xf,
        // The firmware reads the compressed header.
        .vp9_compressed_header = false,
        .vp9_profile_mask = 1U << V4L2_MPEG_VIDEO_VP9_PROFILE_0,
        .vp9_profile_maximum = V4L2_MPEG_VIDEO_VP9_PROFILE_1,
        .vp9_levels = {V4L2_MPEG_VIDEO_VP9_LEVEL_4_0, V4L2_MPEG_VIDEO_VP9_LEVEL_4_0},
        // "The firmware does not support field decoding."
        .h264 = {.reads_pic_num = true, .field_pictures = FieldPictures::garbage},
        .hevc = {.reads_num_delta_pocs = true,
                 .max_bit_depth = 8,
                 .chroma_formats = 0xf,
                 .depths = DepthRule::when_set,
                 .profile_mask = kMain | 1U << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_STILL_PICTURE,
                 .levels = {V4L2_MPEG_VIDEO_HEVC_LEVEL_4, V4L2_MPEG_VIDEO_HEVC_LEVEL_4}},
        .vp9 = kMediatekVp9,
        .av1 = {.max_bit_depth = 8, .profile_mask = 1, .levels = {kAv1Level51, kAv1Level40}},
        .controls_of_every_codec = true,
        .coded_formats = coded,
        .capture_formats = kMm21,
        .deep_capture_formats = kMm21,
    };
}

// A look-ahead stage reads the bitstream, the core decodes later. Its kernel driver refuses fields.
constexpr Personality with_lat(Personality row) {
    row.early_output = true;
    row.h264.field_pictures = FieldPictures::fail;
    row.h264_levels.maximum = kH264Level52;
    row.vp9_levels.maximum = V4L2_MPEG_VIDEO_VP9_LEVEL_5_1;
    return row;
}

constexpr Personality with_ten_bits(Personality row) {
    row.deep_capture_formats = kMt2110;
    row.h264_profile_mask = kConstrainedToHigh10;
    row.max_bit_depth = 10;
    row.vp9_max_bit_depth = 10;
    row.vp9_profile_mask |= 1U << V4L2_MPEG_VIDEO_VP9_PROFILE_2;
    row.hevc.max_bit_depth = 10;
    row.hevc.profile_mask = kMainToMain10;
    row.h264_levels.maximum = kH264Level60;
    row.hevc.levels.maximum = V4L2_MPEG_VIDEO_HEVC_LEVEL_5_2;
    row.vp9_levels.maximum = V4L2_MPEG_VIDEO_VP9_LEVEL_5_2;
    row.vp9_profile_maximum = -1;
    row.av1.max_bit_depth = 10;
    return row;
}

// tegra-vde: three memory planes.
constexpr CodedFormat kTegra[] = {h264({16, 1920, 16, 16, 2032, 16}, Hold::no)};
constexpr uint32_t kPlanar[] = {V4L2_PIX_FMT_YUV420M, V4L2_PIX_FMT_YVU420M};

constexpr Personality tegra() {
    return {
        .name = "tegra-vde",
        .driver = "tegra-vde",
        .card = "tegra-vde",
        .bus_info = "platform:tegra-vde",
        .model = "tegra-vde",
        .stride_alignment = 32,
        .decoder_cmd = false,
        .output_size = {.per_pixel = 0, .least = 2 << 20, .alignment = 32 << 10, .padding = 16},
        .h264_profile_mask = kBaselineToMain,
        .h264_scaling_matrix = false,
        .h264 = {.no_motion_of_baseline = true, .reads_frame_type = true, .tegra_tools = true},
        .coded_formats = kTegra,
        .capture_formats = kPlanar,
        .deep_capture_formats = kPlanar,
    };
}

// It has tiles that no format describes.
constexpr Personality tegra124() {
    Personality row = tegra();
    row.name = "tegra124-vde";
    row.capture_formats = {};
    row.deep_capture_formats = {};
    return row;
}

// rpi-hevc-dec: columns, with luma and chroma in one memory plane or in two. Two phases.
constexpr CodedFormat kRpi[] = {hevc_slices(sizes(16, 4096, 4096, 16))};
constexpr uint32_t kColumns[] = {V4L2_PIX_FMT_NV12MT_COL128, V4L2_PIX_FMT_NV12_COL128};
constexpr uint32_t kColumnsDeep[] = {V4L2_PIX_FMT_NV12MT_10_COL128, V4L2_PIX_FMT_NV12_10_COL128};

constexpr Personality raspberry_pi() {
    return {
        .name = "rpi-hevc",
        .driver = "rpi-hevc-dec",
        .card = "rpi-hevc-dec",
        .bus_info = "platform:rpi-hevc-dec",
        .model = "rpi-hevc-dec",
        .stride_alignment = 128,
        .height_alignment = 8,
        .output_size = {.per_pixel = 0, .least = 4096},
        .size_listing = SizeListing::none,
        .output_busy = OutputBusy::buffers,
        .lists_all_formats = ListsAll::until_sequence,
        .early_output = true,
        // All slices of a frame at once; everything but the slice data comes from the controls.
        .hevc = {.start_code = kAnyStartCode,
                 .max_slices = 4096,
                 .headers_from_controls = true,
                 .references = HevcReferences::in_dpb_or_hang,
                 .profile_mask = 0},
        .coded_formats = kRpi,
        .capture_formats = kColumns,
        .deep_capture_formats = kColumnsDeep,
    };
}

// No chip: the same in rows, and without start codes.
constexpr Personality raspberry_pi_linear() {
    Personality row = raspberry_pi();
    row.name = "rpi-linear";
    row.hevc.start_code = kNoStartCode;
    row.capture_formats = kNv12Only;
    row.deep_capture_formats = kP010Only;
    return row;
}

// The same driver at other times: what bit_size of SLICE_PARAMS counts from. One clip of one slice
// shows no difference to the first, several do.
constexpr Personality raspberry_pi_from_buffer() {  // 1ae3a8b3c2e9 of its linux repository
    Personality row = raspberry_pi();
    row.name = "rpi-from-buffer";
    row.hevc.bit_size = BitSize::from_buffer;
    return row;
}

constexpr Personality raspberry_pi_from_data() {  // 6.18.7, raspberrypi/linux#7228
    Personality row = raspberry_pi();
    row.name = "rpi-from-data";
    row.hevc.bit_size = BitSize::from_data;
    return row;
}

// visl: both modes, the ones that a client must not keep as the default. It takes ten bits of every
// codec and puts out eight; what it draws is decoded here, and the high bits of it are seen.
constexpr CodedFormat kVisl[] = {
    mpeg2({16, 1920, 1, 16, 1152, 1}, Hold::yes),
    vp8(sizes(64, 16383, 16383, 1), Hold::yes),
    vp9(sizes(64, 8192, 4352, 1), {}, Hold::yes),
    h264(sizes(64, 4096, 2304, 1), Hold::yes),
    hevc_slices(sizes(64, 4096, 2304, 1), {}, Hold::yes),
    av1_frame(sizes(64, 4096, 2304, 1), {}, Hold::yes),
};
constexpr uint32_t kVislCapture[] = {V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_YUV420};

constexpr Personality visl() {
    return {
        .name = "visl",
        .driver = "visl",
        .card = "visl",
        .bus_info = "platform:visl",
        .model = "visl",
        .requires_requests = false,
        .stride_alignment = 1,
        .width_alignment = 1,
        .height_alignment = 1,
        .remove_bufs = true,
        .limits_of_controls = false,
        .output_size = {.per_pixel = 3, .unasked = 256 << 10},
        .capture_busy = false,
        .depth_change = DepthChange::accepted,
        .high_bits_only = true,
        .h264_decode_mode = kAnyMode,
        .h264_start_code = kAnyStartCode,
        .h264_profile_mask = 0,
        .h264_slice_controls = true,
        .max_bit_depth = 10,
        .vp9_max_bit_depth = 10,
        .h264 = {.reads_valid = true},
        .hevc = {.decode_mode = kAnyMode,
                 .start_code = kAnyStartCode,
                 .max_slices = 600,
                 .max_entry_points = 256,
                 .headers_from_controls = true,
                 .profile_mask = 0},
        .av1 = {.film_grain = true},
        .coded_formats = kVisl,
        .capture_formats = kVislCapture,
        .deep_capture_formats = kVislCapture,
    };
}

// No known driver, but the interface has it: slices with start codes.
constexpr CodedFormat kSlices[] = {h264(sizes(48, 4096, 4096, 1), Hold::yes)};

constexpr Personality slices() {
    return {
        .name = "slices",
        .driver = "slices",
        .card = "slices",
        .bus_info = "platform:slices",
        .model = "slices",
        .stride_alignment = 256,
        .height_alignment = 32,
        .output_busy = OutputBusy::relaxed,
        .capture_busy = false,
        .depth_change = DepthChange::accepted,
        .h264_decode_mode = kSliceBased,
        .h264_profile_mask = kBaselineToHigh10,
        .h264_slice_controls = true,
        .max_bit_depth = 10,
        .h264 = {.reads_valid = true},
        .coded_formats = kSlices,
    };
}

constexpr Personality kRows[] = {
    cedrus_with_p010(),
    cedrus("cedrus-a20", kA20, kSunxiTiled, 8),
    cedrus("cedrus-a64", kA64, kSunxiUntiled, 8),
    before_linux_6_2(cedrus("cedrus-a64-old", kA64, kSunxiUntiled, 8)),
    h6(),
    cedrus("cedrus-v3s", kV3s, kSunxiUntiled, 8),
    mediatek("mt8183", "MT8183 video decoder", kMt8183),
    with_lat(mediatek("mt8192", "MT8192 video decoder", kMt8192)),
    with_ten_bits(with_lat(mediatek("mt8195", "MT8195 video decoder", kMt8195))),
    tegra(),
    tegra124(),
    raspberry_pi(),
    raspberry_pi_linear(),
    raspberry_pi_from_buffer(),
    raspberry_pi_from_data(),
    visl(),
    slices(),
};

}  // namespace

std::span<const Personality> other_personalities() { return kRows; }

}  // namespace vdec
