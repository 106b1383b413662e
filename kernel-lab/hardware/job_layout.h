// SPDX-License-Identifier: MIT
// JobLayout: in which registers of a device a job's bitstream and pictures are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hardware {

// How a register has an address.
enum class AddressForm : uint8_t {
    whole,    // low bits may be flags
    units,    // in 256 bytes: cedrus, HEVC (cedrus_regs.h, VE_DEC_H265_BITS_ADDR)
    rotated,  // bits 31 to 28 are the lowest four: cedrus (cedrus_regs.h, VE_H264_VLD_ADDR)
};

uint64_t address_of(uint32_t word, AddressForm form);

// Registers, as offsets in bytes. A range that is empty has `first` behind `last`.
struct RegisterRange {
    uint32_t first = 1;
    uint32_t last = 0;

    [[nodiscard]] bool has(uint32_t offset) const { return offset >= first && offset <= last; }
};

struct JobLayout {
    std::string_view compatible;
    RegisterRange start;  // the registers that start such a job
    uint32_t region = 0;  // of all below
    uint32_t stream = 0;  // its address
    AddressForm form = AddressForm::whole;
    uint32_t offset = 0;  // how many units of it the device skips; 0: there is no such register
    uint32_t length = 0;  // how many units it has
    uint32_t length_mask = UINT32_MAX;
    uint32_t units_in_byte = 1;
    std::array<RegisterRange, 3> pictures = {};  // addresses of pictures, decoded or to be decoded
    bool starts_clean = true;  // false: its driver changes fields of what a register had before
};

// nullptr: nothing is known of such a job.
const JobLayout* find_layout(std::string_view compatible, uint32_t start);

// Whether any register of the device has addresses in that form.
bool has_form(std::string_view compatible, AddressForm form);

}  // namespace hardware
