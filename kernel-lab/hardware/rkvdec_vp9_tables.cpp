// SPDX-License-Identifier: MIT
#include "rkvdec_vp9_tables.h"

#include <algorithm>
#include <cstring>

namespace hardware {
namespace {

class TableReader {
  public:
    explicit TableReader(std::span<const uint8_t> table) : table_(table) {}

    template <typename T>
    void take(T& array) {
        if (at_ + sizeof array <= table_.size()) {
            std::memcpy(&array, &table_[at_], sizeof array);
        }
        at_ += sizeof array;
    }
    void skip(size_t bytes) { at_ += bytes; }
    // 36 contexts of three probabilities: after 27 bytes five are empty.
    void take_coefficients(uint8_t (&bands)[6][6][3]) {
        auto* out = &bands[0][0][0];
        for (size_t part = 0; part < 4; ++part, out += 27) {
            uint8_t bytes[27];
            take(bytes);
            std::memcpy(out, bytes, sizeof bytes);
            skip(5);
        }
    }

  private:
    std::span<const uint8_t> table_;
    size_t at_ = 0;
};

void take_coefficients(TableReader& in, Vp9Probabilities& probabilities, size_t inter) {
    for (auto& size : probabilities.coef) {
        for (auto& plane : size) in.take_coefficients(plane[inter]);
    }
}

void take_inter(TableReader& in, Vp9Probabilities& probabilities) {
    in.take(probabilities.y_mode);
    in.take(probabilities.comp_mode);
    in.take(probabilities.comp_ref);
    in.take(probabilities.single_ref);
    in.take(probabilities.inter_mode);
    in.take(probabilities.interp_filter);
    in.skip(11);
    for (size_t inter = 0; inter < 2; ++inter) take_coefficients(in, probabilities, inter);
    for (size_t mode = 0; mode < 10; ++mode) {
        in.take(probabilities.uv_mode[mode]);
        if (mode % 3 == 2) in.skip(5);
    }
    in.skip(7 + 16);
    in.take(probabilities.mv);
}

// Band 0 has three contexts of six.
bool same_coefficients(const Vp9Probabilities& left, const Vp9Probabilities& right, bool intra) {
    for (size_t size = 0; size < 4; ++size) {
        for (size_t plane = 0; plane < 2; ++plane) {
            for (size_t inter = 0; inter < (intra ? 1U : 2U); ++inter) {
                const auto& one = left.coef[size][plane][inter];
                const auto& other = right.coef[size][plane][inter];
                if (std::memcmp(one[0], other[0], sizeof one[0] / 2) != 0) return false;
                if (std::memcmp(one[1], other[1], sizeof one - sizeof one[0]) != 0) return false;
            }
        }
    }
    return true;
}

}  // namespace

RkvdecVp9Table read_vp9_table(std::span<const uint8_t> bytes, bool intra) {
    RkvdecVp9Table table;
    Vp9Probabilities& probabilities = table.probabilities;
    TableReader in(bytes);
    in.take(probabilities.partition);
    in.take(table.segmentation_pred);
    in.take(table.segmentation_tree);
    in.take(probabilities.skip);
    in.take(probabilities.tx32);
    in.take(probabilities.tx16);
    in.take(probabilities.tx8);
    in.take(probabilities.is_inter);
    in.skip(3);
    if (intra) {
        take_coefficients(in, probabilities, 0);
    } else {
        take_inter(in, probabilities);
    }
    return table;
}

const char* find_difference(const RkvdecVp9Table& table, const Vp9Probabilities& wanted,
                            bool intra) {
    const Vp9Probabilities& got = table.probabilities;
    const char* found = nullptr;
    const auto compare = [&found](const char* name, const auto& left, const auto& right) {
        if (found == nullptr && std::memcmp(&left, &right, sizeof left) != 0) found = name;
    };
    compare("tx8", got.tx8, wanted.tx8);
    compare("tx16", got.tx16, wanted.tx16);
    compare("tx32", got.tx32, wanted.tx32);
    compare("skip", got.skip, wanted.skip);
    if (found == nullptr && !same_coefficients(got, wanted, intra)) found = "coef";
    if (intra) return found;
    compare("partition", got.partition, wanted.partition);
    compare("is_inter", got.is_inter, wanted.is_inter);
    compare("y_mode", got.y_mode, wanted.y_mode);
    compare("comp_mode", got.comp_mode, wanted.comp_mode);
    compare("comp_ref", got.comp_ref, wanted.comp_ref);
    compare("single_ref", got.single_ref, wanted.single_ref);
    compare("inter_mode", got.inter_mode, wanted.inter_mode);
    compare("interp_filter", got.interp_filter, wanted.interp_filter);
    compare("uv_mode", got.uv_mode, wanted.uv_mode);
    compare("mv", got.mv, wanted.mv);
    return found;
}

}  // namespace hardware
