// SPDX-License-Identifier: MIT
// What the lifecycle tests decode: small pictures of two codecs.
#pragma once

#include <cstddef>

#include "player.h"

namespace v4l2va::test {

// libx264's, with P and B pictures of two slices; recorded once for each size.
const Recording& h264_clip(unsigned width = 128, unsigned height = 96);

// Of another codec where the driver offers one, on at most three surfaces in turn.
// MPEG-2 is written by hand: an I picture, then P pictures, whose slices say nothing; neither visl
// nor a device without silicon looks at them. Else it is libx265's or libvpx's, else H.264 once
// more.
const Recording& other_clip(unsigned width = 128, unsigned height = 96);

// Decodes and waits for each picture in [first, last) of the player's clip. The number of those for
// which both succeeded.
size_t decode_and_sync(Player& player, const Recording& clip, size_t first, size_t last);
inline size_t decode_and_sync(Player& player, const Recording& clip) {
    return decode_and_sync(player, clip, 0, clip.pictures.size());
}

}  // namespace v4l2va::test
