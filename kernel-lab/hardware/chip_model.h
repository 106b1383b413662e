// SPDX-License-Identifier: MIT
// ChipModel: reads registers and tables as the decoder of one chip does.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "decoded_pictures.h"
#include "device_memory.h"
#include "kernel-lab/boards/model/decoder-model.h"
#include "machines/personality.h"
#include "picture_job.h"
#include "registers.h"

namespace hardware {

// What a model may look at: no more than hardware may.
struct JobView {
    const model_job& job;
    const Registers& registers;
    DeviceMemory& memory;
    const DecodedPictures& pictures;
};

// Why there is no picture: one phrase.
struct NoPicture {
    std::string reason;
};

// One for each device of a board; it may keep what its chip keeps from job to job.
class ChipModel {
  public:
    ChipModel() = default;
    ChipModel(const ChipModel&) = delete;
    ChipModel& operator=(const ChipModel&) = delete;
    virtual ~ChipModel() = default;

    virtual std::variant<PictureJob, NoPicture> read(const JobView& view) = 0;
    // Whether the driver took the device's interrupt away while a job ran.
    [[nodiscard]] virtual bool given_up(const Registers& registers) const {
        (void)registers;
        return false;
    }
    // DEVICE is what the backends take themselves to be: one that reads of controls what decides a
    // picture by the standard. Where the chip reads more, a wrong value makes garbage.
    virtual void adapt(vdec::Personality& device) const { (void)device; }
    // Whether registers are 0 after a job, for want of the reset that the driver asks for.
    [[nodiscard]] virtual bool forgets_registers() const { return false; }
};

// For a device of that "compatible", as the kernel lab's boards have it; nullptr: there is no model.
std::unique_ptr<ChipModel> create_chip_model(const std::string& compatible);

}  // namespace hardware
