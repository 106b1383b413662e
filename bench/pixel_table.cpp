// SPDX-License-Identifier: MIT
// Prints what the benchmarks of layouts measured as one table: a row for each layout.
#include "pixel_table.h"

#include <cstdio>

namespace v4l2va::bench {

double PixelTable::value(const Run& run) const {
    const auto rate = run.counters.find("bytes_per_second");
    return rate == run.counters.end() ? 0 : rate->second.value;
}

void PixelTable::Finalize() {
    std::printf("| Layout | GB/s | memcpy GB/s | ratio |\n|---|---|---|---|\n");
    for (const Row& row : rows()) {
        const double convert = row.median(kConvert);
        const double copy = row.median(kCopy);
        if (convert > 0 && copy > 0) {
            std::printf("| %s | %.2f | %.2f | %.2f |\n", row.name.c_str(), convert / 1e9,
                        copy / 1e9, convert / copy);
        }
    }
}

}  // namespace v4l2va::bench
