// SPDX-License-Identifier: MIT
// Bit reader and writer for raw byte sequence payloads, and NAL unit (un)escaping.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vdec {

using Bytes = std::vector<uint8_t>;

// Reads past the end give zeroes and set failed().
class BitReader {
  public:
    explicit BitReader(std::span<const uint8_t> data) : data_(data) {}

    uint32_t bits(unsigned count) {
        uint32_t value = 0;
        for (unsigned i = 0; i < count; ++i) value = value << 1 | bit();
        return value;
    }
    bool flag() { return bit() != 0; }
    void skip(unsigned count) { position_ += count; }

    uint32_t ue() {
        unsigned zeros = 0;
        while (bit() == 0) {
            if (++zeros > 32 || failed()) {
                failed_ = true;
                return 0;
            }
        }
        if (zeros == 0) return 0;
        if (zeros == 32) return bits(32) + 0xffffffffU;
        return (1U << zeros) - 1 + bits(zeros);
    }

    int32_t se() {
        const uint32_t code = ue();
        const auto half = static_cast<int32_t>(code / 2 + (code & 1));
        return (code & 1) != 0 ? half : -half;
    }

    [[nodiscard]] size_t position() const { return position_; }
    [[nodiscard]] bool failed() const { return failed_; }

  private:
    uint32_t bit() {
        if (position_ >= data_.size() * 8) {
            failed_ = true;
            return 0;
        }
        const uint32_t value = data_[position_ / 8] >> (7 - position_ % 8) & 1U;
        ++position_;
        return value;
    }

    std::span<const uint8_t> data_;
    size_t position_ = 0;
    bool failed_ = false;
};

class BitWriter {
  public:
    void bits(uint32_t value, unsigned count) {
        for (unsigned i = count; i > 0; --i) bit(value >> (i - 1) & 1U);
    }
    void flag(bool value) { bit(value ? 1 : 0); }

    void ue(uint32_t value) {
        unsigned length = 0;
        while ((static_cast<uint64_t>(value) + 1) >> (length + 1) != 0) ++length;
        bits(0, length);
        bits(value + 1, length + 1);
    }

    void se(int32_t value) {
        ue(value > 0 ? static_cast<uint32_t>(value) * 2 - 1 : static_cast<uint32_t>(-value) * 2);
    }

    // Copies bits [begin, end) of `from`.
    void copy(std::span<const uint8_t> from, size_t begin, size_t end) {
        for (size_t i = begin; i < end; ++i) bit(from[i / 8] >> (7 - i % 8) & 1U);
    }
    void trailing_bits() {
        bit(1);
        while (used_ != 0) bit(0);
    }
    void align_with_ones() {
        while (used_ != 0) bit(1);
    }
    void append(std::span<const uint8_t> bytes) {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }
    [[nodiscard]] const Bytes& bytes() const { return bytes_; }
    [[nodiscard]] size_t bit_count() const { return bytes_.size() * 8 - (8 - used_) % 8; }

  private:
    void bit(uint32_t value) {
        if (used_ == 0) bytes_.push_back(0);
        bytes_.back() = static_cast<uint8_t>(bytes_.back() | value << (7 - used_));
        used_ = (used_ + 1) % 8;
    }

    Bytes bytes_;
    unsigned used_ = 0;
};

// Position of the next 00 00 01 at or after `from`; data.size() when there is none.
size_t find_start_code(std::span<const uint8_t> data, size_t from);
// The NAL units of an Annex B buffer, without start codes and without trailing zeroes.
std::vector<std::span<const uint8_t>> split_annex_b(std::span<const uint8_t> data);
// Removes emulation prevention bytes, at most `limit` output bytes.
Bytes unescaped(std::span<const uint8_t> nal, size_t limit = SIZE_MAX);
// Appends a start code and the NAL unit with emulation prevention.
void append_nal(Bytes& to, std::span<const uint8_t> rbsp);

}  // namespace vdec
