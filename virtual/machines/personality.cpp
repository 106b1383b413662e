// SPDX-License-Identifier: MIT
// Finds a personality by its name.
#include "machines/personality.h"

#include <vector>

#include "host/options.h"
#include "machines/personality_rows.h"

namespace vdec {

std::span<const Personality> personalities() {
    static const std::vector<Personality>* const rows = [] {
        auto* all = new std::vector<Personality>;
        for (const auto part :
             {hantro_personalities(), rkvdec_personalities(), other_personalities()}) {
            all->insert(all->end(), part.begin(), part.end());
        }
        return all;
    }();
    return *rows;
}

const Personality& find_personality(std::string_view name) {
    const auto rows = personalities();
    for (const Personality& row : rows) {
        if (row.name == name) return row;
    }
    if (name.empty()) return rows[0];
    refuse_options("no personality named '%.*s'", static_cast<int>(name.size()), name.data());
}

}  // namespace vdec
