// SPDX-License-Identifier: MIT
#include "pixel/colour.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace v4l2va {

namespace {

constexpr double kCentre = 128 << 6;  // of chroma, and of 14 bits

struct Affine {
    std::array<std::array<double, 3>, 3> factors{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    std::array<double, 3> offsets{};
};

// `second` after `first`.
Affine join(const Affine& first, const Affine& second) {
    Affine joined;
    for (size_t row = 0; row < 3; ++row) {
        joined.offsets[row] = second.offsets[row];
        for (size_t column = 0; column < 3; ++column) {
            joined.factors[row][column] = 0;
            for (size_t k = 0; k < 3; ++k) {
                joined.factors[row][column] += second.factors[row][k] * first.factors[k][column];
            }
            joined.offsets[row] += second.factors[row][column] * first.offsets[column];
        }
    }
    return joined;
}

struct LumaWeights {
    double red = 0;
    double blue = 0;
};

LumaWeights weights_of(YuvMatrix matrix) {
    switch (matrix) {
        case YuvMatrix::k601:
            return {0.299, 0.114};
        case YuvMatrix::k2020:
            return {0.2627, 0.0593};
        case YuvMatrix::k709:
            break;
    }
    return {0.2126, 0.0722};
}

// Luma and RGB from 0 to 1, chroma from -1/2 to 1/2 -> samples.
Affine samples_of(const ColourSpace& space) {
    const double peak = space.bit_depth == 10 ? 1023 << 4 : 255 << 6;
    const double black = space.full_range ? 0 : 16 << 6;
    const double luma = space.full_range ? peak : 219 << 6;
    const double chroma = space.is_rgb ? luma : space.full_range ? peak : 224 << 6;
    const double middle = space.is_rgb ? black : kCentre;
    return {{{{luma, 0, 0}, {0, chroma, 0}, {0, 0, chroma}}}, {black, middle, middle}};
}

Affine inverse_of_samples(const ColourSpace& space) {
    const Affine samples = samples_of(space);
    Affine inverse;
    for (size_t i = 0; i < 3; ++i) {
        inverse.factors[i][i] = 1 / samples.factors[i][i];
        inverse.offsets[i] = -samples.offsets[i] / samples.factors[i][i];
    }
    return inverse;
}

// ITU-R BT.709, clause 3: from the luma weights.
Affine yuv_of_rgb(YuvMatrix matrix) {
    const auto [red, blue] = weights_of(matrix);
    const double green = 1 - red - blue;
    const double cb = 2 * (1 - blue);
    const double cr = 2 * (1 - red);
    return {{{{red, green, blue},
              {-red / cb, -green / cb, (1 - blue) / cb},
              {(1 - red) / cr, -green / cr, -blue / cr}}},
            {}};
}

Affine rgb_of_yuv(YuvMatrix matrix) {
    const auto [red, blue] = weights_of(matrix);
    const double green = 1 - red - blue;
    const double cb = 2 * (1 - blue);
    const double cr = 2 * (1 - red);
    return {{{{1, 0, cr}, {1, -blue * cb / green, -red * cr / green}, {1, cb, 0}}}, {}};
}

Affine balanced(const ColourBalance& balance, bool full_range) {
    const double angle = balance.hue * std::numbers::pi / 180;
    const double gain = balance.contrast * balance.saturation;
    return {{{{balance.contrast, 0, 0},
              {0, gain * std::cos(angle), -gain * std::sin(angle)},
              {0, gain * std::sin(angle), gain * std::cos(angle)}}},
            {balance.brightness / (full_range ? 255 : 219), 0, 0}};
}

bool changes_nothing(const ColourBalance& balance) {
    return balance.brightness == 0 && balance.contrast == 1 && balance.saturation == 1 &&
           balance.hue == 0;
}

Affine exact_transform(const ColourSpace& from, const ColourSpace& to,
                       const ColourBalance& balance) {
    Affine sum = inverse_of_samples(from);
    const bool is_balanced = !changes_nothing(balance);
    const bool by_rgb = from.is_rgb != to.is_rgb || (!from.is_rgb && from.matrix != to.matrix);
    if (is_balanced) {
        const YuvMatrix between = from.is_rgb ? to.matrix : from.matrix;
        if (from.is_rgb) {
            sum = join(sum, yuv_of_rgb(between));
        }
        sum = join(sum, balanced(balance, from.full_range));
        if (from.is_rgb && to.is_rgb) {
            sum = join(sum, rgb_of_yuv(between));
        }
    }
    if (by_rgb && !from.is_rgb) {
        sum = join(sum, rgb_of_yuv(from.matrix));
    }
    if (by_rgb && !to.is_rgb && !(from.is_rgb && is_balanced)) {
        sum = join(sum, yuv_of_rgb(to.matrix));
    }
    return join(sum, samples_of(to));
}

// So that 32 bits hold the sum: factors add up to at most 2^16, samples that a cubic has made are
// below 1.3 * 2^14, and the offset is what is left.
constexpr double kMaxOffset = 700'000'000;

int shift_for(const Affine& exact) {
    double largest = 0;
    for (const auto& row : exact.factors) {
        double sum = 0;
        for (const double factor : row) {
            largest = std::max(largest, std::abs(factor));
            sum += std::abs(factor) / 2;
        }
        largest = std::max(largest, sum);
    }
    int shift = 14;
    while (shift > 0 && largest * (1 << shift) > INT16_MAX) {
        --shift;
    }
    return shift;
}

}  // namespace

ColourTransform make_colour_transform(const ColourSpace& from, const ColourSpace& to,
                                      const ColourBalance& balance) {
    const Affine exact = exact_transform(from, to, balance);
    ColourTransform transform;
    transform.shift = shift_for(exact);
    const int one = 1 << transform.shift;
    for (size_t row = 0; row < 3; ++row) {
        for (size_t column = 0; column < 3; ++column) {
            const auto factor = static_cast<int16_t>(std::lround(exact.factors[row][column] * one));
            transform.factors[row][column] = factor;
            transform.is_identity &= factor == (row == column ? one : 0);
            transform.is_apart &= factor == 0 || (row == 0) == (column == 0);
        }
        const double offset = exact.offsets[row];
        transform.offsets[row] =
            static_cast<int32_t>(std::lround(std::clamp(offset * one, -kMaxOffset, kMaxOffset))) +
            one / 2;
        transform.is_identity &= std::abs(offset) < 1;
    }
    transform.is_apart &= !from.is_rgb && !to.is_rgb;
    return transform;
}

}  // namespace v4l2va
