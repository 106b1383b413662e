// SPDX-License-Identifier: MIT
// What becomes of H.264 pictures that a device cannot decode, as its kernel driver has it.
#pragma once

#include <cstdint>
#include <map>

#include "backend/bits.h"
#include "h264/syntax.h"
#include "machines/personality.h"

namespace vdec::h264 {

// What the slices of a picture are, bit 1 << SliceType each.
using SliceTypes = unsigned;

enum class Outcome { decoded, garbage, failed };

struct Limit {
    Outcome outcome = Outcome::decoded;
    const char* tool = "";  // what the device lacks
};

Limit find_limit(const H264Style& style, const Sets& sets, SliceTypes types);

// The parameter sets in the device's memory, by pps_id.
class SetTable {
  public:
    explicit SetTable(H264Sets kind) : kind_(kind) {}

    // The kernel driver writes the control's sets, at the control's id.
    void write(const Sets& sets);
    // Whether the device finds the same at the id of a slice header.
    [[nodiscard]] bool finds(const Sets& sets, uint32_t pps_id) const;

  private:
    [[nodiscard]] Bytes entry_of(const Sets& sets) const;

    const H264Sets kind_;
    std::map<uint32_t, Bytes> entries_;
};

}  // namespace vdec::h264
