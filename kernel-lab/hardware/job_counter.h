// SPDX-License-Identifier: MIT
// JobCounter: what each device of a board was given, as a table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "job_handler.h"

namespace hardware {

class JobCounter : public JobHandler {
  public:
    // MODEL outlives it. The table is written to PATH at the end: a line for each device that had a
    // job, tab separated: compatible, jobs, words that the driver wrote to registers, how many of
    // these point into memory that it took for its devices, and how many of such memory have
    // anything in them.
    JobCounter(const DecoderModel& model, std::string path)
        : model_(model), path_(std::move(path)), counts_(model.devices().size()) {}

    void handle(const model_job& job) override;
    bool finish() override;

  private:
    struct Counts {
        uint64_t jobs = 0;
        uint64_t words = 0;
        uint64_t addresses = 0;
        uint64_t filled = 0;
    };

    [[nodiscard]] bool has_anything(const model_allocation& found) const;

    const DecoderModel& model_;
    std::string path_;
    std::vector<Counts> counts_;  // of each device
};

}  // namespace hardware
