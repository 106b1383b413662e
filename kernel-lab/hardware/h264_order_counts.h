// SPDX-License-Identifier: MIT
// H264OrderCounts: writes the order counts that a device was told into slice headers.
//
// Hantro's decoders skip what a slice header says of the order of pictures: they know how many bits
// that are, not their syntax, and have the order counts in registers or a table. A software decoder
// reads the headers alone. In place of those bits it gets pic_order_cnt_lsb of kLsbBits bits and, in
// frames, delta_pic_order_cnt_bottom.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "backend/bits.h"
#include "h264/syntax.h"

namespace hardware {

struct OrderCount {
    int top = 0;
    int bottom = 0;
};

class H264OrderCounts {
  public:
    static constexpr unsigned kLsbBits = 16;

    // The NAL units of BITSTREAM, an Annex B buffer; slices with COUNT. SETS: with
    // pic_order_cnt_type 2, which has nothing in slice headers; POC_BITS: what they have there.
    static vdec::Bytes rewrite(std::span<const uint8_t> bitstream, const vdec::h264::Sets& sets,
                               unsigned poc_bits, OrderCount count);

    // Both order counts of a frame of which only the lesser one is known, by the bits in its first
    // slice header, H.264 7.3.3: they are of pic_order_cnt_type 0 if they suit COUNT. Otherwise
    // both are COUNT. STREAM, SETS, POC_BITS: as above, and as in PictureJob.
    OrderCount of_frame(uint64_t stream, std::span<const uint8_t> bitstream,
                        const vdec::h264::Sets& sets, unsigned poc_bits, int count);
    // A field tells how many bits pic_order_cnt_lsb has.
    void see_field(uint64_t stream, unsigned poc_bits);
    // The stream's next sequence may have another syntax.
    void begin_sequence(uint64_t stream) { lengths_.erase(stream); }

  private:
    uint32_t& lengths(uint64_t stream);

    std::map<uint64_t, uint32_t> lengths_;  // bit n: pic_order_cnt_lsb may have n bits
};

}  // namespace hardware
