// SPDX-License-Identifier: MIT
// Personality: what kind of decoder the virtual device claims to be; one table row each.
#pragma once

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "uapi/pixel_formats.h"

namespace vdec {

// A menu control of which the device supports a range.
struct ModeRange {
    int minimum;
    int maximum;
    int default_value;
};

// Of a menu of levels, V4L2_MPEG_VIDEO_*_LEVEL_*, which begins at the lowest.
struct Levels {
    int maximum = -1;  // -1: there is no such control
    int default_value = 0;
};

// Of H.264 and HEVC the numbers of modes and start codes are the same.
inline constexpr ModeRange kFrameBased = {V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED,
                                          V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED,
                                          V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED};
inline constexpr ModeRange kAnnexB = {V4L2_STATELESS_H264_START_CODE_ANNEX_B,
                                      V4L2_STATELESS_H264_START_CODE_ANNEX_B,
                                      V4L2_STATELESS_H264_START_CODE_ANNEX_B};
static_assert(V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED ==
              int{V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED});
static_assert(V4L2_STATELESS_HEVC_START_CODE_ANNEX_B ==
              int{V4L2_STATELESS_H264_START_CODE_ANNEX_B});

// Bits are V4L2_MPEG_VIDEO_*_PROFILE_*.
inline constexpr uint64_t kBaselineToMain =
    1U << V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE |
    1U << V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE |
    1U << V4L2_MPEG_VIDEO_H264_PROFILE_MAIN;
inline constexpr uint64_t kBaselineToHigh =
    kBaselineToMain | 1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH;
inline constexpr uint64_t kBaselineToHigh10 =
    kBaselineToHigh | 1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10;
// What mtk-vcodec-dec and rkvdec leave out of their menus: Baseline's own tools.
inline constexpr uint64_t kConstrainedToHigh =
    kBaselineToHigh & ~(1U << V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE);
inline constexpr uint64_t kConstrainedToHigh10 =
    kConstrainedToHigh | 1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10;
inline constexpr uint64_t kConstrainedToHigh422Intra =
    kConstrainedToHigh10 | 1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_422 |
    1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10_INTRA |
    1U << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_422_INTRA;
inline constexpr uint64_t kMain = 1U << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN;
inline constexpr uint64_t kMainAndMain10 = kMain | 1U << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10;
inline constexpr uint64_t kMainToMain10 =
    kMainAndMain10 | 1U << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_STILL_PICTURE;

struct Sizes {
    unsigned min_width, max_width, step_width;
    unsigned min_height, max_height, step_height;

    // What S_FMT makes of a width or height that is asked for.
    [[nodiscard]] constexpr unsigned fit_width(unsigned width) const {
        return fit(width, min_width, max_width, step_width);
    }
    [[nodiscard]] constexpr unsigned fit_height(unsigned height) const {
        return fit(height, min_height, max_height, step_height);
    }

