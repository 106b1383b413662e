// SPDX-License-Identifier: MIT
// The inner loops of composition, as V4L2VA_PROCESS_KERNELS: plain loops for what the vectors
// leave. As in kernels.cpp, all of it is local to the file.
#include "pixel/process_kernels.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "pixel/process_vectors.h"

namespace v4l2va {

namespace {

constexpr int32_t kOne = 1 << kWeightBits;

template <typename T>
T load_at(const std::byte* from, size_t index) {
    T value;
    std::memcpy(&value, from + index * sizeof value, sizeof value);
    return value;
}

int16_t saturated(int32_t value) {
    return static_cast<int16_t>(std::clamp<int32_t>(value, INT16_MIN, INT16_MAX));
}

template <int shift>
int16_t rounded(int32_t sum) {
    return saturated((sum + (1 << (shift - 1))) >> shift);
}

// `down`: from a sample as stored to what is summed up; `shift`: from the sum to 14 bits.
template <typename T, int down, int shift>
void sum_plainly(const RowSum& sum, size_t from, size_t samples, int16_t* out) {
    for (size_t i = from; i < samples; ++i) {
        int32_t total = 0;
        for (size_t k = 0; k < sum.taps; ++k) {
            total += (load_at<T>(sum.rows[k], i) >> down) * sum.weights[k];
        }
        out[i] = rounded<shift>(total);
    }
}

void sum_bytes(const RowSum& sum, size_t samples, int16_t* out) {
    sum_plainly<uint8_t, 0, 8>(sum, vectors::sum_bytes(sum, samples, out), samples, out);
}

void sum_words(const RowSum& sum, size_t samples, int16_t* out) {
    sum_plainly<uint16_t, 2, 14>(sum, vectors::sum_words(sum, samples, out), samples, out);
}

void raise_bytes(const std::byte* in, size_t samples, int16_t* out) {
    for (size_t i = vectors::raise_bytes(in, samples, out); i < samples; ++i) {
        out[i] = static_cast<int16_t>(load_at<uint8_t>(in, i) << 6);
    }
}

void raise_words(const std::byte* in, size_t samples, int16_t* out) {
    for (size_t i = vectors::raise_words(in, samples, out); i < samples; ++i) {
        out[i] = static_cast<int16_t>(load_at<uint16_t>(in, i) >> 2);
    }
}

void split_pairs(const int16_t* in, size_t pairs, int16_t* first, int16_t* second) {
    for (size_t i = vectors::split_pairs(in, pairs, first, second); i < pairs; ++i) {
        first[i] = in[2 * i];
        second[i] = in[2 * i + 1];
    }
}

void split_fours(const int16_t* in, size_t fours, int16_t* const* out) {
    for (size_t i = vectors::split_fours(in, fours, out); i < fours; ++i) {
        for (size_t k = 0; k < 4; ++k) {
            out[k][i] = in[4 * i + k];
        }
    }
}

void resample(const int16_t* in, const ResampleTable& table, int16_t* out) {
    for (size_t i = vectors::resample(in, table, out); i < table.first.size(); ++i) {
        int32_t total = 0;
        for (size_t k = 0; k < table.taps; ++k) {
            total +=
                in[static_cast<size_t>(table.first[i]) + k] * table.weights[i * table.taps + k];
        }
        out[i] = rounded<kWeightBits>(total);
    }
}

void transform(const ColourTransform& transform, int16_t* const* components, size_t samples) {
    for (size_t i = vectors::transform(transform, components, samples); i < samples; ++i) {
        const int16_t old[3] = {components[0][i], components[1][i], components[2][i]};
        for (size_t row = 0; row < 3; ++row) {
            int32_t total = transform.offsets[row];
            for (size_t k = 0; k < 3; ++k) {
                total += transform.factors[row][k] * old[k];
            }
            components[row][i] =
                static_cast<int16_t>(std::clamp<int32_t>(total >> transform.shift, 0, kPeak));
        }
    }
}

void affine(int16_t factor, int32_t offset, int shift, int16_t* samples, size_t count) {
    for (size_t i = vectors::affine(factor, offset, shift, samples, count); i < count; ++i) {
        const int32_t total = samples[i] * factor + offset;
        samples[i] = static_cast<int16_t>(std::clamp<int32_t>(total >> shift, 0, kPeak));
    }
}

void halve(const int16_t* above, const int16_t* below, bool left, size_t pixels, int16_t* out) {
    const auto average = [](int a, int b) { return (a + b + 1) >> 1; };
    const auto at = [&](size_t pixel) {
        const size_t inside = std::min(pixel, pixels - 1);
        return average(above[inside], below[inside]);
    };
    const auto one = [&](size_t i) {
        if (!left) {
            return static_cast<int16_t>(average(at(2 * i), at(2 * i + 1)));
        }
        const int outer = average(at(i == 0 ? 0 : 2 * i - 1), at(2 * i + 1));
        return static_cast<int16_t>(average(outer, at(2 * i)));
    };
    size_t i = vectors::halve(above, below, left, pixels, out);
    out[0] = one(0);
    for (i = std::max<size_t>(i, 1); i < (pixels + 1) / 2; ++i) {
        out[i] = one(i);
    }
}

void lower_to_bytes(const int16_t* in, size_t samples, std::byte* out) {
    for (size_t i = vectors::lower_to_bytes(in, samples, out); i < samples; ++i) {
        out[i] = static_cast<std::byte>(std::clamp(saturated(in[i] + 32) >> 6, 0, 255));
    }
}

void lower_to_words(const int16_t* in, size_t samples, std::byte* out) {
    for (size_t i = vectors::lower_to_words(in, samples, out); i < samples; ++i) {
        const auto word =
            static_cast<uint16_t>(std::clamp(saturated(in[i] + 8) >> 4, 0, 1023) << 6);
        std::memcpy(out + 2 * i, &word, sizeof word);
    }
}

void interleave_words(const std::byte* first, const std::byte* second, size_t pairs,
                      std::byte* out) {
    for (size_t i = vectors::interleave_words(first, second, pairs, out); i < pairs; ++i) {
        std::memcpy(out + 4 * i, first + 2 * i, 2);
        std::memcpy(out + 4 * i + 2, second + 2 * i, 2);
    }
}

void interleave_fours(const std::byte* const* in, size_t fours, std::byte* out) {
    for (size_t i = vectors::interleave_fours(in, fours, out); i < fours; ++i) {
        for (size_t k = 0; k < 4; ++k) {
            out[4 * i + k] = in[k][i];
        }
    }
}

template <typename T>
void average_plainly(const std::byte* a, const std::byte* b, size_t from, size_t samples,
                     std::byte* out) {
    // Of ten bits in the high ones of 16: so that the others stay 0.
    constexpr unsigned kUnit = sizeof(T) == 1 ? 1 : 1 << 6;
    for (size_t i = from; i < samples; ++i) {
        const unsigned sum = (load_at<T>(a, i) / kUnit + load_at<T>(b, i) / kUnit + 1) / 2;
        const auto mean = static_cast<T>(sum * kUnit);
        std::memcpy(out + i * sizeof mean, &mean, sizeof mean);
    }
}

void average_bytes(const std::byte* a, const std::byte* b, size_t samples, std::byte* out) {
    average_plainly<uint8_t>(a, b, vectors::average_bytes(a, b, samples, out), samples, out);
}

void average_words(const std::byte* a, const std::byte* b, size_t samples, std::byte* out) {
    average_plainly<uint16_t>(a, b, 0, samples, out);
}

template <typename T>
void weave_plainly(const FieldRows& rows, size_t from, size_t samples, std::byte* out) {
    constexpr int kUnit = sizeof(T) == 1 ? 1 : 1 << 6;
    constexpr int kScale = sizeof(T) == 1 ? 1 : 4;  // of a difference, to 8 bits
    const auto at = [](const std::byte* row, size_t i) { return load_at<T>(row, i) / kUnit; };
    for (size_t i = from; i < samples; ++i) {
        const int above = at(rows.above, i);
        const int below = at(rows.below, i);
        const int woven = at(rows.woven, i);
        const int motion = std::max({std::abs(above - at(rows.above_before, i)),
                                     std::abs(below - at(rows.below_before, i)),
                                     std::abs(woven - at(rows.woven_before, i))});
        const int moving = std::clamp(motion / kScale - kStill, 0, 16);
        const int mean = (above + below + 1) / 2;
        const auto mixed =
            static_cast<T>(((woven * (16 - moving) + mean * moving + 8) / 16) * kUnit);
        std::memcpy(out + i * sizeof mixed, &mixed, sizeof mixed);
    }
}

void weave_bytes(const FieldRows& rows, size_t samples, std::byte* out) {
    weave_plainly<uint8_t>(rows, vectors::weave_bytes(rows, samples, out), samples, out);
}

void weave_words(const FieldRows& rows, size_t samples, std::byte* out) {
    weave_plainly<uint16_t>(rows, 0, samples, out);
}

void mirror(const std::byte* in, size_t count, size_t element, std::byte* out) {
    for (size_t i = vectors::mirror(in, count, element, out); i < count; ++i) {
        std::memcpy(out + i * element, in + (count - 1 - i) * element, element);
    }
}

void blend(const int16_t* in, const int16_t* alpha, size_t samples, int16_t* out) {
    for (size_t i = vectors::blend(in, alpha, false, 0, samples, out); i < samples; ++i) {
        out[i] = rounded<kWeightBits>(in[i] * alpha[i] + out[i] * (kOne - alpha[i]));
    }
}

void blend_premultiplied(const int16_t* in, const int16_t* alpha, int16_t base, size_t samples,
                         int16_t* out) {
    for (size_t i = vectors::blend(in, alpha, true, base, samples, out); i < samples; ++i) {
        out[i] = rounded<kWeightBits>(in[i] * kOne + (out[i] - base) * (kOne - alpha[i]));
    }
}

}  // namespace

const ProcessKernels V4L2VA_PROCESS_KERNELS = {.sum_bytes = sum_bytes,
                                               .sum_words = sum_words,
                                               .raise_bytes = raise_bytes,
                                               .raise_words = raise_words,
                                               .split_pairs = split_pairs,
                                               .split_fours = split_fours,
                                               .resample = resample,
                                               .transform = transform,
                                               .affine = affine,
                                               .halve = halve,
                                               .lower_to_bytes = lower_to_bytes,
                                               .lower_to_words = lower_to_words,
                                               .interleave_words = interleave_words,
                                               .interleave_fours = interleave_fours,
                                               .average_bytes = average_bytes,
                                               .average_words = average_words,
                                               .weave_bytes = weave_bytes,
                                               .weave_words = weave_words,
                                               .mirror = mirror,
                                               .transpose = vectors::transpose,
                                               .blend = blend,
                                               .blend_premultiplied = blend_premultiplied};

}  // namespace v4l2va
