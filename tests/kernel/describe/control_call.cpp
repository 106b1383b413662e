// SPDX-License-Identifier: MIT
// Calls of several controls.
#include "control_call.h"

namespace {

std::string control_call(const DescribedNode& node, unsigned long request_code,
                         std::span<ControlCall> calls, uint32_t which, int request) {
    std::vector<v4l2_ext_control> list(calls.size());
    for (size_t i = 0; i < calls.size(); ++i) {
        list[i].id = calls[i].id;
        if (calls[i].payload.empty() && calls[i].size < 0) {
            list[i].value = calls[i].value;
            continue;
        }
        list[i].size = static_cast<uint32_t>(
            calls[i].size >= 0 ? calls[i].size : static_cast<int64_t>(calls[i].payload.size()));
        list[i].ptr = calls[i].payload.data();
    }
    v4l2_ext_controls controls = {};
    controls.which = which;
    controls.count = static_cast<uint32_t>(list.size());
    controls.request_fd = request;
    controls.controls = list.data();
    std::string answer = node.result(request_code, controls);
    if (answer != "0") answer += text(" at %u", controls.error_idx);
    for (size_t i = 0; i < calls.size(); ++i) {
        if (calls[i].payload.empty() && calls[i].size < 0) {
            calls[i].value = list[i].value;
            continue;
        }
        const int64_t told = list[i].size;
        const int64_t asked =
            calls[i].size >= 0 ? calls[i].size : static_cast<int64_t>(calls[i].payload.size());
        if (told != asked) answer += text(", size %u", list[i].size);
    }
    return answer;
}

}  // namespace

std::string get_controls(const DescribedNode& node, std::span<ControlCall> calls, uint32_t which,
                         int request) {
    return control_call(node, VIDIOC_G_EXT_CTRLS, calls, which, request);
}

std::string set_controls(const DescribedNode& node, std::span<ControlCall> calls, uint32_t which,
                         int request) {
    return control_call(node, VIDIOC_S_EXT_CTRLS, calls, which, request);
}

std::string try_controls(const DescribedNode& node, std::span<ControlCall> calls, uint32_t which,
                         int request) {
    return control_call(node, VIDIOC_TRY_EXT_CTRLS, calls, which, request);
}