  private:
    static constexpr unsigned fit(unsigned value, unsigned low, unsigned high, unsigned step) {
        // clamp_roundup() of v4l2-common.c: the largest size goes up, too.
        return (std::clamp(value, low, high) + step - 1) / step * step;
    }
};

// What a CAPTURE buffer has behind the picture, in the same memory plane: motion vectors and such.
struct Tail {
    bool sixteen_bits = false;  // sizes are counted in 16 bits
    unsigned block_width = 16;  // luma samples
    unsigned block_height = 16;
    unsigned bytes = 0;  // for each block
    unsigned fixed = 0;
};

struct CodedFormat {
    uint32_t fourcc;
    const char* description;
    const char* codec;  // name in the report
    Sizes sizes;
    bool hold;  // V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF
    Tail tail;
};

// When S_FMT(OUTPUT) is refused with EBUSY.
enum class OutputBusy {
    strict,   // OUTPUT streaming, OUTPUT buffers and another fourcc, or CAPTURE buffers
    relaxed,  // OUTPUT streaming and another fourcc
    buffers,  // OUTPUT buffers
    never,
};

// What ENUM_FRAMESIZES of a coded format answers.
enum class SizeListing {
    stepwise,
    continuous,  // from one sample on
    none,        // ENOTTY: the driver has no such call, S_FMT alone tells what it takes
};

// What S_FMT(CAPTURE) makes of a size.
enum class CaptureSize {
    output,           // OUTPUT's, whatever is asked for
    at_least_output,  // what is asked for, if it is larger
    asked,
};

// What ENUM_FRAMESIZES of a CAPTURE format answers.
enum class CaptureListing {
    invalid,         // EINVAL, as of a format that is unknown
    none,            // ENOTTY of the first format, EINVAL of the post-processor's
    none_or_scaled,  // ENOTTY of the first format, of the others a half, a fourth and an eighth,
                     // too
    none_first,      // ENOTTY of the first size, EINVAL of others
};

// What becomes of a sequence control that changes the bit depth while CAPTURE has buffers.
enum class DepthChange {
    busy,      // EBUSY
    invalid,   // EINVAL when the new depth is the larger one, else accepted
    accepted,  // CAPTURE gets the format of the new depth
};

// When ENUM_FMT(CAPTURE) lists the formats of every depth and chroma format, and S_FMT takes them.
enum class ListsAll {
    never,
    after_output_format,  // between S_FMT(OUTPUT) and a sequence control
    until_sequence,       // until the first sequence control
};

// When a sequence that is larger than the OUTPUT format is EINVAL.
enum class SequenceCheck {
    never,
    when_set,
    at_streamon,  // when it is set, and again at STREAMON(OUTPUT)
};

// What becomes of sizeimage of OUTPUT, in bytes.
struct OutputSize {
    unsigned per_pixel = 2;  // where none is asked for; 0: it stays what it is
    unsigned unasked = 0;    // and at least this
    unsigned least = 0;
    unsigned alignment = 1;
    // What must follow the payload before it is rounded up to `alignment` and still fits the plane.
    unsigned padding = 0;
};

// Where a device reads the parameter sets of H.264.
enum class H264Sets {
    given,               // the control's, whatever the slice headers say
    indexed,             // in a table, at the pps_id of the slice header
    indexed_with_order,  // the table has the picture's order counts, too
};

// Which bit depths of luma and chroma a driver takes in a sequence parameter set, and which of them
// CAPTURE follows.
enum class DepthRule {
    equal,     // both alike
    luma,      // luma's, whatever chroma's is
    largest,   // the larger one, also of 9 bits
    when_set,  // any is tried; set is 10 where both are, neither one alone but the other at 8
};

// What becomes of field pictures.
enum class FieldPictures {
    decoded,
    garbage,  // nobody says so
    fail,     // and everything behind them, until the node is closed
};

// What a device does with H.264, and in silence when a field is wrong.
struct H264Style {
    // Slice headers are skipped by pps_id, idr_pic_id and the sizes in DECODE_PARAMS.
    bool skips_headers = false;
    H264Sets sets = H264Sets::given;
    bool reads_valid = false;  // an entry of the DPB without VALID is no reference
    // Motion, which direct prediction in later B pictures needs, is kept only of references, and of
    // profiles above Baseline.
    bool no_motion_of_baseline = false;
    bool reads_field_flag = false;  // FIELD of a DPB entry says how its motion is kept
    bool reads_pic_num = false;     // pic_num of a DPB entry
    // Without PFRAME or BFRAME there are no references.
    bool reads_frame_type = false;
    FieldPictures field_pictures = FieldPictures::decoded;
    bool tegra_tools = false;  // no more than tegra-vde does: CAVLC, frames
};

// Which fields of a frame's control a device reads where the frame's own header has them, too, by
// the names that the judge gives them. A wrong one makes garbage of the picture, in silence.
struct FrameFields {
    bool read = false;                                     // false: none
    std::span<const std::string_view> unread = {};         // all but these
    std::span<const std::string_view> read_for_next = {};  // they tell of the frame before
};

// How a device finds the pictures of dpb[], and what becomes of a frame where it cannot.
enum class HevcReferences {
    by_timestamp,  // it takes some other picture
    // hantro_hevc_get_ref_buf(): by order count, among the pictures that its table of 17 still has.
    // One that it has not makes set_ref() return -ENOMEM: device_run() gives back the buffers with
    // an error, but nothing completes the request, since hantro_end_prepare_run() was not reached.
    in_poc_table,
    // hevc_d_h265_setup(): an entry of dpb[] that is not found becomes the frame itself, but an
    // index that is not below num_active_dpb_entries is programmed, as the collocated picture with
    // address 0 ("Col ref index"), and the hardware never answers (raspberrypi/linux#7573).
    in_dpb_or_hang,
    // The same of every index that slices use, as Apple's AVD is reported to do (avd-hevc.c).
    active_or_hang,
};

// What drivers have read in bit_size of SLICE_PARAMS (hevc_d_h265.c).
enum class BitSize {
    either,       // the slice's size, or where it ends in the buffer
    from_buffer,  // refused: bytesused < bit_size / 8, data_byte_offset >= bit_size / 8
    from_data,    // refused: data_byte_offset + bit_size / 8 > bytesused
};

// How a device wants HEVC, and what it reads of it.
struct HevcStyle {
    ModeRange decode_mode = kFrameBased;
    ModeRange start_code = kAnnexB;
    unsigned max_slices = 0;             // elements of SLICE_PARAMS; 0: no such control
    unsigned max_entry_points = 0;       // elements of ENTRY_POINT_OFFSETS; 0: no such control
    bool ext_sps_rps = false;            // EXT_SPS_ST_RPS and EXT_SPS_LT_RPS exist and are required
    bool headers_from_controls = false;  // slice headers in the bitstream are never read
    HevcReferences references = HevcReferences::by_timestamp;
    BitSize bit_size = BitSize::either;  // where a slice ends, as SLICE_PARAMS say
    // What nobody is told of when it is wrong: parameter sets are in a table, which is written at
    // the control's pps_id and read at the slice header's; IRAP_PIC; num_delta_pocs_of_ref_rps_idx.
    bool indexes_sets = false;
    bool reads_irap_flag = false;
    bool reads_num_delta_pocs = false;
    unsigned max_bit_depth = 10;
    unsigned chroma_formats = 1U << 1;  // bit = chroma_format_idc that is not refused
    DepthRule depths = DepthRule::equal;
    uint64_t profile_mask = kMainToMain10;  // 0: no such control
    Levels levels = {};
};

// How a device does AV1.
struct Av1Style {
    unsigned max_bit_depth = 10;
    bool film_grain = false;    // FILM_GRAIN exists, and CAPTURE has the grain that it asks for
    uint64_t profile_mask = 0;  // bit = V4L2_MPEG_VIDEO_AV1_PROFILE_*; 0: no such control
    Levels levels = {};
};

inline constexpr uint32_t kNv12Only[] = {V4L2_PIX_FMT_NV12};
inline constexpr uint32_t kP010Only[] = {V4L2_PIX_FMT_P010};

// A row says what differs from these values.
struct Personality {
    const char* name;
    const char* driver;
    const char* card;
    const char* bus_info;
    const char* model;
    const char* node_name = nullptr;  // nullptr: the card's; of the video node and its entities
    bool multi_planar = true;
    bool requires_requests = true;
    unsigned stride_alignment = 16;  // samples
    unsigned width_alignment = 16;   // of CAPTURE
    unsigned height_alignment = 16;
    unsigned max_capture_width = 0;  // 0: OUTPUT's
    unsigned max_capture_height = 0;
    // Of the CAPTURE formats behind the first; 0: OUTPUT's.
    unsigned max_processed_width = 0;
    unsigned max_processed_height = 0;
    CaptureSize capture_size = CaptureSize::output;
    bool forgets_output_size = false;  // G_FMT(OUTPUT) tells the smallest
    // Of the first CAPTURE format, where it has others.
    unsigned native_width_alignment = 0;
    unsigned native_height_alignment = 0;
    unsigned max_capture_buffers = 32;
    bool tells_max_buffers = true;   // V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS: since Linux 6.8
    bool remove_bufs = false;        // VIDIOC_REMOVE_BUFS exists
    bool cache_hints = false;        // V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS
    bool limits_of_controls = true;  // V4L2_CTRL_WHICH_MIN_VAL and ..._MAX_VAL: since Linux 6.14
    bool decoder_cmd = true;         // VIDIOC_DECODER_CMD exists
    bool selections = false;         // VIDIOC_G_SELECTION and VIDIOC_S_SELECTION exist
    bool prepare_buf = true;         // VIDIOC_PREPARE_BUF exists
    OutputSize output_size = {};
    SequenceCheck sequence_check = SequenceCheck::never;
    SizeListing size_listing = SizeListing::stepwise;
    CaptureListing capture_listing = CaptureListing::invalid;
    bool output_has_no_step = false;  // S_FMT(OUTPUT) takes sizes between those that are listed
    OutputBusy output_busy = OutputBusy::strict;
    // S_FMT(CAPTURE) answers with the sizes of eight bits; buffers need those that G_FMT tells.
    bool set_format_forgets_depth = false;
    // Of ten bits G_FMT(CAPTURE) tells the pitch only between the sequence control and the next
    // S_FMT or the first picture; before and after, that of eight.
    bool forgets_deep_pitch = false;
    bool capture_busy = true;  // S_FMT(CAPTURE) with CAPTURE buffers is EBUSY, else accepted
    DepthChange depth_change = DepthChange::busy;
    bool try_sets_depth = false;   // of HEVC; S_FMT(OUTPUT) leaves it as it is
    bool depth_is_sticky = false;  // once 10 bits, always 10 bits, until the node is closed
    ListsAll lists_all_formats = ListsAll::never;
    // A CAPTURE format of eight bits takes a picture of ten, and has the high ones.
    bool high_bits_only = false;
    // HEVC of ten bits: the low ones follow in a plane of their own, which this device leaves out.
    bool low_bits_behind = false;
    // The second CAPTURE format and the ones behind it are written beside the first, which
    // references are in: only the first has the tail.
    bool post_processor = false;
    bool film_grain_is_post_processed = false;  // a sequence with film grain has no first format
    // OUTPUT comes back as soon as the bitstream was read; the request completes with CAPTURE. VP8
    // has no such stage.
    bool early_output = false;
    ModeRange h264_decode_mode = kFrameBased;
    ModeRange h264_start_code = kAnnexB;
    uint64_t h264_profile_mask = kBaselineToHigh;  // 0: no such control
    int h264_profile_minimum = -1;                 // -1: the first that there is
    Levels h264_levels = {};
    bool h264_slice_controls = false;  // SLICE_PARAMS and PRED_WEIGHTS exist
    bool h264_scaling_matrix = true;   // SCALING_MATRIX exists
    bool h264_monochrome = true;  // chroma_format_idc 0: CAPTURE is still 4:2:0, chroma is grey
    unsigned max_bit_depth = 8;   // of H.264
    DepthRule h264_depths = DepthRule::equal;
    uint64_t vp8_profile_mask = 0;  // bit = V4L2_MPEG_VIDEO_VP8_PROFILE_*; 0: no such control
    unsigned vp9_max_bit_depth = 8;
    bool vp9_compressed_header = true;  // COMPRESSED_HDR exists
    uint64_t vp9_profile_mask = 0;      // bit = V4L2_MPEG_VIDEO_VP9_PROFILE_*; 0: no such control
    int vp9_profile_maximum = -1;       // -1: the last that there is
    Levels vp9_levels = {};
    bool vp9_exact_size = false;  // the frame must have the CAPTURE format's size, aligned
    // The driver programs the format's size for the picture's, or no pitch beside the picture's
    // size: a picture of VP8, VP9 or AV1 that asks for another format is garbage, in silence.
    bool format_is_size_of_picture = false;
    H264Style h264 = {};
    HevcStyle hevc = {};
    FrameFields vp8 = {};
    FrameFields vp9 = {};
    bool mpeg2_reads_field_order = false;  // TOP_FIELD_FIRST of field pictures says which is first
    Av1Style av1 = {};
    bool controls_of_every_codec = false;  // also of those that it does not decode
    std::span<const CodedFormat> coded_formats;
    std::span<const uint32_t> capture_formats = kNv12Only;
    std::span<const uint32_t> deep_capture_formats = kP010Only;  // while a sequence has 10 bits
    std::span<const uint32_t> other_capture_formats = {};        // of H.264, listed only
};

// All rows.
std::span<const Personality> personalities();

// The row of that name, the first row for an empty one. An unknown name ends the process.
const Personality& find_personality(std::string_view name);

}  // namespace vdec
