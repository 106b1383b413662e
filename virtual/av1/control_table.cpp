// SPDX-License-Identifier: MIT
// The list of AV1 controls.
#include "av1/control_table.h"

#include "uapi/av1.h"

namespace vdec::av1 {
namespace {

constexpr const char* kLevels[] = {"2.0", "2.1", "2.2", "2.3", "3.0", "3.1", "3.2", "3.3",
                                   "4.0", "4.1", "4.2", "4.3", "5.0", "5.1", "5.2", "5.3",
                                   "6.0", "6.1", "6.2", "6.3", "7.0", "7.1", "7.2", "7.3"};
constexpr const char* kProfiles[] = {"Main", "High", "Professional"};

}  // namespace

void add_controls(std::vector<ControlInfo>& list, const Av1Style& style) {
    if (style.profile_mask != 0) {
        list.push_back(profile_menu(kCidProfile, "AV1 Profile", kProfiles, style.profile_mask, 0));
    }
    if (style.levels.maximum >= 0) {
        list.push_back(level_menu(kCidLevel, "AV1 Level", kLevels, style.levels));
    }
    Sequence sequence = {};
    sequence.bit_depth = 8;
    sequence.flags = kSubsamplingX | kSubsamplingY;
    list.push_back(
        compound_value(kCidSequence, "AV1 Sequence Parameters", kTypeSequence, sequence));
    list.push_back(dynamic_array(kCidTileGroupEntry, "AV1 Tile Group Entry", kTypeTileGroupEntry,
                                 sizeof(TileGroupEntry), kMaxTiles));
    list.push_back(compound(kCidFrame, "AV1 Frame Parameters", kTypeFrame, sizeof(Frame)));
    if (!style.film_grain) return;
    list.push_back(compound(kCidFilmGrain, "AV1 Film Grain", kTypeFilmGrain, sizeof(FilmGrain)));
}

}  // namespace vdec::av1
