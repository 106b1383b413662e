// SPDX-License-Identifier: MIT
// What the kinds of controls begin as.
#include "backend/control_info.h"

#include <linux/videodev2.h>

#include <bit>

namespace vdec {

ControlInfo menu(uint32_t id, const char* name, std::span<const char* const> items,
                 const ModeRange& range) {
    ControlInfo info;
    info.id = id;
    info.name = name;
    info.type = V4L2_CTRL_TYPE_MENU;
    info.menu_items = items;
    info.minimum = range.minimum;
    info.maximum = range.maximum;
    info.step = 1;
    info.default_value = range.default_value;
    for (int i = range.minimum; i <= range.maximum; ++i) info.menu_mask |= 1ULL << i;
    info.initial.resize(4);
    std::memcpy(info.initial.data(), &range.default_value, 4);
    return info;
}

ControlInfo compound(uint32_t id, const char* name, uint32_t type, size_t size) {
    ControlInfo info;
    info.id = id;
    info.name = name;
    info.type = type;
    info.flags = V4L2_CTRL_FLAG_HAS_PAYLOAD;
    info.elem_size = static_cast<uint32_t>(size);
    info.initial.resize(size);
    return info;
}

ControlInfo profile_menu(uint32_t id, const char* name, std::span<const char* const> items,
                         uint64_t mask, int default_value) {
    const ModeRange range = {std::countr_zero(mask), static_cast<int>(std::bit_width(mask)) - 1,
                             default_value};
    ControlInfo info = menu(id, name, items, range);
    info.menu_mask = mask;
    return info;
}

ControlInfo level_menu(uint32_t id, const char* name, std::span<const char* const> items,
                       const Levels& levels) {
    return menu(id, name, items, {0, levels.maximum, levels.default_value});
}

ControlInfo dynamic_array(uint32_t id, const char* name, uint32_t type, size_t size,
                          uint32_t max_elems) {
    ControlInfo info = compound(id, name, type, size);
    info.flags |= V4L2_CTRL_FLAG_DYNAMIC_ARRAY;
    info.max_elems = max_elems;
    return info;
}

}  // namespace vdec
