// SPDX-License-Identifier: MIT
// JobRecorder: what a driver programmed for each job, as a file that two runs can be compared by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "job_handler.h"
#include "job_layout.h"

namespace hardware {

class JobRecorder : public JobHandler {
  public:
    // MODEL outlives it. PATH gets a line of JSON for each job:
    //   device     its "compatible"
    //   start      [offset, value] of the write that started it
    //   registers  [region, offset, words, "hex"]: runs of words that the driver wrote for this job,
    //              as they lie in memory, without the zeros at the end
    //   memory     [serial, address, size] of each allocation that one of these words is within
    //   tables     [serial, [[offset, "hex"], ...]]: what has changed in memory of at most
    //              kTableBytes since its last line, or since it was all zero; not of pictures
    //   stream     [serial, offset, size, "hex"]: the payload; hex from the allocation's start to the
    //              last byte that the registers tell of, offset is where they point at
    JobRecorder(const DecoderModel& model, const char* path);
    ~JobRecorder() override;

    void handle(const model_job& job) override;
    void end(const model_job& job) override;
    bool finish() override;

    static constexpr size_t kTableBytes = size_t{1} << 20;

  private:
    void find_memory(const model_job& job, const JobLayout* layout);
    void write_registers(uint32_t device);
    void write_memory();
    void write_tables();
    void write_changes(const model_allocation& table);
    void write_stream(uint32_t device, const JobLayout& layout);
    void clear_registers(uint32_t device);
    [[nodiscard]] uint32_t word(uint32_t device, uint32_t region, uint32_t offset) const;
    [[nodiscard]] std::optional<model_allocation> stream_of(uint32_t device,
                                                            const JobLayout& layout) const;

    const DecoderModel& model_;
    std::FILE* file_;
    std::map<uint32_t, model_allocation> memory_;          // that the job names, by serial
    std::set<uint32_t> pictures_;                          // serials of pictures, and of the stream
    std::map<uint32_t, std::vector<std::byte>> recorded_;  // what is known of a table
};

}  // namespace hardware
