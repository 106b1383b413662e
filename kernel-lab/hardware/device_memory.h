// SPDX-License-Identifier: MIT
// DeviceMemory: the memory that a driver took for its device: buffers and tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "decoder_model.h"

namespace hardware {

class DeviceMemory {
  public:
    // MODEL outlives it.
    explicit DeviceMemory(const DecoderModel& model) : model_(model) {}

    // From ADDRESS on to the end of what was taken there; empty where nothing was. Valid until the
    // job ends.
    [[nodiscard]] std::span<uint8_t> from(uint64_t address);
    // SIZE bytes from ADDRESS on; empty where there are not as many.
    [[nodiscard]] std::span<uint8_t> at(uint64_t address, size_t size);
    // Where the memory around ADDRESS begins; nullopt where nothing was taken.
    [[nodiscard]] std::optional<uint64_t> begin(uint64_t address) const;
    // A number that no other memory has or had; nullopt where nothing was taken.
    [[nodiscard]] std::optional<uint32_t> serial(uint64_t address) const;

  private:
    struct Mapped {
        uint32_t serial = 0;
        SharedBytes bytes;
    };

    const DecoderModel& model_;
    std::map<uint64_t, Mapped> mapped_;  // by the address of the first byte
};

}  // namespace hardware
