// SPDX-License-Identifier: MIT
// Control ioctls, with and without a request.
#include <linux/v4l2-controls.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "device/context.h"
#include "device/control_checks.h"
#include "device/request.h"
#include "host/user_memory.h"
#include "report/judge.h"
#include "uapi/controls.h"

namespace vdec {
namespace {

constexpr uint32_t kMaxControls = 1024;

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

int Context::check_size(const ControlInfo& info, v4l2_ext_control& control, bool get,
                        const ControlValues& values) const {
    const uint32_t asked = control.size;
    if (info.max_elems > 0) {
        control.size = asked / info.elem_size * info.elem_size;
        if (get) {
            const ControlValues::Payload* value = values.find(info.id);
            const size_t size = value != nullptr ? value->size() : info.initial.size();
            const bool fits = control.size >= size;
            control.size = static_cast<uint32_t>(size);
            return fits ? 0 : -ENOSPC;
        }
        if (control.size > info.elem_size * info.max_elems) {
            control.size = info.elem_size * info.max_elems;
            return -ENOSPC;
        }
        return control.size == 0 ? -EFAULT : 0;
    }
    const uint32_t size = info.elem_size * info.elems;
    if (asked < size && !get) return -EFAULT;
    control.size = size;
    if (asked < size) return -ENOSPC;
    if (asked > size && !get) {
        judge().violation("control-size", "%s: size %u, should be %u", info.name.c_str(), asked,
                          size);
    }
    return 0;
}

// prepare_ext_ctrls(): before anything else is done with any of them.
int Context::check_list(uint32_t which, std::vector<v4l2_ext_control>& list, bool get,
                        const ControlValues& values, uint32_t& error_index) const {
    for (uint32_t i = 0; i < list.size(); ++i) {
        error_index = i;
        const bool special = which >= V4L2_CTRL_WHICH_DEF_VAL && which <= kWhichMaxVal;
        const uint32_t id = list[i].id & V4L2_CTRL_ID_MASK;
        if (which != 0 && !special && V4L2_CTRL_ID2WHICH(id) != which) return -EINVAL;
        const ControlInfo* info = id >= V4L2_CID_PRIVATE_BASE ? nullptr : find_control(id);
        if (info == nullptr) return -EINVAL;
        const bool limit = which == kWhichMinVal || which == kWhichMaxVal;
        if (limit && (info->flags & kHasWhichMinMax) == 0) return -EINVAL;
        if (!info->compound()) continue;
        if (const int error = check_size(*info, list[i], get, values); error != 0) return error;
    }
    return 0;
}

// validate_ctrls(): payloads are checked later, one after the other.
int Context::check_values(const std::vector<v4l2_ext_control>& list, uint32_t& error_index) const {
    for (uint32_t i = 0; i < list.size(); ++i) {
        error_index = i;
        const ControlInfo& info = *find_control(list[i].id);
        if ((info.flags & V4L2_CTRL_FLAG_READ_ONLY) != 0) return -EACCES;
        if (info.compound()) continue;
        std::vector<uint8_t> payload = as_payload(list[i].value);
        if (const int error = check_control(info, payload, personality()); error != 0) return error;
    }
    return 0;
}

// class_check(), of a call that names no control.
int Context::check_class(uint32_t which) const {
    if (which == 0 || (which >= V4L2_CTRL_WHICH_DEF_VAL && which <= kWhichMaxVal)) return 0;
    return find_control(which | 1) != nullptr ? 0 : -EINVAL;
}

int Context::read_payload(const ControlInfo& info, const v4l2_ext_control& control,
                          std::vector<uint8_t>& payload) const {
    if (!info.compound()) {
        payload = as_payload(control.value);
        return 0;
    }
    payload.resize(control.size);
    return copy_from_user(payload.data(), control.ptr, payload.size()) ? 0 : -EFAULT;
}

DepthRule Context::depth_rule() const {
    if (output_format_.fourcc == V4L2_PIX_FMT_H264_SLICE) return personality().h264_depths;
    return output_format_.fourcc == V4L2_PIX_FMT_HEVC_SLICE ? personality().hevc.depths
                                                            : DepthRule::equal;
}

// What a driver's s_ctrl hook does: called when the value differs, not for values in requests.
int Context::sequence_control_changed(uint32_t id, const std::vector<uint8_t>& payload) {
    const BitDepths depths = sequence_bit_depths(output_format_.fourcc, id, payload);
    if (depths.luma == 0) return 0;
    const ControlValues::Payload* old = controls_.find(id);
    if (old != nullptr && *old == payload) return 0;
    if (const bool grain = sequence_has_film_grain(id, payload); grain != film_grain_) {
        film_grain_ = grain;
        if (personality().film_grain_is_post_processed) reset_capture_format();
    }
    return follow_depth(capture_bit_depth(depth_rule(), depths));
}

// CAPTURE becomes that of a sequence of `depth` bits.
int Context::follow_depth(unsigned depth) {
    if (depth == 0) return -EINVAL;
    sequence_set_ = true;
    deep_pitch_ = depth > 8 || (personality().depth_is_sticky && bit_depth_ > 8);
    // rkvdec_image_fmt_changed(): until the first one there is no image format, so it is another.
    const bool first = lists_all_formats() && personality().depth_change == DepthChange::busy &&
                       output_format_.fourcc != V4L2_PIX_FMT_VP9_FRAME;
    const bool lower = depth < bit_depth_ && personality().depth_is_sticky;
    if (!first && (depth == bit_depth_ || lower)) {
        any_image_format_ = false;
        return 0;
    }
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
    any_image_format_ = false;
    bit_depth_ = depth;
    reset_capture_format();
    return 0;
}

// cedrus_try_ctrl(): the format follows whatever is tried, in requests, too.
int Context::sequence_control_tried(uint32_t id, const std::vector<uint8_t>& payload) {
    if (output_format_.fourcc != V4L2_PIX_FMT_HEVC_SLICE) return 0;
    const BitDepths depths = sequence_bit_depths(output_format_.fourcc, id, payload);
    return depths.luma == 0 ? 0 : follow_depth(capture_bit_depth(depth_rule(), depths));
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
        if (error == 0 && personality().try_sets_depth) {
            error = sequence_control_tried(info.id, payload);
        } else if (error == 0 && set && &target == &controls_) {
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
    if (controls.count > kMaxControls) return -EINVAL;
    controls.error_idx = controls.count;
    std::vector<v4l2_ext_control> list;
    if (!read_list(controls, list)) return -EFAULT;
    ControlValues* target = &controls_;
    const uint32_t which = controls.which;
    if (which == V4L2_CTRL_WHICH_REQUEST_VAL) {
        const std::shared_ptr<Request> request = find_request(controls.request_fd);
        if (request == nullptr) return -EINVAL;
        if (request->state() != RequestState::idle) {
            judge().violation("controls-of-busy-request",
                              "VIDIOC_S_EXT_CTRLS for a request that was not reinitialised");
            return -EBUSY;
        }
        // v4l2_ctrls_find_req_obj(): only setting makes room for controls.
        if (!set && !request->has_controls_for(this)) return -ENOMEM;
        target = &request->controls_for(this);
    } else if (which == V4L2_CTRL_WHICH_DEF_VAL || which == kWhichMinVal || which == kWhichMaxVal) {
        return -EINVAL;
    }
    if (list.empty()) return check_class(which);
    uint32_t error_index = 0;
    int error = check_list(which, list, false, *target, error_index);
    if (error == 0) error = check_values(list, error_index);
    if (error != 0) {
        if (!set) controls.error_idx = error_index;
    } else {
        error = apply_controls(*target, controls, list, set);
    }
    return write_list(controls, list) ? error : -EFAULT;
}

int Context::s_ext_ctrls(VideoCall& call, v4l2_ext_controls& controls) {
    return set_or_try(call, controls, true);
}

int Context::try_ext_ctrls(VideoCall& call, v4l2_ext_controls& controls) {
    return set_or_try(call, controls, false);
}

// What is told of a control that has a value.
int32_t Context::value_of(const ControlInfo& info, uint32_t which, const ControlValues& values) {
    if (which == kWhichMinVal) return static_cast<int32_t>(info.minimum);
    if (which == kWhichMaxVal) return static_cast<int32_t>(info.maximum);
    if (which == V4L2_CTRL_WHICH_DEF_VAL) return static_cast<int32_t>(info.default_value);
    return as_int(values.find(info.id));
}

int Context::g_ext_ctrls(VideoCall&, v4l2_ext_controls& controls) {
    if (controls.count > kMaxControls) return -EINVAL;
    controls.error_idx = controls.count;
    std::vector<v4l2_ext_control> list;
    if (!read_list(controls, list)) return -EFAULT;
    const ControlValues* source = &controls_;
    if (controls.which == V4L2_CTRL_WHICH_REQUEST_VAL) {
        const std::shared_ptr<Request> request = find_request(controls.request_fd);
        if (request == nullptr) return -EINVAL;
        if (request->state() != RequestState::complete) return -EACCES;
        source = &request->controls_for(this);
    }
    if (list.empty()) return check_class(controls.which);
    uint32_t error_index = 0;
    int error = check_list(controls.which, list, true, *source, error_index);
    for (const v4l2_ext_control& control : list) {
        if (error != 0) break;
        if (find_control(control.id)->type == V4L2_CTRL_TYPE_CTRL_CLASS) error = -EACCES;
    }
    for (uint32_t i = 0; i < list.size() && error == 0; ++i) {
        controls.error_idx = i;
        const ControlInfo& info = *find_control(list[i].id);
        if (!info.compound()) {
            list[i].value = value_of(info, controls.which, *source);
            continue;
        }
        const ControlValues::Payload* payload =
            controls.which == V4L2_CTRL_WHICH_DEF_VAL ? &info.initial : source->find(info.id);
        if (payload == nullptr) payload = &info.initial;
        const size_t size = std::min<size_t>(payload->size(), list[i].size);
        if (!copy_to_user(list[i].ptr, payload->data(), size)) error = -EFAULT;
    }
    return write_list(controls, list) ? error : -EFAULT;
}

}  // namespace vdec
