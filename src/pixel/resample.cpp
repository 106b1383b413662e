// SPDX-License-Identifier: MIT
#include "pixel/resample.h"

#include <algorithm>
#include <cmath>

namespace v4l2va {

namespace {

constexpr double kOne = 1 << kWeightBits;

double triangle(double x) { return std::max(0.0, 1 - std::abs(x)); }

double keys_cubic(double x) {
    constexpr double a = -0.5;
    x = std::abs(x);
    if (x < 1) {
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

// A filter of the target's samples, laid over the source's.
struct Kernel {
    double (*weight)(double distance) = nullptr;
    double radius = 0;  // beyond it, weights are 0
    double width = 1;   // how much wider it is over the source's samples

    [[nodiscard]] double at(double distance) const { return weight(distance / width); }
    [[nodiscard]] uint32_t taps(uint32_t multiple) const {
        const auto needed = static_cast<uint32_t>(std::ceil(2 * radius * width));
        return needed <= 2 ? 2 : (needed + multiple - 1) / multiple * multiple;
    }
};

Kernel kernel_for(ScalingFilter filter, double step) {
    if (filter == ScalingFilter::kCubic) {
        return {keys_cubic, 2, std::max(1.0, step)};
    }
    return {triangle, 1, std::max(1.0, step / 2)};
}

// The weights of a sample at `position`, as whole numbers with the right sum. `exact` is scratch,
// of as many as there are taps.
void fill(const Kernel& kernel, const ResampleAxis& axis, double position,
          std::vector<double>& exact, int32_t& first, int16_t* weights) {
    const auto taps = static_cast<uint32_t>(exact.size());
    const auto lowest =
        static_cast<int32_t>(std::floor(position - kernel.radius * kernel.width)) + 1;
    first =
        std::clamp(lowest, axis.begin, std::max(axis.begin, axis.end - static_cast<int32_t>(taps)));
    std::fill(exact.begin(), exact.end(), 0.0);
    double sum = 0;
    for (uint32_t k = 0; k < taps; ++k) {
        const int32_t sample = lowest + static_cast<int32_t>(k);
        const double weight = kernel.at(sample - position);
        const int32_t inside = std::clamp(sample, axis.begin, axis.end - 1);
        exact[static_cast<size_t>(std::clamp(inside - first, 0, static_cast<int32_t>(taps) - 1))] +=
            weight;
        sum += weight;
    }
    int32_t left = 1 << kWeightBits;
    uint32_t largest = 0;
    for (uint32_t k = 0; k < taps; ++k) {
        weights[k] = static_cast<int16_t>(std::lround(exact[k] / sum * kOne));
        left -= weights[k];
        largest = weights[k] > weights[largest] ? k : largest;
    }
    weights[largest] = static_cast<int16_t>(weights[largest] + left);
}

ResampleTable nearest(const ResampleAxis& axis) {
    ResampleTable table;
    table.taps = 1;
    table.first.resize(axis.count);
    table.weights.assign(axis.count, 1 << kWeightBits);
    table.is_copy = true;
    table.is_mirror = true;
    for (uint32_t i = 0; i < axis.count; ++i) {
        const auto sample = static_cast<int32_t>(std::floor(axis.start + i * axis.step + 0.5));
        table.first[i] = std::clamp(sample, axis.begin, axis.end - 1);
        table.is_copy &= table.first[i] == table.first[0] + static_cast<int32_t>(i);
        table.is_mirror &= table.first[i] == table.first[0] - static_cast<int32_t>(i);
    }
    return table;
}

// Whether each of the target's samples lies on one of the source's, one after the other.
bool is_unscaled(const ResampleAxis& axis) {
    constexpr double kTooSmallToTell = 1.0 / (1 << 20);
    return std::abs(std::abs(axis.step) - 1) * axis.count < kTooSmallToTell &&
           std::abs(axis.start - std::round(axis.start)) < kTooSmallToTell;
}

std::vector<ResampleTable::Group> groups_of(const ResampleTable& table) {
    constexpr int32_t kNeighbours = 8;
    std::vector<ResampleTable::Group> groups(table.first.size() / 4);
    for (size_t i = 0; i < groups.size(); ++i) {
        const int32_t* const first = &table.first[4 * i];
        groups[i].first = *std::min_element(first, first + 4);
        if (*std::max_element(first, first + 4) + 2 > groups[i].first + kNeighbours) {
            return {};
        }
        for (size_t k = 0; k < 16; ++k) {
            const auto place = static_cast<size_t>(first[k / 4] - groups[i].first);
            groups[i].bytes[k] = static_cast<uint8_t>(2 * place + k % 4);
        }
    }
    return groups;
}

}  // namespace

int32_t ResampleTable::lowest() const { return *std::min_element(first.begin(), first.end()); }

int32_t ResampleTable::highest() const {
    return *std::max_element(first.begin(), first.end()) + static_cast<int32_t>(taps);
}

ResampleTable make_resample_table(const ResampleAxis& axis, ScalingFilter filter,
                                  uint32_t multiple) {
    if (filter == ScalingFilter::kNearest || is_unscaled(axis)) {
        return nearest(axis);
    }
    const Kernel kernel = kernel_for(filter, std::abs(axis.step));
    ResampleTable table;
    table.taps = kernel.taps(multiple);
    table.first.resize(axis.count);
    table.weights.resize(size_t{axis.count} * table.taps);
    std::vector<double> exact(table.taps);
    for (uint32_t i = 0; i < axis.count; ++i) {
        fill(kernel, axis, axis.start + i * axis.step, exact, table.first[i],
             &table.weights[size_t{i} * table.taps]);
    }
    if (table.taps == 2) {
        table.groups = groups_of(table);
    }
    return table;
}

}  // namespace v4l2va
