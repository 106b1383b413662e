// SPDX-License-Identifier: MIT
// DecodedPictures: which picture is at which address. Registers name references by addresses, the
// virtual decoder's backends by timestamps.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "backend/codec_backend.h"
#include "device_memory.h"

namespace hardware {

class DecodedPictures {
  public:
    // MEMORY outlives it.
    explicit DecodedPictures(const DeviceMemory& memory) : memory_(memory) {}

    // The timestamp of what was decoded to ADDRESS last; 0: nothing was, or its memory is gone.
    [[nodiscard]] uint64_t timestamp(uint64_t address) const;
    // A new picture is at ADDRESS; returns its timestamp.
    uint64_t add(uint64_t address);
    // All that a timestamp may name.
    [[nodiscard]] std::vector<vdec::CaptureName> names() const;

  private:
    struct Picture {
        uint64_t timestamp = 0;
        uint32_t serial = 0;  // of its memory
    };

    const DeviceMemory& memory_;
    uint64_t last_ = 0;
    std::map<uint64_t, Picture> pictures_;  // by address
};

}  // namespace hardware
