// SPDX-License-Identifier: MIT
// The table of probabilities that rkvdec reads for VP9: struct rkvdec_vp9_probs of rkvdec-vp9.c.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "vp9_default_probabilities.h"

namespace hardware {

struct RkvdecVp9Table {
    std::array<uint8_t, 3> segmentation_pred = {};
    std::array<uint8_t, 7> segmentation_tree = {};
    // Of an intra frame: tx8 to coef of intra blocks, skip, is_inter; of another all. What is not
    // in the table is 0.
    Vp9Probabilities probabilities = {};
};

inline constexpr size_t kVp9TableBytes = 2432;

RkvdecVp9Table read_vp9_table(std::span<const uint8_t> table, bool intra);

// The first field in which a table differs from the probabilities WANTED, nullptr where none does.
// What of an intra frame is the same in every stream is not compared.
const char* find_difference(const RkvdecVp9Table& table, const Vp9Probabilities& wanted,
                            bool intra);

}  // namespace hardware
