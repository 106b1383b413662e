// SPDX-License-Identifier: MIT
// RbspReader: bits of a NAL unit (H.264, HEVC) with its emulation prevention bytes left out.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "bitstream/bit_reader.h"

namespace v4l2va {

// Starts at the first byte given (the NAL unit header). Drops each 0x03 of 00 00 03 while reading
// (H.264 7.3.1, HEVC 7.3.1.1), so nothing is copied. Errors stick, as in BitReader.
class RbspReader {
  public:
    explicit RbspReader(std::span<const std::byte> nal) : nal_(nal) {}

    // The next `count` bits, 0 <= count <= 32, as an unsigned number.
    [[nodiscard]] uint32_t u(uint32_t count) {
        if (count > bits_left_ && !load(count)) {
            return 0;
        }
        bits_left_ -= count;
        position_ += count;
        return static_cast<uint32_t>((bits_ >> bits_left_) & ((uint64_t{1} << count) - 1));
    }
    [[nodiscard]] bool flag() { return u(1) != 0; }
    [[nodiscard]] uint32_t ue() {
        // Most prefixes are short and already loaded: then the length of the code is known, which
        // is as a number one more than what it says.
        if (bits_left_ == 0 && !load(1)) {
            return 0;
        }
        const auto zeros = static_cast<uint32_t>(std::countl_zero(bits_ << (64 - bits_left_)));
        if (zeros < std::min(bits_left_, 16U)) {
            const uint32_t code = u(2 * zeros + 1);
            return ok_ ? code - 1 : 0;
        }
        return read_exp_golomb(*this);
    }
    [[nodiscard]] int32_t se() { return read_signed_exp_golomb(*this); }
    void skip(size_t count);

    [[nodiscard]] bool ok() const { return ok_; }
    void fail() {
        ok_ = false;
        bits_left_ = 0;
    }

    // Bits consumed so far, emulation prevention bytes not counted.
    [[nodiscard]] size_t position() const { return position_; }
    // Emulation prevention bytes met so far.
    [[nodiscard]] size_t emulation_prevention_bytes() const { return emulation_prevention_bytes_; }

  private:
    bool load(uint32_t count);

    std::span<const std::byte> nal_;
    size_t next_ = 0;  // index of the byte that load() looks at
    size_t position_ = 0;
    size_t emulation_prevention_bytes_ = 0;
    uint64_t bits_ = 0;       // the latest bytes of the payload
    uint32_t bits_left_ = 0;  // unread ones, the lowest of bits_; none after an error
    uint32_t zeros_ = 0;      // zero bytes directly before next_, at most 2
    bool ok_ = true;
};

}  // namespace v4l2va
