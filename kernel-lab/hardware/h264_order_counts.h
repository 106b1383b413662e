// SPDX-License-Identifier: MIT
// H264OrderCounts: writes the order counts that a device was told into slice headers.
//
// Hantro's decoders skip what a slice header says of the order of pictures: they know how many bits
// that are, not their syntax, and have the order counts in registers or a table. A software decoder
// reads the headers alone. In place of those bits it gets pic_order_cnt_lsb and, in frames,
// delta_pic_order_cnt_bottom. With CAVLC slice data stay at the same bit of a byte, by which I_PCM
// samples are aligned; a pic_parameter_set_id of another length makes up for the difference.
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

// What slice headers get.
struct OrderSyntax {
    unsigned lsb_bits = 16;  // of pic_order_cnt_lsb
    bool delta_bottom = false;
};

struct RewrittenSlices {
    vdec::Bytes bitstream;         // Annex B
    uint32_t first_id = 0;         // pic_parameter_set_id of the first slice as it was
    uint32_t first_id_written = 0;  // and as it is
};

// SETS, in all functions: with pic_order_cnt_type 2, which has nothing in slice headers. POC_BITS:
// what they have there. STREAM: as in PictureJob. BITSTREAM: an Annex B buffer.
class H264OrderCounts {
  public:
    // Only the slices.
    static RewrittenSlices rewrite(std::span<const uint8_t> bitstream,
                                   const vdec::h264::Sets& sets, unsigned poc_bits,
                                   OrderCount count, OrderSyntax syntax);

    // The stream's next sequence may have another syntax.
    void begin_sequence(uint64_t stream) { streams_.erase(stream); }
    // Both order counts of a frame of which only the lesser one is known, by the bits in its first
    // slice header, H.264 7.3.3: they are of pic_order_cnt_type 0 if they suit COUNT. Otherwise
    // both are COUNT.
    OrderCount of_frame(uint64_t stream, std::span<const uint8_t> bitstream,
                        const vdec::h264::Sets& sets, unsigned poc_bits, int count);
    // A field tells how many bits pic_order_cnt_lsb has.
    void see_field(uint64_t stream, unsigned poc_bits);
    // Of the next picture, after it was seen.
    OrderSyntax syntax(uint64_t stream, bool field, unsigned poc_bits, OrderCount count);

  private:
    static constexpr unsigned kMinLsbBits = 4;  // H.264 7.4.2.1.1: log2_max_pic_order_cnt_lsb_minus4
    static constexpr unsigned kMaxLsbBits = 16;

    struct Stream {
        // Bit n: pic_order_cnt_lsb may have n bits in the stream.
        uint32_t lengths = (2U << kMaxLsbBits) - (1U << kMinLsbBits);
        unsigned lsb_bits = 0;  // as written, the same in a whole sequence; 0: not known yet
    };

    std::map<uint64_t, Stream> streams_;
};

}  // namespace hardware
