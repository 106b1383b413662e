// SPDX-License-Identifier: MIT
#include "pixel/row_source.h"

#include <algorithm>
#include <array>
#include <span>

#include "pixel/transpose.h"

namespace v4l2va {

namespace {

// Of uncached memory, a cache line is what a load costs.
constexpr uint32_t kLineBytes = 64;
// Vectors read behind a row.
constexpr size_t kSlackBytes = 64;

}  // namespace

Turn make_turn(uint32_t quarter_turns, bool mirror_horizontally, bool mirror_vertically) {
    const uint32_t turns = quarter_turns % 4;
    Turn turn;
    turn.transpose = turns % 2 == 1;
    turn.flip_rows = turns == 2 || turns == 3;
    turn.mirror_columns = turns == 1 || turns == 2;
    turn.flip_rows ^= mirror_vertically;
    turn.mirror_columns ^= mirror_horizontally;
    return turn;
}

void RowSource::start(PlaneReader& reader, const Turn& turn, uint32_t begin, uint32_t end,
                      uint32_t rows) {
    const PlaneElements& elements = reader.elements();
    reader_ = &reader;
    transpose_ = turn.transpose;
    flip_ = turn.flip_rows;
    height_ = transpose_ ? elements.width : elements.height;
    begin_ = begin;
    end_ = end;
    block_ = reader.block_height();
    if (transpose_) {
        const uint32_t line = std::max(kLineBytes / elements.bytes(), 1U);
        block_ = (line + reader.block_width() - 1) / reader.block_width() * reader.block_width();
    }
    // Whole blocks, so that none of them lies at both ends.
    capacity_ = (rows + 3 * block_ - 1) / block_ * block_;
    loaded_ = 0;
    pitch_ = (size_t{end - begin} * elements.bytes() + kSlackBytes + 63) / 64 * 64;
    ring_.resize(capacity_ * pitch_);
    const size_t rows_of_strip = size_t{block_} * pitch_;
    const size_t columns_of_strip = size_t{block_} * elements.bytes() * (end - begin) + kSlackBytes;
    strip_.resize(transpose_ ? columns_of_strip : flip_ ? rows_of_strip : 0);
}

// Columns [first, first + count) of the plane become rows.
bool RowSource::load_columns(uint32_t first, uint32_t count) {
    const size_t element = reader_->elements().bytes();
    const size_t pitch = count * element;
    if (!reader_->read({first, begin_, count, end_ - begin_}, strip_.data(), pitch)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i += kTransposedRows) {
        std::array<std::byte*, kTransposedRows> rows{};
        const uint32_t wanted = std::min(count - i, kTransposedRows);
        for (uint32_t k = 0; k < wanted; ++k) {
            rows[k] = slot(own_row(first + i + k));
        }
        transpose(strip_.data() + i * element, pitch, element, end_ - begin_,
                  std::span(rows).first(wanted));
    }
    return true;
}

// Rows [first, first + count) of the plane, which may be upside down.
bool RowSource::load_rows(uint32_t first, uint32_t count) {
    if (!flip_ || count == 1) {
        return reader_->read({begin_, first, end_ - begin_, count}, slot(own_row(first)), pitch_);
    }
    if (!reader_->read({begin_, first, end_ - begin_, count}, strip_.data(), pitch_)) {
        return false;
    }
    for (uint32_t i = 0; i < count; ++i) {
        std::copy_n(strip_.data() + i * pitch_, pitch_, slot(own_row(first + i)));
    }
    return true;
}

// Row `row` and those behind it that the plane keeps in one block with it.
bool RowSource::load_block(uint32_t row) {
    const uint32_t own = own_row(row);
    const uint32_t block_begin = own / block_ * block_;
    const uint32_t block_end = std::min(block_begin + block_, height_);
    const uint32_t first = flip_ ? block_begin : own;
    const uint32_t count = flip_ ? own + 1 - block_begin : block_end - own;
    if (!(transpose_ ? load_columns(first, count) : load_rows(first, count))) {
        return false;
    }
    loaded_ = row + count;
    return true;
}

bool RowSource::get(uint32_t first, uint32_t rows, const std::byte** out) {
    const uint32_t end = std::min(first + rows, height_);
    loaded_ = std::max(loaded_, std::min(first, height_ - 1));
    while (loaded_ < end) {
        if (!load_block(loaded_)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < rows; ++i) {
        out[i] = slot(std::min(first + i, height_ - 1));
    }
    return true;
}

}  // namespace v4l2va
