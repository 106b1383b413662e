// SPDX-License-Identifier: MIT
#include "pixel/plane_scaler.h"

#include <algorithm>
#include <array>
#include <utility>

namespace v4l2va {

void PlaneScaler::start(PlaneReader& reader, const Turn& turn, ResampleTable rows,
                        ResampleTable columns) {
    rows_ = std::move(rows);
    columns_ = std::move(columns);
    channels_ = reader.elements().channels;
    sample_bytes_ = reader.elements().sample_bytes;
    const int32_t begin = columns_.lowest();
    const uint32_t own_width = turn.transpose ? reader.elements().height : reader.elements().width;
    const int32_t end = std::min(columns_.highest(), static_cast<int32_t>(own_width));
    for (int32_t& first : columns_.first) {
        first -= begin;
    }
    for (ResampleTable::Group& group : columns_.groups) {
        group.first -= begin;
    }
    width_ = static_cast<size_t>(end - begin);
    source_.start(reader, turn, static_cast<uint32_t>(begin), static_cast<uint32_t>(end),
                  rows_.taps);
    taps_.resize(rows_.taps);
    mixed_.resize(1, channels_ * width_);
    split_.resize(channels_, width_ + columns_.taps);
}

// Row `index`, not yet scaled across, its channels alternating.
bool PlaneScaler::scale_down(uint32_t index, int16_t* out) {
    const ProcessKernels& kernels = process_kernels();
    if (!source_.get(static_cast<uint32_t>(rows_.first[index]), rows_.taps, taps_.data())) {
        return false;
    }
    const size_t samples = channels_ * width_;
    if (rows_.taps == 1) {
        (sample_bytes_ == 1 ? kernels.raise_bytes : kernels.raise_words)(taps_[0], samples, out);
    } else {
        const RowSum sum = {taps_.data(), &rows_.weights[size_t{index} * rows_.taps], rows_.taps};
        (sample_bytes_ == 1 ? kernels.sum_bytes : kernels.sum_words)(sum, samples, out);
    }
    return true;
}

bool PlaneScaler::copy(uint32_t index, std::byte* out) {
    const std::byte* row = nullptr;
    if (!source_.get(static_cast<uint32_t>(rows_.first[index]), 1, &row)) {
        return false;
    }
    if (columns_.is_copy) {
        std::copy_n(row, row_bytes(), out);
    } else {
        process_kernels().mirror(row, width_, size_t{channels_} * sample_bytes_, out);
    }
    return true;
}

bool PlaneScaler::row(uint32_t index, int16_t* const* out) {
    const ProcessKernels& kernels = process_kernels();
    std::array<int16_t*, kMaxChannels> channels{};
    for (size_t i = 0; i < channels_; ++i) {
        channels[i] = columns_.is_copy ? out[i] : split_.row(i);
    }
    int16_t* const mixed = channels_ == 1 ? channels[0] : mixed_.row(0);
    if (!scale_down(index, mixed)) {
        return false;
    }
    if (channels_ == 2) {
        kernels.split_pairs(mixed, width_, channels[0], channels[1]);
    } else if (channels_ == 4) {
        kernels.split_fours(mixed, width_, channels.data());
    }
    for (size_t i = 0; i < channels_ && !columns_.is_copy; ++i) {
        kernels.resample(channels[i], columns_, out[i]);
    }
    return true;
}

}  // namespace v4l2va
