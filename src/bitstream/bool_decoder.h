// SPDX-License-Identifier: MIT
// BoolDecoder: the arithmetic decoder of VP8 (RFC 6386 7) and VP9 (9.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace v4l2va {

// Never reads outside of its bytes: behind their end it reads zero bits, as both standards want,
// and ok() turns false once a value was decoded from nothing else. So a parser may read on, and ask
// once. The bytes are borrowed.
class BoolDecoder {
  public:
    explicit BoolDecoder(std::span<const std::byte> bytes) : bytes_(bytes) { fill(); }

    // B(p): true with a probability of 1 - probability/256.
    [[nodiscard]] bool read(uint8_t probability);
    [[nodiscard]] bool flag() { return read(128); }
    // L(n), n <= 32: an unsigned number, most significant bit first, of even odds.
    [[nodiscard]] uint32_t literal(uint32_t count);

    // The state between two values, as a hardware decoder takes it over: 128 <= range() <= 255,
    // value() < range().
    [[nodiscard]] uint8_t range() const { return static_cast<uint8_t>(range_); }
    [[nodiscard]] uint8_t value() const { return static_cast<uint8_t>(window_ >> 56); }
    // Bits shifted out so far: value() holds the 8 bits from here on.
    [[nodiscard]] size_t position() const { return position_; }

    [[nodiscard]] bool ok() const { return position_ <= bytes_.size() * 8; }

  private:
    void fill();

    std::span<const std::byte> bytes_;
    size_t next_ = 0;         // the byte that fill() takes next
    uint64_t window_ = 0;     // bits from position_ on, the first one in the top bit
    uint32_t available_ = 0;  // how many of them are valid
    uint32_t range_ = 255;
    size_t position_ = 0;
};

}  // namespace v4l2va
