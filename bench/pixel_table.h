// SPDX-License-Identifier: MIT
// Prints what the benchmarks of layouts measured as one table: a row for each layout.
#pragma once

#include "medians.h"

namespace v4l2va::bench {

// The two benchmarks of a layout are called LAYOUT/kConvert and LAYOUT/kCopy, and process the same
// number of bytes.
inline constexpr const char* kConvert = "convert";
inline constexpr const char* kCopy = "memcpy";

class PixelTable : public Medians {
  public:
    using Medians::Medians;
    void Finalize() override;

  protected:
    [[nodiscard]] double value(const Run& run) const override;
};

}  // namespace v4l2va::bench
