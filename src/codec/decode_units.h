// SPDX-License-Identifier: MIT
// DecodeUnits: the units of one picture, which a codec's finish() hands out.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "v4l2/control_set.h"
#include "v4l2/types.h"

namespace v4l2va {

// Memory is kept over clear(), so that a steady stream allocates nothing.
class DecodeUnits {
  public:
    void clear() {
        units_.clear();
        fragments_.clear();
        fragment_counts_.clear();
    }

    // Starts another unit. Its controls, none of them set, are valid until the next clear().
    ControlSet& start() {
        const size_t index = units_.size();
        if (index == controls_.size()) {
            controls_.emplace_back();
        }
        controls_[index].clear();
        units_.push_back({&controls_[index], {}, 0});
        fragment_counts_.push_back(0);
        return controls_[index];
    }

    // Bytes of the unit that was started last, behind those that it has; borrowed.
    void append(std::span<const std::byte> fragment) {
        fragments_.push_back(fragment);
        ++fragment_counts_.back();
        units_.back().bytes += fragment.size();
    }

    // In the order of start(). Valid until the next call of any other function.
    [[nodiscard]] std::span<const DecodeUnit> units() {
        size_t first = 0;
        for (size_t i = 0; i < units_.size(); ++i) {
            units_[i].fragments = std::span(fragments_).subspan(first, fragment_counts_[i]);
            first += fragment_counts_[i];
        }
        return units_;
    }

  private:
    std::deque<ControlSet> controls_;  // as many as a picture ever had units
    std::vector<DecodeUnit> units_;
    std::vector<std::span<const std::byte>> fragments_;  // of all units
    std::vector<size_t> fragment_counts_;                // of each
};

}  // namespace v4l2va
