// SPDX-License-Identifier: MIT
// The controls of a personality: their types, ranges and default values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "personality.h"

namespace vdec {

struct ControlInfo {
    uint32_t id = 0;
    std::string name;
    uint32_t type = 0;  // V4L2_CTRL_TYPE_*
    uint32_t flags = 0;
    uint32_t elem_size = 4;
    uint32_t elems = 1;      // current number of elements
    uint32_t max_elems = 0;  // of a dynamic array, else 0
    int64_t minimum = 0;
    int64_t maximum = 0;
    uint64_t step = 0;
    int64_t default_value = 0;
    uint64_t menu_mask = 0;  // bit set = the menu item exists
    std::vector<uint8_t> initial;

    [[nodiscard]] bool compound() const { return type >= 0x0100; }
};

// Sorted by id.
std::vector<ControlInfo> controls_of(const Personality& device);

// Text of a menu item; nullptr when the control has no such item.
const char* menu_text(const ControlInfo& info, uint32_t index);

}  // namespace vdec
