// SPDX-License-Identifier: MIT
// DecoderModel: the hardware's side of the kernel lab's boards, /dev/decoder-model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernel-lab/boards/model/decoder-model.h"

namespace hardware {

// A view of memory that the kernel shares: closed with the object. Empty when it could not be
// mapped.
class SharedBytes {
  public:
    SharedBytes() = default;
    // SIZE bytes from OFFSET on, both multiples of a page.
    SharedBytes(int fd, uint64_t offset, size_t size);
    SharedBytes(const SharedBytes&) = delete;
    SharedBytes& operator=(const SharedBytes&) = delete;
    SharedBytes(SharedBytes&& other) noexcept;
    SharedBytes& operator=(SharedBytes&& other) noexcept;
    ~SharedBytes();

    [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }

  private:
    std::span<std::byte> bytes_;
};

class DecoderModel {
  public:
    struct Region {
        SharedBytes registers;
        SharedBytes written;  // a byte for each of theirs: 1 if written since the last job
    };
    struct Device {
        std::string compatible;
        std::vector<Region> regions;
    };

    // nullopt: there is no model, or another program has it; errno tells.
    static std::optional<DecoderModel> open();
    DecoderModel(const DecoderModel&) = delete;
    DecoderModel& operator=(const DecoderModel&) = delete;
    DecoderModel(DecoderModel&& other) noexcept;
    DecoderModel& operator=(DecoderModel&&) = delete;
    ~DecoderModel();

    // Readable while there is a job.
    [[nodiscard]] int fd() const { return fd_; }
    // By the numbers that jobs have.
    [[nodiscard]] const std::vector<Device>& devices() const { return devices_; }

    // The next job, nullopt where there is none.
    [[nodiscard]] std::optional<model_job> next() const;
    // Ends it as a device does that decoded well. False: the driver had given it up, or it is none.
    [[nodiscard]] bool finish(const model_job& job) const;

    // The words that the driver wrote for the job of DEVICE, in order of their registers.
    [[nodiscard]] std::vector<uint32_t> written_words(uint32_t device) const;
    // What a driver took for its device around ADDRESS.
    [[nodiscard]] std::optional<model_allocation> find(uint64_t address) const;
    // Physical memory: SIZE bytes from ADDRESS on, both multiples of a page.
    [[nodiscard]] SharedBytes memory(uint64_t address, size_t size) const;

  private:
    explicit DecoderModel(int fd) : fd_(fd) {}
    bool map_devices();

    int fd_ = -1;
    std::vector<Device> devices_;
};

}  // namespace hardware
