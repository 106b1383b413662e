// SPDX-License-Identifier: MIT
#include "h264_order_counts.h"

#include <linux/v4l2-controls.h>

#include <algorithm>

namespace hardware {
namespace {

using vdec::BitReader;
using vdec::BitWriter;
using vdec::Bytes;
using vdec::h264::Sets;

constexpr unsigned kSlice = 1;
constexpr unsigned kIdrSlice = 5;
constexpr unsigned kMinLsbBits = 4;  // H.264 7.4.2.1.1, log2_max_pic_order_cnt_lsb_minus4
constexpr unsigned kMaxLsbBits = 16;
constexpr uint32_t kAnyLength = (2U << kMaxLsbBits) - (1U << kMinLsbBits);

bool is_slice(std::span<const uint8_t> nal) {
    const unsigned type = nal[0] & 31U;
    return type == kSlice || type == kIdrSlice;
}

// Where the bits on the order of pictures begin in a slice header (H.264 7.3.3).
struct OrderBits {
    size_t begin = 0;
    bool field = false;
};

OrderBits find_order_bits(std::span<const uint8_t> rbsp, const Sets& sets) {
    BitReader in(rbsp);
    const bool idr = (in.bits(8) & 31U) == kIdrSlice;
    in.ue();  // first_mb_in_slice
    in.ue();  // slice_type
    in.ue();  // pic_parameter_set_id
    in.skip(sets.sps.log2_max_frame_num_minus4 + 4U);
    OrderBits found;
    if (!sets.sps_flag(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY)) {
        found.field = in.flag();
        if (found.field) in.skip(1);  // bottom_field_flag
    }
    if (idr) in.ue();  // idr_pic_id
    found.begin = in.position();
    return found;
}

// Without the stop bit and what follows it.
size_t bits_of_data(std::span<const uint8_t> rbsp) {
    size_t bits = rbsp.size() * 8;
    while (bits > 0 && (rbsp[(bits - 1) / 8] >> (7 - (bits - 1) % 8) & 1) == 0) --bits;
    return bits > 0 ? bits - 1 : 0;
}

// Empty: the slice is damaged.
Bytes rewrite_slice(const Bytes& rbsp, const Sets& sets, unsigned poc_bits, OrderCount count) {
    const OrderBits order = find_order_bits(rbsp, sets);
    const size_t end = order.begin + poc_bits;
    const size_t data_end = bits_of_data(rbsp);
    if (end > data_end) return {};
    BitWriter without;
    without.copy(rbsp, 0, order.begin);
    without.copy(rbsp, end, std::min(data_end, end + 8 * size_t{4096}));
    vdec::h264::SliceHeader header;
    if (!vdec::h264::parse_slice_header(without.bytes(), sets, header)) return {};
    BitWriter out;
    out.copy(rbsp, 0, order.begin);
    const int lsb = header.bottom_field ? count.bottom : count.top;
    out.bits(static_cast<uint32_t>(lsb), H264OrderCounts::kLsbBits);
    if (!header.field_pic) out.se(count.bottom - count.top);
    const size_t header_end = header.header_end + poc_bits;
    out.copy(rbsp, end, header_end);
    if (sets.pps_flag(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE)) {
        out.align_with_ones();  // cabac_alignment_one_bit, H.264 7.3.4
        out.append(std::span(rbsp).subspan((header_end + 7) / 8));
        return out.bytes();
    }
    out.copy(rbsp, header_end, data_end);
    out.trailing_bits();
    return out.bytes();
}

// delta_pic_order_cnt_bottom, if it and LSB_BITS bits before it are all of POC_BITS, and suit COUNT.
std::optional<int> delta_bottom(std::span<const uint8_t> rbsp, size_t begin, unsigned poc_bits,
                                unsigned lsb_bits, int count) {
    BitReader in(rbsp);
    in.skip(static_cast<unsigned>(begin));
    const uint32_t lsb = in.bits(lsb_bits);
    const int delta = lsb_bits < poc_bits ? in.se() : 0;
    const int top = count - std::min(delta, 0);
    const uint32_t mask = (1U << lsb_bits) - 1;
    const bool suits = in.position() == begin + poc_bits &&
                       (static_cast<uint32_t>(top) & mask) == lsb;
    return suits ? std::optional(delta) : std::nullopt;
}

}  // namespace

Bytes H264OrderCounts::rewrite(std::span<const uint8_t> bitstream, const Sets& sets,
                               unsigned poc_bits, OrderCount count) {
    Bytes all;
    for (const std::span nal : vdec::split_annex_b(bitstream)) {
        if (!is_slice(nal)) continue;
        const Bytes slice = rewrite_slice(vdec::unescaped(nal), sets, poc_bits, count);
        if (!slice.empty()) vdec::append_nal(all, slice);
    }
    return all;
}

uint32_t& H264OrderCounts::lengths(uint64_t stream) {
    return lengths_.try_emplace(stream, kAnyLength).first->second;
}

void H264OrderCounts::see_field(uint64_t stream, unsigned poc_bits) {
    if (poc_bits < kMinLsbBits || poc_bits > kMaxLsbBits) return;
    if ((lengths(stream) & 1U << poc_bits) != 0) lengths(stream) = 1U << poc_bits;
}

OrderCount H264OrderCounts::of_frame(uint64_t stream, std::span<const uint8_t> bitstream,
                                     const Sets& sets, unsigned poc_bits, int count) {
    const auto nals = vdec::split_annex_b(bitstream);
    const auto first = std::ranges::find_if(nals, is_slice);
    if (first == nals.end()) return {count, count};
    const Bytes rbsp = vdec::unescaped(*first, 64);
    const OrderBits order = find_order_bits(rbsp, sets);
    std::optional<int> delta;
    uint32_t possible = 0;
    // The longest that suits: it leaves the least to chance.
    for (unsigned bits = kMinLsbBits; bits <= std::min(kMaxLsbBits, poc_bits); ++bits) {
        if ((lengths(stream) & 1U << bits) == 0) continue;
        const auto found = delta_bottom(rbsp, order.begin, poc_bits, bits, count);
        if (!found) continue;
        delta = found;
        possible |= 1U << bits;
    }
    if (!delta) return {count, count};
    lengths(stream) = possible;
    const int top = count - std::min(*delta, 0);
    return {top, top + *delta};
}

}  // namespace hardware
