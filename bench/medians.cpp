// SPDX-License-Identifier: MIT
#include "medians.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace v4l2va::bench {

double Medians::Row::median(const std::string& column) const {
    const auto found = values.find(column);
    if (found == values.end()) {
        return 0;
    }
    std::vector<double> sorted = found->second;
    const auto middle = sorted.begin() + std::ssize(sorted) / 2;
    std::nth_element(sorted.begin(), middle, sorted.end());
    return *middle;
}

Medians::Medians(const std::vector<std::string>& rows) {
    for (const std::string& name : rows) {
        rows_.push_back({name, {}});
    }
}

bool Medians::ReportContext(const Context&) { return true; }

void Medians::ReportRuns(const std::vector<Run>& runs) {
    for (const Run& run : runs) {
        if (run.error_occurred) {
            std::fprintf(stderr, "%s: %s\n", run.benchmark_name().c_str(),
                         run.error_message.c_str());
            failed_ = true;
            continue;
        }
        const std::string& name = run.run_name.function_name;
        const size_t slash = name.rfind('/');
        if (run.run_type != Run::RT_Iteration) {
            continue;
        }
        for (Row& row : rows_) {
            if (row.name == name.substr(0, slash)) {
                row.values[name.substr(slash + 1)].push_back(value(run));
            }
        }
    }
}

int run_all(int argc, char** argv, Medians& table) {
    std::vector<char*> arguments(argv, argv + argc);
    std::string defaults[] = {"--benchmark_enable_random_interleaving=true",
                              "--benchmark_repetitions=15", "--benchmark_min_time=0.03"};
    for (std::string& option : defaults) {
        arguments.insert(arguments.begin() + 1, option.data());
    }
    int count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) {
        return 2;
    }
    benchmark::RunSpecifiedBenchmarks(&table);
    benchmark::Shutdown();
    return table.failed() ? 1 : 0;
}

}  // namespace v4l2va::bench
