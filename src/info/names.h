// SPDX-License-Identifier: MIT
// Names for people and for JSON: fourccs, codecs, VA's profiles.
#pragma once

#include <va/va.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace v4l2va::info {

// The four characters of a V4L2 or DRM fourcc; what cannot be printed becomes '?', blanks at the
// end are left out.
[[nodiscard]] std::string fourcc_name(uint32_t fourcc);

// "linear", or the tiles of a chip; a number when they are not known.
[[nodiscard]] std::string modifier_name(uint64_t modifier);

// As in 0x900000000000001.
[[nodiscard]] std::string hexadecimal(uint64_t number);

// "H.264" of the registry's "h264"; the name itself when it is not known.
[[nodiscard]] std::string codec_label(std::string_view name);

// As VA spells it, "VAProfileH264Main"; "VAProfile<number>" when it is not known.
[[nodiscard]] std::string profile_name(VAProfile profile);

// "Main" of "VAProfileH264Main"; other names as they are.
[[nodiscard]] std::string short_profile(std::string_view va_name);

// One line of printable text: control characters become '?', so that no device's name can drive a
// terminal.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace v4l2va::info
