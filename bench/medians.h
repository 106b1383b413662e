// SPDX-License-Identifier: MIT
// Collects every repetition of benchmarks that are called ROW/COLUMN; who derives from it prints
// the medians as a table.
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

namespace v4l2va::bench {

class Medians : public benchmark::BenchmarkReporter {
  public:
    // The names, in the order of the rows.
    explicit Medians(const std::vector<std::string>& rows);

    bool ReportContext(const Context& context) override;
    void ReportRuns(const std::vector<Run>& runs) override;

    // A benchmark gave up.
    [[nodiscard]] bool failed() const { return failed_; }

  protected:
    struct Row {
        std::string name;
        std::map<std::string, std::vector<double>> values;  // by column

        // 0: --benchmark_filter left it out.
        [[nodiscard]] double median(const std::string& column) const;
    };

    [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
    // Of a repetition: bytes a second if it counts bytes, else seconds of an iteration.
    [[nodiscard]] virtual double value(const Run& run) const = 0;

  private:
    std::vector<Row> rows_;
    bool failed_ = false;
};

// Runs all that is registered: rows and columns in random order and in turns, so that what slows
// this machine for a while slows all. Returns a status for the shell.
int run_all(int argc, char** argv, Medians& table);

}  // namespace v4l2va::bench
