// SPDX-License-Identifier: MIT
// Registers: what a driver wrote to its device, as a decoder reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "decoder_model.h"

namespace hardware {

class Registers {
  public:
    // DEVICE outlives it.
    explicit Registers(const DecoderModel::Device& device) : device_(device) {}

    // Of the region of that number, in order of the device tree; OFFSET in bytes. 0 where there is
    // no such register.
    [[nodiscard]] uint32_t word(size_t offset, size_t region = 0) const {
        uint32_t value = 0;
        if (region >= device_.regions.size()) return value;
        const std::span bytes = device_.regions[region].registers.bytes();
        if (offset + sizeof value <= bytes.size()) {
            std::memcpy(&value, &bytes[offset], sizeof value);
        }
        return value;
    }
    // COUNT bits of it, from bit LOW on; COUNT below 32.
    [[nodiscard]] uint32_t bits(size_t offset, unsigned low, unsigned count,
                                size_t region = 0) const {
        return word(offset, region) >> low & ((1U << count) - 1);
    }
    [[nodiscard]] bool bit(size_t offset, unsigned number, size_t region = 0) const {
        return bits(offset, number, 1, region) != 0;
    }

    // Whether the driver wrote it for this job.
    [[nodiscard]] bool written(size_t offset, size_t region = 0) const {
        if (region >= device_.regions.size()) return false;
        const std::span bytes = device_.regions[region].written.bytes();
        return offset < bytes.size() && bytes[offset] != std::byte{0};
    }
    // Bytes of a region, 0 where there is none.
    [[nodiscard]] size_t size(size_t region = 0) const {
        return region < device_.regions.size() ? device_.regions[region].registers.bytes().size()
                                               : 0;
    }

  private:
    const DecoderModel::Device& device_;
};

// The number that COUNT bits of two's complement mean.
constexpr int sign_extended(uint32_t value, unsigned count) {
    const uint32_t sign = 1U << (count - 1);
    return static_cast<int>((value ^ sign) - sign);
}

}  // namespace hardware
