// SPDX-License-Identifier: MIT
// BoolReader: the arithmetic decoder that VP8 (RFC 6386 7.3) and VP9 (9.2) headers are coded with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vdec {

// Past the end it reads zeroes; exhausted() tells.
class BoolReader {
  public:
    explicit BoolReader(std::span<const uint8_t> data) : data_(data) {
        value_ = next_byte() << 8;
        value_ |= next_byte();
    }

    // One bit that is 0 with `probability` of 256.
    bool read(unsigned probability) {
        const uint32_t split = 1 + (((range_ - 1) * probability) >> 8);
        const bool bit = value_ >= split << 8;
        if (bit) {
            range_ -= split;
            value_ -= split << 8;
        } else {
            range_ = split;
        }
        while (range_ < 128) shift();
        return bit;
    }
    bool flag() { return read(128); }
    unsigned literal(unsigned count) {
        unsigned value = 0;
        for (unsigned i = 0; i < count; ++i) value = value << 1 | (flag() ? 1U : 0U);
        return value;
    }
    // A magnitude of `count` bits, then its sign.
    int signed_literal(unsigned count) {
        const int magnitude = static_cast<int>(literal(count));
        return flag() ? -magnitude : magnitude;
    }
    // As above behind a flag; 0 without it.
    int optional_signed(unsigned count) { return flag() ? signed_literal(count) : 0; }

    // The state as hardware wants it: bits consumed, the range, the eight bits compared with it
    // next, and how many bits of the byte being read are left.
    [[nodiscard]] uint32_t consumed_bits() const { return shifts_; }
    [[nodiscard]] unsigned range() const { return range_; }
    [[nodiscard]] unsigned value() const { return value_ >> 8; }
    [[nodiscard]] unsigned bits_left() const { return (8 - shifts_ % 8) % 8; }
    [[nodiscard]] bool exhausted() const { return shifts_ > data_.size() * 8; }

  private:
    uint32_t next_byte() { return position_ < data_.size() ? data_[position_++] : 0; }
    void shift() {
        value_ <<= 1;
        range_ <<= 1;
        if (++shifts_ % 8 == 0) value_ |= next_byte();
    }

    std::span<const uint8_t> data_;
    size_t position_ = 0;
    uint32_t value_ = 0;
    uint32_t range_ = 255;
    uint32_t shifts_ = 0;
};

}  // namespace vdec
