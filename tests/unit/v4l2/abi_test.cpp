// SPDX-License-Identifier: MIT
// The kernel's ABI as this architecture's compiler sees it: ioctl numbers, sizes and offsets. The
// numbers stand here as the kernel has them, worked out by hand from the documented fields, not
// computed from the headers under test. Pointers and `long` differ on 32 bits, and struct timeval
// with time_t; the controls are the same everywhere.
#include <gtest/gtest.h>
#include <linux/dma-buf.h>
#include <linux/media.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <initializer_list>

#include "v4l2/uapi_compat.h"

namespace v4l2va::test {
namespace {

constexpr bool kIs64 = sizeof(void*) == 8;
constexpr bool kHasTime64 = sizeof(time_t) == 8;

static_assert(alignof(v4l2_ctrl_mpeg2_picture) == 8, "i386 aligns 64 bits to 4, ARM does not");

// Of 64-bit architectures and of 32-bit ones.
constexpr size_t either(size_t bits64, size_t bits32) { return kIs64 ? bits64 : bits32; }
// Of what has a struct timeval: its 32-bit variants are those of Debian 12 (time_t of 32 bits) and
// of later systems (64).
constexpr size_t timed(size_t bits64, size_t bits32, size_t bits32_time64) {
    return kIs64 ? bits64 : kHasTime64 ? bits32_time64 : bits32;
}

struct Number {
    const char* name;
    size_t actual;
    size_t expected;
};

void expect_all(std::initializer_list<Number> numbers) {
    for (const Number& number : numbers) {
        EXPECT_EQ(number.actual, number.expected) << number.name;
    }
}

#define IOCTL(name, expected) \
    Number { #name, static_cast < size_t>(name), expected }
#define SIZE(type, expected) \
    Number { #type, sizeof(type), expected }
#define OFFSET(type, field, expected) \
    Number { #type "." #field, offsetof(type, field), expected }

TEST(Abi, IoctlNumbers) {
    expect_all({
        IOCTL(VIDIOC_QUERYCAP, 0x80685600),
        IOCTL(VIDIOC_ENUM_FMT, 0xc0405602),
        IOCTL(VIDIOC_G_FMT, either(0xc0d05604, 0xc0cc5604)),
        IOCTL(VIDIOC_S_FMT, either(0xc0d05605, 0xc0cc5605)),
        IOCTL(VIDIOC_REQBUFS, 0xc0145608),
        IOCTL(VIDIOC_QUERYBUF, timed(0xc0585609, 0xc0445609, 0xc0505609)),
        IOCTL(VIDIOC_QBUF, timed(0xc058560f, 0xc044560f, 0xc050560f)),
        IOCTL(VIDIOC_EXPBUF, 0xc0405610),
        IOCTL(VIDIOC_DQBUF, timed(0xc0585611, 0xc0445611, 0xc0505611)),
        IOCTL(VIDIOC_STREAMON, 0x40045612),
        IOCTL(VIDIOC_STREAMOFF, 0x40045613),
        IOCTL(VIDIOC_QUERYMENU, 0xc02c5625),
        IOCTL(VIDIOC_S_EXT_CTRLS, either(0xc0205648, 0xc0185648)),
        IOCTL(VIDIOC_ENUM_FRAMESIZES, 0xc02c564a),
        IOCTL(VIDIOC_CREATE_BUFS, either(0xc100565c, 0xc0f8565c)),
        IOCTL(VIDIOC_PREPARE_BUF, timed(0xc058565d, 0xc044565d, 0xc050565d)),
        IOCTL(VIDIOC_DECODER_CMD, 0xc0485660),
        IOCTL(VIDIOC_QUERY_EXT_CTRL, 0xc0e85667),
        IOCTL(MEDIA_IOC_G_TOPOLOGY, 0xc0487c04),
        IOCTL(MEDIA_IOC_REQUEST_ALLOC, 0x80047c05),
        IOCTL(MEDIA_REQUEST_IOC_QUEUE, 0x7c80),
        IOCTL(MEDIA_REQUEST_IOC_REINIT, 0x7c81),
        IOCTL(DMA_BUF_IOCTL_SYNC, 0x40086200),
    });
}

TEST(Abi, Buffers) {
    expect_all({
        SIZE(v4l2_buffer, timed(88, 68, 80)),
        OFFSET(v4l2_buffer, type, 4),
        OFFSET(v4l2_buffer, bytesused, 8),
        OFFSET(v4l2_buffer, flags, 12),
        OFFSET(v4l2_buffer, timestamp, timed(24, 20, 24)),
        SIZE(decltype(v4l2_buffer::timestamp), timed(16, 8, 16)),
        OFFSET(v4l2_buffer, memory, timed(60, 48, 60)),
        OFFSET(v4l2_buffer, m, timed(64, 52, 64)),
        OFFSET(v4l2_buffer, length, timed(72, 56, 68)),
        OFFSET(v4l2_buffer, request_fd, timed(80, 64, 76)),
        SIZE(v4l2_plane, either(64, 60)),
        OFFSET(v4l2_plane, length, 4),
        OFFSET(v4l2_plane, m, 8),
        OFFSET(v4l2_plane, data_offset, either(16, 12)),
        SIZE(v4l2_requestbuffers, 20),
        OFFSET(v4l2_requestbuffers, capabilities, 12),
        SIZE(v4l2_create_buffers, either(256, 248)),
        OFFSET(v4l2_create_buffers, format, either(16, 12)),
        OFFSET(v4l2_create_buffers, capabilities, either(224, 216)),
        SIZE(v4l2_exportbuffer, 64),
        OFFSET(v4l2_exportbuffer, fd, 16),
        SIZE(dma_buf_sync, 8),
    });
}

TEST(Abi, FieldsThatOlderHeadersCallReserved) {
    v4l2_create_buffers create{};
    V4L2VA_CREATE_BUFFERS_MAX(create) = 0x12345678;
    uint32_t max_num_buffers = 0;
    const size_t offset = either(232, 224);
    std::memcpy(&max_num_buffers, reinterpret_cast<const char*>(&create) + offset, 4);
    EXPECT_EQ(max_num_buffers, 0x12345678U);

    v4l2_ctrl_hevc_decode_params params{};
    num_delta_pocs_of_ref_rps_idx(params) = 0x9a;
    EXPECT_EQ(reinterpret_cast<const unsigned char*>(&params)[60], 0x9a);
}

TEST(Abi, Formats) {
    expect_all({
        SIZE(v4l2_capability, 104),
        OFFSET(v4l2_capability, device_caps, 88),
        SIZE(v4l2_fmtdesc, 64),
        OFFSET(v4l2_fmtdesc, pixelformat, 44),
        SIZE(v4l2_format, either(208, 204)),
        OFFSET(v4l2_format, fmt, either(8, 4)),
        SIZE(v4l2_pix_format, 48),
        OFFSET(v4l2_pix_format, sizeimage, 20),
        SIZE(v4l2_pix_format_mplane, 192),
        OFFSET(v4l2_pix_format_mplane, plane_fmt, 20),
        OFFSET(v4l2_pix_format_mplane, num_planes, 180),
        SIZE(v4l2_plane_pix_format, 20),
        OFFSET(v4l2_plane_pix_format, bytesperline, 4),
        SIZE(v4l2_frmsizeenum, 44),
        OFFSET(v4l2_frmsizeenum, stepwise, 12),
        SIZE(v4l2_frmsize_stepwise, 24),
        SIZE(v4l2_decoder_cmd, 72),
    });
}

TEST(Abi, ControlLists) {
    expect_all({
        SIZE(v4l2_ext_control, 20),
        OFFSET(v4l2_ext_control, size, 4),
        OFFSET(v4l2_ext_control, ptr, 12),
        SIZE(v4l2_ext_controls, either(32, 24)),
        OFFSET(v4l2_ext_controls, request_fd, 12),
        OFFSET(v4l2_ext_controls, controls, either(24, 20)),
        SIZE(v4l2_query_ext_ctrl, 232),
        OFFSET(v4l2_query_ext_ctrl, minimum, 40),
        OFFSET(v4l2_query_ext_ctrl, flags, 72),
        OFFSET(v4l2_query_ext_ctrl, dims, 88),
        SIZE(v4l2_querymenu, 44),
    });
}

TEST(Abi, Media) {
    expect_all({
        SIZE(media_v2_topology, 72),
        OFFSET(media_v2_topology, num_entities, 8),
        OFFSET(media_v2_topology, ptr_entities, 16),
        OFFSET(media_v2_topology, ptr_interfaces, 32),
        OFFSET(media_v2_topology, ptr_pads, 48),
        OFFSET(media_v2_topology, ptr_links, 64),
        SIZE(media_v2_entity, 96),
        OFFSET(media_v2_entity, function, 68),
        SIZE(media_v2_interface, 112),
        OFFSET(media_v2_interface, devnode, 48),
        SIZE(media_v2_pad, 32),
        SIZE(media_v2_link, 40),
    });
}

TEST(Abi, H264Controls) {
    expect_all({
        SIZE(v4l2_ctrl_h264_sps, 1048),
        OFFSET(v4l2_ctrl_h264_sps, offset_for_ref_frame, 12),
        OFFSET(v4l2_ctrl_h264_sps, pic_width_in_mbs_minus1, 1040),
        OFFSET(v4l2_ctrl_h264_sps, flags, 1044),
        SIZE(v4l2_ctrl_h264_pps, 12),
        OFFSET(v4l2_ctrl_h264_pps, flags, 10),
        SIZE(v4l2_ctrl_h264_scaling_matrix, 480),
        SIZE(v4l2_ctrl_h264_pred_weights, 772),
        OFFSET(v4l2_ctrl_h264_pred_weights, weight_factors, 4),
        SIZE(v4l2_ctrl_h264_slice_params, 152),
        OFFSET(v4l2_ctrl_h264_slice_params, ref_pic_list0, 20),
        OFFSET(v4l2_ctrl_h264_slice_params, flags, 148),
        SIZE(v4l2_h264_dpb_entry, 32),
        OFFSET(v4l2_h264_dpb_entry, pic_num, 8),
        OFFSET(v4l2_h264_dpb_entry, top_field_order_cnt, 20),
        OFFSET(v4l2_h264_dpb_entry, flags, 28),
        SIZE(v4l2_ctrl_h264_decode_params, 560),
        OFFSET(v4l2_ctrl_h264_decode_params, nal_ref_idc, 512),
        OFFSET(v4l2_ctrl_h264_decode_params, idr_pic_id, 524),
        OFFSET(v4l2_ctrl_h264_decode_params, flags, 556),
    });
}

TEST(Abi, HevcControls) {
    expect_all({
        SIZE(v4l2_ctrl_hevc_sps, 40),
        OFFSET(v4l2_ctrl_hevc_sps, flags, 32),
        SIZE(v4l2_ctrl_hevc_pps, 64),
        OFFSET(v4l2_ctrl_hevc_pps, flags, 56),
        SIZE(v4l2_ctrl_hevc_scaling_matrix, 1000),
        SIZE(v4l2_hevc_dpb_entry, 16),
        OFFSET(v4l2_hevc_dpb_entry, pic_order_cnt_val, 12),
        SIZE(v4l2_hevc_pred_weight_table, 194),
        SIZE(v4l2_ctrl_hevc_slice_params, 280),
        OFFSET(v4l2_ctrl_hevc_slice_params, slice_pic_order_cnt, 16),
        OFFSET(v4l2_ctrl_hevc_slice_params, slice_segment_addr, 36),
        OFFSET(v4l2_ctrl_hevc_slice_params, pred_weight_table, 76),
        OFFSET(v4l2_ctrl_hevc_slice_params, flags, 272),
        SIZE(v4l2_ctrl_hevc_decode_params, 328),
        OFFSET(v4l2_ctrl_hevc_decode_params, dpb, 64),
        OFFSET(v4l2_ctrl_hevc_decode_params, flags, 320),
        SIZE(v4l2_ctrl_hevc_ext_sps_st_rps, 80),
        OFFSET(v4l2_ctrl_hevc_ext_sps_st_rps, used_by_curr_pic, 4),
        OFFSET(v4l2_ctrl_hevc_ext_sps_st_rps, delta_poc_s0_minus1, 14),
        OFFSET(v4l2_ctrl_hevc_ext_sps_st_rps, flags, 78),
        SIZE(v4l2_ctrl_hevc_ext_sps_lt_rps, 4),
    });
}

TEST(Abi, VpxAndMpeg2Controls) {
    expect_all({
        SIZE(v4l2_ctrl_vp8_frame, 1232),
        OFFSET(v4l2_ctrl_vp8_frame, entropy, 40),
        OFFSET(v4l2_ctrl_vp8_frame, coder_state, 1144),
        OFFSET(v4l2_ctrl_vp8_frame, first_part_size, 1160),
        OFFSET(v4l2_ctrl_vp8_frame, last_frame_ts, 1200),
        OFFSET(v4l2_ctrl_vp8_frame, flags, 1224),
        SIZE(v4l2_ctrl_vp9_frame, 168),
        OFFSET(v4l2_ctrl_vp9_frame, seg, 24),
        OFFSET(v4l2_ctrl_vp9_frame, flags, 112),
        OFFSET(v4l2_ctrl_vp9_frame, last_frame_ts, 128),
        OFFSET(v4l2_ctrl_vp9_frame, ref_frame_sign_bias, 152),
        SIZE(v4l2_ctrl_vp9_compressed_hdr, 2040),
        SIZE(v4l2_ctrl_mpeg2_sequence, 12),
        SIZE(v4l2_ctrl_mpeg2_picture, 32),
        OFFSET(v4l2_ctrl_mpeg2_picture, flags, 16),
        OFFSET(v4l2_ctrl_mpeg2_picture, picture_coding_type, 24),
        SIZE(v4l2_ctrl_mpeg2_quantisation, 256),
    });
}

TEST(Abi, Av1Controls) {
    expect_all({
        SIZE(v4l2_ctrl_av1_sequence, 12),
        SIZE(v4l2_ctrl_av1_tile_group_entry, 16),
        SIZE(v4l2_ctrl_av1_frame, 1784),
        OFFSET(v4l2_ctrl_av1_frame, quantization, 1040),
        OFFSET(v4l2_ctrl_av1_frame, segmentation, 1052),
        OFFSET(v4l2_ctrl_av1_frame, loop_filter, 1190),
        OFFSET(v4l2_ctrl_av1_frame, cdef, 1207),
        OFFSET(v4l2_ctrl_av1_frame, loop_restoration, 1244),
        OFFSET(v4l2_ctrl_av1_frame, global_motion, 1272),
        OFFSET(v4l2_ctrl_av1_frame, flags, 1508),
        OFFSET(v4l2_ctrl_av1_frame, frame_type, 1512),
        OFFSET(v4l2_ctrl_av1_frame, buffer_removal_time, 1548),
        OFFSET(v4l2_ctrl_av1_frame, reference_frame_ts, 1712),
        OFFSET(v4l2_ctrl_av1_frame, ref_frame_idx, 1776),
        SIZE(v4l2_ctrl_av1_film_grain, 194),
        OFFSET(v4l2_ctrl_av1_film_grain, cb_offset, 186),
    });
}

#undef IOCTL
#undef SIZE
#undef OFFSET

}  // namespace
}  // namespace v4l2va::test
