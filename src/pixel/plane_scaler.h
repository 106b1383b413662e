// SPDX-License-Identifier: MIT
// PlaneScaler: rows of the channels of a plane, as large and as turned as the target wants them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pixel/plane_reader.h"
#include "pixel/process_kernels.h"
#include "pixel/resample.h"
#include "pixel/row_source.h"

namespace v4l2va {

// One after the other, in 14 bits: rows of samples that vectors may read and write behind.
class SampleRows {
  public:
    void resize(size_t rows, size_t samples) {
        pitch_ = (samples + 2 * kRowSlack + kRowSlack - 1) / kRowSlack * kRowSlack;
        samples_.resize(rows * pitch_);
    }
    [[nodiscard]] int16_t* row(size_t index) { return samples_.data() + index * pitch_; }

  private:
    size_t pitch_ = 0;
    std::vector<int16_t> samples_;
};

inline constexpr size_t kMaxChannels = 4;

class PlaneScaler {
  public:
    // `rows` and `columns`: of the turned plane, a row of the target each. `reader` outlives it.
    void start(PlaneReader& reader, const Turn& turn, ResampleTable rows, ResampleTable columns);

    // Row `index` of the target, not before an earlier one: each channel to out[channel].
    [[nodiscard]] bool row(uint32_t index, int16_t* const* out);

    // Each element of the target is one of the plane's, beside the one that is beside it there.
    [[nodiscard]] bool is_plain() const {
        return rows_.taps == 1 && (columns_.is_copy || columns_.is_mirror);
    }
    // Then: row `index` as bytes.
    [[nodiscard]] size_t row_bytes() const { return width_ * channels_ * sample_bytes_; }
    [[nodiscard]] bool copy(uint32_t index, std::byte* out);

  private:
    [[nodiscard]] bool scale_down(uint32_t index, int16_t* out);

    RowSource source_;
    ResampleTable rows_;
    ResampleTable columns_;
    uint32_t channels_ = 1;
    uint32_t sample_bytes_ = 1;
    size_t width_ = 0;  // of what is read of a row, in elements
    std::vector<const std::byte*> taps_;
    SampleRows mixed_;  // a row with its channels alternating
    SampleRows split_;
};

}  // namespace v4l2va
