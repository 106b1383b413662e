// SPDX-License-Identifier: MIT
// BoolDecoder: the arithmetic decoder of VP8 (RFC 6386 7) and VP9 (9.2).
#include "bitstream/bool_decoder.h"

#include <bit>

namespace v4l2va {

void BoolDecoder::fill() {
    while (available_ <= 56) {
        if (next_ < bytes_.size()) {
            window_ |= std::to_integer<uint64_t>(bytes_[next_++]) << (56 - available_);
        }
        available_ += 8;
    }
}

bool BoolDecoder::read(uint8_t probability) {
    // One value needs 8 bits and shifts out 7 at most; value() wants 8 again.
    if (available_ < 16) {
        fill();
    }
    const uint32_t split = 1 + (((range_ - 1) * probability) >> 8);
    const uint64_t wide_split = uint64_t{split} << 56;
    const bool bit = window_ >= wide_split;
    if (bit) {
        range_ -= split;
        window_ -= wide_split;
    } else {
        range_ = split;
    }
    const auto shift = static_cast<uint32_t>(std::countl_zero(static_cast<uint8_t>(range_)));
    range_ <<= shift;
    window_ <<= shift;
    available_ -= shift;
    position_ += shift;
    return bit;
}

uint32_t BoolDecoder::literal(uint32_t count) {
    uint32_t value = 0;
    for (uint32_t i = 0; i < count; ++i) {
        value = (value << 1) | (flag() ? 1U : 0U);
    }
    return value;
}

}  // namespace v4l2va
