// SPDX-License-Identifier: MIT
// Colour: what samples mean, and the transform from one meaning to another.
#pragma once

#include <array>
#include <cstdint>

namespace v4l2va {

// The luma weights of ITU-R BT.601, BT.709 and BT.2020 (non-constant luminance).
enum class YuvMatrix : uint8_t { k601, k709, k2020 };

struct ColourSpace {
    bool is_rgb = false;
    YuvMatrix matrix = YuvMatrix::k709;  // of YUV
    bool full_range = false;             // else 16 to 235 (chroma 240) of 255, or four times that
    uint32_t bit_depth = 8;              // 8 or 10
};

// As VA-API's colour balance filters have them: the defaults change nothing.
struct ColourBalance {
    double brightness = 0;  // -100 to 100, added to luma, in steps of 8 bits
    double contrast = 1;    // 0 to 10, of luma above black, and of chroma
    double saturation = 1;  // 0 to 10
    double hue = 0;         // degrees, -180 to 180
};

// The components of a pixel (Y, Cb, Cr or R, G, B) in samples of 14 bits: v8 << 6 or v10 << 4. Each
// new one is (sum of factor * component + offset) >> shift, within 0 to 2^14 - 1.
struct ColourTransform {
    std::array<std::array<int16_t, 3>, 3> factors{};
    std::array<int32_t, 3> offsets{};  // with what rounds
    int shift = 0;
    bool is_identity = true;
    // Luma comes from luma alone, and chroma from chroma: each can keep its own resolution.
    bool is_apart = true;
};

[[nodiscard]] ColourTransform make_colour_transform(const ColourSpace& from, const ColourSpace& to,
                                                    const ColourBalance& balance);

}  // namespace v4l2va
