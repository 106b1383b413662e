// SPDX-License-Identifier: MIT
// SwRegisters: Hantro's registers by their numbers, as swreg3.
#pragma once

#include <cstddef>
#include <cstdint>

#include "registers.h"

namespace hardware {

class SwRegisters {
  public:
    // BASE: where they begin in the device's, in bytes.
    SwRegisters(const Registers& registers, size_t base) : registers_(registers), base_(base) {}

    [[nodiscard]] uint32_t word(unsigned swreg) const {
        return registers_.word(base_ + size_t{swreg} * 4);
    }
    // COUNT bits from bit LOW on.
    [[nodiscard]] uint32_t bits(unsigned swreg, unsigned low, unsigned count) const {
        return registers_.bits(base_ + size_t{swreg} * 4, low, count);
    }
    [[nodiscard]] bool bit(unsigned swreg, unsigned number) const {
        return bits(swreg, number, 1) != 0;
    }
    // The same bits in two's complement.
    [[nodiscard]] int number(unsigned swreg, unsigned low, unsigned count) const {
        return sign_extended(bits(swreg, low, count), count);
    }

  private:
    const Registers& registers_;
    size_t base_;
};

}  // namespace hardware
