// SPDX-License-Identifier: MIT
// Prints what the benchmarks measured as one table: a row for each layout.
#include "pixel_table.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace v4l2va::bench {

namespace {

double median(std::vector<double> values) {
    if (values.empty()) {
        return 0;
    }
    const auto middle = values.begin() + std::ssize(values) / 2;
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace

PixelTable::PixelTable(const std::vector<std::string>& layouts) {
    for (const std::string& name : layouts) {
        rows_.push_back({name, {}});
    }
}

bool PixelTable::ReportContext(const Context&) { return true; }

void PixelTable::ReportRuns(const std::vector<Run>& runs) {
    for (const Run& run : runs) {
        if (run.error_occurred) {
            std::fprintf(stderr, "%s: %s\n", run.benchmark_name().c_str(),
                         run.error_message.c_str());
            failed_ = true;
            continue;
        }
        const std::string& name = run.run_name.function_name;
        const size_t slash = name.find('/');
        const auto rate = run.counters.find("bytes_per_second");
        if (run.run_type != Run::RT_Iteration || rate == run.counters.end()) {
            continue;
        }
        for (Row& row : rows_) {
            if (row.name == name.substr(0, slash)) {
                row.gigabytes[name.substr(slash + 1)].push_back(rate->second.value / 1e9);
            }
        }
    }
}

void PixelTable::Finalize() {
    std::printf("| Layout | GB/s | memcpy GB/s | ratio |\n|---|---|---|---|\n");
    for (Row& row : rows_) {
        const double convert = median(row.gigabytes[kConvert]);
        const double copy = median(row.gigabytes[kCopy]);
        if (convert <= 0 || copy <= 0) {
            continue;  // --benchmark_filter left it out
        }
        std::printf("| %s | %.2f | %.2f | %.2f |\n", row.name.c_str(), convert, copy,
                    convert / copy);
    }
}

}  // namespace v4l2va::bench
