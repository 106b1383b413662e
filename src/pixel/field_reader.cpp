// SPDX-License-Identifier: MIT
#include "pixel/field_reader.h"

#include <algorithm>
#include <numeric>

#include "pixel/process_kernels.h"

namespace v4l2va {

namespace {

// So that few rows are read twice.
constexpr uint32_t kRows = 32;

}  // namespace

uint32_t FieldReader::block_height() const {
    return std::lcm(kRows, frames_.current->block_height());
}

// The rows of `rect`, and one above and below.
bool FieldReader::read_frames(const SampleRect& rect) {
    const uint32_t height = elements().height;
    first_ = rect.y == 0 ? 0 : rect.y - 1;
    end_ = std::min(rect.y + rect.height + 1, height);
    bytes_ = size_t{rect.width} * elements().bytes();
    pitch_ = bytes_ + kRowSlack;
    const SampleRect rows = {rect.x, first_, rect.width, end_ - first_};
    current_.resize(pitch_ * rows.height + kRowSlack);
    if (!frames_.current->read(rows, current_.data(), pitch_)) {
        return false;
    }
    if (!frames_.previous) {
        return true;
    }
    previous_.resize(current_.size());
    return frames_.previous->read(rows, previous_.data(), pitch_);
}

// A row that the field has not.
void FieldReader::make_row(uint32_t y, std::byte* out) const {
    const ProcessKernels& kernels = process_kernels();
    const bool words = elements().sample_bytes == 2;
    const size_t samples = bytes_ / elements().sample_bytes;
    // At the edges, the field's nearest row twice. A plane of one row has no other.
    const uint32_t above = y > 0 ? y - 1 : std::min(y + 1, elements().height - 1);
    const uint32_t below = y + 1 < elements().height ? y + 1 : above;
    if (!frames_.previous) {
        return (words ? kernels.average_words : kernels.average_bytes)(
            row(current_, above), row(current_, below), samples, out);
    }
    const FieldRows rows = {.above = row(current_, above),
                            .below = row(current_, below),
                            .above_before = row(previous_, above),
                            .below_before = row(previous_, below),
                            .woven = row(is_second_ ? current_ : previous_, y),
                            .woven_before = row(is_second_ ? previous_ : current_, y)};
    (words ? kernels.weave_words : kernels.weave_bytes)(rows, samples, out);
}

bool FieldReader::read(const SampleRect& rect, std::byte* out, size_t pitch) {
    if (rect.width == 0 || rect.height == 0) {
        return true;
    }
    if (!read_frames(rect)) {
        return false;
    }
    for (uint32_t i = 0; i < rect.height; ++i) {
        const uint32_t y = rect.y + i;
        std::byte* const to = out + i * pitch;
        if (y % 2 == parity_ || elements().height == 1) {
            std::copy_n(row(current_, y), bytes_, to);
        } else {
            make_row(y, to);
        }
    }
    return true;
}

}  // namespace v4l2va
