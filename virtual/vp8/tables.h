// SPDX-License-Identifier: MIT
// Constant probabilities of VP8, from RFC 6386.
#pragma once

#include <array>
#include <cstdint>

namespace vdec::vp8 {

// Indices [block type][band][context][token] in one row after the other.
extern const std::array<uint8_t, 4 * 8 * 3 * 11> kDefaultCoeffProbs;                 // 13.5
extern const std::array<uint8_t, 4 * 8 * 3 * 11> kCoeffUpdateProbs;                  // 13.4
extern const std::array<uint8_t, 2 * 19> kDefaultMvProbs;                            // 17.2
extern const std::array<uint8_t, 2 * 19> kMvUpdateProbs;                             // 17.2
inline constexpr std::array<uint8_t, 4> kDefaultYModeProbs = {112, 86, 140, 37};     // 16.2
inline constexpr std::array<uint8_t, 3> kDefaultUvModeProbs = {162, 101, 204};       // 16.2
inline constexpr std::array<uint8_t, 4> kKeyFrameYModeProbs = {145, 156, 163, 128};  // 11.2
inline constexpr std::array<uint8_t, 3> kKeyFrameUvModeProbs = {142, 114, 183};      // 11.2

}  // namespace vdec::vp8
