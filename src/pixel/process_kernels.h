// SPDX-License-Identifier: MIT
// The inner loops of composition: rows of samples of 14 bits (v8 << 6 or v10 << 4), as int16_t.
// What filters make may lie a little outside of 0 to 2^14. Compiled as kernels.h says.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pixel/colour.h"
#include "pixel/resample.h"

namespace v4l2va {

// Vectors may read and write this many samples behind a row.
inline constexpr size_t kRowSlack = 16;

inline constexpr int16_t kPeak = (1 << 14) - 1;

// Weighted sum of `taps` rows of `samples` samples of 8 bits, or of 16 with the value in the high
// bits, whose weights sum up to 2^14. `taps` is even.
struct RowSum {
    const std::byte* const* rows = nullptr;
    const int16_t* weights = nullptr;
    size_t taps = 0;
};

// Rows of an interlaced plane around one that a field has not.
struct FieldRows {
    const std::byte* above = nullptr;  // of the field
    const std::byte* below = nullptr;
    const std::byte* above_before = nullptr;  // the same rows one frame before
    const std::byte* below_before = nullptr;
    const std::byte* woven = nullptr;         // of the field that was before, in this place
    const std::byte* woven_before = nullptr;  // the same row one frame before or after
};

// A sample moves by the largest of the three differences, in 8 bits. Up to kStill the woven row's
// is taken, from kStill + 16 on the mean of the rows above and below, between these a mixture.
inline constexpr int kStill = 6;

struct ProcessKernels {
    void (*sum_bytes)(const RowSum& sum, size_t samples, int16_t* out);
    void (*sum_words)(const RowSum& sum, size_t samples, int16_t* out);
    void (*raise_bytes)(const std::byte* in, size_t samples, int16_t* out);
    void (*raise_words)(const std::byte* in, size_t samples, int16_t* out);
    // Every second, every fourth sample of `in`.
    void (*split_pairs)(const int16_t* in, size_t pairs, int16_t* first, int16_t* second);
    void (*split_fours)(const int16_t* in, size_t fours, int16_t* const* out);
    // `in` has table.taps + kRowSlack samples behind the last one that has a weight.
    void (*resample)(const int16_t* in, const ResampleTable& table, int16_t* out);
    // Components as ColourTransform has them, in place.
    void (*transform)(const ColourTransform& transform, int16_t* const* components, size_t samples);
    // As one component of it that comes from itself alone, in place.
    void (*affine)(int16_t factor, int32_t offset, int shift, int16_t* samples, size_t count);
    // Chroma of every second pixel: (a + b + 1) >> 1 of two rows, then of the two pixels, or of
    // three (1, 2, 1) around the left one. `in` is `pixels` long, at least 1; `out` half of that,
    // rounded up.
    void (*halve)(const int16_t* above, const int16_t* below, bool left, size_t pixels,
                  int16_t* out);
    // 14 bits to 8, or to 10 in the high bits of 16: rounded, saturated.
    void (*lower_to_bytes)(const int16_t* in, size_t samples, std::byte* out);
    void (*lower_to_words)(const int16_t* in, size_t samples, std::byte* out);
    void (*interleave_words)(const std::byte* first, const std::byte* second, size_t pairs,
                             std::byte* out);
    void (*interleave_fours)(const std::byte* const* in, size_t fours, std::byte* out);
    void (*average_bytes)(const std::byte* a, const std::byte* b, size_t samples, std::byte* out);
    void (*average_words)(const std::byte* a, const std::byte* b, size_t samples, std::byte* out);
    void (*weave_bytes)(const FieldRows& rows, size_t samples, std::byte* out);
    void (*weave_words)(const FieldRows& rows, size_t samples, std::byte* out);
    // Elements of 1, 2 or 4 bytes, the last one first.
    void (*mirror)(const std::byte* in, size_t count, size_t element, std::byte* out);
    // Eight columns of elements of 1, 2 or 4 bytes become rows; returns how many rows of `in` were
    // done, from the first on.
    size_t (*transpose)(const std::byte* in, size_t in_pitch, size_t element, size_t count,
                        std::byte* const* rows);
    // out += (in - out) * alpha / 2^14, or, where `in` is multiplied by alpha already,
    // out = in + (out - base) * (2^14 - alpha) / 2^14: `base` is 0 of what alpha does not scale,
    // black or no colour. Alpha is from 0 to 2^14.
    void (*blend)(const int16_t* in, const int16_t* alpha, size_t samples, int16_t* out);
    void (*blend_premultiplied)(const int16_t* in, const int16_t* alpha, int16_t base,
                                size_t samples, int16_t* out);
};
extern const ProcessKernels kBaselineProcessKernels;
extern const ProcessKernels kVectorProcessKernels;  // only with V4L2VA_VECTOR_KERNELS
extern const ProcessKernels kPlainProcessKernels;   // the plain loops alone, for tests

// Those for this processor.
[[nodiscard]] const ProcessKernels& process_kernels();

}  // namespace v4l2va
