// SPDX-License-Identifier: MIT
// hantro-vpu: one driver for the cores G1, VPU2, G2 and VC9000, each in several chips.
#include "machines/personality_rows.h"

namespace vdec {
namespace {

// Sizes of drivers/media/platform/verisilicon: FMT_MIN_WIDTH, FMT_FHD_WIDTH, FMT_UHD_WIDTH, ...
constexpr Sizes kFullHd = sizes(48, 1920, 1088, 16);
constexpr Sizes kUltraHd = sizes(48, 3840, 2160, 16);
constexpr Sizes kG2UltraHd = sizes(48, 3840, 2160, 4);  // TILE_MB_DIM

// hantro_h264_mv_size() and its like.
constexpr Tail kH264Tail = {.bytes = 64, .fixed = 32};
constexpr Tail kHevcTail = {.block_width = 4, .block_height = 4, .bytes = 1};
constexpr Tail kVp9Tail = {.block_width = 64, .block_height = 64, .bytes = 1024};
constexpr Tail kAv1Tail = {.block_width = 64, .block_height = 64, .bytes = 768, .fixed = 512};

// The cores G1 and VPU2.
constexpr H264Style kH264 = {.skips_headers = true,
                             .reads_valid = true,
                             .no_motion_of_baseline = true,
                             .reads_field_flag = true};
// VP8: cfg_parts() and its like start at the macroblock data, after what the control says.
constexpr std::string_view kVp8Unread[] = {
    "show_frame_flag", "width",
    "height",          "horizontal_scale",
    "vertical_scale",  "segment_update_feature_data",
    "lf_delta_update", "coder_state_bit_count",
};
constexpr FrameFields kVp8 = {.read = true, .unread = kVp8Unread};
// VP9 on G2: all that decides pixels.
constexpr std::string_view kVp9Unread[] = {
    "render_width",       "render_height",    "profile",         "x_subsampling_flag",
    "y_subsampling_flag", "color_range_flag", "lf_delta_update",
};
constexpr std::string_view kVp9ForNext[] = {"show_frame_flag"};
constexpr FrameFields kVp9 = {.read = true, .unread = kVp9Unread, .read_for_next = kVp9ForNext};
// The device skips the reference picture sets in slice headers by the sizes in DECODE_PARAMS.
constexpr HevcStyle kHevc = {.references = HevcReferences::in_poc_table,
                             .reads_irap_flag = true,
                             .chroma_formats = 0xf,
                             .depths = DepthRule::luma,
                             .levels = {V4L2_MPEG_VIDEO_HEVC_LEVEL_5_1}};
// It applies film grain on the way to CAPTURE, and has no profile menu.
constexpr Av1Style kAv1 = {.film_grain = true};

constexpr CodedFormat kEveryCodec[] = {
    h264(sizes(48, 4096, 2304, 16), Hold::yes, kH264Tail),
    mpeg2(kFullHd),
    vp8(kUltraHd),
    vp9(sizes(48, 4096, 2304, 16), kVp9Tail),
    hevc_slices(sizes(16, 4096, 2304, 16), kHevcTail),
    av1_frame(sizes(64, 3840, 2160, 16), kAv1Tail),
};
constexpr CodedFormat kG1[] = {
    h264(sizes(48, 4096, 2304, 16), Hold::yes, kH264Tail),
    mpeg2(kFullHd),
    vp8(kUltraHd),
};
constexpr CodedFormat kG1WithoutHold[] = {
    h264(sizes(48, 4096, 2304, 16), Hold::no, kH264Tail),
    mpeg2(kFullHd),
    vp8(kUltraHd),
};
constexpr CodedFormat kImx8mqG1[] = {
    mpeg2(kFullHd),
    vp8(kUltraHd),
    h264(kUltraHd, Hold::yes, kH264Tail),
};
constexpr Sizes kHd = sizes(48, 1280, 720, 16);
constexpr CodedFormat kSama5d4[] = {mpeg2(kHd), vp8(kHd), h264(kHd, Hold::yes, kH264Tail)};
constexpr CodedFormat kStm32mp25[] = {vp8(kFullHd), h264(kFullHd, Hold::yes, kH264Tail)};
constexpr CodedFormat kVpu2[] = {
    h264(kFullHd, Hold::yes, kH264Tail),
    mpeg2(kFullHd),
    vp8(kUltraHd),
};
constexpr CodedFormat kRk3399[] = {mpeg2(kFullHd), vp8(kUltraHd)};
constexpr CodedFormat kG2[] = {hevc_slices(kG2UltraHd, kHevcTail), vp9(kG2UltraHd, kVp9Tail)};
constexpr CodedFormat kSun50iG2[] = {vp9(sizes(48, 3840, 2160, 32), kVp9Tail)};
constexpr CodedFormat kVc9000[] = {av1_frame(sizes(64, 4096, 2304, 16), kAv1Tail)};

constexpr uint32_t kNv12OrYuyv[] = {V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_YUYV};
constexpr uint32_t kTiledOrNv12[] = {V4L2_PIX_FMT_NV12_4L4, V4L2_PIX_FMT_NV12};
constexpr uint32_t kTiled[] = {V4L2_PIX_FMT_NV12_4L4};
constexpr uint32_t kG2PackedDeep[] = {V4L2_PIX_FMT_NV15_4L4, V4L2_PIX_FMT_P010};
constexpr uint32_t kG2TiledDeep[] = {V4L2_PIX_FMT_P010_4L4};
// NV12 of ten bits has the high eight: hantro_check_depth_match() lets these post-processors do so.
constexpr uint32_t kAv1Deep[] = {V4L2_PIX_FMT_NV15_4L4, V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_NV15,
                                 V4L2_PIX_FMT_P010};
constexpr uint32_t kSun50iG2Deep[] = {V4L2_PIX_FMT_P010_4L4, V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_P010};
constexpr uint32_t kTiledPackedDeep[] = {V4L2_PIX_FMT_NV15_4L4};

constexpr Personality hantro(const char* name, const char* card, const char* bus_info) {
    return {
        .name = name,
        .driver = "hantro-vpu",
        .card = card,
        .bus_info = bus_info,
        .model = "hantro-vpu",
        .max_capture_buffers = 64,  // MAX_POSTPROC_BUFFERS
        .remove_bufs = true,
        .capture_listing = CaptureListing::none,
        .output_busy = OutputBusy::relaxed,
        .capture_busy = false,
        .depth_change = DepthChange::accepted,
        .post_processor = true,
        // hantro_g1_vp8_dec_run(), rockchip_vpu2_vp8_dec_run(): the frame is decoded in the
        // format's size. G2: the frame's own size, chroma behind the format's luma, no pitch.
        // rockchip_vpu981_postproc_enable(): input and output have the format's size.
        .format_is_size_of_picture = true,
        .h264 = kH264,
        .vp8 = kVp8,
        .vp9 = kVp9,
        .mpeg2_reads_field_order = true,
    };
}

// No chip: every codec, for tests to which the device does not matter.
constexpr Personality every_codec() {
    Personality row = hantro("hantro", "rockchip,rk3568-vpu-dec", "platform:fdea0400.video-codec");
    row.vp9_max_bit_depth = 10;
    row.hevc = kHevc;
    row.av1 = kAv1;
    row.coded_formats = kEveryCodec;
    return row;
}

constexpr Personality g1(Personality row, std::span<const CodedFormat> coded,
                         std::span<const uint32_t> capture) {
    row.coded_formats = coded;
    row.capture_formats = capture;
    return row;
}

// rockchip_vpu_hw.c: the largest picture is that of H.264 and MPEG-2, also of VP8.
constexpr Personality vpu2(Personality row, std::span<const CodedFormat> coded) {
    row.max_capture_width = kFullHd.max_width;
    row.max_capture_height = kFullHd.max_height;
    row.coded_formats = coded;
    return row;
}

// YUYV ends at Full HD.
constexpr Personality rk3288_g1() {
    Personality row =
        g1(hantro("hantro-g1", "rockchip,rk3288-vpu-dec", "platform:ff9a0000.video-codec"), kG1,
           kNv12OrYuyv);
    row.max_processed_width = kFullHd.max_width;
    row.max_processed_height = kFullHd.max_height;
    return row;
}

// Before Linux 5.6: a frame ends with its first part, and formats are busy as elsewhere.
constexpr Personality old_g1() {
    Personality row =
        hantro("hantro-old", "rockchip,rk3288-vpu-dec", "platform:ff9a0000.video-codec");
    row.max_capture_buffers = 32;
    row.tells_max_buffers = false;
    row.remove_bufs = false;
    row.limits_of_controls = false;
    row.output_busy = OutputBusy::strict;
    row.capture_busy = true;
    row.depth_change = DepthChange::busy;
    row.coded_formats = kG1WithoutHold;
    return row;
}

// References are in tiles; rows are a second output. Kernels do not check VP9's profile here.
constexpr Personality g2(Personality row, std::span<const CodedFormat> coded) {
    row.vp9_max_bit_depth = 10;
    row.hevc = kHevc;
    row.coded_formats = coded;
    row.capture_formats = kTiledOrNv12;
    row.deep_capture_formats = kG2PackedDeep;
    row.capture_listing = CaptureListing::none_or_scaled;
    row.native_width_alignment = 8;
    row.native_height_alignment = 32;
    return row;
}

constexpr Personality sun50i_g2(Personality row) {
    row = g2(row, kSun50iG2);
    row.deep_capture_formats = kSun50iG2Deep;
    row.high_bits_only = true;
    row.width_alignment = row.native_width_alignment = 32;
    row.height_alignment = row.native_height_alignment = 32;
    return row;
}

// Without the second output. Kernels differ in what the format with ten bits is called.
constexpr Personality tiled(Personality row, std::span<const uint32_t> deep) {
    row = g2(row, kG2);
    row.capture_formats = kTiled;
    row.deep_capture_formats = deep;
    return row;
}

// A later kernel: ten bits are packed, and tiles are aligned for what the core writes.
constexpr Personality packed(Personality row) {
    row = tiled(row, kTiledPackedDeep);
    row.native_width_alignment = 8;
    row.native_height_alignment = 32;
    return row;
}

constexpr Personality vc9000(Personality row) {
    row.requires_requests = false;
    row.high_bits_only = true;
    row.film_grain_is_post_processed = true;
    row.av1 = kAv1;
    row.coded_formats = kVc9000;
    row.capture_formats = kTiledOrNv12;
    row.deep_capture_formats = kAv1Deep;
    return row;
}

constexpr Personality kRows[] = {
    every_codec(),
    old_g1(),
    rk3288_g1(),
    g1(hantro("hantro-g1-imx8mq", "nxp,imx8mq-vpu-g1-dec", "platform:38300000.video-codec"),
       kImx8mqG1, kNv12OrYuyv),
    g1(hantro("hantro-g1-imx8mm", "nxp,imx8mm-vpu-g1-dec", "platform:38300000.video-codec"),
       kImx8mqG1, kNv12Only),
    g1(hantro("hantro-g1-sama5d4", "microchip,sama5d4-vdec-dec", "platform:300000.vdec"), kSama5d4,
       kNv12OrYuyv),
    g1(hantro("hantro-g1-stm32mp25", "st,stm32mp25-vdec-dec", "platform:580d0000.vdec"), kStm32mp25,
       kNv12Only),
    vpu2(hantro("hantro-vpu2", "rockchip,rk3568-vpu-dec", "platform:fdea0400.video-codec"), kVpu2),
    // H.264 is left to rkvdec.
    vpu2(hantro("hantro-vpu2-rk3399", "rockchip,rk3399-vpu-dec", "platform:ff650000.video-codec"),
         kRk3399),
    g2(hantro("hantro-g2", "nxp,imx8mq-vpu-g2-dec", "platform:38310000.video-codec"), kG2),
    sun50i_g2(hantro("hantro-g2-h6", "allwinner,sun50i-h6-vpu-g2-dec",
                     "platform:1c00000.video-codec-g2")),
    tiled(hantro("hantro-g2-tiled", "nxp,imx8mq-vpu-g2-dec", "platform:38310000.video-codec"),
          kG2TiledDeep),
    packed(hantro("hantro-g2-packed", "nxp,imx8mq-vpu-g2-dec", "platform:38310000.video-codec")),
    vc9000(hantro("hantro-av1", "rockchip,rk3588-av1-vpu-dec", "platform:fdc70000.video-codec")),
};

}  // namespace

std::span<const Personality> hantro_personalities() { return kRows; }

}  // namespace vdec
