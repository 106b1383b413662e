// SPDX-License-Identifier: MIT
#include "h264_order_counts.h"

#include <linux/v4l2-controls.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace hardware {
namespace {

using vdec::BitReader;
using vdec::BitWriter;
using vdec::Bytes;
using vdec::h264::Sets;

constexpr unsigned kSlice = 1;
constexpr unsigned kIdrSlice = 5;
constexpr size_t kHeaderBits = size_t{4096} * 8;  // no slice header is longer

bool is_slice(std::span<const uint8_t> nal) {
    const unsigned type = nal[0] & 31U;
    return type == kSlice || type == kIdrSlice;
}

// Positions in the bits of a slice header (H.264 7.3.3).
struct HeaderStart {
    size_t id_begin = 0;  // of pic_parameter_set_id
    size_t id_end = 0;
    uint32_t id = 0;
    size_t order_begin = 0;  // of what it says of the order of pictures
};

HeaderStart read_start(std::span<const uint8_t> rbsp, const Sets& sets) {
    BitReader in(rbsp);
    const bool idr = (in.bits(8) & 31U) == kIdrSlice;
    in.ue();  // first_mb_in_slice
    in.ue();  // slice_type
    HeaderStart found;
    found.id_begin = in.position();
    found.id = in.ue();
    found.id_end = in.position();
    in.skip(sets.sps.log2_max_frame_num_minus4 + 4U);
    // field_pic_flag, bottom_field_flag
    if (!sets.sps_flag(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY) && in.flag()) in.skip(1);
    if (idr) in.ue();  // idr_pic_id
    found.order_begin = in.position();
    return found;
}

// Without the stop bit and what follows it.
size_t bits_of_data(std::span<const uint8_t> rbsp) {
    size_t bits = rbsp.size() * 8;
    while (bits > 0 && (rbsp[(bits - 1) / 8] >> (7 - (bits - 1) % 8) & 1) == 0) --bits;
    return bits > 0 ? bits - 1 : 0;
}

// The identifier nearest to ID that makes a header LONGER bits longer, modulo 8, than with it. Codes
// have odd lengths: nothing makes up for an odd number.
uint32_t id_of_length(uint32_t id, unsigned longer) {
    const auto length = [](uint32_t value) {
        BitWriter code;
        code.ue(value);
        return code.bit_count();
    };
    for (const uint32_t other : {id, 0U, 1U, 3U, 7U}) {
        if ((length(other) + 8 - longer % 8 - length(id) % 8) % 8 == 0) return other;
    }
    return id;
}

class SliceRewriter {
  public:
    SliceRewriter(Bytes rbsp, const Sets& sets, unsigned poc_bits)
        : rbsp_(std::move(rbsp)),
          sets_(sets),
          poc_bits_(poc_bits),
          start_(read_start(rbsp_, sets)),
          cabac_(sets.pps_flag(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE)) {}

    // Empty: the slice is damaged.
    Bytes run(OrderCount count, OrderSyntax syntax) {
        const size_t order_end = start_.order_begin + poc_bits_;
        const size_t data_end = bits_of_data(rbsp_);
        if (order_end > data_end) return {};
        BitWriter without;
        without.copy(rbsp_, 0, start_.order_begin);
        without.copy(rbsp_, order_end, std::min(data_end, order_end + kHeaderBits));
        vdec::h264::SliceHeader header;
        if (!vdec::h264::parse_slice_header(without.bytes(), sets_, header)) return {};
        BitWriter order;
        order.bits(static_cast<uint32_t>(header.bottom_field ? count.bottom : count.top),
                   syntax.lsb_bits);
        if (!header.field_pic && syntax.delta_bottom) order.se(count.bottom - count.top);
        const auto bits = static_cast<unsigned>(order.bit_count());
        id_ = cabac_ ? start_.id : id_of_length(start_.id, poc_bits_ % 8 + 8 - bits % 8);
        BitWriter out;
        out.copy(rbsp_, 0, start_.id_begin);
        out.ue(id_);
        out.copy(rbsp_, start_.id_end, start_.order_begin);
        out.copy(order.bytes(), 0, bits);
        const size_t header_end = header.header_end + poc_bits_;
        out.copy(rbsp_, order_end, header_end);
        if (cabac_) {
            out.align_with_ones();  // cabac_alignment_one_bit, H.264 7.3.4
            out.append(std::span(rbsp_).subspan((header_end + 7) / 8));
            return out.bytes();
        }
        out.copy(rbsp_, header_end, data_end);
        out.trailing_bits();
        return out.bytes();
    }

