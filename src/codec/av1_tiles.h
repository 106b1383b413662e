// SPDX-License-Identifier: MIT
// AV1's tiles: the tile structure of the frame header, and the table of the tiles' data.
#pragma once

#include <va/va.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "codec/slice_list.h"
#include "v4l2/types.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {

using Av1Tile = SliceList<VASliceParameterBufferAV1>::Slice;

// tile_info() (AV1 5.9.15) of a picture of `frame_size` (coded: before superres), all but
// tile_size_bytes. Errors: kInvalidParameter (counts or sizes that do not tile the picture),
// kUnsupported.
[[nodiscard]] Result<v4l2_av1_tile_info> av1_tile_info(
    const VADecPictureParameterBufferAV1& picture, Size frame_size);

// The tiles of one picture in raster order, and what the kernel wants of them. Memory is kept over
// assign(). Headers and tile size fields are left out of the payload: tiles follow one another.
class Av1TileTable {
  public:
    // `tiles`: any order. Errors: kInvalidParameter (a tile outside of the picture, twice, or too
    // large), kInvalidBitstream (a tile missing).
    [[nodiscard]] Result<> assign(std::span<const Av1Tile> tiles,
                                  const v4l2_av1_tile_info& tile_info);

    [[nodiscard]] std::span<const v4l2_ctrl_av1_tile_group_entry> entries() const {
        return entries_;
    }
    [[nodiscard]] std::span<const std::span<const std::byte>> fragments() const {
        return fragments_;
    }
    // What the client's buffer has in front of the first tile. After assign() only.
    [[nodiscard]] std::span<const std::byte> before() const { return tiles_.front()->before; }

    // TileSizeBytes, 1 to 4. VA does not carry it: taken from the size fields that the client's
    // buffers have in front of the tiles, 4 if there is none.
    [[nodiscard]] uint8_t tile_size_bytes() const;

  private:
    std::vector<const Av1Tile*> tiles_;
    std::vector<v4l2_ctrl_av1_tile_group_entry> entries_;
    std::vector<std::span<const std::byte>> fragments_;
};

}  // namespace v4l2va
