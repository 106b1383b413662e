// SPDX-License-Identifier: MIT
// How one axis of a picture is scaled: from which samples each new one is made, with what weights.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace v4l2va {

// kBilinear: the two nearest samples, more of them below half the size. kCubic: the four nearest by
// Keys' cubic (a = -1/2), more of them below the full size, so that nothing is skipped.
enum class ScalingFilter : uint8_t { kNearest, kBilinear, kCubic };

// Sample i of the target lies at `start` + i * `step` of the source, whose samples lie at whole
// numbers. Samples outside of [begin, end) are taken to be as the nearest inside.
struct ResampleAxis {
    double start = 0;
    double step = 1;     // negative: mirrored; never 0
    uint32_t count = 0;  // of the target's samples
    int32_t begin = 0;   // at least 0
    int32_t end = 0;     // above `begin`
};

inline constexpr int kWeightBits = 14;

// Sample i is the sum of the source's samples first[i] + k, k < taps, times weights[i * taps + k] /
// 2^14; the weights of a sample sum up to 2^14. Samples beyond `end` have weights of 0.
struct ResampleTable {
    uint32_t taps = 0;       // 1: each sample is one of the source's
    bool is_copy = false;    // 1 tap, and first[i] is first[0] + i
    bool is_mirror = false;  // 1 tap, and first[i] is first[0] - i
    std::vector<int32_t> first;
    std::vector<int16_t> weights;

    // Of two taps, where each four of the target's samples are made from eight neighbours: the
    // first of these, and which of their bytes are the pairs, 16 for each four. Else empty.
    struct Group {
        int32_t first = 0;
        std::array<uint8_t, 16> bytes{};
    };
    std::vector<Group> groups;

    // The source's samples that any of the target's is made from: [lowest(), highest()).
    [[nodiscard]] int32_t lowest() const;
    [[nodiscard]] int32_t highest() const;
};

// More than two taps are a multiple of `multiple` (2 or 4).
[[nodiscard]] ResampleTable make_resample_table(const ResampleAxis& axis, ScalingFilter filter,
                                                uint32_t multiple);

}  // namespace v4l2va
