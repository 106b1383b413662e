// SPDX-License-Identifier: MIT
// The table of codecs: one row each.
#pragma once

#include <span>

#include "codec/codec.h"

namespace v4l2va {

// All codecs, in the order in which profiles are offered. Static storage.
[[nodiscard]] std::span<const CodecInfo> codecs();

// The row whose profiles contain `profile`; null when none does. `profile_info`, if not null, is
// set to the profile's own row.
[[nodiscard]] const CodecInfo* find_codec(VAProfile profile,
                                          const ProfileInfo** profile_info = nullptr);

}  // namespace v4l2va
