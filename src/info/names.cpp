// SPDX-License-Identifier: MIT
// Names for people and for JSON: fourccs, codecs, VA's profiles.
#include "info/names.h"

#include <va/va_str.h>

#include <array>
#include <cinttypes>
#include <cstdio>

#include "codec/registry.h"
#include "codec/va_compat.h"

namespace v4l2va::info {

namespace {

struct ProfileName {
    VAProfile profile;
    const char* name;
    const char* brief;
};

// The profiles of the registry: an older libva cannot name the newest of them.
constexpr std::array kProfileNames = {
    ProfileName{VAProfileH264ConstrainedBaseline, "VAProfileH264ConstrainedBaseline",
                "Constrained Baseline"},
    ProfileName{VAProfileH264Main, "VAProfileH264Main", "Main"},
    ProfileName{VAProfileH264High, "VAProfileH264High", "High"},
    ProfileName{kVaProfileH264High10, "VAProfileH264High10", "High 10"},
    ProfileName{VAProfileHEVCMain, "VAProfileHEVCMain", "Main"},
    ProfileName{VAProfileHEVCMain10, "VAProfileHEVCMain10", "Main 10"},
    ProfileName{VAProfileVP8Version0_3, "VAProfileVP8Version0_3", "all"},
    ProfileName{VAProfileVP9Profile0, "VAProfileVP9Profile0", "Profile 0"},
    ProfileName{VAProfileVP9Profile2, "VAProfileVP9Profile2", "Profile 2"},
    ProfileName{VAProfileAV1Profile0, "VAProfileAV1Profile0", "Main"},
    ProfileName{VAProfileMPEG2Simple, "VAProfileMPEG2Simple", "Simple"},
    ProfileName{VAProfileMPEG2Main, "VAProfileMPEG2Main", "Main"},
};

}  // namespace

std::string fourcc_name(uint32_t fourcc) {
    std::string name;
    for (uint32_t shift = 0; shift < 32; shift += 8) {
        const uint32_t byte = (fourcc >> shift) & 0x7F;  // bit 31 of V4L2's is "big endian"
        name += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '?';
    }
    name.erase(name.find_last_not_of(' ') + 1);
    return name;
}

std::string modifier_name(uint64_t modifier) {
    switch (modifier >> 56) {
        case 0x07:
            return "in columns (SAND128)";
        case 0x09:
            return "in Allwinner's tiles";
        case 0x0b:
            return "in MediaTek's tiles";
        default:
            return modifier == 0 ? "linear" : hexadecimal(modifier);
    }
}

std::string hexadecimal(uint64_t number) {
    std::array<char, 2 * sizeof(number) + 3> text{};
    (void)std::snprintf(text.data(), text.size(), "0x%" PRIx64, number);
    return text.data();
}

std::string codec_label(std::string_view name) {
    using Pair = std::array<std::string_view, 2>;
    for (const auto& [key, label] :
         {Pair{"h264", "H.264"}, Pair{"hevc", "HEVC"}, Pair{"vp8", "VP8"}, Pair{"vp9", "VP9"},
          Pair{"av1", "AV1"}, Pair{"mpeg2", "MPEG-2"}}) {
        if (name == key) {
            return std::string(label);
        }
    }
    return std::string(name);
}

std::string profile_name(VAProfile profile) {
    for (const ProfileName& row : kProfileNames) {
        if (row.profile == profile) {
            return row.name;
        }
    }
    const std::string_view libva_name = vaProfileStr(profile);
    return libva_name.starts_with("VAProfile") ? std::string(libva_name)
                                               : "VAProfile" + std::to_string(profile);
}

std::string short_profile(std::string_view va_name) {
    for (const ProfileName& row : kProfileNames) {
        if (row.name == va_name) {
            return row.brief;
        }
    }
    return std::string(va_name);
}

std::string printable(std::string_view text) {
    std::string line(text);
    for (char& character : line) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte < 0x20 || byte == 0x7F) {
            character = '?';
        }
    }
    return line;
}

}  // namespace v4l2va::info
