// SPDX-License-Identifier: MIT
// BitReader: bits of a bounded buffer, most significant first; and Exp-Golomb codes over any
// reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace v4l2va {

// ue(v) (H.264 9.1) from any reader with u(), fail() and ok(). Range 0..2^32-2; a longer prefix is
// an error, and the answer then 0.
template <typename Reader>
[[nodiscard]] uint32_t read_exp_golomb(Reader& reader) {
    uint32_t leading_zero_bits = 0;
    while (reader.ok() && reader.u(1) == 0) {
        if (++leading_zero_bits > 31) {
            reader.fail();
        }
    }
    if (!reader.ok()) {
        return 0;
    }
    const uint32_t base = (1U << leading_zero_bits) - 1;
    const uint32_t suffix = reader.u(leading_zero_bits);
    return reader.ok() ? base + suffix : 0;
}

// se(v) (H.264 9.1.1) from any reader with ue(). Range -(2^31-1)..2^31-1.
template <typename Reader>
[[nodiscard]] int32_t read_signed_exp_golomb(Reader& reader) {
    const uint32_t code = reader.ue();
    const auto magnitude = static_cast<int32_t>((code >> 1) + (code & 1));
    return (code & 1) != 0 ? magnitude : -magnitude;
}

// Never reads outside of its bytes: past their end every read gives 0 and ok() turns false for
// good. So a parser may read on, and ask once. The bytes are borrowed.
class BitReader {
  public:
    explicit BitReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    // The next `count` bits, 0 <= count <= 32, as an unsigned number.
    [[nodiscard]] uint32_t u(uint32_t count);
    [[nodiscard]] bool flag() { return u(1) != 0; }
    [[nodiscard]] uint32_t ue() { return read_exp_golomb(*this); }
    [[nodiscard]] int32_t se() { return read_signed_exp_golomb(*this); }
    void skip(size_t count);

    [[nodiscard]] bool ok() const { return ok_; }
    void fail() { ok_ = false; }

    // Bits consumed so far.
    [[nodiscard]] size_t position() const { return position_; }
    [[nodiscard]] size_t bits_left() const { return bytes_.size() * 8 - position_; }

  private:
    std::span<const std::byte> bytes_;
    size_t position_ = 0;
    bool ok_ = true;
};

}  // namespace v4l2va
