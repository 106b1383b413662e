// SPDX-License-Identifier: MIT
// Control ioctls, with and without a request.
#include <linux/v4l2-controls.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "device/context.h"
#include "device/control_checks.h"
#include "device/request.h"
#include "host/user_memory.h"
#include "report/judge.h"

namespace vdec {
namespace {

constexpr uint32_t kMaxControls = 1024;
constexpr uint32_t kNextFlags = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;

int32_t as_int(const ControlValues::Payload* payload) {
    int32_t value = 0;
    if (payload != nullptr && payload->size() >= 4) std::memcpy(&value, payload->data(), 4);
    return value;
}

std::vector<uint8_t> as_payload(int32_t value) {
    std::vector<uint8_t> payload(4);
    std::memcpy(payload.data(), &value, 4);
    return payload;
}

bool read_list(const v4l2_ext_controls& controls, std::vector<v4l2_ext_control>& list) {
    list.resize(controls.count);
    return copy_from_user(list.data(), controls.controls, list.size() * sizeof list[0]);
}

bool write_list(const v4l2_ext_controls& controls, const std::vector<v4l2_ext_control>& list) {
    return copy_to_user(controls.controls, list.data(), list.size() * sizeof list[0]);
}

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
    control.value = as_int(controls_.find(control.id));
    return 0;
}

int Context::s_ctrl(VideoCall&, v4l2_control& control) {
    const ControlInfo* info = find_control(control.id);
    if (info == nullptr || info->compound()) return -EINVAL;
    if ((info->flags & V4L2_CTRL_FLAG_READ_ONLY) != 0) return -EACCES;
    std::vector<uint8_t> payload = as_payload(control.value);
    const int error = check_control(*info, payload, personality());
    if (error != 0) return error;
    controls_.set(control.id, std::move(payload));
    return 0;
}

// The pre-check of the whole array: nothing is applied when it fails.
int Context::check_controls(const v4l2_ext_controls& controls,
                            const std::vector<v4l2_ext_control>& list, bool get, bool set,
                            uint32_t& error_index) const {
    for (uint32_t i = 0; i < list.size(); ++i) {
        error_index = set ? controls.count : i;
        const ControlInfo* info = find_control(list[i].id);
        if (info == nullptr) return -EINVAL;
        if (info->type == V4L2_CTRL_TYPE_CTRL_CLASS) {
            if (get) error_index = controls.count;
            return -EACCES;
        }
        if (!info->compound()) continue;
        const bool dynamic = info->max_elems > 0;
        const uint32_t size = info->elem_size * (dynamic ? 1 : info->elems);
        if (list[i].size < size) return get ? -ENOSPC : -EFAULT;
        if (dynamic && list[i].size > info->elem_size * info->max_elems) return -ENOSPC;
        if (!get && !dynamic && list[i].size != size) {
            judge().violation("control-size", "%s: size %u, should be %u", info->name.c_str(),
                              list[i].size, size);
        }
    }
    error_index = controls.count;
    return 0;
}

int Context::read_payload(const ControlInfo& info, const v4l2_ext_control& control,
                          std::vector<uint8_t>& payload) const {
    if (!info.compound()) {
        payload = as_payload(control.value);
        return 0;
    }
    size_t size = info.elem_size * info.elems;
    if (info.max_elems > 0) size = control.size / info.elem_size * info.elem_size;
    payload.resize(size);
    return copy_from_user(payload.data(), control.ptr, size) ? 0 : -EFAULT;
}

// What a driver's s_ctrl hook does: called when the value differs, not for values in requests.
int Context::sequence_control_changed(uint32_t id, const std::vector<uint8_t>& payload) {
    const unsigned depth = sequence_bit_depth(output_format_.fourcc, id, payload);
    if (depth == 0) return 0;
    const ControlValues::Payload* old = controls_.find(id);
    if (old != nullptr && *old == payload) return 0;
    any_image_format_ = false;
    sequence_set_ = true;
    deep_pitch_ = depth > 8 || (personality().depth_is_sticky && bit_depth_ > 8);
    if (const bool grain = sequence_has_film_grain(id, payload); grain != film_grain_) {
        film_grain_ = grain;
        if (personality().film_grain_is_post_processed) reset_capture_format();
    }
    if (depth == bit_depth_ || (personality().depth_is_sticky && depth < bit_depth_)) return 0;
    if (!capture_.buffers.empty()) {
        switch (personality().depth_change) {
            case DepthChange::busy:
                return -EBUSY;
            case DepthChange::invalid:
                return depth > bit_depth_ ? -EINVAL : 0;
            case DepthChange::accepted:
                break;
        }
    }
    bit_depth_ = depth;
    reset_capture_format();
    return 0;
}

bool Context::sequence_fits(uint32_t id, const std::vector<uint8_t>& payload) const {
    if (personality().sequence_check == SequenceCheck::never) return true;
    const PictureSize size = sequence_picture_size(output_format_.fourcc, id, payload);
    return size.width <= output_format_.width && size.height <= output_format_.height;
}

int Context::apply_controls(ControlValues& target, v4l2_ext_controls& controls,
                            const std::vector<v4l2_ext_control>& list, bool set) {
    for (uint32_t i = 0; i < list.size(); ++i) {
        const ControlInfo& info = *find_control(list[i].id);
        std::vector<uint8_t> payload;
        int error = read_payload(info, list[i], payload);
        if (error == 0) error = check_control(info, payload, personality());
        if (error == 0 && !sequence_fits(info.id, payload)) error = -EINVAL;
        if (error == 0 && set && &target == &controls_) {
            error = sequence_control_changed(info.id, payload);
        }
        if (error != 0) {
            controls.error_idx = i;
            return error;
        }
        if (set) target.set(info.id, std::move(payload));
    }
    return 0;
}

int Context::set_or_try(VideoCall&, v4l2_ext_controls& controls, bool set) {
    controls.error_idx = controls.count;
    if (controls.count > kMaxControls) return -EINVAL;
    std::vector<v4l2_ext_control> list;
    if (!read_list(controls, list)) return -EFAULT;
    ControlValues* target = &controls_;
    if (controls.which == V4L2_CTRL_WHICH_REQUEST_VAL) {
        const std::shared_ptr<Request> request = find_request(controls.request_fd);
        if (request == nullptr) return -EINVAL;
        if (request->state() != RequestState::idle) {
            judge().violation("controls-of-busy-request",
                              "VIDIOC_S_EXT_CTRLS for a request that was not reinitialised");
            return -EBUSY;
        }
        target = &request->controls_for(this);
    } else if (controls.which == V4L2_CTRL_WHICH_DEF_VAL) {
        return -EINVAL;
    }
    uint32_t error_index = 0;
    const int error = check_controls(controls, list, false, set, error_index);
    if (error != 0) {
        controls.error_idx = error_index;
        return error;
    }
    return apply_controls(*target, controls, list, set);
}

int Context::s_ext_ctrls(VideoCall& call, v4l2_ext_controls& controls) {
    return set_or_try(call, controls, true);
}

int Context::try_ext_ctrls(VideoCall& call, v4l2_ext_controls& controls) {
    return set_or_try(call, controls, false);
}

int Context::g_ext_ctrls(VideoCall&, v4l2_ext_controls& controls) {
    controls.error_idx = controls.count;
    if (controls.count > kMaxControls) return -EINVAL;
    std::vector<v4l2_ext_control> list;
    if (!read_list(controls, list)) return -EFAULT;
    const ControlValues* source = &controls_;
    if (controls.which == V4L2_CTRL_WHICH_REQUEST_VAL) {
        const std::shared_ptr<Request> request = find_request(controls.request_fd);
        if (request == nullptr) return -EINVAL;
        if (request->state() != RequestState::complete) return -EACCES;
        source = &request->controls_for(this);
    }
    uint32_t error_index = 0;
    const int error = check_controls(controls, list, true, false, error_index);
    if (error != 0) {
        controls.error_idx = error_index;
        return error;
    }
    for (uint32_t i = 0; i < list.size(); ++i) {
        const ControlInfo& info = *find_control(list[i].id);
        const ControlValues::Payload* payload =
            controls.which == V4L2_CTRL_WHICH_DEF_VAL ? &info.initial : source->find(list[i].id);
        if (!info.compound()) {
            list[i].value = as_int(payload);
            continue;
        }
        if (payload == nullptr) return -EINVAL;
        const auto size = static_cast<uint32_t>(payload->size());
        if (list[i].size < size) {
            list[i].size = size;
            controls.error_idx = i;
            return write_list(controls, list) ? -ENOSPC : -EFAULT;
        }
        list[i].size = size;
        if (!copy_to_user(list[i].ptr, payload->data(), payload->size())) return -EFAULT;
    }
    return write_list(controls, list) ? 0 : -EFAULT;
}

}  // namespace vdec
