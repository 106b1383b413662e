// SPDX-License-Identifier: MIT
// The list of AV1 controls.
#include "av1/control_table.h"

#include "uapi/av1.h"

namespace vdec::av1 {
namespace {

constexpr const char* kProfiles[] = {"Main", "High", "Professional"};

}  // namespace

void add_controls(std::vector<ControlInfo>& list, const Av1Style& style) {
    if (style.profile_mask != 0) {
        list.push_back(profile_menu(kCidProfile, "AV1 Profile", kProfiles, style.profile_mask, 0));
    }
    Sequence sequence = {};
    sequence.bit_depth = 8;
    list.push_back(
        compound_value(kCidSequence, "AV1 Sequence Parameters", kTypeSequence, sequence));
    list.push_back(dynamic_array(kCidTileGroupEntry, "AV1 Tile Group Entry", kTypeTileGroupEntry,
                                 sizeof(TileGroupEntry), kMaxTiles));
    list.push_back(compound(kCidFrame, "AV1 Frame Parameters", kTypeFrame, sizeof(Frame)));
    if (!style.film_grain) return;
    list.push_back(compound(kCidFilmGrain, "AV1 Film Grain", kTypeFilmGrain, sizeof(FilmGrain)));
}

}  // namespace vdec::av1
