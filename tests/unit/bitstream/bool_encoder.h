// SPDX-License-Identifier: MIT
// BoolEncoder: BoolDecoder's counterpart (RFC 6386 7.3), for tests only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace v4l2va::test {

class BoolEncoder {
  public:
    void write(uint8_t probability, bool bit) {
        const uint32_t split = 1 + (((range_ - 1) * probability) >> 8);
        if (bit) {
            bottom_ += split;
            range_ -= split;
        } else {
            range_ = split;
        }
        while (range_ < 128) {
            range_ <<= 1;
            shift();
        }
    }
    void flag(bool bit) { write(128, bit); }
    void literal(uint32_t count, uint32_t value) {
        for (uint32_t i = count; i > 0; --i) {
            flag(((value >> (i - 1)) & 1) != 0);
        }
    }
    // A magnitude, then its sign.
    void signed_literal(uint32_t count, int value) {
        literal(count, static_cast<uint32_t>(value < 0 ? -value : value));
        flag(value < 0);
    }
    // A flag, and the value if it is not 0.
    void optional_signed(uint32_t count, int value) {
        flag(value != 0);
        if (value != 0) {
            signed_literal(count, value);
        }
    }

    // What was written, long enough for every reader.
    [[nodiscard]] std::vector<std::byte> bytes() const {
        BoolEncoder end = *this;
        for (int i = 0; i < 32; ++i) {
            end.shift();
        }
        return end.out_;
    }

  private:
    void shift() {
        if ((bottom_ >> 31) != 0) {
            for (size_t i = out_.size(); i > 0; --i) {  // the carry
                out_[i - 1] = static_cast<std::byte>(std::to_integer<int>(out_[i - 1]) + 1);
                if (out_[i - 1] != std::byte{0}) {
                    break;
                }
            }
        }
        bottom_ <<= 1;
        if (--bit_count_ == 0) {
            out_.push_back(static_cast<std::byte>(bottom_ >> 24));
            bottom_ &= 0xffffff;
            bit_count_ = 8;
        }
    }

    std::vector<std::byte> out_;
    uint32_t range_ = 255;
    uint32_t bottom_ = 0;
    int bit_count_ = 24;
};

}  // namespace v4l2va::test
