// SPDX-License-Identifier: MIT
// What there is of controls, and calls of one control.
#include <linux/v4l2-controls.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "device/context.h"
#include "device/control_checks.h"

namespace vdec {
namespace {

constexpr uint32_t kNextFlags = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;

}  // namespace

const ControlInfo* Context::find_control(uint32_t id) const {
    const auto found = std::ranges::find(control_infos_, id, &ControlInfo::id);
    return found == control_infos_.end() ? nullptr : &*found;
}

const ControlInfo* Context::next_control(uint32_t id) const {
    const uint32_t after = id & ~kNextFlags;
    for (const ControlInfo& info : control_infos_) {
        if (info.id <= after) continue;
        const uint32_t wanted =
            info.compound() ? V4L2_CTRL_FLAG_NEXT_COMPOUND : V4L2_CTRL_FLAG_NEXT_CTRL;
        if ((id & wanted) != 0) return &info;
    }
    return nullptr;
}

int Context::query_ext_ctrl(VideoCall&, v4l2_query_ext_ctrl& query) {
    const bool next = (query.id & kNextFlags) != 0;
    const ControlInfo* info = next ? next_control(query.id) : find_control(query.id);
    if (info == nullptr) return -EINVAL;
    query = {};
    query.id = info->id;
    query.type = info->type;
    std::snprintf(query.name, sizeof query.name, "%s", info->name.c_str());
    query.minimum = info->minimum;
    query.maximum = info->maximum;
    query.step = info->step;
    query.default_value = info->default_value;
    query.flags = info->flags;
    query.elem_size = info->elem_size;
    query.elems = info->elems;
    if (info->max_elems > 0) {
        query.nr_of_dims = 1;
        query.dims[0] = info->max_elems;
    }
    return 0;
}

int Context::queryctrl(VideoCall& call, v4l2_queryctrl& query) {
    v4l2_query_ext_ctrl ext = {};
    ext.id = query.id;
    if (const int error = query_ext_ctrl(call, ext); error != 0) return error;
    query = {};
    query.id = ext.id;
    query.type = ext.type;
    std::memcpy(query.name, ext.name, sizeof query.name);
    query.flags = ext.flags;
    if (ext.type >= V4L2_CTRL_COMPOUND_TYPES) return 0;
    query.minimum = static_cast<__s32>(ext.minimum);
    query.maximum = static_cast<__s32>(ext.maximum);
    query.step = static_cast<__s32>(ext.step);
    query.default_value = static_cast<__s32>(ext.default_value);
    return 0;
}

int Context::querymenu(VideoCall&, v4l2_querymenu& menu) {
    const ControlInfo* info = find_control(menu.id);
    if (info == nullptr) return -EINVAL;
    const char* text = menu_text(*info, menu.index);
    if (text == nullptr) return -EINVAL;
    std::memset(menu.name, 0, sizeof menu.name);
    std::snprintf(reinterpret_cast<char*>(menu.name), sizeof menu.name, "%s", text);
    menu.reserved = 0;
    return 0;
}

int Context::g_ctrl(VideoCall&, v4l2_control& control) {
    const ControlInfo* info = find_control(control.id);
    if (info == nullptr || info->compound()) return -EINVAL;
    if (info->type == V4L2_CTRL_TYPE_CTRL_CLASS) return -EACCES;
    const ControlValues::Payload* payload = controls_.find(control.id);
    if (payload != nullptr) std::memcpy(&control.value, payload->data(), sizeof control.value);
    return 0;
}

int Context::s_ctrl(VideoCall&, v4l2_control& control) {
    const ControlInfo* info = find_control(control.id);
    if (info == nullptr || info->compound()) return -EINVAL;
    if ((info->flags & V4L2_CTRL_FLAG_READ_ONLY) != 0) return -EACCES;
    std::vector<uint8_t> payload(sizeof control.value);
    std::memcpy(payload.data(), &control.value, sizeof control.value);
    const int error = check_control(*info, payload, personality());
    if (error != 0) return error;
    controls_.set(control.id, std::move(payload));
    return 0;
}

}  // namespace vdec
