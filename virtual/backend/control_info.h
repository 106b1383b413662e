// SPDX-License-Identifier: MIT
// ControlInfo: one control that a device has, and how each kind of control is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "machines/personality.h"

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
    uint64_t menu_mask = 0;                   // bit set = the menu item exists
    std::span<const char* const> menu_items;  // texts, also of items that do not exist
    std::vector<uint8_t> initial;

    [[nodiscard]] bool compound() const { return type >= 0x0100; }
};

// Of decode modes and of start codes, the same for every codec.
inline constexpr const char* kDecodeModes[] = {"Slice-Based", "Frame-Based"};
inline constexpr const char* kStartCodes[] = {"No Start Code", "Annex B Start Code"};

ControlInfo menu(uint32_t id, const char* name, std::span<const char* const> items,
                 const ModeRange& range);
// Of the items that `mask` has a bit for.
ControlInfo profile_menu(uint32_t id, const char* name, std::span<const char* const> items,
                         uint64_t mask, int default_value);
// All of `items` up to the largest level.
ControlInfo level_menu(uint32_t id, const char* name, std::span<const char* const> items,
                       const Levels& levels);
ControlInfo compound(uint32_t id, const char* name, uint32_t type, size_t size);
// One element at first, as the V4L2 core begins.
ControlInfo dynamic_array(uint32_t id, const char* name, uint32_t type, size_t size,
                          uint32_t max_elems);

// A compound control with the default that the V4L2 core gives to its type.
template <typename T>
ControlInfo compound_value(uint32_t id, const char* name, uint32_t type, const T& initial) {
    ControlInfo info = compound(id, name, type, sizeof initial);
    std::memcpy(info.initial.data(), &initial, sizeof initial);
    return info;
}

}  // namespace vdec
