// SPDX-License-Identifier: MIT
// H264OrderCounts: what a device without the syntax makes of slice headers.
#include "kernel-lab/hardware/h264_order_counts.h"

#include <gtest/gtest.h>
#include <linux/v4l2-controls.h>

#include <optional>

#include "backend/bits.h"
#include "h264/syntax.h"

namespace hardware {
namespace {

using vdec::BitReader;
using vdec::BitWriter;
using vdec::Bytes;
using vdec::h264::Sets;
using vdec::h264::SliceHeader;

constexpr unsigned kFrameNumBits = 4;
constexpr uint32_t kData = 0x5a5c3;  // of 20 bits
constexpr unsigned kDataBits = 20;

Sets interlaced() {
    Sets sets = {};
    sets.sps.chroma_format_idc = 1;
    sets.sps.pic_order_cnt_type = 2;
    sets.sps.max_num_ref_frames = 2;
    return sets;
}

// An intra slice, no reference, with those bits on the order of pictures.
Bytes slice(const BitWriter& order, std::optional<bool> bottom_field, uint32_t pps_id = 0) {
    BitWriter out;
    out.bits(1, 8);  // nal_ref_idc 0, nal_unit_type 1
    out.ue(0);       // first_mb_in_slice
    out.ue(7);       // slice_type: all I
    out.ue(pps_id);
    out.bits(3, kFrameNumBits);
    out.flag(bottom_field.has_value());
    if (bottom_field) out.flag(*bottom_field);
    out.copy(order.bytes(), 0, order.bit_count());
    out.se(0);  // slice_qp_delta
    out.bits(kData, kDataBits);
    out.trailing_bits();
    Bytes bitstream;
    vdec::append_nal(bitstream, out.bytes());
    return bitstream;
}

// pic_order_cnt_lsb and, if there is any, delta_pic_order_cnt_bottom.
BitWriter type_0(unsigned lsb_bits, int top, std::optional<int> delta = {}) {
    BitWriter order;
    order.bits(static_cast<uint32_t>(top) & ((1U << lsb_bits) - 1), lsb_bits);
    if (delta) order.se(*delta);
    return order;
}

struct Read {
    SliceHeader header;
    size_t data_begin = 0;
    uint32_t data = 0;
};

Read read(const RewrittenSlices& slices, Sets sets, OrderSyntax syntax) {
    Read found;
    sets.sps.pic_order_cnt_type = 0;
    sets.sps.log2_max_pic_order_cnt_lsb_minus4 = static_cast<uint8_t>(syntax.lsb_bits - 4);
    if (syntax.delta_bottom) {
        sets.pps.flags |= V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT;
    }
    const auto nals = vdec::split_annex_b(slices.bitstream);
    EXPECT_EQ(nals.size(), 1U);
    if (nals.size() != 1) return found;
    const Bytes rbsp = vdec::unescaped(nals[0]);
    EXPECT_TRUE(vdec::h264::parse_slice_header(rbsp, sets, found.header));
    found.data_begin = found.header.header_end;
    BitReader in(rbsp);
    in.skip(static_cast<unsigned>(found.data_begin));
    found.data = in.bits(kDataBits);
    return found;
}

TEST(H264OrderCounts, FindsBothCountsOfAFrame) {
    for (unsigned bits = 4; bits <= 16; ++bits) {
        for (const int delta : {-3, -1, 0, 1, 2}) {
            H264OrderCounts counts;
            const int top = 0x1234;
            const BitWriter order = type_0(bits, top, delta);
            const auto count =
                counts.of_frame(1, slice(order, {}), interlaced(),
                                static_cast<unsigned>(order.bit_count()), top + std::min(delta, 0));
            EXPECT_EQ(count.top, top) << bits << " bits, " << delta;
            EXPECT_EQ(count.bottom, top + delta) << bits << " bits, " << delta;
        }
    }
}

TEST(H264OrderCounts, NegativeCountsHaveTheirLowBits) {
    H264OrderCounts counts;
    const BitWriter order = type_0(6, -8, 1);
    const auto count = counts.of_frame(1, slice(order, {}), interlaced(),
                                       static_cast<unsigned>(order.bit_count()), -8);
    EXPECT_EQ(count.top, -8);
    EXPECT_EQ(count.bottom, -7);
}

TEST(H264OrderCounts, OtherSyntaxLeavesOneCount) {
    H264OrderCounts counts;
    BitWriter order;  // of pic_order_cnt_type 1
    order.se(-2);
    order.se(1);
    const auto count = counts.of_frame(1, slice(order, {}), interlaced(),
                                       static_cast<unsigned>(order.bit_count()), 20);
    EXPECT_EQ(count.top, 20);
    EXPECT_EQ(count.bottom, 20);
}

TEST(H264OrderCounts, AFieldTellsTheLength) {
    // 0010 and 010: 2 of 4 bits and delta_pic_order_cnt_bottom 1, or 18 of 7 bits.
    const BitWriter order = type_0(4, 18, 1);
    const auto poc_bits = static_cast<unsigned>(order.bit_count());
    H264OrderCounts counts;
    EXPECT_EQ(counts.of_frame(1, slice(order, {}), interlaced(), poc_bits, 18).bottom, 18);
    counts.see_field(2, 4);
    EXPECT_EQ(counts.of_frame(2, slice(order, {}), interlaced(), poc_bits, 18).bottom, 19);
}

TEST(H264OrderCounts, WritesWhatTheDeviceWasTold) {
    const Sets sets = interlaced();
    for (const auto bottom_field :
         {std::optional<bool>(), std::optional(false), std::optional(true)}) {
        for (unsigned lsb_bits = 4; lsb_bits <= 16; ++lsb_bits) {
            H264OrderCounts counts;
            const BitWriter order = type_0(lsb_bits, 2);
            const auto poc_bits = static_cast<unsigned>(order.bit_count());
            const OrderCount count = {300, bottom_field ? 301 : 300};
            if (bottom_field) counts.see_field(1, poc_bits);
            const OrderSyntax syntax = counts.syntax(1, bottom_field.has_value(), poc_bits, count);
            const Read found = read(
                H264OrderCounts::rewrite(slice(order, bottom_field), sets, poc_bits, count, syntax),
                sets, syntax);
            EXPECT_EQ(found.header.poc_lsb, bottom_field.value_or(false) ? 301U : 300U);
            EXPECT_EQ(found.header.field_pic, bottom_field.has_value());
            EXPECT_EQ(found.data, kData);
        }
    }
}

// I_PCM samples are aligned to bytes.
TEST(H264OrderCounts, DataOfCavlcKeepTheirPlaceInAByte) {
    const Sets sets = interlaced();
    for (const uint32_t pps_id : {0U, 2U, 20U, 255U}) {
        for (unsigned lsb_bits = 4; lsb_bits <= 16; ++lsb_bits) {
            H264OrderCounts counts;
            const BitWriter frame = type_0(lsb_bits, 2, 1);
            const auto frame_bits = static_cast<unsigned>(frame.bit_count());
            const Bytes before = slice(frame, {}, pps_id);
            const OrderCount count = counts.of_frame(1, before, sets, frame_bits, 2);
            const OrderSyntax syntax = counts.syntax(1, false, frame_bits, count);
            const auto slices = H264OrderCounts::rewrite(before, sets, frame_bits, count, syntax);
            const Read found = read(slices, sets, syntax);
            EXPECT_EQ(found.data, kData);
            EXPECT_EQ(slices.first_id, pps_id);
            EXPECT_EQ(slices.first_id_written, found.header.pps_id);
            // Behind the NAL header: first_mb_in_slice, slice_type, frame_num, field_pic_flag,
            // slice_qp_delta.
            BitWriter rest;
            rest.ue(0);
            rest.ue(7);
            rest.ue(pps_id);
            rest.se(0);
            const size_t was = 8 + rest.bit_count() + kFrameNumBits + 1 + frame_bits;
            EXPECT_EQ(found.data_begin % 8, was % 8) << pps_id << ", " << lsb_bits << " bits";
            EXPECT_EQ(found.header.delta_poc_bottom, 1);
        }
    }
}

}  // namespace
}  // namespace hardware
