// SPDX-License-Identifier: MIT
// BitWriter: the readers' counterpart, for tests only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace v4l2va::test {

// Collects bits, most significant first. The last byte is filled up with zero bits.
class BitWriter {
  public:
    void u(uint32_t count, uint32_t value) {
        for (uint32_t i = count; i > 0; --i) {
            bits_.push_back(i <= 32 && ((value >> (i - 1)) & 1) != 0);
        }
    }
    void flag(bool value) { u(1, value ? 1 : 0); }
    void ue(uint32_t value) {
        const uint64_t code = uint64_t{value} + 1;
        uint32_t length = 0;
        while ((code >> length) > 1) {
            ++length;
        }
        u(length, 0);
        flag(true);
        u(length, static_cast<uint32_t>(code & ((uint64_t{1} << length) - 1)));
    }
    void se(int32_t value) {
        const int64_t wide = value;
        ue(static_cast<uint32_t>(wide > 0 ? 2 * wide - 1 : -2 * wide));
    }

    [[nodiscard]] size_t size() const { return bits_.size(); }

    [[nodiscard]] std::vector<std::byte> bytes() const {
        std::vector<std::byte> out((bits_.size() + 7) / 8);
        for (size_t i = 0; i < bits_.size(); ++i) {
            if (bits_[i]) {
                out[i / 8] |= std::byte{1} << (7 - i % 8);
            }
        }
        return out;
    }

    // As a NAL unit: with emulation prevention bytes (H.264 7.4.1).
    [[nodiscard]] std::vector<std::byte> nal_bytes() const {
        std::vector<std::byte> out;
        int zeros = 0;
        for (const std::byte byte : bytes()) {
            if (zeros == 2 && byte <= std::byte{3}) {
                out.push_back(std::byte{3});
                zeros = 0;
            }
            out.push_back(byte);
            zeros = byte == std::byte{0} ? zeros + 1 : 0;
        }
        return out;
    }

  private:
    std::vector<bool> bits_;
};

}  // namespace v4l2va::test