    [[nodiscard]] uint32_t id_before() const { return start_.id; }
    [[nodiscard]] uint32_t id_written() const { return id_; }

  private:
    const Bytes rbsp_;
    const Sets& sets_;
    const unsigned poc_bits_;
    const HeaderStart start_;
    const bool cabac_;
    uint32_t id_ = 0;
};

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

RewrittenSlices H264OrderCounts::rewrite(std::span<const uint8_t> bitstream, const Sets& sets,
                                         unsigned poc_bits, OrderCount count, OrderSyntax syntax) {
    RewrittenSlices all;
    for (const std::span nal : vdec::split_annex_b(bitstream)) {
        if (!is_slice(nal)) continue;
        SliceRewriter slice(vdec::unescaped(nal), sets, poc_bits);
        const Bytes written = slice.run(count, syntax);
        if (written.empty()) continue;
        if (all.bitstream.empty()) {
            all.first_id = slice.id_before();
            all.first_id_written = slice.id_written();
        }
        vdec::append_nal(all.bitstream, written);
    }
    return all;
}

void H264OrderCounts::see_field(uint64_t stream, unsigned poc_bits) {
    if (poc_bits < kMinLsbBits || poc_bits > kMaxLsbBits) return;
    uint32_t& lengths = streams_[stream].lengths;
    if ((lengths & 1U << poc_bits) != 0) lengths = 1U << poc_bits;
}

OrderCount H264OrderCounts::of_frame(uint64_t stream, std::span<const uint8_t> bitstream,
                                     const Sets& sets, unsigned poc_bits, int count) {
    const auto nals = vdec::split_annex_b(bitstream);
    const auto first = std::ranges::find_if(nals, is_slice);
    if (first == nals.end()) return {count, count};
    const Bytes rbsp = vdec::unescaped(*first, 64);
    const HeaderStart start = read_start(rbsp, sets);
    uint32_t& lengths = streams_[stream].lengths;
    std::optional<int> delta;
    uint32_t possible = 0;
    // The longest that suits: it leaves the least to chance.
    for (unsigned bits = kMinLsbBits; bits <= std::min(kMaxLsbBits, poc_bits); ++bits) {
        if ((lengths & 1U << bits) == 0) continue;
        const auto found = delta_bottom(rbsp, start.order_begin, poc_bits, bits, count);
        if (!found) continue;
        delta = found;
        possible |= 1U << bits;
    }
    if (!delta) return {count, count};
    lengths = possible;
    const int top = count - std::min(*delta, 0);
    return {top, top + *delta};
}

// Frames can have a bit more or less where both order counts are equal; fields have no choice.
OrderSyntax H264OrderCounts::syntax(uint64_t stream, bool field, unsigned poc_bits,
                                    OrderCount count) {
    Stream& known = streams_[stream];
    const bool differ = !field && count.bottom != count.top;
    if (known.lsb_bits == 0) {
        const bool exact = std::has_single_bit(known.lengths);
        const unsigned bits = exact    ? static_cast<unsigned>(std::countr_zero(known.lengths))
                              : differ ? poc_bits + 1
                                       : poc_bits;
        known.lsb_bits = kMaxLsbBits - bits % 2;
    }
    const bool odd = (poc_bits + known.lsb_bits) % 2 != 0;
    return {known.lsb_bits, differ || (!field && odd)};
}

}  // namespace hardware
