// SPDX-License-Identifier: MIT
// Prints what the benchmarks measured as one table: a row for each layout.
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

namespace v4l2va::bench {

// The two benchmarks of a layout are called LAYOUT/kConvert and LAYOUT/kCopy, and process the same
// number of bytes.
inline constexpr const char* kConvert = "convert";
inline constexpr const char* kCopy = "memcpy";

// Collects every repetition; the table has their medians, as Markdown.
class PixelTable : public benchmark::BenchmarkReporter {
  public:
    // `layouts`: the names, in the order of the rows.
    explicit PixelTable(const std::vector<std::string>& layouts);

    bool ReportContext(const Context& context) override;
    void ReportRuns(const std::vector<Run>& runs) override;
    void Finalize() override;

    // A benchmark gave up.
    [[nodiscard]] bool failed() const { return failed_; }

  private:
    struct Row {
        std::string name;
        std::map<std::string, std::vector<double>> gigabytes;  // a second, by kConvert and kCopy
    };

    std::vector<Row> rows_;
    bool failed_ = false;
};

}  // namespace v4l2va::bench
