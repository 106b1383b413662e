// SPDX-License-Identifier: MIT
// PackedReader: fields of any number of bits that follow each other in a table, as Rockchip's
// decoders read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "registers.h"

namespace hardware {

// The first bit is the lowest of the first byte. Behind the end there are zeroes.
class PackedReader {
  public:
    explicit PackedReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

    // The next field begins at BIT.
    PackedReader& at(size_t bit) {
        position_ = bit;
        return *this;
    }
    // COUNT bits, at most 32.
    uint32_t take(unsigned count) {
        uint32_t value = 0;
        for (unsigned i = 0; i < count; ++i, ++position_) {
            if (position_ / 8 >= bytes_.size()) continue;
            value |= (bytes_[position_ / 8] >> position_ % 8 & 1U) << i;
        }
        return value;
    }
    // Two's complement.
    int take_signed(unsigned count) { return sign_extended(take(count), count); }
    bool flag() { return take(1) != 0; }

  private:
    std::span<const uint8_t> bytes_;
    size_t position_ = 0;
};

}  // namespace hardware
