// SPDX-License-Identifier: MIT
// CedrusHevc: slice segments of HEVC as Allwinner's decoder is told them, cedrus_h265.c of
// drivers/staging/media/sunxi/cedrus.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <variant>

#include "chip_model.h"

namespace hardware {

class CedrusHevc {
  public:
    std::variant<PictureJob, NoPicture> read(const JobView& view);

  private:
    // Where tiles begin, in coding tree blocks: as far as the slices of the picture have told.
    struct Grid {
        std::set<unsigned> columns;
        std::set<unsigned> rows;
    };

    std::map<uint64_t, Grid> grids_;  // by stream
};

}  // namespace hardware
