// SPDX-License-Identifier: MIT
// Events and priorities: what the kernel's core does for each driver. A decoder's only events are
// those of its controls.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "device/context.h"

namespace vdec {

// v4l2_ctrl_subscribe_event().
int Context::subscribe_event(VideoCall& call, v4l2_event_subscription& subscription) {
    if (subscription.type != V4L2_EVENT_CTRL) return -EINVAL;
    const ControlInfo* info = find_control(subscription.id);
    if (info == nullptr) return -EINVAL;
    if (info->type == V4L2_CTRL_TYPE_CTRL_CLASS) return 0;
    if ((subscription.flags & V4L2_EVENT_SUB_FL_SEND_INITIAL) == 0) return 0;
    v4l2_event event = {};
    event.type = V4L2_EVENT_CTRL;
    event.id = info->id;
    event.u.ctrl.changes = V4L2_EVENT_CTRL_CH_VALUE | V4L2_EVENT_CTRL_CH_FLAGS;
    event.u.ctrl.type = info->type;
    event.u.ctrl.flags = info->flags;
    const ControlValues::Payload* value = info->compound() ? nullptr : controls_.find(info->id);
    if (value != nullptr) std::memcpy(&event.u.ctrl.value, value->data(), sizeof(int32_t));
    event.u.ctrl.minimum = static_cast<__s32>(info->minimum);
    event.u.ctrl.maximum = static_cast<__s32>(info->maximum);
    event.u.ctrl.step = static_cast<__s32>(info->step);
    event.u.ctrl.default_value = static_cast<__s32>(info->default_value);
    events_.push_back(event);
    socket().set_pri(true, call.fd);
    device_.changed.notify_all();
    return 0;
}

int Context::unsubscribe_event(VideoCall& call, v4l2_event_subscription& subscription) {
    std::erase_if(events_, [&](const v4l2_event& event) {
        if (subscription.type == V4L2_EVENT_ALL) return true;
        return event.type == subscription.type && event.id == subscription.id;
    });
    socket().set_pri(!events_.empty(), call.fd);
    return 0;
}

int Context::dqevent(VideoCall& call, v4l2_event& event) {
    if (events_.empty()) {
        call.booking.expected();
        if ((fcntl(call.fd, F_GETFL) & O_NONBLOCK) != 0) return -ENOENT;
        device_.changed.wait(call.lock, [this] { return !events_.empty() || closed_; });
        if (events_.empty()) return -ENOENT;
    }
    event = events_.front();
    events_.pop_front();
    event.pending = static_cast<__u32>(events_.size());
    event.sequence = event_sequence_++;
    socket().set_pri(!events_.empty(), call.fd);
    return 0;
}

int Context::g_priority(VideoCall&, uint32_t& priority) {
    priority = priority_;
    return 0;
}

int Context::s_priority(VideoCall&, uint32_t& priority) {
    if (priority < V4L2_PRIORITY_BACKGROUND || priority > V4L2_PRIORITY_RECORD) return -EINVAL;
    priority_ = priority;
    return 0;
}

}  // namespace vdec
