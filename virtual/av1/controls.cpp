// SPDX-License-Identifier: MIT
// Reading the AV1 controls.
#include "av1/controls.h"

#include <cstring>

namespace vdec::av1 {

Controls read_controls(const ControlValues& values) {
    Controls controls = {};
    controls.sequence = values.get<Sequence>(kCidSequence);
    controls.frame = values.get<Frame>(kCidFrame);
    controls.grain = values.get<FilmGrain>(kCidFilmGrain);
    const ControlValues::Payload* tiles = values.find(kCidTileGroupEntry);
    if (tiles != nullptr) {
        controls.tiles.resize(tiles->size() / sizeof(TileGroupEntry));
        std::memcpy(controls.tiles.data(), tiles->data(),
                    controls.tiles.size() * sizeof(TileGroupEntry));
    }
    return controls;
}

}  // namespace vdec::av1
