// SPDX-License-Identifier: MIT
// BitReader: bits of a bounded buffer, most significant first.
#include "bitstream/bit_reader.h"

#include <algorithm>

namespace v4l2va {

uint32_t BitReader::u(uint32_t count) {
    if (!ok_ || count > 32 || count > bits_left()) {
        ok_ = false;
        return 0;
    }
    uint64_t value = 0;
    while (count > 0) {
        const auto offset = static_cast<uint32_t>(position_ % 8);
        const uint32_t take = std::min(count, 8 - offset);
        const auto byte = std::to_integer<uint32_t>(bytes_[position_ / 8]);
        const uint32_t bits = (byte >> (8 - offset - take)) & ((1U << take) - 1);
        value = (value << take) | bits;
        position_ += take;
        count -= take;
    }
    return static_cast<uint32_t>(value);
}

void BitReader::skip(size_t count) {
    if (!ok_ || count > bits_left()) {
        ok_ = false;
        return;
    }
    position_ += count;
}

}  // namespace v4l2va
